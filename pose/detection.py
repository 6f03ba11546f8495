"""From the person detector's raw output to people; twin of ``static/js/pose/detection.js``.

Everything is in the frame of the detector's square input, 0..1, x right, y down. Formulas and numbers as in
MediaPipe's SsdAnchorsCalculator, TensorsToDetectionsCalculator and NonMaxSuppressionCalculator with the options
of its pose_detector_graph.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pose.projection import sigmoid
from pose.roi import box_overlap

Floats = npt.NDArray[np.floating[Any]]

INPUT_SIDE = 224
"""Side of the detector's input, px."""
_GRIDS = ((28, 2), (14, 2), (7, 6))
"""Cells along a side, and anchors in each of them. Layers of one stride (32) share their cells."""
_VALUES = 12
"""Values per anchor: centre x, y, width, height and four key points' x, y; px relative to the anchor."""
_LOGIT_LIMIT = 100.0
MIN_SCORE = 0.5
"""People of a lower score are left out (min_pose_detection_confidence)."""
MAX_OVERLAP = 0.5
"""Boxes that overlap more than this (intersection over union) are one person (min_suppression_threshold)."""


@dataclass(frozen=True)
class Detection:
    """One person in the detector's input.

    ``score`` is a probability; ``box`` holds xmin, ymin, xmax, ymax around the hips; ``keypoints`` x, y of hip
    centre, full-body scale point, shoulder centre and upper-body scale point. All 0..1.
    """

    score: float
    box: tuple[float, ...]
    keypoints: tuple[float, ...]


def anchor_centres() -> npt.NDArray[np.float64]:
    """Return the centres of the anchors, (2254, 2) as x, y in 0..1; all have the unit size."""
    layers = []
    for cells, anchors in _GRIDS:
        row, column, _ = np.indices((cells, cells, anchors)).reshape(3, -1)
        layers.append(np.stack([column, row], axis=1) / cells + 0.5 / cells)
    return np.concatenate(layers)


_CENTRES = anchor_centres()


def decode_detections(boxes: Floats, scores: Floats, min_score: float = MIN_SCORE) -> list[Detection]:
    """Return the detections of at least ``min_score``, in the anchors' order, before suppression.

    ``boxes`` is (2254, 12) raw, px of the input relative to the anchor; ``scores`` (2254,) logits; a leading or
    trailing axis of 1 is fine. Raises ``ValueError`` when the arrays do not fit the anchors.
    """
    count = len(_CENTRES)
    if boxes.size != count * _VALUES or scores.size != count:
        raise ValueError(f"expected {count} anchors, got {boxes.size / _VALUES} boxes and {scores.size} scores")
    raw = boxes.reshape(count, _VALUES).astype(np.float64) / INPUT_SIDE
    probability = sigmoid(np.clip(scores.reshape(count).astype(np.float64), -_LOGIT_LIMIT, _LOGIT_LIMIT))
    found = []
    for i in np.flatnonzero(probability >= min_score):
        points = raw[i].reshape(6, 2) + _CENTRES[i]
        half = raw[i, 2:4] / 2
        box = np.concatenate([points[0] - half, points[0] + half])
        found.append(Detection(float(probability[i]), tuple(box.tolist()), tuple(points[2:].ravel().tolist())))
    return found


def suppress(detections: Sequence[Detection], max_overlap: float = MAX_OVERLAP) -> list[Detection]:
    """Weighted non-maximum suppression, best first.

    The best box takes in all that overlap it (intersection over union) as their mean weighted by score, and keeps its
    own score; so do the rest in turn.
    """
    remaining = sorted(detections, key=lambda detection: -detection.score)
    kept = []
    while remaining:
        best = remaining[0]
        same = [best] + [d for d in remaining[1:] if box_overlap(d.box, best.box) > max_overlap]
        remaining = [d for d in remaining[1:] if box_overlap(d.box, best.box) <= max_overlap]
        weights = [d.score for d in same]
        box = np.average([d.box for d in same], axis=0, weights=weights)
        keypoints = np.average([d.keypoints for d in same], axis=0, weights=weights)
        kept.append(Detection(best.score, tuple(box.tolist()), tuple(keypoints.tolist())))
    return kept
