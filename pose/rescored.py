"""A re-scored frame as a record: what `pose.rescoring` makes, the store keeps and the exports hand out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pose import landmarks, wire

FIELDS: dict[str, dict[str, Any]] = {
    **wire.SPEC["fields"],
    "trust": {
        "shape": [landmarks.COUNT],
        "unit": "1",
        "frame": "how far to trust the joint, from 0 (missing) to 1; an order, not a probability",
    },
}
"""Shape, unit and coordinate frame of each field; those of ``static/spec/wire.json`` and ``trust``."""
RESCORED = np.dtype([*((name, wire.FRAME[name]) for name in wire.FRAME.names or ()), ("trust", "<f4", landmarks.COUNT)])
"""A frame of `pose.wire.FRAME` and ``trust`` (33,); NaN in a landmark means that it is missing."""
FILLED = 2
"""Flag of a frame that was not measured: it closes a short gap in a person's track."""

Rescored = npt.NDArray[np.void]
