"""Limbs that a person does not have; twin of ``static/js/pose/limbs.js``.

Facts: ``limbs`` in ``static/spec/landmarks.json``. A limb is named after the largest part that is missing: without a
``left_forearm`` there is no left wrist and no left hand either. Its landmarks are *absent*: NaN in ``landmarks`` and
``world_landmarks``, 0 in ``visibility`` and ``presence``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from pose.landmarks import COUNT, LIMB_LANDMARKS, index
from pose.projection import Pose

LIMBS: tuple[str, ...] = tuple(LIMB_LANDMARKS)
"""The limbs' names: left before right, arms before legs, smaller before larger."""


def landmarks_of(limbs: Iterable[str]) -> frozenset[str]:
    """Return the names of the landmarks that are absent without these limbs.

    Raises ``ValueError`` when there is no such limb.
    """
    gone: set[str] = set()
    for limb in limbs:
        if limb not in LIMB_LANDMARKS:
            raise ValueError(f'limb: expected one of {", ".join(LIMBS)}, got "{limb}"')
        gone.update(LIMB_LANDMARKS[limb])
    return frozenset(gone)


def limbs_within(landmarks: Iterable[str]) -> tuple[str, ...]:
    """Return the limbs that are wholly among absent landmarks: whoever has no forearm has no hand either."""
    gone = set(landmarks)
    return tuple(limb for limb, names in LIMB_LANDMARKS.items() if gone.issuperset(names))


def absent(limbs: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Return a mask (33,) of the landmarks that are absent without these limbs, for arrays of many people.

    Raises ``ValueError`` when there is no such limb.
    """
    mask = np.zeros(COUNT, dtype=bool)
    mask[[index(name) for name in landmarks_of(limbs)]] = True
    return mask


def without_limbs(pose: Pose, limbs: Iterable[str]) -> Pose:
    """Return the same pose without some limbs; what came is not changed.

    Raises ``ValueError`` when there is no such limb.
    """
    gone = absent(limbs)
    if not gone.any():
        return pose
    column = gone[:, np.newaxis]
    return dataclasses.replace(
        pose,
        landmarks=np.where(column, np.nan, pose.landmarks),
        world_landmarks=np.where(column, np.nan, pose.world_landmarks),
        visibility=np.where(gone, 0.0, pose.visibility),
        presence=np.where(gone, 0.0, pose.presence),
    )
