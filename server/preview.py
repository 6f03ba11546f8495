"""A session in a few hundred points, for a chart; reads only the chunks that it shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine, select

from pose import landmarks, wire
from server.schema import chunks
from server.store import PAGE, unpack

JOINTS = ("nose", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_ankle", "right_ankle")
DIGITS = 4
MAX_PEOPLE = 8  # as many as a chart can show; a client may name 65535
POINT = np.dtype(
    [
        ("time", "<f8"),
        ("person", "<u2"),  # 0: a character that was missed
        ("character", "<u2"),  # 0: none
        ("visibility", "<f4"),  # mean over all landmarks that the person has
        ("y_px", "<f4", len(JOINTS)),
        ("confidence", "<f4", len(JOINTS)),
        ("truth_y_px", "<f4", len(JOINTS)),
    ]
)
"""What a chart needs of a frame: a fifteenth of its bytes."""
Points = npt.NDArray[np.void]


def preview(engine: Engine, session: dict[str, Any], points: int) -> dict[str, Any]:
    """Return ``points`` equal spans of the session's time, each with its first frame per person.

    ``time`` are the spans' middles in s; ``series`` has for each person and landmark ``y_px`` (image frame, down) and
    ``confidence`` (visibility * presence), for the `MAX_PEOPLE` seen in the most spans; ``mean_visibility`` is over all
    landmarks that are not absent, of whoever was seen first in the span. What a span does not have is null. In a
    session with truth a series has ``truth_y_px`` too: where the joint of the person's character was, tracked or not.
    """
    width = session["last_time"] / points
    frames = _sample(engine, session, points)
    spans = np.minimum((frames["time"] / width).astype(int), points - 1) if width else np.zeros(len(frames), int)
    tracked = frames["person"] > 0
    visibility = _spread(frames["visibility"][tracked], spans[tracked], points)
    series = []
    for person in _most_seen(frames["person"][tracked], spans[tracked]):
        mine = frames["person"] == person
        truth = _is_character(frames, mine)
        for joint, name in enumerate(JOINTS):
            values = {
                line: _spread(frames[line][mine][:, joint], spans[mine], points) for line in ("y_px", "confidence")
            }
            if wire.SCHEMAS[session["schema"]].truth:
                # Of the very frame whose tracked value is shown, if there is one: the two are compared by eye.
                beside, alone = (
                    _spread(frames["truth_y_px"][some][:, joint], spans[some], points) for some in (mine, truth)
                )
                values["truth_y_px"] = [b if b is not None else a for b, a in zip(beside, alone, strict=True)]
            series.append({"person": person, "landmark": name, **values})
    time = [round((place + 0.5) * width, DIGITS) for place in range(points)]
    return {"time": time, "series": series, "mean_visibility": visibility}


def _is_character(frames: Points, mine: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which frames show the character that a person's frames are mostly of; none if they are of no character."""
    known, counts = np.unique(frames["character"][mine], return_counts=True)
    counts[known == 0] = 0
    return np.asarray((frames["character"] == known[counts.argmax()]) & (frames["character"] > 0))


def _most_seen(persons: npt.NDArray[np.uint16], spans: npt.NDArray[Any]) -> list[int]:
    """Return those at most `MAX_PEOPLE` who are in the most spans, in order of their numbers."""
    seen = np.unique(np.stack([persons.astype(int), spans]), axis=1)[0]
    known, counts = np.unique(seen, return_counts=True)
    most = np.argsort(-counts, kind="stable")[:MAX_PEOPLE]
    found: list[int] = np.sort(known[most]).tolist()
    return found


def _spread(values: npt.NDArray[Any], spans: npt.NDArray[Any], points: int) -> list[float | None]:
    """Return the first value in each span, ``None`` where there is none or it is absent."""
    result: list[float | None] = [None] * points
    present, first = np.unique(spans, return_index=True)
    for span, place in zip(present.tolist(), first.tolist(), strict=True):
        result[span] = round(float(values[place]), DIGITS) if np.isfinite(values[place]) else None
    return result


def _sample(engine: Engine, session: dict[str, Any], points: int) -> Points:
    """Return each person's first frame in each span, from the chunks in which the spans begin and those after them."""
    listing = select(chunks.c.seq, chunks.c.first_time).where(chunks.c.session == session["id"]).order_by(chunks.c.seq)
    with engine.connect() as connection:
        begins = np.array([row.first_time for row in connection.execute(listing)])
    starts = np.arange(points) * session["last_time"] / points
    places = np.searchsorted(begins, starts, side="right") - 1
    wanted = np.unique(np.concatenate([places, places + 1]))
    wanted = wanted[(wanted >= 0) & (wanted < len(begins))].tolist()  # the n-th chunk has seq n
    kept = [np.zeros(0, POINT)]
    for start in range(0, len(wanted), PAGE):
        some = chunks.c.seq.in_(wanted[start : start + PAGE])
        query = select(chunks.c.seq, chunks.c.payload, chunks.c.crc32).where(chunks.c.session == session["id"], some)
        with engine.connect() as connection:
            rows = connection.execute(query.order_by(chunks.c.seq)).all()
        for row in rows:
            data = unpack(session["id"], row.seq, row.payload, row.crc32)
            kept.append(
                _firsts(wire.decode_frames(data, session["codec"], session["schema"]), session["last_time"] / points)
            )
    return np.concatenate(kept)


def _firsts(frames: wire.Frames, width: float) -> Points:
    """Return a chunk's first frame per person, or missed character, and span of ``width`` s."""
    spans = (frames["time"] / width).astype(int) if width else np.zeros(len(frames), int)
    true = "truth_person" in (frames.dtype.names or ())
    character = frames["truth_person"] if true else np.zeros(len(frames), np.uint16)
    missed = np.where(frames["person"] == 0, character, 0)
    _, first = np.unique(np.stack([spans, frames["person"], missed]), axis=1, return_index=True)
    place = np.sort(first)
    picked = frames[place]
    joints = [landmarks.index(name) for name in JOINTS]
    absent = wire.absent(picked, wire.SCHEMAS[wire.SCHEMA].groups[0])
    result = np.zeros(len(picked), POINT)
    result["time"], result["person"], result["character"] = picked["time"], picked["person"], character[place]
    there = (~absent).sum(axis=1)
    result["visibility"] = picked["visibility"].sum(axis=1) / np.where(there > 0, there, np.nan)
    result["y_px"] = picked["landmarks"][:, joints, 1]
    confidence = picked["visibility"][:, joints] * picked["presence"][:, joints]
    result["confidence"] = np.where(absent[:, joints], np.nan, confidence)
    result["truth_y_px"] = picked["truth_landmarks"][:, joints, 1] if true else np.nan
    return result
