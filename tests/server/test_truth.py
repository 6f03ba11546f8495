"""Sessions with truth, from hello to file: what is pushed comes back, and is compared."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from pose import landmarks, wire
from pose.rescored import FILLED
from server import comparison, exports, jobs, store, worker
from server.commands import export as export_command
from server.services import Services
from server.stream import RefusalError, Streams
from tests.server.conftest import hello
from tests.streaming import HAND, TRACKED, frames, true_frames

Record = Callable[..., str]
COUNT = 300  # frames; of five in a row the fourth is a stranger's, and in the fifth the character is missed


@pytest.fixture
def session(record: Record) -> str:
    """Ten seconds of a character."""
    return record([true_frames(place * 30, 30) for place in range(COUNT // 30)], schema=wire.TRUTH_SCHEMA)


def written(running: Services, session: str, name: str, version: str = "raw") -> bytes:
    row = store.get_session(running.engine, session)
    assert row is not None
    return b"".join(exports.FORMATS[name][0](exports.open_export(running.engine, row, version)))


def rescored(running: Services, session: str) -> Any:
    running.writer.run(lambda connection: jobs.enqueue(connection, session))
    job = jobs.claim(running.engine, "test")
    assert job is not None
    worker.run(running.engine, job)
    row, result = store.get_session(running.engine, session), store.find_rescored(running.engine, session)
    assert row is not None
    assert result is not None, "the job has failed"
    return np.concatenate(list(store.read_rescored(running.engine, row, result)))


def test_a_session_says_that_it_has_truth(client: FlaskClient, session: str) -> None:
    described = client.get(f"/api/sessions/{session}").get_json()
    assert (described["schema"], described["truth"]) == (wire.TRUTH_SCHEMA, True)
    assert described["frames"] == COUNT
    assert described["people"] == 2  # whom the tracker has missed is nobody that it has tracked
    assert described["state"] == "ended"  # so the checksum of all bytes was right


def test_the_schema_is_chosen_at_hello_and_kept(streams: Streams) -> None:
    request = hello(schema=wire.TRUTH_SCHEMA)
    stream, answer = streams.hello(request)
    assert answer["max_frames"] == 32
    assert streams.hello(hello())[1]["max_frames"] == 60
    for schema in ("blazepose33.v2", None, 1, ["blazepose33.v1"]):
        with pytest.raises(RefusalError, match=r"schema must be one of blazepose33\.v1, blazepose33\.v1\+truth; "):
            streams.hello(hello(schema=schema))
    with pytest.raises(RefusalError, match=r"was opened with schema blazepose33\.v1\+truth; blazepose33\.v1 came"):
        streams.hello({**request, "schema": wire.SCHEMA})
    with pytest.raises(RefusalError, match="3 frames of codec f32 have 6006 bytes; 3228 came"):
        streams.frames(stream, wire.encode(0, frames(0, 3), "f32"))
    with pytest.raises(RefusalError, match="carries 1 to 32 frames; this one says 33"):
        streams.frames(stream, wire.encode(0, true_frames(0, 33), "f32"))
    assert streams.frames(stream, wire.encode(0, true_frames(0, 32), "f32")) == {"ok": True, "next": 1}


def test_csv_has_truth_beside_what_was_tracked(running: Services, session: str) -> None:
    lines = written(running, session, "csv").decode().splitlines()
    comments = [line for line in lines if line.startswith("#")]
    assert json.loads(comments[0].removeprefix("# poseable: "))["truth"] == "on synthetic renders"
    for name, fact in wire.SCHEMAS[wire.TRUTH_SCHEMA].fields.items():
        assert f"# {name}: unit {fact['unit']}; frame {fact['frame']}" in comments
    assert sum("on synthetic renders" in line for line in comments if line.startswith("# truth_")) == 3
    expected = true_frames(0, COUNT)
    rows = list(csv.DictReader(lines[len(comments) :]))
    assert [int(row["truth_person"]) for row in rows] == expected["truth_person"].tolist()
    assert [int(row["flags"]) for row in rows] == expected["flags"].tolist()
    for side in ("", "truth_"):
        for name, unit in (("landmarks", "px"), ("world_landmarks", "m")):
            for joint, joint_name in enumerate(landmarks.NAMES):
                for axis, letter in enumerate("xyz"):
                    column = [row[f"{side}{joint_name}_{letter}_{unit}"] or "nan" for row in rows]
                    values = expected[side + name][:, joint, axis]
                    assert np.array_equal(np.array(column, np.float32), values, equal_nan=True)
    seen = np.array([row["truth_nose_visibility"] for row in rows], np.float32)
    assert (seen == expected["truth_visibility"][:, 0]).all()
    assert {row["truth_left_wrist_x_px"] for row in rows} == {""}


def test_jsonl_has_truth_beside_what_was_tracked(running: Services, session: str) -> None:
    head, *rows = map(json.loads, written(running, session, "jsonl").decode().splitlines())
    assert head["poseable"]["truth"] == "on synthetic renders"
    assert head["fields"] == wire.SCHEMAS[wire.TRUTH_SCHEMA].fields
    expected = true_frames(0, COUNT)
    for name in wire.TRUTH_FRAME.names or ():
        found = np.array([row[name] for row in rows], float).astype(wire.TRUTH_FRAME[name].base)
        assert np.array_equal(found, expected[name], equal_nan=expected[name].dtype.kind == "f"), name
    assert rows[0]["truth_landmarks"][HAND[0]] == rows[4]["landmarks"][0] == [None] * 3


def test_parquet_has_truth_beside_what_was_tracked(running: Services, session: str) -> None:
    table = pq.read_table(io.BytesIO(written(running, session, "parquet")))
    assert json.loads(table.schema.metadata[b"poseable"])["truth"] == "on synthetic renders"
    assert b"on synthetic renders" in table.schema.field("truth_nose_x_m").metadata[b"frame"]
    expected = true_frames(0, COUNT)
    assert table["truth_person"].to_pylist() == expected["truth_person"].tolist()
    for side in ("", "truth_"):
        for joint, name in enumerate(landmarks.NAMES):
            column = table[f"{side}{name}_y_px"]
            values = expected[f"{side}landmarks"][:, joint, 1]
            assert column.null_count == np.isnan(values).sum()
            assert np.array_equal(column.to_numpy(), values, equal_nan=True)


def test_a_session_without_truth_says_nothing_of_it(running: Services, record: Record) -> None:
    session = record([frames(0, 6)])
    for name in exports.FORMATS:
        assert b"truth_" not in written(running, session, name)
        assert b"synthetic" not in written(running, session, name)


def test_rescoring_keeps_truth_and_misses_and_invents_no_limb(running: Services, session: str) -> None:
    result = rescored(running, session)
    expected = true_frames(0, COUNT)
    measured = result[result["flags"] != FILLED]
    assert len(measured) == COUNT
    for name in ("time", "person", "flags", "truth_person", "truth_visibility"):
        assert (measured[name] == expected[name]).all(), name
    for name in ("truth_landmarks", "truth_world_landmarks"):
        assert measured[name].tobytes() == expected[name].tobytes(), name
    assert np.isnan(result["landmarks"][:, HAND]).all()
    assert np.isnan(result["world_landmarks"][:, HAND]).all()
    assert (result["trust"][:, HAND] == 0).all()
    missed = measured["flags"] == wire.MISSED
    assert (measured["trust"][missed] == 0).all()
    for name in TRACKED:
        assert measured[name][missed].tobytes() == expected[name][missed].tobytes(), name
    closed = result[result["flags"] == FILLED]
    assert len(closed) > 0  # person 1 is away for two frames of five
    assert not closed["truth_person"].any()  # nobody has said what was true then
    assert np.isnan(closed["truth_landmarks"]).all()
    for name in ("csv", "parquet"):
        assert b"truth_left_wrist_visibility" in written(running, session, name, "rescored")
    *_, last = written(running, session, "jsonl", "rescored").decode().splitlines()
    assert {"trust", "truth_person", "truth_landmarks"} <= set(json.loads(last))


def test_the_command_writes_the_same_file(running: Services, session: str, tmp_path: Any) -> None:
    out = tmp_path / "session.parquet"
    arguments = [session, "--format", "parquet", "--db", str(running.engine.url), "--out", str(out)]
    run = CliRunner().invoke(export_command, arguments)
    assert run.exit_code == 0, run.output
    assert out.read_bytes() == written(running, session, "parquet")


def test_the_chart_has_the_character_s_line_where_it_was_missed_too(client: FlaskClient, session: str) -> None:
    chart = client.get(f"/api/sessions/{session}/preview?points={COUNT}").get_json()
    nose = {row["person"]: row for row in chart["series"] if row["landmark"] == "nose"}
    assert sorted(nose) == [1, 2]
    index = np.arange(COUNT - 1)  # each span has its frame; the last one has the last two
    tracked = [None if i % 5 in (3, 4) else i + 1 / 128 for i in index]
    true = [None if i % 5 == 3 else i + 1 / 128 + 3 for i in index]
    assert nose[1]["y_px"][: COUNT - 1] == pytest.approx(tracked, abs=1e-3)
    assert nose[1]["truth_y_px"][: COUNT - 1] == pytest.approx(true, abs=1e-3)
    assert set(nose[2]["truth_y_px"]) == {None}  # the stranger is no character
    wrist = next(row for row in chart["series"] if row["landmark"] == "left_wrist")
    assert {*wrist["y_px"], *wrist["confidence"], *wrist["truth_y_px"]} == {None}
    assert chart["mean_visibility"][:6] == [0.5, 0.5, 0.5, 0.5, None, 0.5]  # of those landmarks that a person has


def test_the_chart_of_a_session_without_truth_has_no_true_line(client: FlaskClient, record: Record) -> None:
    chart = client.get(f"/api/sessions/{record([frames(0, 6)])}/preview").get_json()
    assert all("truth_y_px" not in row for row in chart["series"])


BODY = {"shoulder": (0, 0), "hip": (0, 100), "knee": (0, 150)}  # px: a torso of 100, and one joint more


def person(x: float) -> wire.Frames:
    """One frame: a body whose tracked knees are off by 15 and 25 px and mm to the right, all else absent; x in px."""
    frame = np.zeros(1, wire.TRUTH_FRAME)
    frame["person"] = frame["truth_person"] = 1
    frame["image_size"], frame["score"] = (640, 480), 1
    for name in ("landmarks", "world_landmarks", "truth_landmarks", "truth_world_landmarks"):
        frame[name] = np.nan
    for side, off in (("left", 15), ("right", 25)):
        for joint, (dx, y) in BODY.items():
            place = landmarks.index(f"{side}_{joint}")
            error = off if joint == "knee" else 0
            frame["truth_landmarks"][0, place] = (x + dx, y, 0)
            frame["landmarks"][0, place] = (x + dx + error, y, 0)
            frame["truth_world_landmarks"][0, place] = (dx / 1000, y / 1000, 0)
            frame["world_landmarks"][0, place] = ((dx + error) / 1000, y / 1000, 0)
    return frame


def miss(frame: wire.Frames) -> wire.Frames:
    missed = frame.copy()
    missed["person"], missed["score"], missed["flags"] = 0, 0, wire.MISSED
    missed["landmarks"] = missed["world_landmarks"] = np.nan
    return missed


def test_figures_by_hand() -> None:
    one, other = person(320), miss(person(320))
    stranger = one.copy()
    stranger["truth_person"] = 0
    found = comparison.figures([np.concatenate([one, stranger])])
    # Six joints: four are exact, one is within 20 px of its place, one is not.
    assert found == {
        "shown": 1,
        "found": 1,
        "pck_20": pytest.approx(5 / 6),
        "px": pytest.approx(40 / 6),
        "mm": pytest.approx(40 / 6, rel=1e-5),
    }
    both = comparison.figures([one, other])
    assert both == {**found, "shown": 2, "pck_20": pytest.approx(5 / 12)}  # missed is wrong, and has no distance


def test_joints_outside_of_the_picture_do_not_count() -> None:
    aside = person(320)
    aside["truth_landmarks"][0, landmarks.index("right_knee"), 1] = 480
    assert comparison.figures([aside])["pck_20"] == 1
    assert comparison.figures([aside])["px"] == pytest.approx(3)


def test_nothing_known_is_null() -> None:
    nothing = {"shown": 0, "found": 0, "pck_20": None, "px": None, "mm": None}
    assert comparison.figures([]) == nothing
    assert comparison.figures([miss(person(320))]) == {**nothing, "shown": 1, "pck_20": 0}


def test_a_session_is_compared(client: FlaskClient, record: Record) -> None:
    parts = [np.concatenate([person(300)] * 4 + [miss(person(300))]) for _ in range(6)]
    for number, part in enumerate(parts):
        part["time"] = number
    session = record(parts, schema=wire.TRUTH_SCHEMA)
    answer = client.get(f"/api/sessions/{session}/comparison").get_json()
    assert answer == {
        "shown": 30,
        "found": 24,
        "pck_20": pytest.approx(0.8 * 5 / 6),
        "px": pytest.approx(40 / 6),
        "mm": pytest.approx(40 / 6, rel=1e-5),
    }


def test_a_session_without_truth_is_not_compared(client: FlaskClient, record: Record) -> None:
    answer = client.get(f"/api/sessions/{record([frames(0, 6)])}/comparison")
    assert answer.status_code == 409
    assert "was recorded without truth" in answer.get_json()["error"]["message"]
    assert client.get("/api/sessions/nothing/comparison").status_code == 404


def test_the_documents_name_every_schema_and_field() -> None:
    docs = Path(__file__).parents[2] / "docs"
    protocol, formats = ((docs / f"{name}.md").read_text("utf-8") for name in ("protocol", "formats"))
    for name, schema in wire.SCHEMAS.items():
        assert f"| `{name}` |" in protocol
        assert str(schema.max_frames) in protocol
        for field in schema.fields:
            assert f"`{field}`" in protocol
            assert f"| `{field}` |" in formats
