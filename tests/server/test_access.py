"""Who may talk to the server."""

from __future__ import annotations

import contextlib
import socket
import stat
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from server import commands, services, serving
from server.access import cookie_name, host_allowed, is_loopback, origin_allowed, secret
from server.app import create_app
from tests.server.conftest import served

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
        ("[::1", False),
        ("", False),
        (None, False),
    ],
)
def test_host_header(host: str | None, allowed: bool) -> None:
    assert host_allowed(host, ("127.0.0.1", "poseable.local")) is allowed


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


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("https://poseable.example", "poseable.example", True),
        ("http://poseable.example", "poseable.example", True),
        ("https://poseable.example:8443", "poseable.example:8443", True),
        ("https://poseable.example:8443", "poseable.example", False),  # another port, another server
        ("https://evil.example", "poseable.example", False),
        ("https://sub.poseable.example", "poseable.example", False),
        ("ftp://poseable.example", "poseable.example", False),
        ("null", "poseable.example", False),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("https://127.0.0.1:8000", "127.0.0.1:8000", False),
    ],
)
def test_origins(origin: str, host: str, allowed: bool) -> None:
    assert origin_allowed(origin, "http", host, ["poseable.example"]) is allowed


def test_a_server_behind_a_proxy_goes_by_its_name_and_asks_everybody_for_the_token(tmp_path: Path) -> None:
    config = {"INSTANCE": tmp_path / "instance", "STATIC": tmp_path, "ALLOW_HOSTS": ("poseable.example",)}
    app = create_app(config)

    @app.get("/page")
    def page() -> str:
        return "<!doctype html>"

    client, token = app.test_client(), app.config["ACCESS_TOKEN"]
    assert client.get("/page", headers={"Host": "evil.example"}).status_code == 421
    for host in ("poseable.example", "127.0.0.1:8000"):  # a proxy may write its own address into the header
        assert client.get("/page", headers={"Host": host}).status_code == 403
    headers = {"Host": "Poseable.Example", "Origin": "https://poseable.example"}
    client.set_cookie(cookie_name(token), token, domain="poseable.example")
    assert client.get("/page", headers=headers).status_code == 200
    headers["Host"] = "poseable.example"
    assert client.delete("/api/sessions/none", headers=headers).status_code == 404
    assert client.delete("/api/sessions/none", headers={**headers, "Origin": "https://evil.example"}).status_code == 403
    services.of(app).close()


def test_sockets_behind_a_proxy_need_our_origin_too(tmp_path: Path) -> None:
    def handshake(port: int, origin: str, host: str) -> int:
        headers = {"Host": host, "Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket"}
        headers |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", "/socket.io/?EIO=4&transport=websocket", headers=headers)
            return connection.getresponse().status

    with served(tmp_path / "instance", "--allow-host", "poseable.example") as port:
        local = f"127.0.0.1:{port}"
        assert handshake(port, "https://poseable.example", "poseable.example") == 101
        assert handshake(port, f"http://{local}", local) == 101
        assert handshake(port, "https://evil.example", "poseable.example") == 400
        assert handshake(port, "http://evil.example", "evil.example") == 400
        assert handshake(port, f"https://{local}", local) == 400


def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *options: str) -> tuple[str, dict[str, Any]]:
    """Run the command without a server; returns what it printed and the server's config."""
    config: dict[str, Any] = {}

    class Application:
        def __init__(self, _host: str, _port: int, given: dict[str, Any]) -> None:
            config.update(given)

        def run(self) -> None: ...

    monkeypatch.setattr(serving, "Application", Application)
    run = CliRunner().invoke(commands.serve, ["--instance", str(tmp_path / "instance"), *options])
    return run.output, config


def test_serve_takes_names_and_no_wildcards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    printed, config = serve(monkeypatch, tmp_path, "--allow-host", "Poseable.Example", "--allow-host", "lab")
    assert config["ALLOW_HOSTS"] == ("poseable.example", "lab")
    token = (tmp_path / "instance/token").read_text().strip()
    assert f"https://poseable.example/?access={token}" in printed
    assert f"http://127.0.0.1:8000/?access={token}" in printed
    assert serve(monkeypatch, tmp_path)[0] == "Poseable: http://127.0.0.1:8000/\n"
    for wrong in ("*", "*.example", "https://poseable.example", "poseable.example:443", ""):
        printed, config = serve(monkeypatch, tmp_path, "--allow-host", wrong)
        assert "is no host name" in printed
        assert config == {}


def test_serve_prints_an_address_for_other_devices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Probe(socket.socket):
        def connect(self, _address: object) -> None: ...

        def getsockname(self) -> Any:
            return "192.168.1.7", 40000

    monkeypatch.setattr(socket, "socket", Probe)
    assert "http://192.168.1.7:8000/?access=" in serve(monkeypatch, tmp_path, "--host", "0.0.0.0")[0]

    def unreachable(_self: object, _address: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(Probe, "connect", unreachable)
    printed, _ = serve(monkeypatch, tmp_path, "--host", "::")
    assert "http://[::]:8000/?access=" in printed
    assert "write this machine's name in place of ::" in printed


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
