"""Who may talk to the server."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server import services
from server.access import cookie_name, host_allowed, is_loopback, secret
from server.app import create_app

LOCAL = {"Host": "127.0.0.1:8000"}


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    @app.get("/page")
    def page() -> str:
        return "<!doctype html>"

    return app.test_client()


def bearer(app: Flask) -> dict[str, str]:
    return {**LOCAL, "Authorization": f"Bearer {app.config['ACCESS_TOKEN']}"}


def test_a_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = secret(tmp_path / "token")
    assert len(first) >= 43  # 256 bits in base64
    assert secret(tmp_path / "token") == first
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["token"]
    assert secret(tmp_path / "other") != first


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8000", True),
        ("localhost", True),
        ("[::1]:8000", True),
        ("192.168.1.7:8000", True),
        ("poseable.local:8000", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:8000", False),
        ("", False),
        (None, False),
    ],
)
def test_host_header(host: str | None, allowed: bool) -> None:
    assert host_allowed(host, "poseable.local") is allowed


def test_loopback() -> None:
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.8.8.8", "::1"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "192.168.1.7", "example.com", "::"))


def test_another_host_name_is_refused(anybody: FlaskClient) -> None:
    assert anybody.get("/page", headers={"Host": "evil.example"}).status_code == 421


def test_the_api_needs_the_token(anybody: FlaskClient, app: Flask) -> None:
    answer = anybody.get("/api/sessions", headers=LOCAL)
    assert answer.status_code == 401
    assert answer.get_json()["error"]["code"] == "unauthorized"
    assert "Bearer" in answer.get_json()["error"]["message"]
    for authorization in ("Bearer wrong", "Bearer ", "Basic YTpi", f"Basic {app.config['ACCESS_TOKEN']}", "Bearer ä"):
        headers = {**LOCAL, "Authorization": authorization.encode().decode("latin1")}
        assert anybody.get("/api/sessions", headers=headers).status_code == 401
    assert anybody.get("/api/sessions", headers=bearer(app)).status_code == 200


def test_a_page_on_this_machine_hands_out_the_cookie(anybody: FlaskClient) -> None:
    answer = anybody.get("/page", headers=LOCAL)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert anybody.get("/api/sessions", headers=LOCAL).status_code == 200
    assert "Set-Cookie" not in anybody.get("/page", headers=LOCAL).headers


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 403),
        ("null", 403),
        ("http://evil.example", 403),
        ("http://127.0.0.1:8001", 403),
        ("http://127.0.0.1:8000", 404),
    ],
)
def test_a_change_by_cookie_needs_our_origin(anybody: FlaskClient, app: Flask, origin: str | None, status: int) -> None:
    token = app.config["ACCESS_TOKEN"]
    anybody.set_cookie(cookie_name(token), token, domain="127.0.0.1")
    headers = {**LOCAL, **({"Origin": origin} if origin else {})}
    assert anybody.delete("/api/sessions/none", headers=headers).status_code == status
    assert anybody.delete("/api/sessions/none", headers=bearer(app)).status_code == 404


def test_a_server_for_others_asks_for_the_token_once(tmp_path: Path) -> None:
    app = create_app({"INSTANCE": tmp_path / "instance", "STATIC": tmp_path, "HOST": "0.0.0.0"})

    @app.get("/page")
    def page() -> str:
        return "<!doctype html>"

    client, headers = app.test_client(), {"Host": "192.168.1.7:8000"}
    assert client.get("/page", headers=headers).status_code == 403
    assert client.get("/page?access=wrong", headers=headers).status_code == 403
    answer = client.get("/page?access=" + app.config["ACCESS_TOKEN"], headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/page")
    assert client.get("/page", headers=headers).status_code == 200
    services.of(app).close()


def test_headers_keep_foreign_code_out(anybody: FlaskClient) -> None:
    first, second = (anybody.get("/page", headers=LOCAL).headers for _ in range(2))
    policy = first["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert policy != second["Content-Security-Policy"]  # a nonce is used once
    assert first["Cross-Origin-Opener-Policy"] == "same-origin"
    assert first["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert first["X-Content-Type-Options"] == "nosniff"
