"""A re-scored frame as a record: what `pose.rescoring` makes, the store keeps and the exports hand out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pose import landmarks, wire

TRUST: dict[str, Any] = {
    "shape": [landmarks.COUNT],
    "unit": "1",
    "frame": "how far to trust the joint, from 0 (missing) to 1; an order, not a probability",
}
FILLED: int = wire.SPEC["flags"]["filled"]
"""Flag of a frame that was not measured: it closes a short gap in a person's track."""

Rescored = npt.NDArray[np.void]
"""Frames of a schema and ``trust`` (33,); NaN in a landmark means that it is missing."""


def fields(schema: str) -> dict[str, dict[str, Any]]:
    """Return shape, unit and coordinate frame of each field: those of ``static/spec/wire.json`` and ``trust``."""
    return {**wire.SCHEMAS[schema].fields, "trust": TRUST}


def dtype(frame: np.dtype[np.void]) -> np.dtype[np.void]:
    """Return the dtype of re-scored frames: that of the frames and ``trust`` (33,)."""
    return np.dtype([*((name, frame[name]) for name in frame.names or ()), ("trust", "<f4", landmarks.COUNT)])


RESCORED = dtype(wire.FRAME)
"""Re-scored frames of a session without truth."""
