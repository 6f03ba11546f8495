"""How far a tracked pose is from the truth; twin of ``static/js/pose/metrics.js``. Definitions: docs/metrics.md.

Arrays have any leading shape (people, frames, none): ``predicted`` and ``truth`` are (..., 33, 3), image frame (px; x
and y count) or world frame (m). **Absent** is NaN, and the truth says what counts: a landmark that is absent there (a
limb that the person does not have, a point without a label) is left out of everything. One that is absent in the
prediction alone is wrong and has no distance; a person who was missed is a prediction of NaN. What nothing is known for
is NaN in arrays and None as a single number, never 0.

Points (..., 33) hold 1 for right, 0 for wrong, NaN for left out, so that `mean` over any part of them (a group, a
landmark, a frame) is a share. All functions raise ``ValueError`` for arrays of another shape than stated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pose.landmarks import CERTAIN_VISIBILITY, COCO17, COUNT, index

Doubles = npt.NDArray[np.float64]
Values = npt.NDArray[np.floating[Any]]

MM_PER_M = 1000.0
TORSO_FLOOR = 0.2
"""Least torso length, in longer sides of the box around a person's true landmarks; see `torso_length`."""
MATCH_LIMIT = 1.0
"""A prediction further from a person than this, torso lengths, is of somebody or something else."""
COCO_SIGMAS: dict[str, float] = {
    **dict.fromkeys(("nose",), 0.026),
    **dict.fromkeys(("left_eye", "right_eye"), 0.025),
    **dict.fromkeys(("left_ear", "right_ear"), 0.035),
    **dict.fromkeys(("left_shoulder", "right_shoulder"), 0.079),
    **dict.fromkeys(("left_elbow", "right_elbow"), 0.072),
    **dict.fromkeys(("left_wrist", "right_wrist"), 0.062),
    **dict.fromkeys(("left_hip", "right_hip"), 0.107),
    **dict.fromkeys(("left_knee", "right_knee"), 0.087),
    **dict.fromkeys(("left_ankle", "right_ankle"), 0.089),
}
"""Spread of human annotators per keypoint, in roots of the person's area (COCO keypoint evaluation)."""
_LEAST_FOR_ALIGNMENT = 3
"""Landmarks that a similarity cannot always make fit: two can be laid on any two."""
_COCO = [index(COCO17[name]) for name in COCO_SIGMAS]
_SIGMAS = np.array(list(COCO_SIGMAS.values()))
_HIPS = [index("left_hip"), index("right_hip")]
_SHOULDERS = [index("left_shoulder"), index("right_shoulder")]


def mean(values: Values) -> float | None:
    """Return the mean of what is there, or None."""
    there = values[np.isfinite(values)]
    return float(there.mean()) if there.size else None


def pixel_errors(predicted: Values, truth: Values) -> Doubles:
    """Return the distances (..., 33) in the image, px; NaN where either is absent."""
    predicted, truth = _checked(predicted, truth)
    return np.asarray(np.linalg.norm(predicted[..., :2] - truth[..., :2], axis=-1))


def world_errors(predicted: Values, truth: Values) -> Doubles:
    """Return the distances (..., 33) in space, mm, with the hip centres of both laid on each other."""
    predicted, truth = _checked(predicted, truth)
    return np.asarray(np.linalg.norm(_rooted(predicted) - _rooted(truth), axis=-1) * MM_PER_M)


def torso_length(truth: Values) -> Doubles:
    """Return the lengths (...) from shoulder centre to hip centre in the image, px; NaN where neither has a place.

    A torso seen end-on has hardly a length there, and no tracker could be right. So it is at least `TORSO_FLOOR` of
    the longer side of the box around the true landmarks, the measure of the first PCK (Yang and Ramanan, PAMI 2013).
    """
    (truth,) = _checked(truth)
    points = truth[..., :2]
    seen = np.linalg.norm(points[..., _SHOULDERS, :].mean(-2) - points[..., _HIPS, :].mean(-2), axis=-1)
    there = np.isfinite(points)
    low = np.where(there, points, np.inf).min(-2)
    high = np.where(there, points, -np.inf).max(-2)
    side = np.where(np.isfinite(seen), (high - low).max(-1), np.nan)
    length = np.maximum(seen, TORSO_FLOOR * side)
    return np.where((length > 0) & np.isfinite(length), length, np.nan)


def pck_points(predicted: Values, truth: Values, share: float) -> Doubles:
    """Return for each landmark (..., 33) whether it is within ``share`` of the true torso's length.

    All of a person without a torso length is left out.
    """
    errors = pixel_errors(predicted, truth)
    limit = share * torso_length(truth)[..., np.newaxis]
    known = _there(truth) & np.isfinite(limit)
    # A comparison with NaN is false: what is absent in the prediction alone is wrong.
    return np.where(known, (errors <= limit).astype(np.float64), np.nan)


def visibility_points(truth: Values, predicted_visibility: Values, true_visibility: Values) -> Doubles:
    """Return for each landmark (..., 33) whether predicted and true visibility are on the same side of 0.5.

    Both visibilities are (..., 33), ``truth`` are the true landmarks. NaN in the predicted one is wrong.
    """
    (truth,) = _checked(truth)
    for name, values in (("predicted", predicted_visibility), ("true", true_visibility)):
        if values.shape != truth.shape[:-1]:
            raise ValueError(f"{name} visibility: expected shape {truth.shape[:-1]}, got {values.shape}")
    same = (predicted_visibility >= CERTAIN_VISIBILITY) == (true_visibility >= CERTAIN_VISIBILITY)
    right = same & np.isfinite(predicted_visibility)
    return np.where(_there(truth) & np.isfinite(true_visibility), right.astype(np.float64), np.nan)


def pdj_points(
    predicted: Values, truth: Values, predicted_visibility: Values, true_visibility: Values, share: float
) -> Doubles:
    """Return for each landmark (..., 33) whether its place, as for PCK, and its visibility are both right."""
    return pck_points(predicted, truth, share) * visibility_points(truth, predicted_visibility, true_visibility)


def pck(predicted: Values, truth: Values, share: float) -> float | None:
    """Return the share of all landmarks of all people that are within ``share`` of the torso, 0 to 1."""
    return mean(pck_points(predicted, truth, share))


def pdj(
    predicted: Values, truth: Values, predicted_visibility: Values, true_visibility: Values, share: float
) -> float | None:
    """Return the share of all landmarks of all people whose place and visibility are right, 0 to 1."""
    return mean(pdj_points(predicted, truth, predicted_visibility, true_visibility, share))


def oks(predicted: Values, truth: Values, area: Values | float) -> Doubles:
    """Return the object keypoint similarity (...) over the COCO keypoints among the landmarks, 0 to 1.

    ``area`` (...): of the true box, px²; it must be above 0, where it is not the similarity is NaN.
    """
    squared = pixel_errors(predicted, truth)[..., _COCO] ** 2
    known = _there(truth)[..., _COCO]
    size = np.where(np.asarray(area) > 0, area, np.nan)[..., np.newaxis]
    # COCO's k is two sigmas: exp(-d² / (2 s² k²)).
    similar = np.exp(-squared / (2 * size * (2 * _SIGMAS) ** 2))
    similar = np.where(np.isnan(squared) & np.isfinite(size), 0.0, similar)
    return _mean_over_landmarks(similar, known)


def mpjpe(predicted: Values, truth: Values) -> Doubles:
    """Return the mean distance (...) of world landmarks per person, mm, with hip centres laid on each other."""
    errors = world_errors(predicted, truth)
    return _mean_over_landmarks(errors, np.isfinite(errors))


def pa_mpjpe(predicted: Values, truth: Values) -> Doubles:
    """Return the mean distance (...) of world landmarks per person, mm, after the best similarity.

    NaN with fewer than three common landmarks, or where the prediction is a single point.
    """
    errors = np.linalg.norm(aligned(predicted, truth) - truth, axis=-1) * MM_PER_M
    return _mean_over_landmarks(errors, np.isfinite(errors))


def aligned(predicted: Values, truth: Values) -> Doubles:
    """Return ``predicted`` (..., 33, 3) turned, scaled and moved to fit ``truth`` best, in its unit; no reflection.

    Least squares over the common landmarks: Umeyama, "Least-squares estimation of transformation parameters between
    two point patterns", PAMI 13(4), 1991. NaN where that is not defined, see `pa_mpjpe`.
    """
    predicted, truth = _checked(predicted, truth)
    common = (np.isfinite(predicted) & np.isfinite(truth)).all(-1)[..., np.newaxis]
    count = common.sum((-1, -2))
    # Absent landmarks must not count, and NaN times 0 is NaN.
    from_centre, to_centre = (
        np.where(common, points, 0).sum(-2, keepdims=True) / np.maximum(count, 1)[..., np.newaxis, np.newaxis]
        for points in (predicted, truth)
    )
    spread = np.where(common, predicted - from_centre, 0)
    target = np.where(common, truth - to_centre, 0)
    left, strengths, right = np.linalg.svd(np.swapaxes(target, -1, -2) @ spread)
    signs = np.ones(strengths.shape)
    signs[..., 2] = np.sign(np.linalg.det(left) * np.linalg.det(right))
    turn = (left * signs[..., np.newaxis, :]) @ right
    size = (spread**2).sum((-1, -2))
    defined = (count >= _LEAST_FOR_ALIGNMENT) & (size > 0)
    scale = np.where(defined, (strengths * signs).sum(-1), np.nan) / np.where(defined, size, 1)
    fitted = (predicted - from_centre) @ np.swapaxes(turn, -1, -2)
    return np.asarray(scale[..., np.newaxis, np.newaxis] * fitted + to_centre)


def match_people(predicted: Values, truth: Values, limit: float = MATCH_LIMIT) -> list[int | None]:
    """Say which prediction (m, 33, 3) is of which true person (n, 33, 3): n places in ``predicted``, None if missed.

    Nearest pairs first, as COCO's evaluation matches, by the mean distance of common landmarks in the true person's
    torso lengths; nobody beyond ``limit``, each prediction once.
    """
    predicted, truth = _checked(predicted, truth)
    matched: list[int | None] = [None] * len(truth)
    distances = np.full((len(truth), len(predicted)), np.nan)
    for person, torso in enumerate(torso_length(truth)):
        for place, other in enumerate(predicted):
            distance = mean(pixel_errors(other, truth[person]))
            distances[person, place] = np.nan if distance is None else distance / torso
    order = np.argsort(distances, axis=None, kind="stable")
    taken: set[int] = set()
    for person, place in zip(*(part.tolist() for part in np.unravel_index(order, distances.shape)), strict=True):
        if distances[person, place] <= limit and matched[person] is None and place not in taken:
            matched[person] = place
            taken.add(place)
    return matched


def _checked(*arrays: Values) -> list[Doubles]:
    """Refuse what is not the landmarks of people; numpy itself refuses leading shapes that do not go together."""
    for array in arrays:
        if array.shape[-2:] != (COUNT, 3):
            raise ValueError(f"landmarks: expected shape (..., {COUNT}, 3), got {array.shape}")
    return [array.astype(np.float64, copy=False) for array in arrays]


def _there(landmarks: Values) -> npt.NDArray[np.bool_]:
    """Return which landmarks (..., 33) have a place in the image."""
    return np.asarray(np.isfinite(landmarks[..., :2]).all(-1))


def _rooted(world: Doubles) -> Doubles:
    """Move world landmarks so that their own hip centre is the origin."""
    return np.asarray(world - world[..., _HIPS, :].mean(-2, keepdims=True))


def _mean_over_landmarks(values: Values, known: npt.NDArray[np.bool_]) -> Doubles:
    """Return the means (...) over the last axis of what is known, NaN where nothing is."""
    count = known.sum(-1)
    return np.asarray(np.where(known, values, 0).sum(-1) / np.where(count > 0, count, np.nan))
