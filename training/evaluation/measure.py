"""Run the pipeline over a data set and keep, for each person, what was right and how far the rest was off.

Each picture is taken by itself, without smoothing. The pictures of a sequence are also followed through time, with the
page's tracks and filters, for jitter. A person who was not found is wrong in every landmark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pose import metrics
from pose.landmarks import COCO17, COUNT, index
from pose.projection import Pose
from pose.roi import Roi, roi_from_alignment

from ..dataset import Dataset, Person, Picture
from ..errors import DataError
from ..pipeline import pictures
from ..pipeline.estimator import MIN_FLAG, Estimator, locate
from ..pipeline.networks import Networks

Doubles = npt.NDArray[np.float64]
RoiSource = Literal["truth", "detector"]

SHARES = (0.2, 0.1)
"""Of the torso, for PCK; PDJ takes the first."""
PEOPLE = (2, 8)
"""Whom the page looks for: two unless told otherwise, eight at most. As many as are annotated, within these."""
CIRCLE_PER_REACH, CIRCLE_PER_KEYPOINT, CIRCLE_PER_TORSO = 1.02, 1.15, 1.75
"""The radius of BlazePose's body circle per distance from the hip centre to the furthest of 33 landmarks, and of COCO's
17 key points (hands, feet and crown lie beyond them): medians where blazepose-full is right, see docs/evaluate.md. And
the least radius per torso, for people of whom only the upper body is labelled."""
_HIPS = [index("left_hip"), index("right_hip")]
_SHOULDERS = [index("left_shoulder"), index("right_shoulder")]
_BEYOND_COCO = [place for place in range(COUNT) if place not in map(index, COCO17.values())]


@dataclass(frozen=True)
class Row:
    """One person in one picture: truth, what was found (None: missed), and the figures of both.

    Points (33,) are 1, 0 or NaN (left out) as in ``pose.metrics``; errors are NaN where not defined.
    """

    picture: Picture
    person: Person
    score: float | None
    pose: Pose | None
    pck: tuple[Doubles, ...]
    pdj: Doubles
    oks: float
    mpjpe: float
    pa_mpjpe: float


@dataclass(frozen=True)
class Jitter:
    """How much one person's errors change from frame to frame of a sequence; means over landmarks and frames.

    ``torso`` in torso lengths, ``world`` in mm; ``frames``: pairs of successive frames with the person found in both.
    """

    sequence: int | str
    group: str | None
    torso: float
    world: float
    frames: int


def true_roi(person: Person) -> Roi:
    """Return the region of a person from the truth: hips and shoulders where annotated, else the box.

    The page's own has its centre between the hips, points up to the shoulders, and its circle holds the whole body.
    """
    points = person.landmarks[:, :2]
    hips, shoulders = points[_HIPS].mean(0), points[_SHOULDERS].mean(0)
    up = shoulders - hips
    length = float(np.linalg.norm(up))
    if not np.isfinite(length) or length == 0:
        left, top, width, height = person.box
        x, y = left + width / 2, top + height / 2
        return roi_from_alignment(x, y, x, y - max(width, height) / 2)
    reach = float(np.nanmax(np.linalg.norm(points - hips, axis=1)))
    share = CIRCLE_PER_REACH if np.isfinite(points[_BEYOND_COCO]).any() else CIRCLE_PER_KEYPOINT
    scale = hips + up / length * max(share * reach, CIRCLE_PER_TORSO * length)
    return roi_from_alignment(*hips.tolist(), *scale.tolist())


def run(networks: Networks, data: Dataset, roi: RoiSource, tick: Callable[[], None] = lambda: None) -> Iterator[Row]:
    """Yield a row for each annotated person; ``tick`` is called after each picture."""
    for picture in data.pictures:
        if picture.people:
            yield from _rows(picture, *_found(networks, picture, roi))
        tick()


def load(picture: Picture) -> pictures.Image:
    """Read a picture; raises `DataError` if it has another size than its annotation says."""
    image = pictures.read(picture.path)
    size = (image.shape[1], image.shape[0])
    if size != picture.size:
        said, got = (f"{width} x {height}" for width, height in (picture.size, size))
        raise DataError(f"{picture.path}: image {picture.id}: expected {said} px as annotated, the file has {got}")
    return image


def _found(networks: Networks, picture: Picture, roi: RoiSource) -> tuple[list[float | None], list[Pose | None]]:
    """Return pose flag and pose for each annotated person, None where missed."""
    image = load(picture)
    if roi == "truth":
        located = [locate(networks, image, true_roi(person)) for person in picture.people]
        kept = [found if found[0] >= MIN_FLAG else None for found in located]
        return [found[0] if found else None for found in kept], [found[1] if found else None for found in kept]
    estimated = Estimator(networks, _most(picture.people), smooth=False).estimate(image, 0.0)
    places = _matched([person.pose for person in estimated], picture.people)
    scores = [None if place is None else estimated[place].score for place in places]
    return list(scores), [None if place is None else estimated[place].pose for place in places]


def _most(people: Sequence[Person]) -> int:
    return min(PEOPLE[1], max(PEOPLE[0], len(people)))


def _matched(poses: Sequence[Pose], people: Sequence[Person]) -> list[int | None]:
    found = np.array([pose.landmarks for pose in poses]).reshape(-1, COUNT, 3)
    return metrics.match_people(found, np.stack([person.landmarks for person in people]))


def _rows(picture: Picture, scores: list[float | None], poses: list[Pose | None]) -> Iterator[Row]:
    nowhere = np.full((COUNT, 3), np.nan)
    for person, score, pose in zip(picture.people, scores, poses, strict=True):
        landmarks = nowhere if pose is None else pose.landmarks
        world = nowhere if pose is None else pose.world_landmarks
        visibility = nowhere[:, 0] if pose is None else pose.visibility
        yield Row(
            picture,
            person,
            score,
            pose,
            pck=tuple(metrics.pck_points(landmarks, person.landmarks, share) for share in SHARES),
            pdj=metrics.pdj_points(landmarks, person.landmarks, visibility, person.visibility, SHARES[0]),
            oks=float(metrics.oks(landmarks, person.landmarks, person.area)),
            mpjpe=float(metrics.mpjpe(world, person.world_landmarks)),
            pa_mpjpe=float(metrics.pa_mpjpe(world, person.world_landmarks)),
        )


def follow(networks: Networks, film: Sequence[Picture], tick: Callable[[], None] = lambda: None) -> list[Jitter]:
    """Follow the people of a sequence as the page does in a video, with its detector and filters."""
    estimator = Estimator(networks, max(_most(picture.people) for picture in film))
    last: dict[int | str | None, tuple[Doubles, Doubles]] = {}
    steps: dict[int | str | None, list[tuple[float, float]]] = {}
    groups = {person.track: person.group for picture in film for person in picture.people}
    for picture in film:
        estimated = estimator.estimate(load(picture), picture.time)
        now: dict[int | str | None, tuple[Doubles, Doubles]] = {}
        for person, place in zip(picture.people, _matched([p.pose for p in estimated], picture.people), strict=True):
            if place is None:
                continue
            now[person.track] = _errors(estimated[place].pose, person)
            if person.track in last:
                steps.setdefault(person.track, []).append(_step(last[person.track], now[person.track]))
        last = now
        tick()
    name = film[0].sequence
    assert name is not None  # noqa: S101 - films are sequences
    found = []
    for track, some in steps.items():
        torso, world = np.mean(some, axis=0).tolist()
        found.append(Jitter(name, groups[track], torso, world, len(some)))
    return found


def _errors(pose: Pose, person: Person) -> tuple[Doubles, Doubles]:
    """Return the vectors from truth to prediction: image (33, 2) in torso lengths, world (33, 3) in mm."""
    torso = metrics.torso_length(person.landmarks)
    image = (pose.landmarks[:, :2] - person.landmarks[:, :2]) / torso
    rooted = [points - points[_HIPS].mean(0) for points in (pose.world_landmarks, person.world_landmarks)]
    return image, (rooted[0] - rooted[1]) * metrics.MM_PER_M


def _step(last: tuple[Doubles, Doubles], now: tuple[Doubles, Doubles]) -> tuple[float, float]:
    means = [metrics.mean(np.linalg.norm(b - a, axis=1)) for a, b in zip(last, now, strict=True)]
    return float("nan") if means[0] is None else means[0], float("nan") if means[1] is None else means[1]
