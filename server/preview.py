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
        ("person", "<u2"),
        ("visibility", "<f4"),  # mean over all landmarks
        ("y_px", "<f4", len(JOINTS)),
        ("confidence", "<f4", len(JOINTS)),
    ]
)
"""What a chart needs of a frame: a fifteenth of its bytes."""
Points = npt.NDArray[np.void]


def preview(engine: Engine, session: dict[str, Any], points: int) -> dict[str, Any]:
    """Return ``points`` equal spans of the session's time, each with its first frame per person.

    ``time`` are the spans' middles in s; ``series`` has for each person and landmark ``y_px`` (image frame, down) and
    ``confidence`` (visibility * presence), for the `MAX_PEOPLE` seen in the most spans; ``mean_visibility`` is over all
    landmarks, of whoever was seen first in the span. A span without a frame is null.
    """
    width = session["last_time"] / points
    frames = _sample(engine, session, points)
    spans = np.minimum((frames["time"] / width).astype(int), points - 1) if width else np.zeros(len(frames), int)
    visibility = _spread(frames["visibility"], spans, points)
    series = []
    for person in _most_seen(frames["person"], spans):
        mine = frames["person"] == person
        track = frames[mine]
        for joint, name in enumerate(JOINTS):
            series.append(
                {
                    "person": person,
                    "landmark": name,
                    "y_px": _spread(track["y_px"][:, joint], spans[mine], points),
                    "confidence": _spread(track["confidence"][:, joint], spans[mine], points),
                }
            )
    time = [round((place + 0.5) * width, DIGITS) for place in range(points)]
    return {"time": time, "series": series, "mean_visibility": visibility}


def _most_seen(persons: npt.NDArray[np.uint16], spans: npt.NDArray[Any]) -> list[int]:
    """Return those at most `MAX_PEOPLE` who are in the most spans, in order of their numbers."""
    seen = np.unique(np.stack([persons.astype(int), spans]), axis=1)[0]
    known, counts = np.unique(seen, return_counts=True)
    most = np.argsort(-counts, kind="stable")[:MAX_PEOPLE]
    found: list[int] = np.sort(known[most]).tolist()
    return found


def _spread(values: npt.NDArray[Any], spans: npt.NDArray[Any], points: int) -> list[float | None]:
    """Return the first value in each span, ``None`` where there is none."""
    result: list[float | None] = [None] * points
    present, first = np.unique(spans, return_index=True)
    for span, place in zip(present.tolist(), first.tolist(), strict=True):
        result[span] = round(float(values[place]), DIGITS)
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
    """Return a chunk's first frame per person and span of ``width`` s."""
    spans = (frames["time"] / width).astype(int) if width else np.zeros(len(frames), int)
    _, first = np.unique(np.stack([spans, frames["person"]]), axis=1, return_index=True)
    picked = frames[np.sort(first)]
    joints = [landmarks.index(name) for name in JOINTS]
    result = np.zeros(len(picked), POINT)
    result["time"], result["person"] = picked["time"], picked["person"]
    result["visibility"] = picked["visibility"].mean(axis=1)
    result["y_px"] = picked["landmarks"][:, joints, 1]
    result["confidence"] = picked["visibility"][:, joints] * picked["presence"][:, joints]
    return result
