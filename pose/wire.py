"""Frames as bytes: what travels from the page to the server and lies in the store.

The layout is ``static/spec/wire.json``; ``static/js/pose/wire.js`` is the twin, and both reproduce
``tests/golden/wire.json``. A frame is one person at one time. Frames are NumPy structured arrays of dtype `FRAME`, in
the units and coordinate frames that the spec names, whatever the codec was.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

SPEC: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parent.parent / "static" / "spec" / "wire.json").read_text(encoding="utf-8")
)
VERSION: int = SPEC["version"]
SCHEMA: str = SPEC["schema"]
MAX_FRAMES: int = SPEC["max_frames"]
MAX_MESSAGE_BYTES: int = SPEC["max_message_bytes"]
WINDOW: int = SPEC["window"]
FRESH = 1  # flag: first frame of a track

Frames = npt.NDArray[np.void]


class WireError(ValueError):
    """A message that is refused; the text says what was expected and what came."""


@dataclass(frozen=True)
class Message:
    """A decoded message: its place in the session, its frames (dtype `FRAME`) and their bytes as they came."""

    seq: int
    crc32: int
    frames: Frames
    payload: bytes


def _dtype(fields: list[dict[str, Any]], shapes: dict[str, Any]) -> np.dtype[np.void]:
    rows = [
        (f["name"], np.dtype(f["dtype"]).newbyteorder("<"), tuple(shapes.get(f["name"], {}).get("shape", ())))
        for f in fields
    ]
    return np.dtype(rows)


HEADER = _dtype(SPEC["header"], {})
CODECS: dict[str, np.dtype[np.void]] = {name: _dtype(rows, SPEC["fields"]) for name, rows in SPEC["codecs"].items()}
FRAME = CODECS["f32"]


def _scale(row: dict[str, Any], frames: Frames) -> npt.NDArray[np.float64]:
    """Physical units per stored unit of one field, shaped to broadcast against it."""
    scale = np.full(len(frames), 1.0 / row["divisor"])
    if row.get("times") == "image_side":
        scale = scale * frames["image_size"].max(axis=1)
    return scale.reshape(-1, *[1] * (frames[row["name"]].ndim - 1))


def encode_frames(frames: Frames, codec: str) -> bytes:
    """Return the bytes of ``frames`` (n, dtype `FRAME`).

    Codec ``f32`` is exact. ``i16`` rounds to the nearest step (ties to even), which ``divisor`` in the spec gives:
    0.1 mm, the longer side of the image / 8192, a probability of 1/255; values beyond the integer's range are clipped.
    """
    stored = np.zeros(len(frames), CODECS[codec])
    for row in SPEC["codecs"][codec]:
        values = frames[row["name"]]
        if "divisor" in row:
            limits = np.iinfo(row["dtype"])
            values = np.clip(np.rint(values / _scale(row, frames)), limits.min, limits.max)
        stored[row["name"]] = values
    return stored.tobytes()


def decode_frames(payload: bytes, codec: str) -> Frames:
    """Return the frames (n, dtype `FRAME`) that `encode_frames` wrote; nothing but the length is checked.

    Raises WireError where the length is not a whole number of frames.
    """
    dtype = CODECS[codec]
    if len(payload) % dtype.itemsize:
        raise WireError(f"frames of codec {codec} have {dtype.itemsize} bytes each; {len(payload)} bytes came")
    stored = np.frombuffer(payload, dtype)
    if codec == "f32":
        return stored
    frames = np.zeros(len(stored), FRAME)
    for row in SPEC["codecs"][codec]:
        values = stored[row["name"]]
        frames[row["name"]] = values * _scale(row, stored) if "divisor" in row else values
    return frames


def encode(seq: int, frames: Frames, codec: str) -> bytes:
    """Return message ``seq`` of a session: the header and ``frames`` (1 to `MAX_FRAMES` of them)."""
    payload = encode_frames(frames, codec)
    header = np.array((VERSION, len(frames), seq, zlib.crc32(payload)), HEADER)
    return header.tobytes() + payload


def decode(message: bytes, codec: str) -> Message:
    """Check a message from outside and return its content.

    Raises WireError for a wrong length, version, number of frames or crc, and for values that no tracker makes: NaN or
    infinity, a time that runs backwards, a probability outside 0..1, person 0, an empty image or unknown flags.
    """
    if len(message) < HEADER.itemsize:
        raise WireError(f"a message begins with a header of {HEADER.itemsize} bytes; {len(message)} bytes came")
    version, n, seq, crc32 = (int(x) for x in np.frombuffer(message, HEADER, 1)[0])
    if version != VERSION:
        raise WireError(f"this is protocol version {VERSION}; the message says {version}")
    if not 1 <= n <= MAX_FRAMES:
        raise WireError(f"a message carries 1 to {MAX_FRAMES} frames; this one says {n}")
    payload = message[HEADER.itemsize :]
    expected = n * CODECS[codec].itemsize
    if len(payload) != expected:
        raise WireError(f"{n} frames of codec {codec} have {expected} bytes; {len(payload)} came")
    actual = zlib.crc32(payload)
    if actual != crc32:
        raise WireError(f"the header says crc32 {crc32:08x}; the frames have {actual:08x}")
    frames = decode_frames(payload, codec)
    _check(frames)
    return Message(seq, crc32, frames, payload)


def _check(frames: Frames) -> None:
    """Refuse values that no tracker makes."""
    for name in ("time", "score", "landmarks", "world_landmarks", "visibility", "presence"):
        if not np.isfinite(frames[name]).all():
            raise WireError(f"{name} must be finite; NaN or infinity came")
    for name in ("score", "visibility", "presence"):
        if frames[name].min() < 0 or frames[name].max() > 1:
            raise WireError(f"{name} must lie in 0..1; {frames[name].min():g}..{frames[name].max():g} came")
    time = frames["time"]
    if time[0] < 0 or (np.diff(time) < 0).any():
        raise WireError("time must be 0 or more and never run backwards within a message")
    if not frames["person"].all():
        raise WireError("person must be 1 or more; 0 came")
    if not frames["image_size"].all():
        raise WireError("image_size must be positive; 0 came")
    if (frames["flags"] > FRESH).any():
        raise WireError(f"flags must be 0 or {FRESH}; {int(frames['flags'].max())} came")
