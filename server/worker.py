"""The worker process: takes jobs from the database, one after the other.

It is a process of its own so that an hour's re-scoring does not make anybody's acknowledgement wait.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import zstandard
from sqlalchemy import Engine, insert

from pose import rescoring, wire
from pose.rescored import Rescored
from server import jobs, store
from server.schema import open_engine, rescored

log = logging.getLogger(__name__)
POLL_S = 0.25
IDLE_S = 60.0  # a worker without work ends; the server starts another when there is some
HEARTBEAT_S = 0.25  # at most so often: each is a commit
NICENESS = 10  # streams come first
BLOCK_ROWS = 1000  # frames in a row of the table: 1.2 MB before compression, 2.1 MB with truth


def work(url: str, idle_s: float = IDLE_S) -> None:
    """Do jobs until there has been none for ``idle_s``."""
    engine = open_engine(url)
    name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    last = time.monotonic()
    while time.monotonic() - last < idle_s:
        job = jobs.claim(engine, name)
        if job is None:
            time.sleep(POLL_S)
            continue
        run(engine, job)
        last = time.monotonic()
    engine.dispose()


def run(engine: Engine, job: jobs.Job) -> None:
    """Do one job; a failure is written into its row."""
    writing = engine.execution_options(write=True)
    try:
        _rescore(writing, job)
    except jobs.LeaseLostError as lost:
        log.warning("%s", lost)
    except Exception as error:
        log.exception("job %s failed", job.id)
        try:
            with writing.begin() as connection:
                jobs.fail(connection, job, f"{type(error).__name__}: {error}")
        except jobs.LeaseLostError as lost:
            log.warning("%s", lost)


def _rescore(engine: Engine, job: jobs.Job) -> None:
    session = store.get_session(engine, job.session)
    if session is None:
        raise jobs.LeaseLostError(f"session {job.session} was deleted")
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told < HEARTBEAT_S:
            return
        told = time.monotonic()
        with engine.begin() as connection:
            jobs.heartbeat(connection, job, share)

    # Nobody else holds the frames: `rescore` lets go of them before it puts its result in order.
    result = rescoring.rescore(_read(engine, session, tell), lambda share: tell(0.2 + 0.7 * share))
    compressor = zstandard.ZstdCompressor(level=1)
    for seq, block in enumerate(_blocks(result)):
        row = {"job": job.id, "seq": seq, "session": job.session, "frames": len(block)}
        with engine.begin() as connection:
            jobs.heartbeat(connection, job, 0.9 + 0.1 * seq * BLOCK_ROWS / len(result))
            connection.execute(insert(rescored), {**row, "payload": compressor.compress(block.tobytes())})
    with engine.begin() as connection:
        jobs.finish(connection, job)


def _read(engine: Engine, session: dict[str, Any], tell: Callable[[float], None]) -> wire.Frames:
    """Return all frames of a session; ``tell`` hears the share of the whole job, up to 0.2."""
    frames = np.zeros(session["frames"], wire.SCHEMAS[session["schema"]].frame)
    filled = 0
    for part in store.read_frames(engine, session):
        frames[filled : filled + len(part)] = part
        filled += len(part)
        tell(0.2 * filled / len(frames))
    return frames


def _blocks(result: Rescored) -> Iterator[Rescored]:
    for start in range(0, len(result), BLOCK_ROWS):
        yield result[start : start + BLOCK_ROWS]


def serve_parent() -> None:
    """Give way to the server that started this process, and end with it.

    However the server goes, its end of our stdin is closed then.
    """
    os.nice(NICENESS)

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
