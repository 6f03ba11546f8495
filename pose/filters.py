"""Smoothing over time; twin of ``static/js/pose/filters.js``.

The one-euro filter of Casiez et al. (CHI 2012) in MediaPipe's form (OneEuroFilter, LandmarksSmoothingCalculator):
speed counts in body sizes, so that near and distant people are smoothed alike, and from raw value to raw value.
Functions are pure: they take the state of the last frame (None at first) and give a new one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pose.projection import Pose

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OneEuro:
    """Parameters: cut-off at rest (Hz), its rise per speed (Hz per body size per second), cut-off of the speed (Hz)."""

    min_cutoff: float
    beta: float
    derivative_cutoff: float


@dataclass(frozen=True)
class OneEuroState:
    """Time (s) and raw values of the last frame, smoothed speed (body sizes per second), smoothed values."""

    time: float
    raw: Doubles
    speed: Doubles
    smooth: Doubles


@dataclass(frozen=True)
class PoseState:
    """The filters' state of one person."""

    landmarks: OneEuroState
    world_landmarks: OneEuroState
    visibility: Doubles


LANDMARKS = OneEuro(min_cutoff=0.05, beta=80.0, derivative_cutoff=1.0)
"""MediaPipe's parameters for landmarks in the image, measured against the region's side."""
WORLD_LANDMARKS = OneEuro(min_cutoff=0.1, beta=40.0, derivative_cutoff=1.0)
"""MediaPipe's parameters for world landmarks, measured against a metre."""
_METRE = 1.0
VISIBILITY_SHARE = 0.1
"""Share of the new value in a smoothed visibility."""
_MIN_SIZE = 1e-6
"""A smaller body, in its own unit, is not smoothed at all."""


def _share(cutoff: Doubles | float, rate: float) -> Doubles | float:
    """Return the share of the new value in a first-order low-pass filter; both in Hz."""
    tau = 1 / (2 * math.pi * cutoff)
    return 1 / (1 + tau * rate)


def one_euro(
    parameters: OneEuro, state: OneEuroState | None, values: Doubles, time: float, size: float
) -> tuple[Doubles, OneEuroState | None]:
    """Smooth ``values`` (any shape and unit) at ``time`` (s) for a body of ``size`` in the values' unit.

    Returns them unchanged and keeps the state when time does not move on or the body has no size.
    """
    if size < _MIN_SIZE or (state is not None and time <= state.time):
        return values, state
    if state is None:
        return values, OneEuroState(time, values, np.zeros_like(values), values)
    rate = 1 / (time - state.time)
    speed_share = _share(parameters.derivative_cutoff, rate)
    speed = speed_share * (values - state.raw) / size * rate + (1 - speed_share) * state.speed
    share = _share(parameters.min_cutoff + parameters.beta * np.abs(speed), rate)
    smooth = share * values + (1 - share) * state.smooth
    return smooth, OneEuroState(time, values, speed, smooth)


def low_pass(last: Doubles | None, values: Doubles, new_share: float) -> Doubles:
    """Mix ``values`` with what this function gave for the last frame; ``new_share`` in 0..1."""
    return values if last is None else new_share * values + (1 - new_share) * last


def smooth_pose(state: PoseState | None, pose: Pose, time: float) -> tuple[Pose, PoseState | None]:
    """Smooth a pose as MediaPipe's PoseLandmarker does in a video.

    Landmarks, world landmarks and visibility change; presence and the next region stay as they are. ``state`` is this
    person's, None on a fresh track; ``time`` in s.
    """
    if state is not None and time <= state.landmarks.time:
        return pose, state
    side = (pose.next_roi.width + pose.next_roi.height) / 2
    landmarks, image = one_euro(LANDMARKS, state.landmarks if state else None, pose.landmarks, time, side)
    last_world = state.world_landmarks if state else None
    world_landmarks, world = one_euro(WORLD_LANDMARKS, last_world, pose.world_landmarks, time, _METRE)
    visibility = low_pass(state.visibility if state else None, pose.visibility, VISIBILITY_SHARE)
    smoothed = replace(pose, landmarks=landmarks, world_landmarks=world_landmarks, visibility=visibility)
    return smoothed, PoseState(image, world, visibility) if image and world else None
