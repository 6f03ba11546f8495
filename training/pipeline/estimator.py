"""From pictures to people, as the page does it; twin of ``static/js/tracker/estimator.js``."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from pose import detection, projection
from pose.filters import smooth_pose
from pose.projection import Pose, RawPose
from pose.roi import Roi, crop_to_image, letterbox, roi_from_alignment

from . import people
from .crop import crop
from .networks import Networks
from .people import State
from .pictures import Image

MIN_FLAG = 0.5
"""Below this probability the network saw nobody in the region (min_pose_presence_confidence)."""


@dataclass(frozen=True)
class Person:
    """One person in one picture: id, pose flag (probability), region that was looked at, pose in the image."""

    id: int
    score: float
    roi: Roi
    pose: Pose


def locate(networks: Networks, image: Image, roi: Roi) -> tuple[float, Pose]:
    """Return pose flag and pose of whoever is in the region, whatever the flag says."""
    raw = networks.landmarks(crop(image, roi, projection.INPUT_SIDE, "edge"))
    heatmap = raw.get("heatmap", np.zeros(0, np.float32))
    pose = projection.project_pose(RawPose(raw["landmarks"], heatmap, raw["world"]), roi)
    return float(raw["flag"].ravel()[0]), pose


def detect(networks: Networks, image: Image) -> list[detection.Detection]:
    """Return the people that the detector sees in a picture, best first, in the frame of its letter-boxed input."""
    whole = letterbox((image.shape[1], image.shape[0]))
    raw = networks.detector(crop(image, whole, detection.INPUT_SIDE, "black"))
    return detection.suppress(detection.decode_detections(raw["boxes"], raw["scores"]))


class Estimator:
    """Follows people through pictures."""

    def __init__(self, networks: Networks, max_people: int = 2, smooth: bool = True) -> None:
        self.state = State()
        self._networks = networks
        self._max_people = max_people
        self._smooth = smooth

    def estimate(self, image: Image, time: float) -> list[Person]:
        """Return the people in the picture (height, width, 3) taken at ``time`` (s), by id."""
        state = people.enter_frame(self.state, time, (image.shape[1], image.shape[0]))
        state, seen = self._follow(image, state)
        if people.wants_detection(state, self._max_people):
            state, seen = self._search(image, state, seen)
        self.state, found = self._smoothed(state, seen, time)
        return sorted(found, key=lambda person: person.id)

    def _follow(self, image: Image, state: State) -> tuple[State, list[Person]]:
        seen = []
        after = state
        for place, track in enumerate(state.tracks):
            found = self._locate(image, track.roi) if place < self._max_people else None
            if found:
                seen.append(Person(track.id, found[0], track.roi, found[1]))
            else:
                after = people.lose(after, track.id)
        twice = people.duplicates([(person.id, person.pose) for person in seen])
        for number in twice:
            after = people.forget(after, number)
        return after, [person for person in seen if person.id not in twice]

    def _search(self, image: Image, state: State, seen: list[Person]) -> tuple[State, list[Person]]:
        whole = letterbox((image.shape[1], image.shape[0]))
        after = replace(state, detected=state.time)
        found = list(seen)
        for one in detect(self._networks, image):
            if len(after.tracks) >= self._max_people:
                break
            hip, scale, shoulder = (crop_to_image(whole, *one.keypoints[k : k + 2]) for k in (0, 2, 4))
            if people.occupant(after, (*hip, *shoulder)) is not None:
                continue
            roi = roi_from_alignment(*hip, *scale)
            located = self._locate(image, roi)
            if located is None:
                continue
            admitted, number = people.admit(after, located[1])
            candidate = Person(number, located[0], roi, located[1])
            if number in people.duplicates([(person.id, person.pose) for person in [*found, candidate]]):
                continue
            after = admitted
            found.append(candidate)
        return after, found

    def _locate(self, image: Image, roi: Roi) -> tuple[float, Pose] | None:
        if not people.is_usable(roi, (image.shape[1], image.shape[0])):
            return None
        score, pose = locate(self._networks, image, roi)
        return (score, pose) if score >= MIN_FLAG and _is_finite(pose) else None

    def _smoothed(self, state: State, seen: list[Person], time: float) -> tuple[State, list[Person]]:
        filters = {track.id: track.filters for track in state.tracks}
        found = []
        for person in seen:
            pose, after = person.pose, None
            if self._smooth:
                pose, after = smooth_pose(filters.get(person.id), person.pose, time)
            state = people.follow(state, person.id, person.pose, after)
            found.append(Person(person.id, person.score, person.roi, pose))
        return state, found


def _is_finite(pose: Pose) -> bool:
    values = [getattr(pose, field.name) for field in fields(pose) if field.name != "next_roi"]
    roi = pose.next_roi
    return all(np.isfinite(value).all() for value in values) and bool(
        np.isfinite([roi.x_center, roi.y_center, roi.width, roi.height, roi.rotation]).all()
    )
