"""Bad frames and floods get a refusal with a code and a reason, and cost the server little memory."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import socketio
import websocket

from pose import wire
from tests.streaming import Client, frames, stored, token_of

LIMIT_KB = 20 * 1024  # what the whole of one attack may cost


class Memory:
    """Peak resident memory of the process that serves the sockets, from a mark on."""

    def __init__(self, master: int) -> None:
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        self.folder = Path(f"/proc/{children[0]}")

    def _kb(self, name: str) -> int:
        lines = (self.folder / "status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))

    def mark(self) -> None:
        (self.folder / "clear_refs").write_text("5")  # the peak begins anew
        self.before = self._kb("VmRSS")

    def growth(self) -> int:
        return self._kb("VmHWM") - self.before


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from tests.e2e.conftest import Server

    server = Server(tmp_path_factory.mktemp("target")).start()
    client = Client(server.url, token_of(server.folder))
    client.connect()  # everything is loaded and warm
    for place in range(50):
        client.send(frames(place * 60, 60))
    client.close()
    yield server
    server.stop()
    assert "Traceback" not in (server.folder / "server.log").read_text()  # nor do attacks fill the log


@pytest.fixture
def cheap(target: Any) -> Iterator[None]:
    """Whatever the test does, the server's memory stays, it still answers, and it has not been restarted."""
    memory = Memory(target.process.pid)
    memory.mark()
    yield
    growth = memory.growth()
    client = Client(target.url, token_of(target.folder))
    assert client.connect()["ok"]
    assert client.send(frames(0, 1))["ok"]
    client.close()
    assert growth <= LIMIT_KB, f"the server's memory grew by {growth} KB"


@pytest.fixture
def client(target: Any) -> Iterator[Client]:
    one = Client(target.url, token_of(target.folder))
    one.connect()
    yield one
    one.close()


class Raw:
    """A WebSocket below Socket.IO, to say what no client would."""

    def __init__(self, server: Any, authenticated: bool = True, **options: Any) -> None:
        url = server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        self.socket = websocket.create_connection(url, timeout=20, **options)
        assert self.socket.recv().startswith("0{")  # Engine.IO is open
        if authenticated:
            self.socket.send(f'40{{"token":"{token_of(server.folder)}"}}')
            assert self.socket.recv().startswith("40{")

    def until_closed(self) -> int | None:
        """The code with which the server closes; None where it just hangs up."""
        try:
            while True:
                opcode, data = self.socket.recv_data()
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    return int(struct.unpack("!H", data[:2])[0])
        except (websocket.WebSocketException, ConnectionError):
            return None

    def flood(self, send: Callable[[], Any], times: int) -> bool:
        """Send until the server hangs up; whether it did."""
        try:
            for _ in range(times):
                send()
        except (OSError, websocket.WebSocketException):
            return True
        return False


@pytest.fixture
def raw(target: Any) -> Iterator[Raw]:
    one = Raw(target)
    yield one
    one.socket.shutdown()


@pytest.fixture
def stranger(target: Any) -> Iterator[Raw]:
    one = Raw(target, authenticated=False)
    yield one
    one.socket.shutdown()


def sealed_with(body: bytes, n: int = 1, version: int = 1, seq: int = 0) -> bytes:
    return struct.pack("<HHQI", version, n, seq, zlib.crc32(body)) + body


def with_value(field: str, value: float) -> bytes:
    part = frames(0, 3)
    part[field][1] = value
    return wire.encode(0, part, "f32")


GOOD = wire.encode(0, frames(0, 3), "f32")
BAD_FRAMES: dict[str, tuple[Any, str, str]] = {
    "empty": (b"", "bad", "header of 16 bytes; 0 bytes came"),
    "too short": (GOOD[:-1], "bad", "have 3228 bytes; 3227 came"),
    "too long": (GOOD + b"x", "bad", "have 3228 bytes; 3229 came"),
    "crc": (GOOD[:-1] + b"\xff", "bad", "crc32"),
    "version": (b"\2" + GOOD[1:], "bad", "protocol version 1; the message says 2"),
    "no frames": (sealed_with(b"", n=0), "bad", "1 to 60 frames; this one says 0"),
    "too many frames": (sealed_with(b"", n=65535), "bad", "this one says 65535"),
    "a gap": (wire.encode(1, frames(0, 3), "f32"), "gap", "message 0 comes next; 1 came"),
    "a large gap": (wire.encode(2**64 - 1, frames(0, 3), "f32"), "gap", "message 0 comes next"),
    "NaN": (with_value("landmarks", np.nan), "bad", "landmarks must be finite"),
    "infinity": (with_value("world_landmarks", np.inf), "bad", "world_landmarks must be finite"),
    "a NaN time": (with_value("time", np.nan), "bad", "time must be finite"),
    "time backwards": (with_value("time", 9.0), "bad", "never run backwards"),
    "probability": (with_value("visibility", 1.5), "bad", "visibility must lie in 0..1"),
    "nobody": (with_value("person", 0), "bad", "person must be 1 or more"),
    "text": ("frames", "bad", "one binary argument; str came"),
    "a list": ([1, 2], "bad", "one binary argument; list came"),
    "nothing": (None, "bad", "carries one argument; 0 came"),
    "too much": (("x", "y"), "bad", "carries one argument; 2 came"),
}


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("name", BAD_FRAMES)
def test_bad_frames_are_refused_with_a_reason(client: Client, name: str) -> None:
    message, code, reason = BAD_FRAMES[name]
    for _ in range(3):
        answer = client.call("frames", message)
        assert (answer["ok"], answer["code"]) == (False, code)
        assert reason in answer["reason"]
    assert client.send(frames(0, 3)) == {"ok": True, "next": 1}  # the connection and the session are as good as before


def test_what_is_sent_twice_is_stored_once(client: Client, target: Any) -> None:
    message = wire.encode(0, frames(0, 3), "f32")
    assert client.call("frames", message) == client.call("frames", message) == {"ok": True, "next": 1}
    assert len(stored(target.folder)[client.session][0]) == 3


def test_time_does_not_run_back_between_messages(client: Client) -> None:
    assert client.send(frames(30, 3))["ok"]
    answer = client.call("frames", wire.encode(1, frames(0, 3), "f32"))
    assert (answer["code"], answer["next"]) == ("bad", 1)
    assert "time must not run backwards" in answer["reason"]


HELLOS: dict[str, tuple[Any, str]] = {
    "nothing": (None, "carries one argument; 0 came"),
    "null": ([None], "hello carries an object"),
    "text": ("hello", "hello carries an object"),
    "version": ({"v": 2}, "speaks protocol version 1; 2 came"),
    "schema": (
        {"schema": "openpose25"},
        "schema must be one of blazepose33.v1, blazepose33.v1+truth; 'openpose25' came",
    ),
    "codec": ({"codec": "f64"}, "codec must be one of f32, i16"),
    "an unhashable codec": ({"codec": []}, "codec must be one of f32, i16"),
    "fps": ({"fps": 0}, "fps must be a number above 0"),
    "a NaN fps": ({"fps": float("nan")}, "fps must be a number above 0"),
    "a true fps": ({"fps": True}, "fps must be a number above 0"),
    "session": ({"session": "../../etc"}, "session must match"),
    "no key": ({"key": None}, "key must match"),
    "a short key": ({"key": "secret"}, "key must match"),
    "about": ({"about": []}, "about must be an object"),
    "a long pseudonym": ({"about": {"pseudonym": "x" * 60_000}}, "about.pseudonym must be text of at most"),
    "an unprintable pseudonym": ({"about": {"pseudonym": "a\nb"}}, "about.pseudonym must be text of at most"),
}


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("name", HELLOS)
def test_bad_hellos_are_refused_with_a_reason(client: Client, name: str) -> None:
    change, reason = HELLOS[name]
    answer = client.call("hello", {**client.hello, **change} if isinstance(change, dict) else change)
    assert (answer["ok"], answer["code"]) == (False, "bad")
    assert reason in answer["reason"]
    assert client.call("frames", GOOD)["code"] == "no-hello"


def test_frames_need_a_hello(target: Any) -> None:
    socket = socketio.Client(reconnection=False)
    socket.connect(target.url, transports=["websocket"], auth={"token": token_of(target.folder)})
    assert socket.call("frames", GOOD, timeout=5)["code"] == "no-hello"
    assert socket.call("end", {"frames": 0, "sha256": "0" * 64}, timeout=5)["code"] == "no-hello"
    socket.disconnect()


def test_another_key_does_not_open_a_session(client: Client, target: Any) -> None:
    thief = Client(target.url, client.token, session=client.session)
    assert thief.connect()["code"] == "auth"
    assert client.send(frames(0, 3))["ok"]  # nor does the attempt disturb the owner
    thief.close()


def test_a_newer_hello_supersedes(client: Client, target: Any) -> None:
    newer = Client(target.url, client.token, **client.hello)
    assert newer.connect()["epoch"] == 2
    assert client.send(frames(0, 3))["code"] == "superseded"
    assert newer.send(frames(0, 3))["ok"]
    newer.close()


def test_end_seals_what_is_true(client: Client) -> None:
    everything = frames(0, 6)
    client.send(everything[:3])
    early = client.end(everything)
    assert (early["code"], early["next"]) == ("gap", 1)
    client.send(everything[3:])
    altered = everything.copy()
    altered["score"][5] = 0.5
    assert "sha256" in client.end(altered)["reason"]
    for malformed in (None, {"frames": 6}, {"frames": "6", "sha256": "0" * 64}, {"frames": 6, "sha256": "xyz"}):
        assert client.call("end", malformed)["code"] == "bad"
    assert client.end(everything) == client.end(everything) == {"ok": True, "next": 2}
    assert client.connect()["ended"] is True
    assert client.send(frames(6, 3))["reason"] == "the session is sealed: no more frames"


@pytest.mark.parametrize("token", [None, "", "wrong", 5, {"token": 1}])
def test_without_the_token_nobody_gets_in(stranger: Raw, token: Any) -> None:
    raw = stranger
    raw.socket.send("40" if token is None else '40{"token":' + (f'"{token}"' if isinstance(token, str) else "5") + "}")
    answer = raw.socket.recv()
    assert answer.startswith("44")
    assert "access token" in answer
    raw.socket.send('420["hello",{}]')  # an event all the same: nobody answers
    raw.socket.settimeout(0.5)
    with pytest.raises(websocket.WebSocketTimeoutException):
        raw.socket.recv()


@pytest.mark.serial
def test_a_stranger_does_not_keep_a_thread(stranger: Raw) -> None:
    begun = time.monotonic()
    stranger.until_closed()
    assert 5 < time.monotonic() - begun < 15  # STRANGER_S, with room for a busy machine


def test_a_foreign_page_is_refused(target: Any) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException, match="400"):
        Raw(target, origin="http://evil.example")


@pytest.mark.usefixtures("cheap")
def test_a_huge_message(raw: Raw) -> None:
    raw.socket.send("451-0" + '["frames",{"_placeholder":true,"num":0}]')
    huge = bytes(1 << 20)
    first = websocket.ABNF.create_frame(huge, websocket.ABNF.OPCODE_BINARY, fin=0)
    rest = websocket.ABNF.create_frame(huge, websocket.ABNF.OPCODE_CONT, fin=0)
    raw.socket.send_frame(first)
    assert raw.flood(lambda: raw.socket.send_frame(rest), 150)


@pytest.mark.usefixtures("cheap")
def test_a_huge_message_in_one_frame(raw: Raw) -> None:
    size = 150 << 20
    raw.socket.sock.sendall(b"\x82\xff" + struct.pack("!Q", size) + bytes(4))  # binary, final, a mask of zeros
    assert raw.flood(lambda: raw.socket.sock.sendall(bytes(1 << 20)), 150)


@pytest.mark.usefixtures("cheap")
def test_a_message_just_over_the_limit_says_why(raw: Raw) -> None:
    raw.socket.send_binary(bytes(wire.MAX_MESSAGE_BYTES + 1))
    assert raw.until_closed() == 1009


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("count", [2, 2000, 999_999_999])
def test_many_attachments(raw: Raw, count: int) -> None:
    raw.socket.send(f'45{count}-0["frames",{{"_placeholder":true,"num":0}}]')
    assert raw.flood(lambda: raw.socket.send_binary(bytes(60_000)), 2000)  # 120 MB, if it were kept


@pytest.mark.usefixtures("cheap")
def test_endless_fragments_of_nothing(raw: Raw) -> None:
    raw.socket.send_frame(websocket.ABNF.create_frame(b"", websocket.ABNF.OPCODE_BINARY, fin=0))
    rest = websocket.ABNF.create_frame(b"", websocket.ABNF.OPCODE_CONT, fin=0)
    raw.flood(lambda: raw.socket.send_frame(rest), 100_000)


NO_PACKETS = ["9", "x", "", "4", "47", "4x", "42", '42["hello"', "42" + "[" * 60_000, '42{"a":1}', "42[]", "451-"]
NO_PACKETS += ['451-["frames",{"_placeholder":true,"num":1}]', '461-0[{"_placeholder":true,"num":0}]', "44", "4" * 99]


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("text", NO_PACKETS)
def test_what_is_no_packet_ends_the_connection_at_most(target: Any, text: str) -> None:
    for _ in range(20):
        raw = Raw(target)
        raw.socket.send(text)
        raw.socket.shutdown()


@pytest.mark.usefixtures("cheap")
def test_who_does_not_take_answers_is_not_listened_to(raw: Raw) -> None:
    raw.socket.settimeout(2)
    sent = 0

    def send() -> None:
        nonlocal sent
        raw.socket.send('420["frames","x"]')
        sent += 1

    assert raw.flood(send, 500_000)  # the server stops reading, and our side's buffers are full some time
    assert sent < 500_000
