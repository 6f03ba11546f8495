"""A character recorded with its truth by the page's own code: past a killed server, into files, number by number."""

from __future__ import annotations

import csv
import io
import json
import urllib.request
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from playwright.sync_api import Page

from pose import landmarks, wire
from tests.e2e.test_stream import Recorder
from tests.streaming import HAND, stored, token_of, true_frames, wait_until

# What tests.streaming.true_frames says, in the shape in which the tracker and the stage hand it on.
RECORD = """async ([revision, token, codec, hand]) => {
  const { Link } = await import(`/assets/${revision}/js/link/link.js`);
  const link = (window.link = new Link({ token }));
  const recording = (window.recording = await link.start({
    pseudonym: "alder", model: "blazepose-full", backend: "wasm", source: "character", fps: 30, codec, truth: true,
  }));
  let index = 0;
  const numbers = (add) => Float32Array.from({ length: 99 }, (_, k) => k / 128 + add);
  const handless = (one) => {
    for (const i of hand) {
      for (const name of ["landmarks", "world_landmarks"]) one[name].fill(NaN, 3 * i, 3 * i + 3);
      for (const name of ["visibility", "presence"]) one[name]?.fill(0, i, i + 1);
    }
    return one;
  };
  const push = () => {
    const truth = handless({
      person: 1, landmarks: numbers(index + 3), world_landmarks: numbers(0.25 - (index % 2)),
      visibility: new Float32Array(33).fill(1),
    });
    const person = handless({
      id: index % 5 === 3 ? 2 : 1, fresh: false, score: 0.75, landmarks: numbers(index),
      world_landmarks: numbers(-(index % 2)), visibility: new Float32Array(33).fill(0.5),
      presence: new Float32Array(33).fill(0.25), ...(index % 5 !== 3 && { truth }),
    });
    const seen = index % 5 === 4 ? { people: [], missed: [truth] } : { people: [person] };
    recording.push({ time: index / 30, image_size: [640, 480], ...seen });
    localStorage.pushed = ++index;
  };
  window.timer = setInterval(push, 1000 / 30);
}"""
# Half a step of i16 for a picture of 640 px, with what float32 rounds: px, m, probability
HALF_STEPS = {"px": 640 / 8192 / 2 + 1e-4, "m": 0.5e-4 + 1e-6, "probability": 0.5 / 255 + 1e-6, "1": 0.5 / 255 + 1e-6}


@pytest.fixture(params=["f32", "i16"])
def codec(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def recorded(page: Page, start_server: Callable[[], Any], codec: str) -> tuple[Any, str, wire.Frames]:
    """A server, the id of a sealed session that outlived its kill, and what the page has pushed."""
    server = start_server()
    recorder = Recorder(page, server.url, server.folder)
    page.goto(server.url + "/nothing")
    page.evaluate(RECORD, [recorder.revision, recorder.token, codec, HAND])
    page.wait_for_function("() => link.state.recording.acknowledged > 20")
    server.kill()
    page.wait_for_function("() => link.state.connection === 'offline' && link.state.recording.waiting > 20")
    server.start()
    page.wait_for_function("() => link.state.connection === 'online' && link.state.recording.acknowledged > 60")
    recorder.stop()
    page.evaluate("window.stopped")
    ((session, (_, sealed)),) = stored(server.folder).items()
    assert sealed
    assert page.evaluate("link.state.recording") is None
    return server, session, true_frames(0, recorder.pushed)


def get(server: Any, path: str, method: str = "GET") -> bytes:
    headers = {"Authorization": f"Bearer {token_of(server.folder)}"}
    with urllib.request.urlopen(urllib.request.Request(server.url + path, method=method, headers=headers)) as answer:
        return bytes(answer.read())


def assert_same(found: Any, expected: Any, unit: str, codec: str) -> None:
    """The same numbers missing, and the others as exact as the codec promises."""
    found = np.asarray(found, float)
    if codec == "f32":
        found = found.astype(expected.dtype)  # files have the digits that tell a 32-bit number from its neighbours
    assert found.shape == expected.shape
    assert (np.isnan(found) == np.isnan(expected.astype(float))).all()
    limit = 0 if codec == "f32" else HALF_STEPS.get(unit, 0)
    assert np.nanmax(np.abs(found - expected.astype(float)), initial=0) <= limit, unit


def columns(field: str, shape: list[int], unit: str) -> list[str]:
    """The names that docs/formats.md gives to a field of landmarks, in the order of its numbers."""
    side, quantity = ("truth_", field.removeprefix("truth_")) if field.startswith("truth_") else ("", field)
    if len(shape) == 1:
        return [f"{side}{name}_{quantity}" for name in landmarks.NAMES]
    return [f"{side}{name}_{axis}_{unit}" for name in landmarks.NAMES for axis in "xyz"]


def test_what_was_pushed_is_in_every_file(recorded: tuple[Any, str, wire.Frames], codec: str) -> None:
    server, session, expected = recorded
    path = f"/api/sessions/{session}"
    described = json.loads(get(server, path))
    assert (described["truth"], described["source"], described["state"]) == (True, "character", "ended")
    assert (described["frames"], described["people"]) == (len(expected), 2)

    lines = get(server, path + "/export?format=csv").decode().splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    head, *records = map(json.loads, get(server, path + "/export?format=jsonl").decode().splitlines())
    table = pyarrow.parquet.read_table(io.BytesIO(get(server, path + "/export?format=parquet")))
    abouts = [json.loads(lines[0].removeprefix("# poseable: ")), head["poseable"]]
    abouts.append(json.loads(table.schema.metadata[b"poseable"]))
    assert {about["truth"] for about in abouts} == {"on synthetic renders"}
    assert {about["session"]["schema"] for about in abouts} == {wire.TRUTH_SCHEMA}
    assert len(rows) == len(records) == table.num_rows == len(expected)

    for name, fact in head["fields"].items():
        whole = expected[name]
        assert_same(np.array([record[name] for record in records], float), whole, fact["unit"], codec)
        if fact["shape"] in ([], [2]):
            continue
        for place, column in enumerate(columns(name, fact["shape"], fact["unit"])):
            values = whole.reshape(len(expected), -1)[:, place]
            assert_same([row[column] or np.nan for row in rows], values, fact["unit"], codec)
            assert_same(table[column].to_numpy(), values, fact["unit"], codec)
    for name, column in (("time", "time_s"), ("person", "person"), ("flags", "flags"), ("truth_person",) * 2):
        assert [float(row[column]) for row in rows] == table[column].to_pylist() == expected[name].tolist()


def test_it_is_rescored_by_the_worker(recorded: tuple[Any, str, wire.Frames], codec: str) -> None:
    server, session, expected = recorded
    path = f"/api/sessions/{session}"
    get(server, path + "/rescore", "POST")

    def state() -> str:
        return str(json.loads(get(server, path))["rescore"]["state"])

    wait_until(lambda: state() in ("done", "failed"), 60, "it is re-scored")
    assert state() == "done"
    table = pyarrow.parquet.read_table(io.BytesIO(get(server, path + "/export?format=parquet&version=rescored")))
    measured = table.filter(pyarrow.compute.not_equal(table["flags"], 2))
    assert measured["flags"].to_pylist() == expected["flags"].tolist()
    assert_same(measured["truth_nose_x_px"].to_numpy(), expected["truth_landmarks"][:, 0, 0], "px", codec)
    assert table["left_wrist_x_px"].null_count == table["truth_left_wrist_x_px"].null_count == table.num_rows
