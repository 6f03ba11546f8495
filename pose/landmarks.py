"""The 33 body landmarks of BlazePose by name; twin of ``static/js/pose/landmarks.js``.

Facts come from ``static/spec/landmarks.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_SPEC: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "static" / "spec" / "landmarks.json").read_text("utf-8")
)

SCHEMA: str = _SPEC["schema"]
"""Name of the landmark set, as recordings state it."""
NAMES: tuple[str, ...] = tuple(_SPEC["names"])
"""The landmarks' names in the order of every array of 33."""
AUXILIARY: tuple[str, ...] = tuple(_SPEC["auxiliary"])
"""Names of the further points that the network puts out after the 33."""
COUNT = len(NAMES)
"""33."""
RAW_COUNT = COUNT + len(AUXILIARY)
"""39: body landmarks and auxiliary points."""

_INDEX = {name: place for place, name in enumerate(NAMES + AUXILIARY)}


def index(name: str) -> int:
    """Return the place of a landmark or an auxiliary point in the network's order, from 0.

    Raises ``KeyError`` when there is no such point.
    """
    if name not in _INDEX:
        raise KeyError(f'no landmark is called "{name}"')
    return _INDEX[name]


def _pairs(names: list[list[str]]) -> tuple[tuple[int, int], ...]:
    return tuple((index(a), index(b)) for a, b in names)


EDGES = _pairs(_SPEC["edges"])
"""Lines to draw, as pairs of places."""
PAIRS = _pairs(_SPEC["pairs"])
"""Left landmark and its right counterpart, as pairs of places."""
BONES = _pairs(_SPEC["bones"])
"""Segments whose length does not change, as pairs of places."""
CERTAIN_VISIBILITY: float = _SPEC["certain_visibility"]
"""A landmark of at least this visibility is drawn as certain."""
LIMB_LANDMARKS: dict[str, tuple[str, ...]] = {limb: tuple(names) for limb, names in _SPEC["limbs"].items()}
"""Limb -> names of the landmarks that go when it is missing."""
COCO17: dict[str, str] = _SPEC["coco17"]
"""COCO keypoint -> landmark, in COCO's order."""
