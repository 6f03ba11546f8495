"""Frames as bytes: what travels from the page to the server and lies in the store.

The layout is ``static/spec/wire.json``; ``static/js/pose/wire.js`` is the twin, and both reproduce
``tests/golden/wire.json``. A frame is one person at one time. Frames are NumPy structured arrays of a schema's
`Schema.frame`, in the units and coordinate frames that the spec names, whatever the codec was.

A landmark that the person does not have is absent: NaN in all six numbers of its two positions, 0 in its
probabilities. A session with truth has what is true of a character beside what was tracked of it.
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
SCHEMA = "blazepose33.v1"
TRUTH_SCHEMA = "blazepose33.v1+truth"
"""Tracked and true landmarks side by side."""
MAX_MESSAGE_BYTES: int = SPEC["max_message_bytes"]
WINDOW: int = SPEC["window"]
FRESH: int = SPEC["flags"]["fresh"]
"""Flag: first frame of a track."""
MISSED: int = SPEC["flags"]["missed"]
"""Flag: a character that was not tracked; all there is of it is its truth."""
ABSENT: int = SPEC["integers"]["int16"]["absent"]
LANDMARKS: int = SPEC["fields"]["visibility"]["shape"][0]

Frames = npt.NDArray[np.void]


class WireError(ValueError):
    """A message that is refused; the text says what was expected and what came."""


@dataclass(frozen=True)
class Message:
    """A decoded message: its place in the session, its frames (dtype of its schema) and their bytes as they came."""

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


@dataclass(frozen=True)
class Schema:
    """What a frame of a session consists of."""

    name: str
    max_frames: int
    """Frames that fit into one message."""
    fields: dict[str, dict[str, Any]]
    """Shape, unit and coordinate frame of each field, in order."""
    rows: dict[str, list[dict[str, Any]]]
    """Codec -> how each field is stored."""
    codecs: dict[str, np.dtype[np.void]]
    """Codec -> layout of a frame's bytes."""
    groups: list[dict[str, list[str]]]
    """``positions`` and ``chances``: fields that belong to the same landmarks."""

    @property
    def frame(self) -> np.dtype[np.void]:
        """Return the dtype of decoded frames."""
        return self.codecs["f32"]

    @property
    def truth(self) -> bool:
        """Return whether the session holds true landmarks beside the tracked ones."""
        return self.name == TRUTH_SCHEMA


def _schema(name: str, facts: dict[str, Any]) -> Schema:
    picked: list[str] = facts["fields"]
    rows = {codec: [row for row in rows if row["name"] in picked] for codec, rows in SPEC["codecs"].items()}
    return Schema(
        name,
        facts["max_frames"],
        {field: SPEC["fields"][field] for field in picked},
        rows,
        {codec: _dtype(some, SPEC["fields"]) for codec, some in rows.items()},
        [group for group in SPEC["landmark_groups"] if group["positions"][0] in picked],
    )


HEADER = _dtype(SPEC["header"], {})
SCHEMAS: dict[str, Schema] = {name: _schema(name, facts) for name, facts in SPEC["schemas"].items()}
CODECS: tuple[str, ...] = tuple(SPEC["codecs"])
FRAME = SCHEMAS[SCHEMA].frame
TRUTH_FRAME = SCHEMAS[TRUTH_SCHEMA].frame


def schema_of(frames: Frames) -> Schema:
    """Return the schema whose frames these are; raises WireError where there is none."""
    for schema in SCHEMAS.values():
        if frames.dtype == schema.frame:
            return schema
    raise WireError(f"frames have the dtype of one of {', '.join(SCHEMAS)}; {frames.dtype} came")


def _scale(row: dict[str, Any], frames: Frames) -> npt.NDArray[np.float64]:
    """Physical units per stored unit of one field, shaped to broadcast against it."""
    scale = np.full(len(frames), 1.0 / row["divisor"])
    if row.get("times") == "image_side":
        scale = scale * frames["image_size"].max(axis=1)
    return scale.reshape(-1, *[1] * (frames[row["name"]].ndim - 1))


def absent(frames: Frames, group: dict[str, list[str]]) -> npt.NDArray[np.bool_]:
    """Return which landmarks of a group (n, 33) are NaN in all six numbers."""
    nowhere: npt.NDArray[np.bool_] = np.ones((len(frames), LANDMARKS), bool)
    for name in group["positions"]:
        nowhere &= np.isnan(frames[name]).all(axis=2)
    return nowhere


def encode_frames(frames: Frames, codec: str) -> bytes:
    """Return the bytes of ``frames`` (n, dtype `FRAME` or `TRUTH_FRAME`).

    Codec ``f32`` is exact. ``i16`` rounds to the nearest step (ties to even), which ``divisor`` in the spec gives:
    0.1 mm, the longer side of the image / 8192, a probability of 1/255; values beyond the integer's range are clipped.
    Raises WireError where i16 cannot say what a frame has: a landmark that is NaN in part.
    """
    schema = schema_of(frames)
    if codec == "f32":
        return frames.tobytes()
    for group in schema.groups:  # integers have no NaN: only what is absent altogether can be told from a number again
        _check_landmarks(frames, group)
    stored = np.zeros(len(frames), schema.codecs[codec])
    for row in schema.rows[codec]:
        values = frames[row["name"]]
        if "divisor" in row:
            limits = SPEC["integers"][row["dtype"]]
            numbers = np.clip(np.rint(values / _scale(row, frames)), limits["low"], limits["high"])
            values = np.where(np.isnan(numbers), limits["absent"], numbers) if "absent" in limits else numbers
        stored[row["name"]] = values
    return stored.tobytes()


def decode_frames(payload: bytes, codec: str, schema: str = SCHEMA) -> Frames:
    """Return the frames (n, dtype of the schema) that `encode_frames` wrote; nothing but the length is checked.

    Raises WireError where the length is not a whole number of frames.
    """
    known = SCHEMAS[schema]
    dtype = known.codecs[codec]
    if len(payload) % dtype.itemsize:
        raise WireError(f"frames of codec {codec} have {dtype.itemsize} bytes each; {len(payload)} bytes came")
    stored = np.frombuffer(payload, dtype)
    if codec == "f32":
        return stored
    frames = np.zeros(len(stored), known.frame)
    for row in known.rows[codec]:
        values = stored[row["name"]]
        frames[row["name"]] = values * _scale(row, stored) if "divisor" in row else values
    for group in known.groups:
        # In all six numbers, with probabilities of 0: the lowest integer elsewhere is a number, which earlier versions
        # clipped to it.
        marks = [(stored[name] == ABSENT).all(axis=2) for name in group["positions"]]
        marks += [stored[name] == 0 for name in group["chances"]]
        gone = np.logical_and.reduce(marks)
        for name in group["positions"]:
            frames[name][gone] = np.nan
    return frames


def encode(seq: int, frames: Frames, codec: str) -> bytes:
    """Return message ``seq`` of a session: the header and ``frames`` (1 to `Schema.max_frames` of them)."""
    payload = encode_frames(frames, codec)
    header = np.array((VERSION, len(frames), seq, zlib.crc32(payload)), HEADER)
    return header.tobytes() + payload


def decode(message: bytes, codec: str, schema: str = SCHEMA) -> Message:
    """Check a message from outside and return its content.

    Raises WireError for a wrong length, version, number of frames or crc, and for values that no tracker makes: NaN or
    infinity in a landmark that is not absent, a time that runs backwards, a probability outside 0..1, person 0, an
    empty image, unknown flags; and, with truth, that of nobody.
    """
    known = SCHEMAS[schema]
    if len(message) < HEADER.itemsize:
        raise WireError(f"a message begins with a header of {HEADER.itemsize} bytes; {len(message)} bytes came")
    version, n, seq, crc32 = (int(x) for x in np.frombuffer(message, HEADER, 1)[0])
    if version != VERSION:
        raise WireError(f"this is protocol version {VERSION}; the message says {version}")
    if not 1 <= n <= known.max_frames:
        raise WireError(f"a message of {schema} carries 1 to {known.max_frames} frames; this one says {n}")
    payload = message[HEADER.itemsize :]
    expected = n * known.codecs[codec].itemsize
    if len(payload) != expected:
        raise WireError(f"{n} frames of codec {codec} have {expected} bytes; {len(payload)} came")
    actual = zlib.crc32(payload)
    if actual != crc32:
        raise WireError(f"the header says crc32 {crc32:08x}; the frames have {actual:08x}")
    frames = decode_frames(payload, codec, schema)
    _check(frames, known)
    return Message(seq, crc32, frames, payload)


def _check(frames: Frames, schema: Schema) -> None:
    """Refuse values that no tracker makes."""
    for group in schema.groups:
        _check_landmarks(frames, group)
    for name in ("time", "score"):
        if not np.isfinite(frames[name]).all():
            raise WireError(f"{name} must be finite; NaN or infinity came")
    _check_chance("score", frames["score"])
    time = frames["time"]
    if time[0] < 0 or (np.diff(time) < 0).any():
        raise WireError("time must be 0 or more and never run backwards within a message")
    if not frames["image_size"].all():
        raise WireError("image_size must be positive; 0 came")
    known = (0, FRESH, MISSED) if schema.truth else (0, FRESH)
    unknown = set(frames["flags"].tolist()).difference(known)
    if unknown:
        raise WireError(f"flags must be one of {', '.join(map(str, known))}; {min(unknown)} came")
    if not frames["person"][frames["flags"] != MISSED].all():
        raise WireError("person must be 1 or more; 0 came")
    if schema.truth:
        _check_truth(frames, schema)


def _check_landmarks(frames: Frames, group: dict[str, list[str]]) -> None:
    """Each landmark must be finite with probabilities in 0..1, or absent."""
    for name in group["chances"]:
        _check_chance(name, frames[name])
    if all(np.isfinite(frames[name]).all() for name in group["positions"]):
        return
    gone = absent(frames, group)
    for name in group["chances"]:
        if frames[name][gone].any():
            raise WireError(f"{name} must be 0 where a landmark is absent; {frames[name][gone].max():g} came")
    for name in group["positions"]:
        if not (np.isfinite(frames[name]).all(axis=2) | gone).all():
            rule = f"{name} must be finite, or NaN in all six numbers of an absent landmark"
            raise WireError(f"{rule}; NaN or infinity came")


def _check_chance(name: str, values: npt.NDArray[np.floating[Any]]) -> None:
    if not ((values >= 0) & (values <= 1)).all():
        raise WireError(f"{name} must lie in 0..1; {values.min():g}..{values.max():g} came")


def _check_truth(frames: Frames, schema: Schema) -> None:
    """Truth must be of a character, and what was not tracked must have nothing else."""
    tracked, true = (absent(frames, group).all(axis=1) for group in schema.groups)
    missed = frames["flags"] == MISSED
    for name in ("person", "score"):
        if frames[name][missed].any():
            raise WireError(f"{name} must be 0 in a frame of flag {MISSED}; {frames[name][missed].max():g} came")
    if not tracked[missed].all():
        raise WireError(f"all tracked landmarks must be absent in a frame of flag {MISSED}; some came")
    nobody = frames["truth_person"] == 0
    if (nobody & missed).any():
        raise WireError(f"truth_person must be 1 or more in a frame of flag {MISSED}; 0 came")
    if not true[nobody].all():
        raise WireError("all landmarks of the truth must be absent where truth_person is 0; some came")
