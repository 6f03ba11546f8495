"""The pages: what a browser gets when it opens ``/`` or ``/sessions``."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, make_response, render_template, send_from_directory


def init_app(app: Flask) -> None:
    """Register the pages and the service worker, which must be served from the top to cover them."""
    root = Path(app.config["STATIC"])

    @app.get("/")
    def tracker() -> Response:
        return _page(app, "tracker.html")

    @app.get("/sessions")
    def sessions() -> Response:
        return _page(app, "sessions.html")

    @app.get("/sw.js")
    def service_worker() -> Response:
        # A cached copy would keep an old worker in charge.
        response = send_from_directory(root, "sw.js", mimetype="text/javascript", max_age=0)
        response.cache_control.no_cache = True
        return response


def _page(app: Flask, template: str) -> Response:
    """Render a page that is asked for anew each time, and say which revision of the assets it belongs to."""
    response = make_response(render_template(template))
    # It holds the access token: nothing between server and browser may keep it.
    response.cache_control.private = True
    response.cache_control.no_cache = True
    response.headers["Poseable-Revision"] = app.jinja_env.globals["asset_revision"]
    return response
