"""Reading and deleting what the streams have stored."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import zstandard
from sqlalchemy import Connection, Engine, delete, exists, func, insert, select, text

from pose import wire
from pose.rescored import RESCORED, Rescored
from server.schema import chunks, jobs, people, rescored, sessions, tombstones
from server.writer import Writer

PAGE = 100  # chunks read at a time: well under a megabyte, and no long transaction that would hold up a checkpoint


class StoreError(RuntimeError):
    """What was read from disk is not what was written."""


def list_sessions(engine: Engine, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
    """Return up to ``limit`` sessions, newest first, and how many there are in all."""
    query = _sessions().order_by(sessions.c.created.desc(), sessions.c.id).limit(limit).offset(offset)
    with engine.connect() as connection:
        total = connection.execute(select(func.count()).select_from(sessions)).scalar_one()
        return [dict(row) for row in connection.execute(query).mappings()], total


def get_session(engine: Engine, session: str) -> dict[str, Any] | None:
    """Return one session's row with ``people``, the number of persons in it; ``None`` if there is no such session."""
    with engine.connect() as connection:
        row = connection.execute(_sessions().where(sessions.c.id == session)).mappings().one_or_none()
        return None if row is None else dict(row)


def _sessions() -> Any:
    count = select(func.count()).where(people.c.session == sessions.c.id).scalar_subquery()
    return select(sessions, count.label("people"))


def payloads(engine: Engine, session: str) -> Iterator[bytes]:
    """Yield the bytes of the session's messages in order, a page at a time.

    Raises StoreError where a chunk is missing or does not have its crc.
    """
    expected = 0
    while True:
        query = select(chunks.c.seq, chunks.c.crc32, chunks.c.payload).where(chunks.c.session == session)
        with engine.connect() as connection:
            page = connection.execute(query.where(chunks.c.seq >= expected).order_by(chunks.c.seq).limit(PAGE)).all()
        for row in page:
            if row.seq != expected:
                raise StoreError(f"session {session}: chunk {expected} is missing in the database")
            yield unpack(session, row.seq, row.payload, row.crc32)
            expected += 1
        if len(page) < PAGE:
            return


def unpack(session: str, seq: int, payload: bytes, crc32: int) -> bytes:
    """Return a chunk's bytes as they came over the wire."""
    data = zstandard.ZstdDecompressor().decompress(payload, max_output_size=wire.MAX_MESSAGE_BYTES)
    if zlib.crc32(data) != crc32:
        raise StoreError(f"session {session}: chunk {seq} is damaged in the database")
    return data


def read_frames(engine: Engine, session: str, codec: str) -> Iterator[wire.Frames]:
    """Yield the session's frames (n, dtype `pose.wire.FRAME`) message by message."""
    for payload in payloads(engine, session):
        yield wire.decode_frames(payload, codec)


def rescored_job(engine: Engine, session: str) -> str | None:
    """Return the finished job that holds the session's re-scored frames; ``None`` if they were never re-scored."""
    query = select(jobs.c.id).where(jobs.c.session == session, jobs.c.kind == "rescore", jobs.c.state == "done")
    with engine.connect() as connection:
        return connection.execute(query.order_by(jobs.c.updated.desc()).limit(1)).scalar()


def read_rescored(engine: Engine, job: str) -> Iterator[Rescored]:
    """Yield the frames (n, dtype `pose.rescored.RESCORED`) that a job has made, in order of time."""
    seq = 0
    while True:
        query = select(rescored.c.payload, rescored.c.frames).where(rescored.c.job == job, rescored.c.seq == seq)
        with engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return
        size = row.frames * RESCORED.itemsize
        yield np.frombuffer(zstandard.ZstdDecompressor().decompress(row.payload, max_output_size=size), RESCORED)
        seq += 1


def delete_session(engine: Engine, writer: Writer, session: str) -> bool:
    """Delete a session and all that was made of it; return False if there is no such session.

    The identifier stays, so that a page which still holds unsent frames is told and does not open it again. The content
    is overwritten in the file, and the write-ahead log is emptied.
    """

    def remove(connection: Connection) -> bool:
        if not connection.execute(select(exists().where(sessions.c.id == session))).scalar():
            return False
        for table in (chunks, people, rescored, jobs):
            connection.execute(delete(table).where(table.c.session == session))
        connection.execute(delete(sessions).where(sessions.c.id == session))
        connection.execute(insert(tombstones).values(session=session, deleted=time.time()))
        return True

    found = writer.run(remove)
    if found and engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return found
