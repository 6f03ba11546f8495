"""Background work as rows: a worker holds a job by a lease, and what a dead worker held is taken up again."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, and_, insert, or_, select, update

from server.schema import jobs, rescored, sessions

LEASE_S = 15.0  # a worker that has not moved on for so long is taken for dead
MAX_ATTEMPTS = 3  # a job that has ended so many workers is at fault itself
ACTIVE = ("queued", "running")


@dataclass(frozen=True)
class Job:
    """A job that this worker holds."""

    id: str
    session: str
    worker: str


class LeaseLostError(RuntimeError):
    """Another worker has taken the job over, or its session was deleted."""


def enqueue(connection: Connection, session: str, kind: str = "rescore") -> dict[str, Any]:
    """Ask for work on a session; return the job's row. What is waiting or running already is not asked for twice."""
    waiting = select(jobs).where(jobs.c.session == session, jobs.c.kind == kind, jobs.c.state.in_(ACTIVE))
    row = connection.execute(waiting).mappings().first()
    if row is not None:
        return dict(row)
    now = time.time()
    messages = connection.execute(select(sessions.c.next_seq).where(sessions.c.id == session)).scalar_one()
    values = {"id": uuid.uuid4().hex, "session": session, "kind": kind, "state": "queued", "progress": 0.0}
    values |= {"reason": None, "messages": messages, "attempts": 0, "worker": None, "lease_until": None}
    values |= {"created": now, "updated": now}
    connection.execute(insert(jobs).values(values))
    return values


def claim(engine: Engine, worker: str) -> Job | None:
    """Take the oldest job that waits or whose worker is dead; ``None`` if there is none."""
    now = time.time()
    free = or_(jobs.c.state == "queued", and_(jobs.c.state == "running", jobs.c.lease_until < now))
    with engine.execution_options(write=True).begin() as connection:
        query = select(jobs).where(free).order_by(jobs.c.created).limit(1).with_for_update(skip_locked=True)
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        if row.attempts >= MAX_ATTEMPTS:
            reason = f"given up: the worker ended {MAX_ATTEMPTS} times while it did this"
            values: dict[str, Any] = {"state": "failed", "reason": reason}
        else:
            values = {"state": "running", "attempts": row.attempts + 1, "worker": worker, "lease_until": now + LEASE_S}
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(progress=0.0, updated=now, **values))
    return None if "reason" in values else Job(row.id, row.session, worker)


def heartbeat(connection: Connection, job: Job, progress: float) -> None:
    """Renew the lease and say how far the work is, 0..1; raises LeaseLostError."""
    now = time.time()
    _change(connection, job, {"progress": progress, "lease_until": now + LEASE_S, "updated": now})


def finish(connection: Connection, job: Job) -> None:
    """Let this job's result count, and drop what earlier jobs have made; raises LeaseLostError."""
    _change(connection, job, {"state": "done", "progress": 1.0, "lease_until": None, "updated": time.time()})
    connection.execute(rescored.delete().where(rescored.c.session == job.session, rescored.c.job != job.id))


def fail(connection: Connection, job: Job, reason: str) -> None:
    """Say why the job cannot be done, and drop what it has made so far; raises LeaseLostError."""
    limit: int = jobs.c.reason.type.length  # type: ignore[attr-defined]
    values = {"state": "failed", "reason": reason[:limit], "lease_until": None, "updated": time.time()}
    _change(connection, job, values)
    connection.execute(rescored.delete().where(rescored.c.job == job.id))


def latest(connection: Connection, wanted: list[str]) -> dict[str, dict[str, Any]]:
    """Return the newest job of each of the ``wanted`` sessions that has one."""
    query = select(jobs).where(jobs.c.session.in_(wanted)).order_by(jobs.c.created)
    return {row["session"]: dict(row) for row in connection.execute(query).mappings()}


def changed_since(connection: Connection, moment: float) -> list[dict[str, Any]]:
    """Return the jobs that have moved on since ``moment`` (s since 1970), oldest news first."""
    query = select(jobs).where(jobs.c.updated > moment).order_by(jobs.c.updated)
    return [dict(row) for row in connection.execute(query).mappings()]


def any_active(connection: Connection) -> bool:
    """Whether a job waits or runs."""
    return connection.execute(select(jobs.c.id).where(jobs.c.state.in_(ACTIVE)).limit(1)).first() is not None


def describe(row: dict[str, Any]) -> dict[str, Any]:
    """Return a job as the page sees it."""
    return {name: row[name] for name in ("id", "session", "kind", "state", "progress", "reason")}


def _change(connection: Connection, job: Job, values: dict[str, Any]) -> None:
    mine = and_(jobs.c.id == job.id, jobs.c.worker == job.worker, jobs.c.state == "running")
    if connection.execute(update(jobs).where(mine).values(values)).rowcount == 0:
        raise LeaseLostError(f"job {job.id} is no longer ours")
