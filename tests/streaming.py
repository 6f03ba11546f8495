"""A client of the stream protocol, frames that can be told apart, and a network that can be cut."""

from __future__ import annotations

import contextlib
import hashlib
import select
import socket
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import socketio
from sqlalchemy import create_engine, text

from pose import landmarks, wire


def frames(start: int, count: int, person: int = 1) -> wire.Frames:
    """Frames whose numbers tell their index: landmark values are the index plus a fraction that tells the place."""
    result = np.zeros(count, wire.FRAME)
    index = np.arange(start, start + count)
    result["time"] = index / 30
    result["person"], result["image_size"], result["score"] = person, (640, 480), 0.75
    result["landmarks"] = (index[:, None] + np.arange(99) / 128).reshape(count, 33, 3)
    result["world_landmarks"] = (np.arange(99) / 128 - index[:, None] % 2).reshape(count, 33, 3)
    result["visibility"], result["presence"] = 0.5, 0.25
    return result


HAND = [landmarks.index(f"left_{name}") for name in ("wrist", "pinky", "index", "thumb")]


def true_frames(start: int, count: int) -> wire.Frames:
    """Frames like those above beside the truth of character 1, who has no left hand and is 3 px and 25 cm away.

    Of five frames in a row the fourth is a stranger's, and in the fifth the character is missed.
    """
    plain = frames(start, count)
    result = np.zeros(count, wire.TRUTH_FRAME)
    for name in wire.FRAME.names or ():
        result[name] = plain[name]
    result["truth_person"], result["truth_visibility"] = 1, 1
    result["truth_landmarks"] = plain["landmarks"] + 3
    result["truth_world_landmarks"] = plain["world_landmarks"] + 0.25
    for name in ("landmarks", "world_landmarks", "truth_landmarks", "truth_world_landmarks"):
        result[name][:, HAND] = np.nan
    for name in ("visibility", "presence", "truth_visibility"):
        result[name][:, HAND] = 0
    index = np.arange(start, start + count) % 5
    stranger, missed = index == 3, index == 4
    result["person"][stranger], result["person"][missed] = 2, 0
    result["truth_person"][stranger], result["flags"][missed] = 0, wire.MISSED
    for some, names in ((stranger, TRUE), (missed, TRACKED)):
        for name in names:
            result[name][some] = np.nan if "landmarks" in name else 0
    return result


TRUE = ("truth_landmarks", "truth_world_landmarks", "truth_visibility")
TRACKED = ("score", "landmarks", "world_landmarks", "visibility", "presence")


class Client:
    """One session over as many connections as it takes."""

    def __init__(self, url: str, token: str, **hello: Any) -> None:
        self.url, self.token = url, token
        self.hello = {"v": 1, "session": str(uuid.uuid4()), "key": uuid.uuid4().hex, "codec": "f32", "fps": 30}
        self.hello |= {"schema": wire.SCHEMA, "about": {"pseudonym": "somebody"}, **hello}
        self.socket = socketio.Client(reconnection=False)
        self.next = 0

    @property
    def session(self) -> str:
        return str(self.hello["session"])

    def connect(self) -> dict[str, Any]:
        """Connect anew and say hello; returns the answer."""
        self.close()
        self.socket = socketio.Client(reconnection=False)
        self.socket.connect(self.url, transports=["websocket"], auth={"token": self.token}, wait_timeout=5)
        answer: dict[str, Any] = self.call("hello", self.hello)
        self.next = answer.get("next", self.next)
        return answer

    def call(self, event: str, argument: Any, timeout: float = 5) -> Any:
        return self.socket.call(event, argument, timeout=timeout)

    def send(self, part: wire.Frames) -> dict[str, Any]:
        """Send one message, the next."""
        answer: dict[str, Any] = self.call("frames", wire.encode(self.next, part, self.hello["codec"]))
        self.next = answer.get("next", self.next)
        return answer

    def end(self, everything: wire.Frames) -> dict[str, Any]:
        digest = hashlib.sha256(wire.encode_frames(everything, self.hello["codec"])).hexdigest()
        answer: dict[str, Any] = self.call("end", {"frames": len(everything), "sha256": digest})
        return answer

    def close(self) -> None:
        connection = self.socket.eio.ws
        with contextlib.suppress(Exception):
            self.socket.disconnect()
        if connection is not None:
            connection.shutdown()  # Socket.IO leaves the socket of a broken connection to the garbage collector


def token_of(instance: Path) -> str:
    return (instance / "token").read_text().strip()


def stored(instance: Path) -> dict[str, tuple[wire.Frames, bool]]:
    """Session -> its frames and whether it is sealed, read past the server from the file, oldest session first."""
    from server.store import read_frames

    engine = create_engine(f"sqlite:///{instance / 'poseable.sqlite3'}")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, codec, schema, next_seq, ended FROM sessions ORDER BY created"))
        rows = [dict(row) for row in rows.mappings()]
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    result = {}
    for row in rows:
        parts = list(read_frames(engine, row))
        result[row["id"]] = (np.concatenate(parts) if parts else frames(0, 0), row["ended"] is not None)
    engine.dispose()
    return result


class Network:
    """A TCP proxy to a port of this machine whose traffic can be held up, as on a cut cable: nothing is refused."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.flowing = threading.Event()
        self.flowing.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.flowing.clear()

    def heal(self) -> None:
        self.flowing.set()

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        while True:
            self.flowing.wait()
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            self.flowing.wait()
            with socket.create_connection(("127.0.0.1", self.target)) as far:
                other = {near: far, far: near}
                while True:
                    ready, _, _ = select.select([near, far], [], [])
                    self.flowing.wait()
                    for source in ready:
                        data = source.recv(65536)
                        if not data:
                            return
                        other[source].sendall(data)


def wait_until(condition: Any, seconds: float, what: str) -> None:
    """Poll until ``condition()`` holds; fail with ``what`` after ``seconds``."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, f"not within {seconds} s: {what}"
        time.sleep(0.1)
