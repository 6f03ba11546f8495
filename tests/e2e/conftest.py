"""A real server in its own process and a real Chromium with a fake camera."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e import film

ROOT = Path(__file__).resolve().parents[2]
# Network services of the browser's own are off: tests must not reach out, and fail if the page does.
BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]

# What is expected comes at last, not in a given time: on a busy machine the default of 5 s says nothing about the page.
expect.set_options(timeout=20_000)


def chromium() -> str:
    """Path of the Chromium under test: ``$CHROMIUM``, or the one that ``tools/chromium.mjs`` unpacked."""
    return os.environ.get("CHROMIUM", str(ROOT / "node_modules/.chromium/chromium-headless"))


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """A browser whose only camera shows a person."""
    camera = tmp_path_factory.mktemp("camera") / "person.mjpeg"
    camera.write_bytes(film.mjpeg())
    args = [*BROWSER_ARGS, f"--use-file-for-fake-video-capture={camera}"]
    return {**browser_type_launch_args, "executable_path": chromium(), "args": args}


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """``poseable serve`` as a process that tests may kill and start again on the same port and database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start the process and wait until it answers."""
        command = [sys.executable, "-m", "poseable", "serve", "--port", str(self.port)]
        command += ["--instance", str(self.folder)]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
        for _ in range(600):  # a minute: processes start slowly on a busy machine
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.url, timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return self
        self.stop()
        raise RuntimeError(f"the server did not start:\n{(self.folder / 'server.log').read_text()}")

    def kill(self) -> None:
        """``kill -9``: no clean-up, as in a power cut."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ask the process to end, and wait for it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """A function that starts a server of the test's own."""
    started: list[Server] = []

    def start() -> Server:
        folder = tmp_path / f"instance{len(started)}"
        folder.mkdir()
        started.append(Server(folder))
        return started[-1].start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that all tests share."""
    server = Server(tmp_path_factory.mktemp("instance")).start()
    yield server.url
    server.stop()
