"""An app with a store of its own, and sessions in it."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pose import wire
from server import services
from server.app import create_app
from server.stream import Stream, Streams
from tests.streaming import frames, wait_until


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    static = tmp_path / "static"
    static.mkdir()
    made = create_app({"INSTANCE": tmp_path / "instance", "STATIC": static})
    yield made
    services.of(made).close()


@pytest.fixture
def running(app: Flask) -> services.Services:
    return services.of(app)


@pytest.fixture
def streams(running: services.Services) -> Streams:
    return Streams(running.engine, running.writer)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program that has the token."""
    one = app.test_client()
    one.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {app.config['ACCESS_TOKEN']}"
    one.environ_base["HTTP_HOST"] = "127.0.0.1:8000"
    return one


@contextlib.contextmanager
def served(instance: Path, *options: str) -> Iterator[int]:
    """Run the production server in a process of its own; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "poseable", "serve", "--port", str(port), "--instance", str(instance), *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def listening() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(listening, 20, "the server listening")
        yield port
    finally:
        server.terminate()
        server.wait(20)


def hello(**more: Any) -> dict[str, Any]:
    fresh = {"session": str(uuid.uuid4()), "key": uuid.uuid4().hex, "v": 1, "codec": "f32", "fps": 30}
    return {**fresh, "schema": wire.SCHEMA, "about": {"pseudonym": "P 01/ä"}, **more}


@pytest.fixture
def record(streams: Streams) -> Callable[..., str]:
    """Store frames as a session, sealed unless told otherwise; returns its id."""

    def store(parts: list[wire.Frames], sealed: bool = True, **more: Any) -> str:
        request = hello(**more)
        stream, _ = streams.hello(request)
        assert isinstance(stream, Stream)
        digest, count = hashlib.sha256(), 0
        for seq, part in enumerate(parts):
            message = wire.encode(seq, part, stream.codec)
            streams.frames(stream, message)
            digest.update(message[wire.HEADER.itemsize :])
            count += len(part)
        if sealed:
            streams.end(stream, {"frames": count, "sha256": digest.hexdigest()})
        return stream.session

    return store


@pytest.fixture
def session(record: Callable[..., str]) -> str:
    """Two seconds of one person."""
    return record([frames(place * 6, 6) for place in range(10)])
