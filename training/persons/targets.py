"""What the detector's anchors should say of people, and what another detector says, in one form.

Of the released detector's 2254 anchors, 980 are in use: the second of each cell at stride 8 and the first at stride 16;
the others never get beyond a logit of -10. Around a neck the logit is a cone with a flat top: 4 at the middle, 0 at a
distance of 10 px at stride 8 and of 13 px at stride 16, and 0.7 less for each px further, measured on the pictures of
`habits`. Targets have this shape, so that teaching does not fight over what is right already.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from pose.detection import INPUT_SIDE, anchor_centres
from pose.projection import sigmoid

from .habits import BOX_PX, POINTS

Values = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

CENTRES_PX: Doubles = anchor_centres() * INPUT_SIDE
"""Of all anchors."""
COUNT = len(CENTRES_PX)
PEAK_LOGIT = 4.0
FALL_PER_PX = 0.7
_FINE, _COARSE = 28 * 28 * 2, 14 * 14 * 2
_FINE_PX, _COARSE_PX = 10.0, 12.9


def _radii() -> Doubles:
    """Return, for each anchor, the distance at which it is undecided; 0 for those that are not in use."""
    radii = np.zeros(COUNT)
    radii[1:_FINE:2] = _FINE_PX
    radii[_FINE : _FINE + _COARSE : 2] = _COARSE_PX
    return radii


RADII_PX = _radii()
LIVE: npt.NDArray[np.int64] = np.flatnonzero(RADII_PX)
"""The anchors in use."""
BOX_PER_GAP = 1.5
"""The side of somebody's box per distance to the next neck, where that makes it smaller than `BOX_PX`. Boxes that
overlap by half are suppressed as one person, and boxes of 45 px do so up to 15 px: so the released detector takes
whoever pushes a wheelchair and whoever sits in it for one. With this neither ours (0.5) nor stricter suppression (0.3)
does."""
LEAST_GAP_PX = 8.0
"""Of two necks that are nearer than this, about one cell, only one can be told: that of whom more is seen."""
SURE = 0.1
"""Of a lower probability anchors say nothing worth learning about places; and those of people who may be found or not
are left out from here on."""

TARGETS: dict[str, tuple[int, ...]] = {
    "scores": (len(LIVE),),
    "scores_weight": (len(LIVE),),
    "boxes": (len(LIVE), 2 + 2 + 2 * (len(POINTS) - 1)),
    "boxes_weight": (len(LIVE),),
}
"""Targets of the anchors in use and their shapes, without the batch's axis. ``scores``: probabilities; ``boxes``: px of
the input from the anchor's centre, as the network has them; weights 0 where nothing is known."""


def of_people(points: Doubles, taught: npt.NDArray[np.bool_]) -> dict[str, Values]:
    """Return the targets of people whose `POINTS` (n, 5, 2) are given in px of the input, those most seen first.

    Those who are not ``taught`` (n,) may be found or not. An anchor belongs to the nearest neck.
    """
    told = _told_apart(points)
    points, taught = points[told], taught[told]
    centres, count = CENTRES_PX[LIVE], len(LIVE)
    boxes = np.zeros((count, *TARGETS["boxes"][1:]))
    if not len(points):
        return _targets(np.zeros(count), np.ones(count), boxes, np.zeros(count))
    apart = np.linalg.norm(centres[:, None] - points[None, :, 0], axis=2)
    nearest = apart.argmin(1)
    logit = np.minimum(PEAK_LOGIT, FALL_PER_PX * (RADII_PX[LIVE] - apart.min(1)))
    scores = np.asarray(sigmoid(logit))
    mine, sought = points[nearest] - centres[:, None], taught[nearest]
    boxes[:, :2], boxes[:, 4:] = mine[:, 0], mine[:, 1:].reshape(count, -1)
    boxes[:, 2:4] = _sides(points[:, 0])[nearest, None]
    near = scores >= SURE
    return _targets(np.where(sought, scores, 0), sought | ~near, boxes, np.where(near & sought, scores, 0))


def _told_apart(points: Doubles) -> list[int]:
    """Return the places of people of whom no earlier one has the same neck."""
    told: list[int] = []
    for place, (neck, *_) in enumerate(points):
        if all(np.linalg.norm(points[other, 0] - neck) >= LEAST_GAP_PX for other in told):
            told.append(place)
    return told


def _sides(necks: Doubles) -> Doubles:
    """Return the side of each box (n,), px."""
    gaps = np.linalg.norm(necks[:, None] - necks[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    return np.asarray(np.minimum(BOX_PX, BOX_PER_GAP * gaps.min(1)))


def of_teacher(outputs: Mapping[str, Values]) -> dict[str, Values]:
    """Return another detector's outputs, ``boxes`` (2254, 12) and ``scores`` (2254, 1) logits, as targets."""
    scores = np.asarray(sigmoid(outputs["scores"].reshape(COUNT)[LIVE].astype(np.float64)))
    boxes = outputs["boxes"].reshape(COUNT, -1)[LIVE]
    return _targets(scores, np.ones(len(LIVE)), boxes, np.where(scores >= SURE, scores, 0))


def _targets(
    scores: Doubles, scores_weight: npt.NDArray[np.generic], boxes: npt.NDArray[np.generic], boxes_weight: Doubles
) -> dict[str, Values]:
    found = {"scores": scores, "scores_weight": scores_weight, "boxes": boxes, "boxes_weight": boxes_weight}
    return {name: np.asarray(values, np.float32) for name, values in found.items()}
