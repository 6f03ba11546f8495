"""How far a session's tracked joints are from what is true of its characters. Figures of synthetic renders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from pose import metrics, wire
from server import store

SHARE = 0.2
"""A joint within this share of the true torso's length is right: PCK@0.2."""
ROWS = 1000  # frames at a time: 10 MB of intermediate numbers
Doubles = npt.NDArray[np.float64]


class NoTruthError(LookupError):
    """A session without truth has nothing to be compared with."""


class _Mean:
    """Of numbers that come in parts; NaN is left out."""

    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0

    def add(self, values: Doubles) -> None:
        known = values[np.isfinite(values)]
        self._sum += float(known.sum())
        self._count += known.size

    @property
    def value(self) -> float | None:
        return self._sum / self._count if self._count else None


def compare(engine: Engine, session: dict[str, Any]) -> dict[str, Any]:
    """Return how well a session's characters were tracked; raises NoTruthError, and StoreError as `store` does.

    ``shown`` counts their appearances in frames, ``found`` those that were tracked. ``pck_20`` is the share of their
    joints within 0.2 torso lengths, 0 to 1, where those of missed characters are wrong; ``px`` the mean distance in the
    image and ``mm`` in space with hip centres laid on each other, of characters that were found. Joints that lie
    outside of the picture, or that a character does not have, are left out. What nothing is known of is null.
    """
    if not wire.SCHEMAS[session["schema"]].truth:
        raise NoTruthError(f"session {session['id']} was recorded without truth")
    return figures(store.regroup(store.read_frames(engine, session), ROWS))


def figures(batches: Iterable[wire.Frames]) -> dict[str, Any]:
    """Return what `compare` does, of frames of dtype `pose.wire.TRUTH_FRAME`."""
    shown = found = 0
    pck, px, mm = _Mean(), _Mean(), _Mean()
    for batch in batches:
        frames = batch[batch["truth_person"] > 0]
        shown += len(frames)
        found += int((frames["flags"] != wire.MISSED).sum())
        tracked, truth = frames["landmarks"], frames["truth_landmarks"]
        outside = ((truth[..., :2] < 0) | (truth[..., :2] >= frames["image_size"][:, np.newaxis])).any(axis=2)
        for mean, values in (
            (pck, metrics.pck_points(tracked, truth, SHARE)),
            (px, metrics.pixel_errors(tracked, truth)),
            (mm, metrics.world_errors(frames["world_landmarks"], frames["truth_world_landmarks"])),
        ):
            mean.add(np.where(outside, np.nan, values))
    return {"shown": shown, "found": found, "pck_20": pck.value, "px": px.value, "mm": mm.value}
