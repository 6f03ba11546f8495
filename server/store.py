"""Reading and deleting what the streams have stored."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import zstandard
from sqlalchemy import Connection, Engine, delete, exists, func, insert, select, text

from pose import rescored as records
from pose import wire
from server.schema import chunks, jobs, people, rescored, sessions, tombstones
from server.writer import Writer

PAGE = 100  # chunks read at a time: well under a megabyte, and no long transaction that would hold up a checkpoint
LOG_WAIT_MS = 500  # for those who read the log; nobody can write meanwhile, so acknowledgements wait as long


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


def payloads(engine: Engine, session: str, messages: int) -> Iterator[bytes]:
    """Yield the bytes of the session's first ``messages`` messages in order, a page at a time.

    Raises StoreError where a chunk is missing, as all are once the session is deleted, or does not have its crc.
    """
    for start in range(0, messages, PAGE):
        wanted = range(start, min(start + PAGE, messages))
        mine = (chunks.c.session == session) & chunks.c.seq.between(wanted[0], wanted[-1])
        query = select(chunks.c.seq, chunks.c.crc32, chunks.c.payload).where(mine)
        with engine.connect() as connection:
            page = {row.seq: row for row in connection.execute(query)}
        for seq in wanted:
            if seq not in page:
                raise StoreError(f"session {session}: chunk {seq} is missing in the database")
            yield unpack(session, seq, page[seq].payload, page[seq].crc32)


def unpack(session: str, seq: int, payload: bytes, crc32: int) -> bytes:
    """Return a chunk's bytes as they came over the wire."""
    data = zstandard.ZstdDecompressor().decompress(payload, max_output_size=wire.MAX_MESSAGE_BYTES)
    if zlib.crc32(data) != crc32:
        raise StoreError(f"session {session}: chunk {seq} is damaged in the database")
    return data


def read_frames(engine: Engine, session: dict[str, Any]) -> Iterator[wire.Frames]:
    """Yield the frames (n, dtype of the session's schema) that it had when its row was read, message by message.

    Raises StoreError if they are not all there any more.
    """
    for payload in payloads(engine, session["id"], session["next_seq"]):
        yield wire.decode_frames(payload, session["codec"], session["schema"])


def regroup(batches: Iterator[wire.Frames], rows: int) -> Iterator[wire.Frames]:
    """Yield the same frames, ``rows`` at a time."""
    waiting: list[wire.Frames] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += len(batch)
        if count >= rows:
            joined = np.concatenate(waiting)
            whole = count - count % rows
            for start in range(0, whole, rows):
                yield joined[start : start + rows]
            waiting, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(waiting)


@dataclass(frozen=True)
class Result:
    """A finished job that holds a session's re-scored frames, in so many rows."""

    job: str
    rows: int


def find_rescored(engine: Engine, session: str) -> Result | None:
    """Return where the session's re-scored frames are; ``None`` if they were never re-scored."""
    query = select(jobs.c.id).where(jobs.c.session == session, jobs.c.kind == "rescore", jobs.c.state == "done")
    with engine.connect() as connection:  # one snapshot: the rows counted are those of the job found
        job = connection.execute(query.order_by(jobs.c.updated.desc()).limit(1)).scalar()
        count = select(func.count()).select_from(rescored).where(rescored.c.job == job)
        return None if job is None else Result(job, connection.execute(count).scalar_one())


def read_rescored(engine: Engine, session: dict[str, Any], result: Result) -> Iterator[records.Rescored]:
    """Yield the frames (n, `pose.rescored.dtype` of the session's) that a job has made, in order of time.

    Raises StoreError when they are dropped meanwhile: the session was deleted, or re-scored anew.
    """
    dtype = records.dtype(wire.SCHEMAS[session["schema"]].frame)
    for seq in range(result.rows):
        query = select(rescored.c.payload, rescored.c.frames).where(rescored.c.job == result.job, rescored.c.seq == seq)
        with engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise StoreError("the session was re-scored anew or deleted while its re-scored frames were read")
        size = row.frames * dtype.itemsize
        yield np.frombuffer(zstandard.ZstdDecompressor().decompress(row.payload, max_output_size=size), dtype)


def delete_session(writer: Writer, session: str) -> bool:
    """Delete a session and all that was made of it; return False if there is no such session.

    The identifier stays, so that a page which still holds unsent frames is told and does not open it again. The content
    is overwritten in the file; `empty_log` is to follow.
    """

    def remove(connection: Connection) -> bool:
        if not connection.execute(select(exists().where(sessions.c.id == session))).scalar():
            return False
        for table in (chunks, people, rescored, jobs):
            connection.execute(delete(table).where(table.c.session == session))
        connection.execute(delete(sessions).where(sessions.c.id == session))
        connection.execute(insert(tombstones).values(session=session, deleted=time.time()))
        return True

    return writer.run(remove)


def empty_log(engine: Engine) -> bool:
    """Write SQLite's write-ahead log into the database file and cut it to nothing.

    Return False if somebody was reading or writing all the while: what was deleted may still be in the files then.
    """
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        usual = connection.execute(text("PRAGMA busy_timeout")).scalar_one()
        connection.execute(text(f"PRAGMA busy_timeout={LOG_WAIT_MS}"))
        try:
            busy: int = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
        finally:
            connection.execute(text(f"PRAGMA busy_timeout={usual}"))
    return not busy
