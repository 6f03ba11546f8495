"""Sessions as files: what they say about themselves, that every number comes back, and what they cost."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import insert, select, update

from pose import landmarks, wire
from pose.rescored import RESCORED
from server import exports, jobs, schema, store, worker
from server.commands import export as export_command
from server.services import Services
from server.stream import Streams
from tests.server.conftest import hello, served
from tests.streaming import frames

Record = Callable[..., str]
PEAK_LIMIT_MB = 100  # what the export of an hour may cost


def write(running: Services, session: str, name: str, version: str = "raw") -> bytes:
    row = store.get_session(running.engine, session)
    assert row is not None
    return b"".join(exports.FORMATS[name][0](exports.open_export(running.engine, row, version)))


@pytest.fixture
def noisy(record: Record) -> tuple[str, wire.Frames]:
    """Numbers of every size, in messages of uneven length, more than one batch."""
    rng = np.random.default_rng(8)
    whole = frames(0, 1000)
    whole["landmarks"] = rng.normal(0, 1, (1000, 33, 3)) * 10.0 ** rng.integers(-6, 6, (1000, 33, 3))
    whole["world_landmarks"] = rng.normal(0, 0.5, (1000, 33, 3))
    whole["visibility"], whole["presence"] = rng.random((2, 1000, 33))
    cuts = np.cumsum(rng.integers(1, 30, 30))
    parts = [part for part in np.split(whole, cuts[cuts < 1000]) for part in np.split(part, range(60, len(part), 60))]
    return record(parts), whole


@pytest.fixture
def rescored(record: Record, running: Services) -> str:
    """The left wrist is unseen for a second, and a few frames are missing."""
    whole = frames(0, 150)
    whole["landmarks"] = whole["world_landmarks"] = np.random.default_rng(1).normal(0, 0.3, (33, 3))
    whole["visibility"] = whole["presence"] = 0.9
    whole["visibility"][60:90, landmarks.index("left_wrist")] = 0.1
    whole = np.delete(whole, slice(20, 23))
    session = record([whole[start : start + 30] for start in range(0, len(whole), 30)])
    running.writer.run(lambda connection: jobs.enqueue(connection, session))
    job = jobs.claim(running.engine, "test")
    assert job is not None
    worker.run(running.engine, job)
    return session


def test_csv_gives_every_number_back(running: Services, noisy: tuple[str, wire.Frames]) -> None:
    session, whole = noisy
    lines = write(running, session, "csv").decode().splitlines()
    comments = [line for line in lines if line.startswith("#")]
    about = json.loads(comments[0].removeprefix("# poseable: "))
    assert about["session"]["id"] == session
    assert about["session"]["pseudonym"] == "P 01/ä"
    assert about["version"] == "raw"
    for name, fact in wire.SCHEMAS[wire.SCHEMA].fields.items():
        assert f"# {name}: unit {fact['unit']}; frame {fact['frame']}" in comments
    rows = list(csv.DictReader(lines[len(comments) :]))
    assert len(rows) == len(whole)
    assert [float(row["time_s"]) for row in rows] == whole["time"].tolist()
    for name, unit in (("landmarks", "px"), ("world_landmarks", "m")):
        for joint, joint_name in enumerate(landmarks.NAMES):
            for axis, letter in enumerate("xyz"):
                column = np.array([row[f"{joint_name}_{letter}_{unit}"] for row in rows], np.float32)
                assert (column == whole[name][:, joint, axis]).all()
    assert (np.array([row["nose_visibility"] for row in rows], np.float32) == whole["visibility"][:, 0]).all()
    assert {row["image_width_px"] for row in rows} == {"640"}


def test_jsonl_gives_every_number_back(running: Services, noisy: tuple[str, wire.Frames]) -> None:
    session, whole = noisy
    head, *rows = map(json.loads, write(running, session, "jsonl").decode().splitlines())
    assert head["poseable"]["session"]["id"] == session
    assert head["landmark_names"] == list(landmarks.NAMES)
    assert head["fields"] == wire.SCHEMAS[wire.SCHEMA].fields
    assert len(rows) == len(whole)
    for name in wire.FRAME.names or ():
        found = np.array([row[name] for row in rows], wire.FRAME[name].base)
        assert (found == whole[name]).all(), name


def test_parquet_gives_every_number_back(running: Services, noisy: tuple[str, wire.Frames]) -> None:
    session, whole = noisy
    table = pq.read_table(io.BytesIO(write(running, session, "parquet")))
    assert json.loads(table.schema.metadata[b"poseable"])["session"]["id"] == session
    assert table.num_rows == len(whole)
    for name, unit in (("landmarks", "px"), ("world_landmarks", "m")):
        field = table.schema.field(f"right_knee_y_{unit}")
        assert field.type == pa.float32()
        fact = wire.SCHEMAS[wire.SCHEMA].fields[name]
        assert field.metadata == {b"unit": fact["unit"].encode(), b"frame": fact["frame"].encode()}
        for joint, joint_name in enumerate(landmarks.NAMES):
            for axis, letter in enumerate("xyz"):
                column = table[f"{joint_name}_{letter}_{unit}"].to_numpy()
                assert (column == whole[name][:, joint, axis]).all()
    assert table["time_s"].to_numpy().tolist() == whole["time"].tolist()


@pytest.mark.parametrize("name", exports.FORMATS)
def test_an_empty_session_is_a_whole_file(running: Services, record: Record, name: str) -> None:
    data = write(running, record([]), name)
    if name == "parquet":
        assert pq.read_table(io.BytesIO(data)).num_rows == 0
    else:
        assert len(data.decode().splitlines()) == (1 if name == "jsonl" else 2 + len(wire.SCHEMAS[wire.SCHEMA].fields))


def test_what_is_missing_is_missing(running: Services, rescored: str) -> None:
    table = pq.read_table(io.BytesIO(write(running, rescored, "parquet", "rescored")))
    assert table.num_rows == 150  # three were filled in
    assert table["left_wrist_x_px"].null_count == table["left_wrist_z_m"].null_count == 30
    assert table["nose_visibility"].null_count == 3
    assert table["left_wrist_trust"].to_numpy()[60:90].max() == 0
    assert table["left_elbow_x_m"].null_count == 0

    _, *rows = map(json.loads, write(running, rescored, "jsonl", "rescored").decode().splitlines())
    wrist = landmarks.index("left_wrist")
    assert rows[70]["landmarks"][wrist] == [None, None, None]
    assert rows[70]["landmarks"][wrist + 1] != [None, None, None]
    assert [row["flags"] for row in rows[19:24]] == [0, 2, 2, 2, 0]
    assert rows[20]["visibility"] == [None] * 33

    lines = write(running, rescored, "csv", "rescored").decode().splitlines()
    row = list(csv.DictReader(line for line in lines if not line.startswith("#")))[70]
    assert (row["left_wrist_x_px"], row["left_wrist_trust"]) == ("", "0")
    assert any(line.startswith("# trust: ") for line in lines)


def test_a_damaged_chunk_is_not_handed_out(running: Services, session: str) -> None:
    with running.engine.execution_options(write=True).begin() as connection:
        mine = schema.chunks.c.session == session
        connection.execute(update(schema.chunks).where(mine, schema.chunks.c.seq == 5).values(crc32=1))
    with pytest.raises(store.StoreError, match="chunk 5 is damaged"):
        write(running, session, "csv")
    with running.engine.execution_options(write=True).begin() as connection:
        connection.execute(schema.chunks.delete().where(mine, schema.chunks.c.seq == 5))
    with pytest.raises(store.StoreError, match="chunk 5 is missing"):
        write(running, session, "csv")


def rescore_again(running: Services, session: str) -> None:
    running.writer.run(lambda connection: jobs.enqueue(connection, session))
    job = jobs.claim(running.engine, "test")
    assert job is not None
    worker.run(running.engine, job)


@pytest.fixture
def long(running: Services, record: Record, monkeypatch: pytest.MonkeyPatch) -> str:
    """A re-scored session of more messages than are read at a time, and many rows of re-scored frames."""
    monkeypatch.setattr(exports, "ROWS", 100)
    monkeypatch.setattr(exports, "PARQUET_ROWS", 100)
    monkeypatch.setattr(worker, "BLOCK_ROWS", 100)
    monkeypatch.setattr(store, "PAGE", 20)
    session = record([frames(place * 6, 6) for place in range(100)])
    rescore_again(running, session)
    return session


@pytest.mark.parametrize("name", exports.FORMATS)
@pytest.mark.parametrize("version", ["raw", "rescored"])
def test_a_download_whose_session_is_deleted_fails(running: Services, long: str, name: str, version: str) -> None:
    row = store.get_session(running.engine, long)
    assert row is not None
    pieces = exports.FORMATS[name][0](exports.open_export(running.engine, row, version))
    assert next(pieces)
    assert store.delete_session(running.writer, long)
    with pytest.raises(store.StoreError, match=r"missing|deleted"):
        list(pieces)


@pytest.mark.parametrize("name", exports.FORMATS)
def test_a_download_of_what_is_rescored_anew_fails(running: Services, long: str, name: str) -> None:
    row = store.get_session(running.engine, long)
    assert row is not None
    pieces = exports.FORMATS[name][0](exports.open_export(running.engine, row, "rescored"))
    assert next(pieces)
    rescore_again(running, long)
    with pytest.raises(store.StoreError, match="re-scored anew"):
        list(pieces)
    assert len(write(running, long, name, "rescored")) > 1000


def test_a_download_of_a_growing_session_has_what_was_there(running: Services, streams: Streams) -> None:
    stream, _ = streams.hello(hello())
    streams.frames(stream, wire.encode(0, frames(0, 6), "f32"))
    row = store.get_session(running.engine, stream.session)
    assert row is not None
    streams.frames(stream, wire.encode(1, frames(6, 6), "f32"))
    written = b"".join(exports.jsonl(exports.open_export(running.engine, row, "raw")))
    assert len(written.splitlines()) == 1 + 6


def test_a_download_that_fails_is_cut_off_and_not_ended(running: Services, app: Flask, record: Record) -> None:
    session = record([frames(place * 50, 50) for place in range(40)])
    with running.engine.execution_options(write=True).begin() as connection:
        connection.execute(update(schema.chunks).where(schema.chunks.c.seq == 39).values(crc32=1))
    with served(app.config["INSTANCE"]) as port, contextlib.closing(HTTPConnection("127.0.0.1", port)) as connection:
        headers = {"Authorization": f"Bearer {app.config['ACCESS_TOKEN']}"}
        connection.request("GET", f"/api/sessions/{session}/export?format=csv", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        with pytest.raises(IncompleteRead):
            answer.read()


MEASURE = """
import resource, sys
from server import exports, store
from server.schema import open_engine
engine = open_engine(sys.argv[1])
row = store.get_session(engine, sys.argv[2])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, size = peak(), 0
for piece in exports.FORMATS[sys.argv[3]][0](exports.open_export(engine, row, sys.argv[4])):
    size += len(piece)
print(peak() - before, size)
"""


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """URL and id of a session of 108,000 frames of noise, with as many re-scored ones."""
    from server.writer import Writer

    url = f"sqlite:///{tmp_path_factory.mktemp('hour') / 'hour.sqlite3'}"
    engine = schema.open_engine(url)
    writer = Writer(engine)
    streams = Streams(engine, writer)
    stream, _ = streams.hello(hello())
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 100, (60, 33, 3))
    chances = rng.random((60, 33))
    for seq in range(1800):
        part = frames(seq * 60, 60)
        part["landmarks"], part["world_landmarks"] = noise * (1 + seq / 1800), noise / (100 + seq)
        part["visibility"] = part["presence"] = chances
        streams.frames(stream, wire.encode(seq, part, "f32"))
    writer.run(lambda connection: jobs.enqueue(connection, stream.session))
    job = jobs.claim(engine, "test")
    assert job is not None
    block = np.zeros(worker.BLOCK_ROWS, RESCORED)
    for seq in range(108):
        block["time"] = seq * 1000 / 30 + np.arange(1000) / 30
        block["landmarks"] = rng.normal(0, 100, (1000, 33, 3))
        block["trust"] = rng.random((1000, 33))
        row = {"job": job.id, "seq": seq, "session": job.session, "frames": 1000}
        row["payload"] = zstandard.ZstdCompressor(level=1).compress(block.tobytes())
        writer.run(lambda connection, row=row: connection.execute(insert(schema.rescored), row))
    writer.run(lambda connection: jobs.finish(connection, job))
    writer.close()
    with engine.connect() as connection:
        assert connection.execute(select(schema.sessions.c.frames)).scalar() == 108_000
    engine.dispose()
    return url, stream.session


@pytest.mark.parametrize("version", ["raw", "rescored"])
@pytest.mark.parametrize("name", exports.FORMATS)
def test_an_hour_needs_little_memory(hour: tuple[str, str], name: str, version: str) -> None:
    command = [sys.executable, "-c", MEASURE, *hour, name, version]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert int(printed[1]) > 50e6  # it was an hour indeed
    assert float(printed[0]) < PEAK_LIMIT_MB


def test_export_command(running: Services, session: str, tmp_path: Path) -> None:
    url, out = str(running.engine.url), tmp_path / "session.csv"
    run = CliRunner().invoke(export_command, [session, "--format", "csv", "--db", url, "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert out.read_bytes() == write(running, session, "csv")
    assert [path.name for path in tmp_path.glob("session*")] == ["session.csv"]
    arguments = ["--format", "csv", "--db", url, "--out", str(tmp_path / "other")]
    for wrong, reason in (["nothing", "there is no session nothing"], [session, "has not been re-scored"]):
        run = CliRunner().invoke(export_command, [wrong, *arguments, "--rescored"])
        assert run.exit_code == 1
        assert reason in run.output
