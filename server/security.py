"""Headers that keep foreign code and foreign pages out, and turn on threads for our own."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

HEADERS = {
    # Cross-origin isolation: SharedArrayBuffer, hence threaded WASM, for the page and everything it loads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}


def csp_nonce() -> str:
    """Return this request's nonce, for a template's inline script or style element."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def policy() -> str:
    """Return the Content-Security-Policy of this request: everything from here, nothing from elsewhere."""
    # A worker's policy comes with its own script, and TensorFlow.js starts WASM threads in workers from a blob.
    further = "blob:" if request.endpoint == "static_asset" else f"'nonce-{csp_nonce()}'"
    rules = {
        "default-src": "'self'",
        "script-src": f"'self' 'wasm-unsafe-eval' {further}",
        "style-src": f"'self' 'nonce-{csp_nonce()}'",
        "worker-src": "'self' blob:",
        # 'self' leaves WebSockets out in older browsers
        "connect-src": f"'self' ws://{request.host} wss://{request.host}",
        "img-src": "'self' blob: data:",
        "media-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def init_app(app: Flask) -> None:
    """Send the headers with every response; make ``csp_nonce()`` known to the templates."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = policy()
        return response
