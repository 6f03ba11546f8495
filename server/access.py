"""Who may talk to the server.

One random token lets a browser or a program in. It is made on first start and kept in ``INSTANCE/token`` (mode 0600),
so that an open page reconnects after a restart. The page brings it as an HttpOnly cookie, programs as
``Authorization: Bearer``. A server that listens on a loopback address hands the cookie to whoever opens a page; any
other asks for ``/?access=<token>`` once, and so does one with names of its own (``ALLOW_HOSTS``): a proxy on this
machine then brings it visitors from elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, redirect, request

COOKIE_AGE_S = 365 * 86400
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def secret(path: Path) -> str:
    """Return the secret kept in ``path``; make one of 256 random bits if there is none."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    # Written aside and linked: a second server starting now reads either nothing or all of it, and both use one secret.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


def is_loopback(host: str) -> bool:
    """Whether a server bound to ``host`` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_open(config: Mapping[str, Any]) -> bool:
    """Whether opening a page is enough to be let in: only somebody on this machine can."""
    return is_loopback(config["HOST"]) and not config["ALLOW_HOSTS"]


def host_allowed(host: str | None, names: Iterable[str]) -> bool:
    """Whether a Host header names this server, which goes by the ``names``.

    A page of another site can have its own name resolve to this machine (DNS rebinding), but then the browser sends
    that name. Localhost, the server's names and literal IP addresses cannot be had that way.
    """
    name = _host_name(f"//{host or ''}")
    if name is None:
        return False
    if name in ("localhost", *names):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # half an IPv6 address
        return None


def origin_allowed(origin: str, scheme: str, host: str, names: Iterable[str]) -> bool:
    """Whether a page of ``origin`` is one of this server, which was asked with ``scheme`` and the Host header ``host``.

    A proxy that speaks TLS asks with http while the page has https: that is let pass for the server's own ``names``.
    """
    schemes = ("http", "https") if _host_name(f"//{host}") in tuple(names) else (scheme,)
    return origin in [f"{each}://{host}" for each in schemes]


def token_valid(candidate: object) -> bool:
    """Compare in constant time with the server's token."""
    token: str = current_app.config["ACCESS_TOKEN"]
    return isinstance(candidate, str) and hmac.compare_digest(candidate.encode(), token.encode())


def cookie_name(token: str) -> str:
    """Return the cookie's name: browsers share cookies among the ports of a host, and each may have its own server."""
    return "poseable_" + hashlib.sha256(token.encode()).hexdigest()[:12]


def _has_cookie() -> bool:
    return token_valid(request.cookies.get(cookie_name(current_app.config["ACCESS_TOKEN"])))


def same_origin() -> bool:
    """Whether the browser says that the request comes from a page of this server."""
    origin = request.headers.get("Origin")
    names = current_app.config["ALLOW_HOSTS"]
    return origin is not None and origin_allowed(origin, request.scheme, request.host, names)


def init_app(app: Flask) -> None:
    """Guard every request; make ``access_token`` known to the templates."""
    instance = Path(app.config["INSTANCE"])
    app.config["ACCESS_TOKEN"] = secret(instance / "token")
    app.config["SECRET_KEY"] = secret(instance / "secret_key")
    app.jinja_env.globals["access_token"] = app.config["ACCESS_TOKEN"]
    app.before_request(_check_host)
    app.before_request(_check_access)
    app.after_request(_hand_out_cookie)


def _check_host() -> None:
    config = current_app.config
    if not host_allowed(request.headers.get("Host"), (config["HOST"], *config["ALLOW_HOSTS"])):
        abort(421, description="this server does not go by the name in the Host header")


def _bearer() -> bool:
    authorization = request.authorization
    return authorization is not None and authorization.type == "bearer" and token_valid(authorization.token)


def _check_access() -> Response | None:
    if request.path.startswith("/assets/"):
        return None  # the program itself is public
    if request.path.startswith("/api/"):
        _check_api()
        return None
    if request.method == "GET" and token_valid(request.args.get("access")):
        answer = redirect(request.path)  # so that the token does not stay in the address bar
        _set_cookie(answer)
        return answer  # type: ignore[return-value]
    if not (is_open(current_app.config) or _has_cookie() or _bearer()):
        abort(403, description="open the address with ?access=… that the server printed when it started")
    return None


def _check_api() -> None:
    if _bearer():
        return
    if not _has_cookie():
        abort(401, description="an access cookie (open the page) or Authorization: Bearer <token> is needed")
    if request.method not in SAFE_METHODS and not same_origin():
        abort(403, description="a change needs an Origin header of this server, or Authorization: Bearer <token>")


def _hand_out_cookie(response: Response) -> Response:
    is_page = response.mimetype == "text/html" and response.status_code == 200 and not request.path.startswith("/api/")
    if is_page and not _has_cookie():
        _set_cookie(response)
    return response


def _set_cookie(response: object) -> None:
    response.set_cookie(  # type: ignore[attr-defined]
        cookie_name(current_app.config["ACCESS_TOKEN"]),
        current_app.config["ACCESS_TOKEN"],
        max_age=COOKIE_AGE_S,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
