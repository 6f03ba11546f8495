"""Headless browsers that draw shots with the stage's own modules.

A server on the loopback interface hands out the stage (``static/``), the characters, and one shot after another to
each browser; pictures and their truth come back as they are drawn. A browser that dies or falls silent is replaced and
its shot drawn again. Paths begin with a random word, so that nothing else on the machine can take part.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..errors import StudioError
from .recipe import Job

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
UNPACKED = ROOT / "node_modules/.chromium/chromium-headless"
SYSTEM = ("chromium", "chromium-browser", "google-chrome")
"""Names of a Chromium on the path; Debian's package is called chromium."""
ARGUMENTS = (
    "--headless",
    "--no-sandbox",  # it opens only our own page; in containers there is no sandbox to be had
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--ignore-gpu-blocklist",
    "--use-gl=angle",
)
DRIVERS = {"gl-egl": ("--use-angle=gl-egl",), "swiftshader": ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")}
"""OpenGL through EGL (a graphics card, or Mesa's llvmpipe, three times as fast as the other), else SwiftShader."""
START_S = 120
"""The longest wait for a browser to come up with WebGL."""
PATIENCE_S = 180
"""The longest wait for a picture: the first one of a character compiles its shaders, on a loaded machine slowly."""
MOST_DEATHS = 3
"""A shot that ended so many browsers is given up, and the run with it."""
TYPES = {
    ".js": "text/javascript",
    ".json": "application/json",
    ".glb": "model/gltf-binary",
    ".hdr": "image/vnd.radiance",
    ".vrm": "model/gltf-binary",
}
PAGE = b'<!doctype html><meta charset="utf-8"><title>studio</title><script type="module" src="studio.js"></script>'


@dataclass(frozen=True)
class Drawn:
    """One picture: its job, the frame's number in it, JPEG bytes, what is true of it, ids by pixel if asked for."""

    job: Job
    frame: int
    image: bytes
    facts: dict[str, Any]
    mask: bytes | None


@dataclass
class _Worker:
    number: int
    driver: str
    process: subprocess.Popen[bytes]
    profile: tempfile.TemporaryDirectory[str]
    job: Job | None = None
    heard: float = field(default_factory=time.monotonic)
    done: bool = False

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # the browser's own children are in its group
        self.process.wait()
        self.profile.cleanup()


def find_chromium() -> Path:
    """Return a Chromium: ``$CHROMIUM``, the system's, or the one that ``make setup-test`` unpacks.

    The system's is preferred: it finds the system's OpenGL drivers. Raises `StudioError` with what to do if there is
    none, or if the stage has not been built.
    """
    if not (STATIC / "vendor/three.js").is_file():
        raise StudioError("static/vendor/three.js is not built; `make setup-serve` builds it")
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else [*SYSTEM, str(UNPACKED)])), None)
    if found is None:
        looked = f"$CHROMIUM is {named}" if named else f"looked for {', '.join(SYSTEM)} and {UNPACKED}"
        raise StudioError(
            f"no Chromium found ({looked}); install Debian's package chromium, run `make setup-test`, "
            "or name one with CHROMIUM"
        )
    return Path(found)


class Studio:
    """Browsers at work. Use it as a context manager; ``draw`` once."""

    def __init__(
        self,
        characters: Mapping[str, Path],
        browsers: int = 1,
        masks: bool = False,
        environments: Mapping[str, Path] | None = None,
    ) -> None:
        self._characters = dict(characters)
        self._environments = dict(environments or {})
        self._masks = masks
        self._count = browsers
        self._chromium = find_chromium()
        self._token = secrets.token_urlsafe(12)
        self._events: queue.Queue[tuple[int, str, bytes, Job | None]] = queue.Queue()
        self._jobs: Iterator[Job] = iter(())
        self._again: list[Job] = []
        self._deaths: dict[int, int] = {}
        self._lock = threading.Lock()
        self._workers: dict[int, _Worker] = {}
        self._started = 0
        self.driver = ""
        """What draws, in the driver's own words, once the first browser is there."""

    def __enter__(self) -> Studio:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()
        self._server.shutdown()
        self._server.server_close()

    def draw(self, jobs: Sequence[Job]) -> Iterator[Drawn]:
        """Yield the pictures of ``jobs`` as they come; a job's own in the order of its frames.

        Raises `StudioError` when no browser with WebGL2 starts, when a shot cannot be drawn, or ends browsers.
        """
        self._jobs = iter(jobs)
        driver = self._first_browser()
        for _ in range(min(self._count, len(jobs)) - 1):
            self._start(driver)
        # A browser is done when it asks and there is no more: all that it had to say is in the queue by then.
        while not (all(worker.done for worker in self._workers.values()) and self._events.empty()):
            self._replace_the_silent()
            try:
                number, kind, content, job = self._events.get(timeout=1)
            except queue.Empty:
                continue
            worker = self._workers.get(number)
            if worker is None:
                continue  # a last word of one that was replaced
            worker.heard = time.monotonic()
            if kind == "failure":
                shot = f"shot {job.shot} (seed {job.seed}): " if job else ""
                raise StudioError(f"{shot}{content.decode('utf-8', 'replace')}")
            if kind == "picture" and job is not None:
                yield _unpack(job, content)

    def _start(self, driver: str) -> _Worker:
        self._started += 1
        number = self._started
        profile = tempfile.TemporaryDirectory(prefix="poseable-")
        address = f"http://127.0.0.1:{self._server.server_address[1]}/{self._token}/#{number}"
        command = [str(self._chromium), *ARGUMENTS, *DRIVERS[driver], f"--user-data-dir={profile.name}", address]
        process = subprocess.Popen(  # noqa: S603 - a browser that we looked up, on our own page
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        worker = _Worker(number, driver, process, profile)
        with self._lock:
            self._workers[number] = worker
        return worker

    def _first_browser(self) -> str:
        """Start one browser with the fastest driver that works here; return the driver."""
        reasons = []
        for driver in DRIVERS:
            worker = self._start(driver)
            kind, said = self._first_word(worker)
            if kind == "ready":
                self.driver = said
                return driver
            reasons.append(f"{driver}: {said.partition(chr(10))[0]}")
            self._drop(worker)
        raise StudioError(f"{self._chromium} does not come up with WebGL2 ({'; '.join(reasons)})")

    def _first_word(self, worker: _Worker) -> tuple[str, str]:
        """Wait for what a new browser says: that it is ready, or why not."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            try:
                number, kind, content, _ = self._events.get(timeout=0.2)
            except queue.Empty:
                if worker.process.poll() is not None:
                    return "failure", f"it ended with code {worker.process.returncode}"
                continue
            if number == worker.number:
                worker.heard = time.monotonic()
                return kind, content.decode("utf-8", "replace")
        return "failure", f"silent for {START_S} s"

    def _drop(self, worker: _Worker) -> None:
        with self._lock:
            del self._workers[worker.number]
        worker.close()

    def _replace_the_silent(self) -> None:
        if not self._events.empty():
            return  # a browser that has ended may have said why
        for worker in list(self._workers.values()):
            silent = time.monotonic() - worker.heard > PATIENCE_S
            if worker.done or not (silent or worker.process.poll() is not None):
                continue
            self._drop(worker)
            if worker.job is not None:
                shot = worker.job.shot
                self._deaths[shot] = self._deaths.get(shot, 0) + 1
                if self._deaths[shot] >= MOST_DEATHS:
                    raise StudioError(f"shot {shot} (seed {worker.job.seed}) ended {MOST_DEATHS} browsers")
                with self._lock:
                    self._again.append(worker.job)
            self._start(worker.driver)

    # Called by the server's threads.

    def next_job(self, number: int) -> bytes:
        """Hand the next shot to a browser, as JSON; ``null`` when there is none."""
        with self._lock:
            worker = self._workers.get(number)
            if worker is None:
                return b"null"
            worker.job = self._again.pop() if self._again else next(self._jobs, None)
            worker.done = worker.job is None
            return json.dumps({**asdict(worker.job), "masks": self._masks} if worker.job else None).encode()

    def take(self, number: int, kind: str, content: bytes) -> None:
        """Receive what a browser says."""
        with self._lock:
            worker = self._workers.get(number)
            self._events.put((number, kind, content, worker.job if worker else None))

    def content(self, path: str) -> bytes | None:
        """Return what a path below the token holds; ``None``: nothing."""
        if path in ("", "studio.js"):
            return PAGE if not path else (Path(__file__).parent / "studio.js").read_bytes()
        kind, _, rest = path.partition("/")
        if kind == "characters":
            if rest == "manifest.json":
                return json.dumps({"characters": {name: {} for name in self._characters}}).encode()
            file = self._characters.get(rest.removesuffix(".glb"))
            return file.read_bytes() if file else None
        if kind == "environments":
            if rest == "manifest.json":
                return json.dumps({"environments": sorted(self._environments)}).encode()
            file = self._environments.get(unquote(rest.removesuffix(".hdr")))
            return file.read_bytes() if file else None
        if kind != "static":
            return None
        file = (STATIC / rest).resolve()
        return file.read_bytes() if file.is_relative_to(STATIC) and file.is_file() else None

    def below_token(self, path: str) -> str | None:
        """Return the rest of a request's path, or ``None`` if it does not begin with this studio's word."""
        token, _, rest = path.removeprefix("/").partition("/")
        return rest if secrets.compare_digest(token.encode(), self._token.encode()) else None


def _unpack(job: Job, content: bytes) -> Drawn:
    """Take studio.js's message apart."""
    text, image = (int.from_bytes(content[4 * k : 4 * k + 4], "little") for k in (0, 1))
    facts = json.loads(content[8 : 8 + text])
    mask = content[8 + text + image :]
    return Drawn(job, facts["frame"], content[8 + text : 8 + text + image], facts, mask or None)


def _handler(studio: Studio) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Serves the stage and the shots; takes pictures."""

        protocol_version = "HTTP/1.1"  # one connection for many requests

        def _answer(self, status: int, content: bytes = b"", kind: str = "text/html") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            path = studio.below_token(self.path)
            if path is not None and path.startswith("job/"):
                self._answer(200, studio.next_job(int(path.removeprefix("job/"))), "application/json")
                return
            content = None if path is None else studio.content(path)
            self._answer(
                404 if content is None else 200, content or b"", TYPES.get(Path(self.path).suffix, "text/html")
            )

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            path = studio.below_token(self.path)
            kind, _, number = (path or "").partition("/")
            if kind not in ("ready", "picture", "failure") or not number.isdecimal():
                self._answer(404)
                return
            studio.take(int(number), kind, content)
            self._answer(204)

        def log_message(self, *_: Any) -> None:
            """Say nothing: requests are no news."""

    return Handler
