"""The bytes of a message, against struct and zlib and against the golden file that the JavaScript twin reads too."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pose import wire

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "wire.json").read_text("utf-8"))


def frames_of(rows: list[dict[str, Any]]) -> wire.Frames:
    frames = np.zeros(len(rows), wire.FRAME)
    for place, row in enumerate(rows):
        for name, value in row.items():
            frames[name][place] = value
    return frames


def slow_message(seq: int, rows: list[dict[str, Any]], codec: str) -> bytes:
    """The layout of docs/protocol.md written out with struct, field by field; i16 by its documented steps."""
    body = b""
    for row in rows:
        body += struct.pack("<dHH2H", row["time"], row["person"], row["flags"], *row["image_size"])
        places = [x for point in row["landmarks"] for x in point]
        metres = [x for point in row["world_landmarks"] for x in point]
        chances = [*row["visibility"], *row["presence"]]
        if codec == "f32":
            body += struct.pack("<f", row["score"])
            body += struct.pack("<99f99f66f", *places, *metres, *chances)
        else:
            side = max(row["image_size"])
            body += struct.pack("<B", round(row["score"] * 255))
            body += struct.pack("<99h", *(clip(round(x * 8192 / side)) for x in places))
            body += struct.pack("<99h", *(clip(round(x * 10000)) for x in metres))
            body += struct.pack("<66B", *(round(p * 255) for p in chances))
    return struct.pack("<HHQI", 1, len(rows), seq, zlib.crc32(body)) + body


def clip(value: int) -> int:
    return min(max(value, -32768), 32767)


def valid(n: int = 3) -> wire.Frames:
    frames = np.zeros(n, wire.FRAME)
    frames["person"], frames["image_size"] = 1, (640, 480)
    frames["time"] = np.arange(n) / 30
    return frames


@pytest.mark.parametrize("codec", ["f32", "i16"])
def test_golden_messages(codec: str) -> None:
    rows, seq = GOLDEN["frames"], GOLDEN["seq"]
    expected = base64.b64decode(GOLDEN["messages"][codec])
    assert slow_message(seq, rows, codec) == expected
    assert wire.encode(seq, frames_of(rows), codec) == expected


@pytest.mark.parametrize("codec", ["f32", "i16"])
def test_golden_frames_come_back(codec: str) -> None:
    message = wire.decode(base64.b64decode(GOLDEN["messages"][codec]), codec)
    assert message.seq == GOLDEN["seq"]
    back, truth = message.frames, frames_of(GOLDEN["frames"])
    if codec == "f32":
        assert back.tobytes() == truth.tobytes()
        return
    side = truth["image_size"].max(axis=1)[:, None, None]
    # field: half a step, the integer's range (the golden frames go beyond it, too), float32's rounding at that size
    limits = {
        "landmarks": (side / 8192 / 2, 32767 / 8192 * side, 5e-4),
        "world_landmarks": (0.5e-4, 3.2767, 3e-7),
        "visibility": (1 / 510, 1, 1e-7),
        "presence": (1 / 510, 1, 1e-7),
    }
    for name, (half_step, reach, rounding) in limits.items():
        expected = np.clip(truth[name], -reach - half_step, reach)
        assert (np.abs(back[name] - expected) <= half_step + rounding).all(), name


FINITE = {"allow_nan": False, "allow_infinity": False}


@given(hnp.arrays(wire.FRAME, st.integers(1, 4), elements=FINITE), st.integers(0, 2**64 - 1))
def test_f32_is_exact(frames: wire.Frames, seq: int) -> None:
    message = wire.encode(seq, frames, "f32")
    assert wire.decode_frames(message[wire.HEADER.itemsize :], "f32").tobytes() == frames.tobytes()
    assert int(np.frombuffer(message, wire.HEADER, 1)["seq"][0]) == seq


@given(st.binary(max_size=1200), st.sampled_from(["f32", "i16"]))
def test_garbage_is_refused_and_nothing_else(data: bytes, codec: str) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(data, codec)


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


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("landmarks", np.nan, "landmarks must be finite"),
        ("world_landmarks", np.inf, "world_landmarks must be finite"),
        ("time", np.nan, "time must be finite"),
        ("score", np.nan, "score must be finite"),
        ("time", -1.0, "time must be 0 or more"),
        ("visibility", 1.01, "visibility must lie in 0..1"),
        ("presence", -0.01, "presence must lie in 0..1"),
        ("score", 1.01, "score must lie in 0..1"),
        ("person", 0, "person must be 1 or more"),
        ("image_size", 0, "image_size must be positive"),
        ("flags", 2, "flags must be 0 or 1"),
    ],
)
def test_impossible_values(field: str, value: float, reason: str) -> None:
    for place in range(3):  # the first, one in the middle, the last
        frames = valid()
        frames[field][place] = value
        with pytest.raises(wire.WireError, match=reason):
            wire.decode(wire.encode(0, frames, "f32"), "f32")


def test_time_may_stand_still_but_not_run_back() -> None:
    frames = valid()
    frames["time"] = [1.0, 1.0, 2.0]  # two people in one picture
    assert len(wire.decode(wire.encode(0, frames, "f32"), "f32").frames) == 3
    frames["time"] = [1.0, 2.0, 1.9]
    with pytest.raises(wire.WireError, match="never run backwards"):
        wire.decode(wire.encode(0, frames, "f32"), "f32")


def test_the_longest_message_fits() -> None:
    longest = wire.encode(0, valid(wire.MAX_FRAMES), "f32")
    assert len(longest) <= wire.MAX_MESSAGE_BYTES
