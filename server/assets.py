"""Static files under a content-addressed prefix: ``/assets/<revision>/js/main.js``.

One revision names the whole tree, so relative imports, WASM files and weight shards inside it stay consistent and may
be cached for ever.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Response, abort, send_from_directory

YEAR_S = 31_536_000


def revision(root: Path) -> str:
    """Return 12 hex digits that change when the name or content of any file below ``root`` changes."""
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def init_app(app: Flask) -> None:
    """Register ``/assets/…`` and the template function ``asset(name)``.

    ``app.config["STATIC"]`` is the folder that is served. The revision is taken once, when the server starts.
    """
    root = Path(app.config["STATIC"])
    current = revision(root)

    @app.get("/assets/<asked>/<path:name>")
    def static_asset(asked: str, name: str) -> Response:
        if asked != current:
            abort(404, description=f"assets have revision {current}, {asked} was asked for: reload the page")
        response = send_from_directory(root, name, max_age=YEAR_S)
        response.cache_control.immutable = True
        return response

    app.jinja_env.globals["asset"] = lambda name: f"/assets/{current}/{name}"
    app.jinja_env.globals["asset_revision"] = current
