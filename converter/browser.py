"""Run a TF.js graph model where its users run it: in a browser, on the WASM back end of ``static/vendor``.

A Chromium is started without a window on a page of a server of our own on the loopback interface. The page
(``parity.js``) fetches the inputs, runs the model and posts the outputs, so nothing but the browser is needed.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import ConversionError, MissingPackageError

Values = npt.NDArray[np.float32]

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "static/vendor"
# Where `make test` puts a browser, then what a system may have.
UNPACKED = ROOT / "node_modules/.chromium/chromium-headless"
COMMANDS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",  # it opens only our own page; in containers there is no sandbox to be had
    "--no-first-run",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
# The longest wait for one answer, s: starting the browser, or the largest network on a loaded machine.
PATIENCE = 120
TYPES = {".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm"}
PAGE = b'<!doctype html><meta charset="utf-8"><title>parity</title><script type="module" src="/parity.js"></script>'


class BrowserError(ConversionError):
    """The browser did not start, fell silent, or reports that the model failed in it."""


@dataclass(frozen=True)
class _Job:
    """What the page asks for, and where its answers go: (number, outputs' bytes), or (-1, what went wrong)."""

    model: Path
    inputs: Sequence[Values]
    outputs: tuple[str, ...]
    answers: queue.Queue[tuple[int, bytes]]


def find_browser() -> Path:
    """Return a Chromium: ``$CHROMIUM``, the one that ``make test`` unpacks, or the system's.

    Raises `MissingPackageError` if there is none, or if ``static/vendor`` has not been built.
    """
    if not (VENDOR / "tf.js").is_file():
        raise MissingPackageError(f"{VENDOR.name}/tf.js is not built; `make serve` builds it")
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else [str(UNPACKED), *COMMANDS])), None)
    if found is None:
        looked = named or f"{UNPACKED.relative_to(ROOT)}, {', '.join(COMMANDS)}"
        raise MissingPackageError(f"no browser found: {looked}")
    return Path(found)


def run(model: Path, inputs: Sequence[Values], shapes: Mapping[str, tuple[int, ...]]) -> Iterator[dict[str, Values]]:
    """Yield the outputs of the graph model in folder `model` for each input, in order.

    `inputs` have the model's input shape; `shapes` maps the wanted outputs to their shapes. Raises `BrowserError`, and
    `MissingPackageError` as `find_browser`.
    """
    job = _Job(model, inputs, tuple(shapes), queue.Queue())
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(job))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with tempfile.TemporaryDirectory(prefix="poseable-") as profile:
            address = f"http://127.0.0.1:{server.server_address[1]}/"
            command = [str(find_browser()), *ARGUMENTS, f"--user-data-dir={profile}", address]
            process = subprocess.Popen(  # noqa: S603 - a browser that we looked up, on our own page
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
            try:
                for number in range(len(inputs)):
                    yield _split(_answer(job, number), shapes)
            finally:
                os.killpg(process.pid, signal.SIGKILL)  # the browser's own children are in its group
                process.wait()
    finally:
        server.shutdown()
        server.server_close()


def _answer(job: _Job, number: int) -> bytes:
    try:
        answered, content = job.answers.get(timeout=PATIENCE)
    except queue.Empty:
        raise BrowserError(f"the browser has not answered input {number} within {PATIENCE} s") from None
    if answered != number:
        raise BrowserError(f"input {number} failed in the browser: {content.decode('utf-8', 'replace')}")
    return content


def _split(content: bytes, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Values]:
    """Cut the concatenated float32 outputs apart."""
    values = np.frombuffer(content, "<f4")
    sizes = [prod(shape) for shape in shapes.values()]
    if values.size != sum(sizes):
        raise BrowserError(f"expected {sum(sizes)} output values, the browser sent {values.size}")
    parts = np.split(values, np.cumsum(sizes)[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


def _handler(job: _Job) -> type[BaseHTTPRequestHandler]:
    """Return the request handler for one job."""

    class Handler(BaseHTTPRequestHandler):
        """Serves the page, TensorFlow.js, the model and the inputs; takes the outputs."""

        def do_GET(self) -> None:
            content = _content(job, self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", TYPES.get(Path(self.path).suffix, "text/html"))
            self.send_header("Content-Length", str(len(content or b"")))
            # cross-origin isolation, without which there are no WASM threads
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.end_headers()
            self.wfile.write(content or b"")

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            kind, _, number = self.path.strip("/").partition("/")
            self.send_response(204)
            self.end_headers()
            job.answers.put((int(number), content) if kind == "output" else (-1, content))

        def log_message(self, *_: Any) -> None:
            """Say nothing: requests are no news."""

    return Handler


def _content(job: _Job, path: str) -> bytes | None:
    """Return what a path of the loopback server holds, None if nothing."""
    kind, _, rest = path.strip("/").partition("/")
    if not kind:
        return PAGE
    if kind == "parity.js":
        return (Path(__file__).parent / "parity.js").read_bytes()
    if kind == "task":
        task = {"count": len(job.inputs), "shape": job.inputs[0].shape, "outputs": job.outputs}
        return json.dumps(task).encode()
    if kind == "input" and rest.isdecimal() and int(rest) < len(job.inputs):
        return job.inputs[int(rest)].astype("<f4").tobytes()
    folder = {"vendor": VENDOR, "model": job.model}.get(kind)
    if folder is None:
        return None
    wanted = (folder / rest).resolve()
    return wanted.read_bytes() if wanted.is_relative_to(folder.resolve()) and wanted.is_file() else None
