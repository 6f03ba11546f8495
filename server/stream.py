"""Protocol version 1 without the socket: what a hello, a message of frames and an end do to the store.

The database row of a session is the only state that counts (epoch, next message), and it is read and written in the
transaction that stores the frames. So it does not matter which thread or process a message reaches, and what was
acknowledged is on disk. docs/protocol.md is the text for people who write a client.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import zstandard
from sqlalchemy import Connection, Engine, bindparam, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from pose import wire
from server.schema import chunks, people, sessions, tombstones
from server.store import payloads
from server.writer import Writer, WriterBusyError

RETRY_MS = 2000  # long enough for a full disk or a busy writer to change, short against the minutes a page can buffer
SESSION_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_FPS = 1000.0
UNSPEAKABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories no text of ours holds: controls, halves of a pair, and what would break a file's header line."""


# Built once: they are executed for every message.
_mine = sessions.c.id == bindparam("held")
_counters = (sessions.c.next_seq, sessions.c.frames, sessions.c.bytes, sessions.c.last_time, sessions.c.heard)
HELD = select(sessions.c.epoch, sessions.c.ended, *_counters).where(_mine)
ADVANCE = update(sessions).where(_mine).values({column: bindparam(column.name) for column in _counters})
APPEND = insert(chunks)


class RefusalError(Exception):
    """A request that the protocol answers with ``ok: false``."""

    def __init__(self, code: str, reason: str, **more: Any) -> None:
        super().__init__(reason)
        self.answer: dict[str, Any] = {"ok": False, "code": code, "reason": reason, **more}


@dataclass
class Stream:
    """What a socket knows since its hello."""

    session: str
    epoch: int
    codec: str
    schema: str
    people: set[int] = field(default_factory=set)  # already in the store, as far as this socket knows


class Streams:
    """Answers hello, frames and end; each method returns the answer or raises RefusalError."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer
        self._compressor = zstandard.ZstdCompressor(level=1)  # used by the writer's thread alone

    def hello(self, request: Any) -> tuple[Stream, dict[str, Any]]:
        """Open a session or take it up again; the socket that held it before is superseded."""
        row = _parse_hello(request)
        epoch, following, ended = self._write(lambda connection: _open(connection, row))
        answer = {"ok": True, "v": wire.VERSION, "next": following, "epoch": epoch, "ended": ended}
        answer |= {"window": wire.WINDOW, "max_frames": wire.SCHEMAS[row["schema"]].max_frames}
        return Stream(row["id"], epoch, row["codec"], row["schema"]), answer

    def frames(self, stream: Stream, data: Any) -> dict[str, Any]:
        """Store one message; return after it is on disk."""
        if not isinstance(data, bytes):
            raise RefusalError("bad", f"frames come as one binary argument; {type(data).__name__} came")
        try:
            message = wire.decode(data, stream.codec, stream.schema)
        except wire.WireError as error:
            raise RefusalError("bad", str(error)) from None
        following = self._write(lambda connection: self._append(connection, stream, message))
        stream.people.update(_people(message))
        return {"ok": True, "next": following}

    def end(self, stream: Stream, request: Any) -> dict[str, Any]:
        """Seal a session whose stored frames are, bit for bit, those that the client recorded."""
        if not isinstance(request, dict) or not isinstance(request.get("frames"), int):
            raise RefusalError("bad", "end carries {frames: number of frames, sha256: 64 hex digits}")
        if not isinstance(request.get("sha256"), str) or not SHA256.fullmatch(request["sha256"]):
            raise RefusalError("bad", "sha256 must be 64 lower-case hex digits over all frames' bytes in order")
        # The stored bytes are hashed outside of the transaction: it takes half a second for an hour of recording.
        with self._engine.connect() as connection:
            before = _held(connection, stream)
        digest = hashlib.sha256()
        for payload in payloads(self._engine, stream.session, before.next_seq):
            digest.update(payload)
        if request["frames"] != before.frames:
            reason = f"{before.frames} frames are stored; the client recorded {request['frames']}"
            raise RefusalError("gap", reason, next=before.next_seq)
        if digest.hexdigest() != request["sha256"]:
            reason = f"the stored frames have sha256 {digest.hexdigest()}; the client says {request['sha256']}"
            raise RefusalError("bad", reason, next=before.next_seq)
        self._write(lambda connection: _seal(connection, stream, before.next_seq, digest.hexdigest()))
        return {"ok": True, "next": before.next_seq}

    def _write(self, operation: Any) -> Any:
        try:
            return self._writer.run(operation)
        except WriterBusyError as error:
            raise RefusalError("slow_down", str(error), retry_ms=RETRY_MS) from None
        except SQLAlchemyError as error:
            reason = f"the store could not write: {str(error).splitlines()[0]}"
            raise RefusalError("store", reason, retry_ms=RETRY_MS) from error

    def _append(self, connection: Connection, stream: Stream, message: wire.Message) -> int:
        row = _held(connection, stream)
        if message.seq < row.next_seq:
            return int(row.next_seq)  # sent again because the answer was lost
        if message.seq > row.next_seq:
            reason = f"message {row.next_seq} comes next; {message.seq} came"
            raise RefusalError("gap", reason, next=row.next_seq)
        if row.ended is not None:
            raise RefusalError("bad", "the session is sealed: no more frames", next=row.next_seq)
        times = message.frames["time"]
        if times[0] < row.last_time:
            reason = f"time must not run backwards: {times[0]:g} s came after {row.last_time:g} s"
            raise RefusalError("bad", reason, next=row.next_seq)
        connection.execute(
            APPEND,
            {
                "session": stream.session,
                "seq": message.seq,
                "frames": len(message.frames),
                "first_time": float(times[0]),
                "crc32": message.crc32,
                "payload": self._compressor.compress(message.payload),
            },
        )
        _note_people(connection, stream, message)
        connection.execute(
            ADVANCE,
            {
                "held": stream.session,
                "next_seq": message.seq + 1,
                "frames": row.frames + len(message.frames),
                "bytes": row.bytes + len(message.payload),
                "last_time": float(times[-1]),
                "heard": time.time(),
            },
        )
        return message.seq + 1


def _note_people(connection: Connection, stream: Stream, message: wire.Message) -> None:
    new = _people(message) - stream.people
    if not new:
        return
    known = set(connection.scalars(select(people.c.person).where(people.c.session == stream.session)))
    rows = [{"session": stream.session, "person": person} for person in sorted(new - known)]
    if rows:
        connection.execute(insert(people), rows)


def _people(message: wire.Message) -> set[int]:
    """Return who was tracked: not those that were missed."""
    return set(message.frames["person"].tolist()) - {0}


def _held(connection: Connection, stream: Stream) -> Any:
    """Return the session's row if this socket still holds it."""
    row = connection.execute(HELD, {"held": stream.session}).one_or_none()
    if row is None:
        raise RefusalError("gone", "the session was deleted on the server")
    if row.epoch != stream.epoch:
        raise RefusalError("superseded", "another connection has taken up this session")
    return row


def _open(connection: Connection, row: dict[str, Any]) -> tuple[int, int, bool]:
    """Insert or take up a session; return its epoch, its next message and whether it is sealed."""
    if connection.execute(select(tombstones).where(tombstones.c.session == row["id"])).one_or_none():
        raise RefusalError("gone", "the session was deleted on the server")
    found = connection.execute(select(sessions).where(sessions.c.id == row["id"])).one_or_none()
    if found is None:
        connection.execute(insert(sessions).values(row))
        return 1, 0, False
    if not hmac.compare_digest(found.key_sha256, row["key_sha256"]):
        raise RefusalError("auth", "this is not the key with which the session was opened")
    for name in ("codec", "schema"):
        if getattr(found, name) != row[name]:
            raise RefusalError("bad", f"the session was opened with {name} {getattr(found, name)}; {row[name]} came")
    connection.execute(update(sessions).where(sessions.c.id == found.id).values(epoch=found.epoch + 1))
    return found.epoch + 1, found.next_seq, found.ended is not None


def _seal(connection: Connection, stream: Stream, next_seq: int, sha256: str) -> None:
    row = _held(connection, stream)
    if row.next_seq != next_seq:
        raise RefusalError("gap", "frames arrived while the session was being sealed", next=row.next_seq)
    if row.ended is None:
        values = {"ended": time.time(), "sha256": sha256}
        connection.execute(update(sessions).where(sessions.c.id == stream.session).values(values))


def _parse_hello(request: Any) -> dict[str, Any]:
    """Return the row of a new session as ``request`` describes it."""
    if not isinstance(request, dict):
        raise RefusalError("bad", "hello carries an object; see docs/protocol.md")
    if request.get("v") != wire.VERSION:
        reason = f"this server speaks protocol version {wire.VERSION}; {request.get('v')!r} came. Reload the page"
        raise RefusalError("bad", reason)
    schema = _choice(request, "schema", tuple(wire.SCHEMAS))
    codec = _choice(request, "codec", wire.CODECS)
    fps = request.get("fps")
    if isinstance(fps, bool) or not isinstance(fps, int | float) or not 0 < fps <= MAX_FPS:
        raise RefusalError("bad", f"fps must be a number above 0, at most {MAX_FPS:g}; {fps!r} came")
    about = request.get("about", {})
    if not isinstance(about, dict):
        raise RefusalError("bad", "about must be an object of texts")
    session = _match(request, "session", SESSION_ID)
    key = _match(request, "key", KEY)
    return {
        "id": session,
        "key_sha256": hashlib.sha256(key.encode()).hexdigest(),
        "codec": codec,
        "fps": float(fps),
        "schema": schema,
        **{name: _text(about, name) for name in ("pseudonym", "model", "backend", "source")},
        "created": time.time(),
        "heard": time.time(),
        "epoch": 1,
        **dict.fromkeys(("next_seq", "frames", "bytes"), 0),
        "last_time": 0.0,
    }


def _choice(request: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = request.get(name)
    if not isinstance(value, str) or value not in choices:
        raise RefusalError("bad", f"{name} must be one of {', '.join(choices)}; {value!r} came")
    return value


def _match(request: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise RefusalError("bad", f"{name} must match {pattern.pattern}")
    return value


def _text(about: dict[str, Any], name: str) -> str:
    """Return one text of ``about``, at most as many code points as its column allows; empty where it is absent."""
    value = about.get(name, "")
    limit: int = sessions.c[name].type.length  # type: ignore[attr-defined]
    if not isinstance(value, str) or len(value) > limit or UNSPEAKABLE & set(map(unicodedata.category, value)):
        reason = f"about.{name} must be text of at most {limit} characters, without control characters or line breaks"
        raise RefusalError("bad", reason)
    return value
