"""From the landmark network's raw output to a pose in the image; twin of ``static/js/pose/projection.js``.

Formulas as in MediaPipe's TensorsToLandmarksCalculator, RefineLandmarksFromHeatmapCalculator,
LandmarkProjectionCalculator and WorldLandmarkProjectionCalculator with the options of its
pose_landmarks_detector_graph.cc.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pose.landmarks import AUXILIARY, COUNT, RAW_COUNT, index
from pose.roi import Roi, crop_to_image, roi_from_alignment

Floats = npt.NDArray[np.floating[Any]]
Doubles = npt.NDArray[np.float64]

INPUT_SIDE = 256
"""Side of the landmark network's input, px."""
HEATMAP_SIDE = 64
"""Side of its heat map, cells."""
_KERNEL_RADIUS = 3
"""Cells around a landmark that refine it: a square of 7 by 7."""
_MIN_REFINING_LOGIT = 0.0
"""Logit of the confidence (0.5) that a cell in reach must have, or the landmark stays as it is."""
_VALUES = 5


@dataclass(frozen=True)
class RawPose:
    """What the network says of one crop.

    ``landmarks`` (39, 5): x, y, z in px of the crop, visibility logit, presence logit. ``heatmap`` (64, 64, 39) logits,
    or of size 0: then nothing is refined. ``world`` (39, 3): metres, origin at the hip centre, axes of the crop.
    """

    landmarks: Floats
    heatmap: Floats
    world: Floats


@dataclass(frozen=True)
class Pose:
    """One pose in the image, before smoothing.

    ``landmarks`` (33, 3): x, y in px of the image, z in the same unit, smaller is nearer. ``world_landmarks`` (33, 3):
    metres, axes of the image. ``visibility`` and ``presence`` (33,): probabilities. ``next_roi``: where to look for
    this person in the next frame.
    """

    landmarks: Doubles
    world_landmarks: Doubles
    visibility: Doubles
    presence: Doubles
    next_roi: Roi


def sigmoid(logit: Doubles) -> Doubles:
    """Return the probability of each logit; a logit far below 0 gives 0."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-logit)))


def refine_points(landmarks: Floats, heatmap: Floats) -> Doubles:
    """Move landmarks to the confidence-weighted mean of the heat map around them.

    ``landmarks`` (39, 5) with x, y in px of the crop, ``heatmap`` (64, 64, 39) logits or of size 0. Returns (39, 2)
    in the crop frame, 0..1. Cells outside the map count as empty. As in MediaPipe, a point left of, right of or above
    the map stays as it is, while one just below still sees the last rows.
    """
    points = landmarks.reshape(RAW_COUNT, _VALUES)[:, :2].astype(np.float64) / INPUT_SIDE
    if heatmap.size:
        channels = heatmap.reshape(HEATMAP_SIDE, HEATMAP_SIDE, RAW_COUNT)
        for i in range(RAW_COUNT):
            points[i] = _kernel_mean(channels[:, :, i].astype(np.float64), points[i])
    return points


def _kernel_mean(logits: Doubles, point: Doubles) -> Doubles:
    """Return the refined point, or the point itself when no cell in reach is sure enough."""
    if not np.all(np.isfinite(point)):
        return point
    column, row = (int(c) for c in np.trunc(point * HEATMAP_SIDE))
    if not (0 <= column < HEATMAP_SIDE and row >= 0):
        return point
    first_row, first_column = max(0, row - _KERNEL_RADIUS), max(0, column - _KERNEL_RADIUS)
    reach = logits[first_row : row + _KERNEL_RADIUS + 1, first_column : column + _KERNEL_RADIUS + 1]
    if reach.size == 0 or reach.max() < _MIN_REFINING_LOGIT:
        return point
    confidence = sigmoid(reach)
    rows, columns = np.indices(reach.shape)
    mean_column = (confidence * (columns + first_column)).sum() / confidence.sum()
    mean_row = (confidence * (rows + first_row)).sum() / confidence.sum()
    return np.array([mean_column, mean_row]) / HEATMAP_SIDE


def project_pose(raw: RawPose, roi: Roi) -> Pose:
    """Turn the network's output on the crop of ``roi`` into a pose in the image.

    Raises ``ValueError`` when an array has another size than stated.
    """
    _check_sizes(raw)
    points = [crop_to_image(roi, u, v) for u, v in refine_points(raw.landmarks, raw.heatmap).tolist()]
    values = raw.landmarks.reshape(RAW_COUNT, _VALUES)[:COUNT].astype(np.float64)
    # z has the scale of x: the region's width.
    z = values[:, 2] / INPUT_SIDE * roi.width
    centre, scale = (points[index(name)] for name in AUXILIARY[:2])
    return Pose(
        landmarks=np.column_stack([np.array(points[:COUNT]), z]),
        world_landmarks=_rotate_world(raw.world, roi.rotation),
        visibility=sigmoid(values[:, 3]),
        presence=sigmoid(values[:, 4]),
        next_roi=roi_from_alignment(*centre, *scale),
    )


def _rotate_world(world: Floats, rotation: float) -> Doubles:
    """Turn world landmarks (39, 3) from the crop's axes to the image's (33, 3); m."""
    cos, sin = np.cos(rotation), np.sin(rotation)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    return np.asarray(world.reshape(RAW_COUNT, 3)[:COUNT].astype(np.float64) @ turn.T)


def _check_sizes(raw: RawPose) -> None:
    expected = {"landmarks": _VALUES * RAW_COUNT, "heatmap": HEATMAP_SIDE**2 * RAW_COUNT, "world": 3 * RAW_COUNT}
    for name, size in expected.items():
        got = getattr(raw, name).size
        if got != size and not (name == "heatmap" and got == 0):
            raise ValueError(f"{name}: expected {size} values, got {got}")
