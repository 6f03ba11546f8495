"""The pages: what a browser gets when it opens ``/`` or ``/sessions``."""

from __future__ import annotations

from flask import Flask, render_template


def init_app(app: Flask) -> None:
    """Register the pages."""

    @app.get("/")
    def tracker() -> str:
        return render_template("tracker.html")
