"""Application factory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response

from server import assets, pages

ROOT = Path(__file__).resolve().parent.parent
ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the app; ``config`` overrides the defaults (tests pass theirs here)."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.from_mapping(STATIC=ROOT / "static")
    app.config.update(config or {})
    assets.init_app(app)
    pages.init_app(app)

    @app.after_request
    def isolate(response: Response) -> Response:
        """Turn on SharedArrayBuffer, hence threaded WASM, for the page and everything it loads."""
        response.headers.update(ISOLATION)
        return response

    return app
