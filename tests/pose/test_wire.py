"""The bytes of a message, against struct and zlib and against the golden file that the JavaScript twin reads too."""

from __future__ import annotations

import base64
import json
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pose import landmarks, wire

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "wire.json").read_text("utf-8"))
CASES: dict[str, dict[str, Any]] = GOLDEN["cases"]
CODECS = ["f32", "i16"]
HAND = [landmarks.index(f"left_{name}") for name in ("wrist", "pinky", "index", "thumb")]


def frames_of(case: dict[str, Any]) -> wire.Frames:
    frames = np.zeros(len(case["frames"]), wire.SCHEMAS[case["schema"]].frame)
    for place, row in enumerate(case["frames"]):
        for name, value in row.items():
            frames[name][place] = np.array(value, float)  # null becomes NaN
    return frames


def slow_message(seq: int, rows: list[dict[str, Any]], codec: str, schema: str) -> bytes:
    """The layout of docs/protocol.md written out with struct, field by field; i16 by its documented steps."""
    body = b""
    for row in rows:
        body += struct.pack("<dHH2H", row["time"], row["person"], row["flags"], *row["image_size"])
        body += struct.pack("<f", row["score"]) if codec == "f32" else struct.pack("<B", round(row["score"] * 255))
        side = max(row["image_size"])
        body += slow_group(row["landmarks"], row["world_landmarks"], row["visibility"] + row["presence"], side, codec)
        if schema == "blazepose33.v1+truth":
            body += struct.pack("<H", row["truth_person"])
            places, metres = row["truth_landmarks"], row["truth_world_landmarks"]
            body += slow_group(places, metres, row["truth_visibility"], side, codec)
    return struct.pack("<HHQI", 1, len(rows), seq, zlib.crc32(body)) + body


def slow_group(places: list[Any], metres: list[Any], chances: list[float], side: int, codec: str) -> bytes:
    flat_places = [math.nan if x is None else x for point in places for x in point]
    flat_metres = [math.nan if x is None else x for point in metres for x in point]
    if codec == "f32":
        return struct.pack(f"<99f99f{len(chances)}f", *flat_places, *flat_metres, *chances)
    steps = [clip(x * 8192 / side) for x in flat_places] + [clip(x * 10000) for x in flat_metres]
    return struct.pack(f"<198h{len(chances)}B", *steps, *(round(p * 255) for p in chances))


def clip(value: float) -> int:
    return -32768 if math.isnan(value) else min(max(round(value), -32767), 32767)


def valid(n: int = 3, schema: str = wire.SCHEMA) -> wire.Frames:
    frames = np.zeros(n, wire.SCHEMAS[schema].frame)
    frames["person"], frames["image_size"] = 1, (640, 480)
    frames["time"] = np.arange(n) / 30
    if wire.SCHEMAS[schema].truth:
        frames["truth_person"] = 1
    return frames


def missed(n: int = 3) -> wire.Frames:
    """A character that nobody was tracked for, in every frame."""
    frames = valid(n, wire.TRUTH_SCHEMA)
    frames["person"], frames["flags"] = 0, wire.MISSED
    frames["landmarks"] = frames["world_landmarks"] = np.nan
    return frames


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("name", CASES)
def test_golden_messages(codec: str, name: str) -> None:
    case, seq = CASES[name], GOLDEN["seq"]
    expected = base64.b64decode(case["messages"][codec])
    assert slow_message(seq, case["frames"], codec, case["schema"]) == expected
    assert wire.encode(seq, frames_of(case), codec) == expected


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("name", CASES)
def test_golden_frames_come_back(codec: str, name: str) -> None:
    case = CASES[name]
    message = wire.decode(base64.b64decode(case["messages"][codec]), codec, case["schema"])
    assert message.seq == GOLDEN["seq"]
    back, truth = message.frames, frames_of(case)
    if codec == "f32":
        assert back.tobytes() == truth.tobytes()
        return
    side = truth["image_size"].max(axis=1)[:, None, None]
    # unit: half a step, the integer's range (the golden frames go beyond it, too), float32's rounding at that size
    limits = {
        "px": (side / 8192 / 2, 32767 / 8192 * side, 5e-4),
        "m": (0.5e-4, 3.2767, 3e-7),
        "probability": (1 / 510, 1, 1e-7),
        "1": (1 / 510, 1, 1e-7),
    }
    schema = wire.SCHEMAS[case["schema"]]
    for field in (field for group in schema.groups for fields in group.values() for field in fields):
        half_step, reach, rounding = limits[schema.fields[field]["unit"]]
        assert (np.isnan(back[field]) == np.isnan(truth[field])).all(), field
        expected = np.clip(truth[field], -reach, reach)
        assert np.nanmax(np.abs(back[field] - expected) - half_step) <= rounding, field
    for field in ("time", "person", "flags", *(["truth_person"] if schema.truth else [])):
        assert (back[field] == truth[field]).all(), field


def test_the_golden_cases_have_what_they_are_for() -> None:
    """Absent landmarks in every place that they may be in, people without truth, and characters that were missed."""
    plain, gone, truth = (frames_of(CASES[name]) for name in ("plain", "absent", "truth"))
    v1, group = wire.SCHEMAS[wire.TRUTH_SCHEMA].groups
    assert not wire.absent(plain, v1).any()
    assert np.flatnonzero(wire.absent(gone, v1)[0]).tolist() == HAND
    assert wire.absent(truth, v1).sum(axis=1).tolist() == [4, 0, 33]
    assert wire.absent(truth, group).sum(axis=1).tolist() == [4, 33, 3]
    assert truth["flags"].tolist() == [wire.FRESH, 0, wire.MISSED]
    assert truth["truth_person"].tolist() == [2, 0, 1]


FINITE = {"allow_nan": False, "allow_infinity": False}


@pytest.mark.parametrize("schema", wire.SCHEMAS)
@given(data=st.data(), seq=st.integers(0, 2**64 - 1))
def test_f32_is_exact(schema: str, data: Any, seq: int) -> None:
    frames = data.draw(hnp.arrays(wire.SCHEMAS[schema].frame, st.integers(1, 4), elements=FINITE))
    message = wire.encode(seq, frames, "f32")
    assert wire.decode_frames(message[wire.HEADER.itemsize :], "f32", schema).tobytes() == frames.tobytes()
    assert int(np.frombuffer(message, wire.HEADER, 1)["seq"][0]) == seq


@given(st.binary(max_size=2400), st.sampled_from(CODECS), st.sampled_from(list(wire.SCHEMAS)))
def test_garbage_is_refused_and_nothing_else(data: bytes, codec: str, schema: str) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(data, codec, schema)


def test_header_faults() -> None:
    good = wire.encode(7, valid(), "f32")
    cases = {
        "begins with a header of 16 bytes; 15": good[:15],
        "have 3228 bytes; 3227 came": good[:-1],
        "the message says 2": struct.pack("<H", 2) + good[2:],
        "1 to 60 frames; this one says 0": good[:2] + struct.pack("<H", 0) + good[4:16],
        "1 to 60 frames; this one says 61": good[:2] + struct.pack("<H", 61) + good[4:],
        "the header says crc32": good[:-1] + b"\1",
    }
    for reason, message in cases.items():
        with pytest.raises(wire.WireError, match=reason):
            wire.decode(message, "f32")


def test_the_schema_says_how_many_frames_and_how_long() -> None:
    truth = wire.encode(0, valid(3, wire.TRUTH_SCHEMA), "f32")
    with pytest.raises(wire.WireError, match="3 frames of codec f32 have 3228 bytes; 6006 came"):
        wire.decode(truth, "f32")
    many = truth[:2] + struct.pack("<H", 33) + truth[4:]
    with pytest.raises(wire.WireError, match=r"blazepose33\.v1\+truth carries 1 to 32 frames; this one says 33"):
        wire.decode(many, "f32", wire.TRUTH_SCHEMA)


def test_frames_of_no_schema_are_not_written() -> None:
    with pytest.raises(wire.WireError, match="have the dtype of one of"):
        wire.encode(0, np.zeros(1, wire.SCHEMAS[wire.SCHEMA].codecs["i16"]), "f32")


IMPOSSIBLE = [
    ("landmarks", np.inf, "landmarks must be finite"),
    ("landmarks", np.nan, "landmarks must be finite"),  # absent in one position only
    ("world_landmarks", np.inf, "world_landmarks must be finite"),
    ("time", np.nan, "time must be finite"),
    ("score", np.nan, "score must be finite"),
    ("time", -1.0, "time must be 0 or more"),
    ("visibility", 1.01, "visibility must lie in 0..1"),
    ("visibility", np.nan, "visibility must lie in 0..1"),
    ("presence", -0.01, "presence must lie in 0..1"),
    ("score", 1.01, "score must lie in 0..1"),
    ("person", 0, "person must be 1 or more"),
    ("image_size", 0, "image_size must be positive"),
    ("flags", 2, "flags must be one of 0, 1"),
]


def refused(frames: wire.Frames, reason: str) -> None:
    with pytest.raises(wire.WireError, match=reason):
        wire.decode(wire.encode(0, frames, "f32"), "f32", wire.schema_of(frames).name)


@pytest.mark.parametrize("schema", wire.SCHEMAS)
@pytest.mark.parametrize(("field", "value", "reason"), IMPOSSIBLE)
def test_impossible_values(schema: str, field: str, value: float, reason: str) -> None:
    for place in range(3):  # the first, one in the middle, the last
        frames = valid(3, schema)
        frames[field][place] = value
        refused(frames, reason)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("truth_landmarks", np.inf, "truth_landmarks must be finite"),
        ("truth_world_landmarks", np.nan, "truth_world_landmarks must be finite"),
        ("truth_visibility", 1.5, "truth_visibility must lie in 0..1"),
        ("truth_person", 0, "absent where truth_person is 0"),
    ],
)
def test_impossible_truth(field: str, value: float, reason: str) -> None:
    for place in range(3):
        frames = valid(3, wire.TRUTH_SCHEMA)
        frames[field][place] = value
        refused(frames, reason)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("person", 1, "person must be 0 in a frame of flag 4; 1 came"),
        ("score", 0.5, "score must be 0 in a frame of flag 4; 0.5 came"),
        ("truth_person", 0, "truth_person must be 1 or more in a frame of flag 4"),
        ("flags", 5, "flags must be one of 0, 1, 4; 5 came"),
    ],
)
def test_impossible_misses(field: str, value: float, reason: str) -> None:
    frames = missed()
    wire.decode(wire.encode(0, frames, "f32"), "f32", wire.TRUTH_SCHEMA)
    frames[field][1] = value
    refused(frames, reason)


def test_a_miss_has_nothing_tracked_and_needs_truth() -> None:
    frames = missed()
    frames["landmarks"][1, 0] = frames["world_landmarks"][1, 0] = 0
    refused(frames, "all tracked landmarks must be absent in a frame of flag 4")
    plain = valid()
    plain["flags"], plain["person"] = wire.MISSED, 0
    refused(plain, "flags must be one of 0, 1; 4 came")


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("schema", wire.SCHEMAS)
def test_absent_landmarks_travel(codec: str, schema: str) -> None:
    frames = valid(3, schema)
    for group in wire.SCHEMAS[schema].groups:
        for name in group["positions"]:
            frames[name][1, HAND] = np.nan
    back = wire.decode(wire.encode(0, frames, codec), codec, schema).frames
    assert back.tobytes() == frames.tobytes()


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("name", ["landmarks", "world_landmarks", "truth_landmarks", "truth_world_landmarks"])
def test_a_landmark_is_absent_altogether_or_not_at_all(codec: str, name: str) -> None:
    """One NaN of six in one landmark of one frame, five of six, and all six with a chance to be seen."""
    group = wire.SCHEMAS[wire.TRUTH_SCHEMA].groups[name.startswith("truth")]
    one, five, seen = (valid(3, wire.TRUTH_SCHEMA) for _ in range(3))
    one[name][1, 15, 2] = np.nan
    for frames in (five, seen):
        for field in group["positions"]:
            frames[field][1, 15] = np.nan
    five[name][1, 15, 0] = 0
    seen[group["chances"][-1]][1, 15] = 0.25
    for frames, reason in (
        (one, f"^{name} must be finite, or NaN in all six numbers"),
        (five, "landmarks must be finite, or NaN in all six numbers"),
        (seen, f"^{group['chances'][-1]} must be 0 where a landmark is absent; 0.25 came"),
    ):
        with pytest.raises(wire.WireError, match=reason):
            wire.decode(wire.encode(0, frames, codec), codec, wire.TRUTH_SCHEMA)


def test_the_lowest_integer_by_itself_is_a_number() -> None:
    """Earlier versions clipped to it: their recordings stay what they were."""
    stored = np.zeros(1, wire.SCHEMAS[wire.SCHEMA].codecs["i16"])
    stored["image_size"], stored["landmarks"][0, 5], stored["world_landmarks"][0, 6] = (640, 480), -32768, -32768
    stored["landmarks"][0, 7] = stored["world_landmarks"][0, 7] = -32768
    stored["presence"][0, 7] = 1
    frames = wire.decode_frames(stored.tobytes(), "i16")
    assert frames["landmarks"][0, 5, 0] == frames["landmarks"][0, 7, 0] == -4 * 640
    assert frames["world_landmarks"][0, 6, 2] == np.float32(-3.2768)
    stored["presence"][0, 7] = 0
    assert np.isnan(wire.decode_frames(stored.tobytes(), "i16")["landmarks"][0, 7]).all()


def test_time_may_stand_still_but_not_run_back() -> None:
    frames = valid()
    frames["time"] = [1.0, 1.0, 2.0]  # two people in one picture
    assert len(wire.decode(wire.encode(0, frames, "f32"), "f32").frames) == 3
    frames["time"] = [1.0, 2.0, 1.9]
    refused(frames, "never run backwards")


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("schema", wire.SCHEMAS)
def test_the_longest_message_fits(codec: str, schema: str) -> None:
    longest = wire.encode(0, valid(wire.SCHEMAS[schema].max_frames, schema), codec)
    assert len(longest) <= wire.MAX_MESSAGE_BYTES


def test_the_schema_with_truth_begins_with_the_one_without() -> None:
    names = wire.FRAME.names or ()
    assert (wire.TRUTH_FRAME.names or ())[: len(names)] == names
    assert all(wire.TRUTH_FRAME.fields[name] == wire.FRAME.fields[name] for name in names)  # type: ignore[index]
