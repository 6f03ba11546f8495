"""Static files under a content-addressed prefix: ``/assets/<revision>/js/pages/live/main.js``.

One revision names the whole tree, so relative imports, WASM files and weight shards inside it stay consistent and may
be cached for ever.
"""

from __future__ import annotations

import hashlib
import posixpath
from pathlib import Path

from flask import Flask, Response, abort, jsonify, send_from_directory

YEAR_S = 31_536_000
OWN = "models/own"
"""Users' own models: they change while the server runs, so they are no part of the tree. See ``own_models.py``."""


def names(root: Path) -> list[str]:
    """Return the paths of all files below ``root``, relative to it, in order, without dot files and own models."""
    files = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    shown = (path.as_posix() for path in files if not any(part.startswith(".") for part in path.parts))
    return sorted(name for name in shown if not name.startswith(f"{OWN}/"))


def revision(root: Path) -> str:
    """Return 12 hex digits that change when the name or content of any served file below ``root`` changes."""
    digest = hashlib.sha256()
    for name in names(root):
        digest.update(name.encode() + b"\0")
        with (root / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:12]


def init_app(app: Flask) -> None:
    """Register ``/assets/…`` and the template function ``asset(name)``.

    ``app.config["STATIC"]`` is the folder that is served. The revision is taken once, when the server starts.
    ``/assets/<revision>/index.json`` lists the names of the tree, for the service worker that keeps it.
    """
    root = Path(app.config["STATIC"])
    served = names(root)
    current = revision(root)

    def check(asked: str) -> None:
        if asked != current:
            abort(404, description=f"assets have revision {current}, {asked} was asked for: reload the page")

    @app.get("/assets/<asked>/index.json")
    def asset_index(asked: str) -> Response:
        check(asked)
        return unchanging(jsonify(served))

    @app.get("/assets/<asked>/<path:name>")
    def static_asset(asked: str, name: str) -> Response:
        check(asked)
        if posixpath.normpath(name).startswith(f"{OWN}/"):
            abort(404)
        return unchanging(send_from_directory(root, name))

    app.jinja_env.globals["asset"] = lambda name: f"/assets/{current}/{name}"
    app.jinja_env.globals["asset_revision"] = current


def unchanging(response: Response) -> Response:
    """Let browsers keep an answer for ever."""
    response.cache_control.no_cache = None
    response.cache_control.public = True
    response.cache_control.max_age = YEAR_S
    response.cache_control.immutable = True
    return response
