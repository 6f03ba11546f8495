"""Who is who: tracks of people over time; twin of ``static/js/tracker/people.js``, where the reasons stand.

Everything here is pure; the state is one object that is replaced. Places are compared by anchors: hip centre and
shoulder centre (x, y, x, y) in px. Distances count in torso lengths.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pose.filters import PoseState
from pose.landmarks import index
from pose.projection import Pose
from pose.roi import Roi, roi_overlap

Anchors = tuple[float, float, float, float]

RESUME_S = 1.0
RESUME_DISTANCE = 1.0
LOOK_S = 1.0
SAME_ANCHORS = 0.5
SAME_POSE = 0.3
MIN_SIDE = 4.0

_HIPS = [index("left_hip"), index("right_hip")]
_SHOULDERS = [index("left_shoulder"), index("right_shoulder")]


@dataclass(frozen=True)
class Track:
    """One person being followed: id from 1, where to look next, where it was last, filters, when it was seen (s)."""

    id: int
    roi: Roi
    anchors: Anchors
    filters: PoseState | None
    seen: float


@dataclass(frozen=True)
class State:
    """All that is kept from frame to frame. Times in s; ``image_size`` width, height in px."""

    next_id: int = 1
    time: float = -math.inf
    image_size: tuple[int, int] = (0, 0)
    detected: float = -math.inf
    tracks: tuple[Track, ...] = ()
    lost: tuple[Track, ...] = ()


def enter_frame(state: State, time: float, image_size: tuple[int, int]) -> State:
    """Return the state in which a frame finds the tracker; another source ends all tracks."""
    same = time >= state.time and image_size == state.image_size
    kept = state if same else State(next_id=state.next_id)
    lost = tuple(track for track in kept.lost if time - track.seen <= RESUME_S)
    return replace(kept, time=time, image_size=image_size, lost=lost)


def wants_detection(state: State, max_people: int) -> bool:
    """Tell whether the detector should look at this frame."""
    if len(state.tracks) >= max_people:
        return False
    return not state.tracks or bool(state.lost) or state.time - state.detected >= LOOK_S


def occupant(state: State, anchors: Anchors) -> int | None:
    """Return the id of the person in view who is there already."""
    return next((track.id for track in state.tracks if anchor_distance(track.anchors, anchors) < SAME_ANCHORS), None)


def admit(state: State, pose: Pose) -> tuple[State, int]:
    """Take in a person who was found anew: someone lost a moment ago near this place, or a newcomer."""
    anchors = pose_anchors(pose)
    near = sorted((anchor_distance(track.anchors, anchors), track.id) for track in state.lost)
    number = near[0][1] if near and near[0][0] < RESUME_DISTANCE else state.next_id
    track = Track(number, pose.next_roi, anchors, None, state.time)
    tracks = tuple(sorted((*state.tracks, track), key=lambda one: one.id))
    lost = tuple(other for other in state.lost if other.id != number)
    return replace(state, next_id=max(state.next_id, number + 1), tracks=tracks, lost=lost), number


def follow(state: State, number: int, pose: Pose, filters: PoseState | None) -> State:
    """Note that a person in view was seen again; ``pose`` before smoothing."""
    seen = Track(number, pose.next_roi, pose_anchors(pose), filters, state.time)
    return replace(state, tracks=tuple(seen if track.id == number else track for track in state.tracks))


def lose(state: State, number: int) -> State:
    """Note that a person in view was not found in this frame."""
    gone = tuple(track for track in state.tracks if track.id == number)
    return replace(forget(state, number), lost=(*state.lost, *gone))


def forget(state: State, number: int) -> State:
    """Forget a person altogether."""
    return replace(state, tracks=tuple(track for track in state.tracks if track.id != number))


def duplicates(people: Sequence[tuple[int, Pose]]) -> list[int]:
    """Return the ids of people whose tracks have collapsed on somebody with a lower id; ``people`` by id."""
    return [
        number
        for place, (number, pose) in enumerate(people)
        if any(pose_distance(earlier, pose) < SAME_POSE for _, earlier in people[:place])
    ]


def is_usable(roi: Roi, image_size: tuple[int, int]) -> bool:
    """Tell whether a region can be looked at: finite, of some size, and partly inside the picture."""
    values = (roi.x_center, roi.y_center, roi.width, roi.height, roi.rotation)
    if not all(map(math.isfinite, values)) or min(roi.width, roi.height) < MIN_SIDE:
        return False
    width, height = image_size
    return roi_overlap(roi, Roi(width / 2, height / 2, width, height, 0.0)) > 0


def pose_anchors(pose: Pose) -> Anchors:
    """Return hip centre and shoulder centre of a pose."""
    hips, shoulders = (pose.landmarks[places, :2].mean(0).tolist() for places in (_HIPS, _SHOULDERS))
    return hips[0], hips[1], shoulders[0], shoulders[1]


def anchor_distance(a: Anchors, b: Anchors) -> float:
    """Return the mean distance of two places' anchors, in the longer torso's lengths."""
    apart = math.dist(a[:2], b[:2]) + math.dist(a[2:], b[2:])
    return apart / 2 / max(_torso(a), _torso(b))


def _torso(anchors: Anchors) -> float:
    return math.dist(anchors[:2], anchors[2:])


def pose_distance(a: Pose, b: Pose) -> float:
    """Return the mean distance of landmarks, in the longer torso's lengths."""
    apart: npt.NDArray[np.float64] = np.linalg.norm(a.landmarks[:, :2] - b.landmarks[:, :2], axis=1)
    return float(apart.mean()) / max(_torso(pose_anchors(a)), _torso(pose_anchors(b)))
