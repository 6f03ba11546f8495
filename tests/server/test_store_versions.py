"""Databases of earlier versions: what they hold stays, and goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select, update
from sqlalchemy.dialects import postgresql

from pose import wire
from pose.rescored import RESCORED
from server import exports, schema, store
from server.schema import StoreVersionError, open_engine
from server.stream import Streams
from server.writer import Writer
from tests.server.conftest import hello
from tests.streaming import frames, true_frames

GOLDEN = Path(__file__).parents[1] / "golden"
KEY = "k" * 16


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database as the product's version before sessions with truth has made it.

    ``sealed-f32`` with two people, re-scored; ``sealed-i16``; ``open-f32``, of which one message has come.
    """
    path = tmp_path / "old.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript((GOLDEN / "store-1.sql").read_text("utf-8"))
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = open_engine(url)
    yield made
    made.dispose()


def version_of(engine: Engine) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(select(schema.schema_version.c.version)).scalar_one()
        return found


def test_an_old_database_becomes_one_of_today(engine: Engine, tmp_path: Path) -> None:
    assert version_of(engine) == schema.SCHEMA_VERSION
    fresh = open_engine(f"sqlite:///{tmp_path / 'fresh'}")
    for table in schema.metadata.tables:
        columns = [
            [(c["name"], str(c["type"]), c["nullable"]) for c in inspect(one).get_columns(table)]
            for one in (engine, fresh)
        ]
        assert columns[0] == columns[1], table
    fresh.dispose()


def test_numbers_beyond_31_bits_fit_into_any_database() -> None:
    """SQLite takes them anyway; a checksum is one in every second chunk."""
    for column in (schema.chunks.c.crc32, schema.sessions.c.bytes):
        assert str(column.type.compile(postgresql.dialect())) == "BIGINT", column.name


def test_what_an_old_database_holds_is_read(engine: Engine) -> None:
    rows, total = store.list_sessions(engine, 10, 0)
    assert (total, {row["schema"] for row in rows}) == (3, {wire.SCHEMA})
    for row in rows:
        found = list(store.read_frames(engine, row))
        assert [round(float(part["landmarks"][0, 0, 0])) for part in found] == [0, 3][: len(found)]  # they are numbered
        assert found[0].dtype == wire.FRAME
        for write, _ in exports.FORMATS.values():
            assert b"".join(write(exports.open_export(engine, row, "raw")))
    rescored = store.find_rescored(engine, "sealed-f32")
    assert rescored is not None
    (part,) = store.read_rescored(engine, next(row for row in rows if row["id"] == "sealed-f32"), rescored)
    assert part.dtype == RESCORED
    assert part["person"].tolist() == [1, 1, 1, 1, 2, 1, 2, 1, 2]
    assert (part["trust"] >= 0).all()


def test_an_old_recording_goes_on_and_a_new_one_may_have_truth(engine: Engine) -> None:
    writer = Writer(engine)
    streams = Streams(engine, writer)
    stream, answer = streams.hello(hello(session="open-f32", key=KEY))
    assert answer["next"] == 1
    assert streams.frames(stream, wire.encode(1, frames(3, 3), "f32"))["next"] == 2
    stream, _ = streams.hello(hello(session="with-truth", schema=wire.TRUTH_SCHEMA))
    streams.frames(stream, wire.encode(0, true_frames(0, 10), "f32"))
    writer.close()
    for session, expected in (("open-f32", frames(0, 6)), ("with-truth", true_frames(0, 10))):
        row = store.get_session(engine, session)
        assert row is not None
        assert b"".join(part.tobytes() for part in store.read_frames(engine, row)) == expected.tobytes()


def test_opening_twice_changes_nothing(url: str) -> None:
    open_engine(url).dispose()
    path = Path(url.removeprefix("sqlite:///"))
    before = path.read_bytes()
    open_engine(url).dispose()
    assert path.read_bytes() == before


def test_several_may_open_an_old_database_at_once(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        for made in pool.map(lambda _: open_engine(url), range(8)):
            assert version_of(made) == schema.SCHEMA_VERSION
            made.dispose()


def test_a_newer_database_is_refused_and_left_alone(url: str) -> None:
    engine = open_engine(url)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(update(schema.schema_version).values(version=schema.SCHEMA_VERSION + 1))
    with pytest.raises(StoreVersionError, match=f"has schema version {schema.SCHEMA_VERSION + 1}"):
        open_engine(url)
    assert version_of(engine) == schema.SCHEMA_VERSION + 1
    engine.dispose()


def test_a_migration_happens_altogether_or_not_at_all(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(schema.MIGRATIONS, 1, ("CREATE TABLE half (one INTEGER)", "no statement"))
    with pytest.raises(Exception, match="no statement"):
        open_engine(url)
    monkeypatch.undo()
    engine = open_engine(url)
    assert version_of(engine) == schema.SCHEMA_VERSION
    assert not inspect(engine).has_table("half")
    engine.dispose()
