"""Jobs as rows: leases, takeover, giving up; and the worker as a process."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select, update

from server import jobs, schema, worker
from server.services import Services
from tests.streaming import wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def queued(running: Services, session: str) -> str:
    row = running.writer.run(lambda connection: jobs.enqueue(connection, session))
    return str(row["id"])


def row_of(running: Services, job: str) -> dict[str, object]:
    with running.engine.connect() as connection:
        return dict(connection.execute(select(schema.jobs).where(schema.jobs.c.id == job)).mappings().one())


def expire(running: Services) -> None:
    with running.engine.execution_options(write=True).begin() as connection:
        connection.execute(update(schema.jobs).values(lease_until=time.time() - 1))


def test_a_job_is_held_by_one(running: Services, queued: str) -> None:
    first = jobs.claim(running.engine, "a")
    assert first is not None
    assert first.id == queued
    assert jobs.claim(running.engine, "b") is None


def test_what_a_dead_worker_held_is_taken_up_and_its_work_refused(running: Services, queued: str) -> None:
    dead = jobs.claim(running.engine, "a")
    expire(running)
    heir = jobs.claim(running.engine, "b")
    assert dead is not None
    assert heir is not None
    assert heir.id == queued
    with running.engine.execution_options(write=True).begin() as connection:
        with pytest.raises(jobs.LeaseLostError):
            jobs.heartbeat(connection, dead, 0.5)
        with pytest.raises(jobs.LeaseLostError):
            jobs.finish(connection, dead)
        jobs.heartbeat(connection, heir, 0.5)
    assert row_of(running, queued)["progress"] == 0.5


def test_a_job_that_kills_its_workers_is_given_up(running: Services, queued: str) -> None:
    for _ in range(jobs.MAX_ATTEMPTS):
        assert jobs.claim(running.engine, "a") is not None
        expire(running)
    assert jobs.claim(running.engine, "a") is None
    row = row_of(running, queued)
    assert row["state"] == "failed"
    assert "given up" in str(row["reason"])


def test_a_failure_says_why(running: Services, session: str, queued: str) -> None:
    with running.engine.execution_options(write=True).begin() as connection:
        connection.execute(update(schema.chunks).where(schema.chunks.c.seq == 3).values(crc32=1))
    job = jobs.claim(running.engine, "a")
    assert job is not None
    worker.run(running.engine, job)
    row = row_of(running, queued)
    assert row["state"] == "failed"
    assert row["reason"] == f"StoreError: session {session}: chunk 3 is damaged in the database"


def test_a_second_rescoring_replaces_the_first(running: Services, session: str, queued: str) -> None:
    for _ in range(2):
        job = jobs.claim(running.engine, "a")
        assert job is not None
        worker.run(running.engine, job)
        again = running.writer.run(lambda connection: jobs.enqueue(connection, session))
    with running.engine.connect() as connection:
        kept = set(connection.scalars(select(schema.rescored.c.job)))
    assert len(kept) == 1
    assert kept.isdisjoint({queued, again["id"]})


def spawn(running: Services, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "poseable", "worker", "--db", str(running.engine.url), *options]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)


def test_a_killed_workers_job_is_done_by_the_next(running: Services, queued: str) -> None:
    held = jobs.claim(running.engine, "killed")  # as a worker that is killed in the middle leaves it
    assert held is not None
    process = spawn(running)
    time.sleep(1)
    assert row_of(running, queued)["worker"] == "killed"  # the lease holds
    expire(running)
    wait_until(lambda: row_of(running, queued)["state"] == "done", 30, "the job done by the other worker")
    process.kill()
    process.communicate()


def test_the_worker_ends_with_its_parent(running: Services) -> None:
    process = spawn(running, "--with-parent")
    time.sleep(1)
    assert process.poll() is None
    assert process.stdin is not None
    process.stdin.close()  # what the kernel does when the parent is killed
    assert process.wait(20) == 0


@pytest.mark.serial
def test_an_idle_worker_ends(running: Services) -> None:
    begun = time.monotonic()
    worker.work(str(running.engine.url), idle_s=0.5)
    assert time.monotonic() - begun < 5
