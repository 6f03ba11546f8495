"""The thread that writes, and the database it writes to."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from server import schema
from server.schema import StoreVersionError, open_engine, tombstones
from server.writer import MAX_WAITING, Writer, WriterBusyError
from tests.streaming import wait_until


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'db'}")


def mark(name: str) -> Any:
    return lambda connection: connection.execute(insert(tombstones).values(session=name, deleted=0))


def names(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(tombstones.c.session).order_by(tombstones.c.session)))


def test_a_commit_is_on_disk(engine: Engine) -> None:
    with engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}  # 2 is FULL


def test_one_failure_does_not_touch_its_batch(engine: Engine) -> None:
    writer = Writer(engine)
    gate, results = threading.Event(), {}

    def run(name: str, operation: Any) -> None:
        try:
            writer.run(operation)
            results[name] = "ok"
        except IntegrityError:
            results[name] = "refused"

    operations = {"wait": lambda _: gate.wait(10), "a": mark("a"), "b": mark("b"), "a again": mark("a"), "c": mark("c")}
    threads = []
    for name, operation in operations.items():
        threads.append(threading.Thread(target=run, args=(name, operation)))
        threads[-1].start()
        expected = len(threads) - 1  # the first is being done, the others wait behind it
        wait_until(lambda expected=expected: writer._queue.qsize() == expected, 5, "the operation in the queue")
    gate.set()
    for thread in threads:
        thread.join(10)
    assert results == {"wait": "ok", "a": "ok", "b": "ok", "a again": "refused", "c": "ok"}
    assert names(engine) == ["a", "b", "c"]
    writer.close()


def test_too_much_waiting_is_refused_at_once(engine: Engine) -> None:
    writer = Writer(engine)
    gate = threading.Event()
    first = threading.Thread(target=writer.run, args=(lambda _: gate.wait(10),))
    first.start()
    wait_until(writer._queue.empty, 5, "the writer busy")
    for _ in range(MAX_WAITING):
        writer._queue.put_nowait(None)
    with pytest.raises(WriterBusyError):
        writer.run(mark("x"))
    gate.set()
    first.join()


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'db'}"
    with open_engine(url).execution_options(write=True).begin() as connection:
        connection.execute(update(schema.schema_version).values(version=99))
    with pytest.raises(StoreVersionError, match="has schema version 99"):
        open_engine(url)


def test_two_servers_may_open_one_new_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'db'}"
    failures: list[BaseException] = []

    def open_it() -> None:
        try:
            open_engine(url).dispose()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with open_engine(url).connect() as connection:
        assert len(list(connection.scalars(select(schema.schema_version.c.version)))) == 1
