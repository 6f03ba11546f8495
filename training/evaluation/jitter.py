"""How much errors change from frame to frame: what somebody sees as trembling, whatever the person does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pose import metrics
from pose.filters import PoseState, smooth_pose
from pose.landmarks import index
from pose.projection import Pose

from ..dataset import Dataset, Person, Picture
from ..pipeline.estimator import Estimator
from ..pipeline.networks import Networks
from .measure import RoiSource, Row, load, matched, most, seen

Doubles = npt.NDArray[np.float64]
Who = int | str | None

_HIPS = [index("left_hip"), index("right_hip")]


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


def shaken(
    networks: Networks, data: Dataset, roi: RoiSource, rows: Sequence[Row], tick: Callable[[], None] = lambda: None
) -> list[Jitter]:
    """Return the jitter of all sequences; ``rows`` are what `measure.run` gave of the same networks and data.

    With the detector's regions each sequence is followed once more; ``tick`` is called for each of its pictures.
    """
    if roi == "detector":
        return [one for film in seen(data).sequences for one in follow(networks, film, tick)]
    return settle(rows)


def follow(networks: Networks, film: Sequence[Picture], tick: Callable[[], None] = lambda: None) -> list[Jitter]:
    """Follow the people of a sequence as the page does in a video, with its detector and filters."""
    estimator = Estimator(networks, max(most(picture.people) for picture in film))
    frames = []
    for picture in film:
        estimated = estimator.estimate(load(picture), picture.time)
        found = matched([(person.score, person.pose) for person in estimated], picture.people)
        frames.append([(person, one and one[1]) for person, one in zip(picture.people, found, strict=True)])
        tick()
    return _jitters(film[0].sequence, frames)


def settle(rows: Sequence[Row]) -> list[Jitter]:
    """Return the jitter of poses that were measured picture by picture, after the page's filters.

    So it is told with regions from the truth, where nothing is followed.
    """
    films: dict[int | str, dict[float, list[Row]]] = {}
    for row in rows:
        if row.picture.sequence is not None:
            films.setdefault(row.picture.sequence, {}).setdefault(row.picture.time, []).append(row)
    jitters = []
    for sequence, film in films.items():
        filters: dict[Who, PoseState | None] = {}
        frames = []
        for time in sorted(film):
            frame: list[tuple[Person, Pose | None]] = []
            for row in film[time]:
                pose, track = row.pose, row.person.track
                state = filters.pop(track, None)
                if pose is not None:
                    pose, filters[track] = smooth_pose(state, pose, time)
                frame.append((row.person, pose))
            frames.append(frame)
        jitters += _jitters(sequence, frames)
    return jitters


def _jitters(sequence: int | str | None, frames: Sequence[Sequence[tuple[Person, Pose | None]]]) -> list[Jitter]:
    assert sequence is not None  # noqa: S101 - films are sequences
    last: dict[Who, tuple[Doubles, Doubles]] = {}
    steps: dict[Who, list[tuple[float, float]]] = {}
    groups = {person.track: person.group for frame in frames for person, _ in frame}
    for frame in frames:
        now = {person.track: _errors(pose, person) for person, pose in frame if pose is not None}
        for track, errors in now.items():
            if track in last:
                steps.setdefault(track, []).append(_step(last[track], errors))
        last = now
    jitters = []
    for track, some in steps.items():
        torso, world = np.mean(some, axis=0).tolist()
        jitters.append(Jitter(sequence, groups[track], torso, world, len(some)))
    return jitters


def _errors(pose: Pose, person: Person) -> tuple[Doubles, Doubles]:
    """Return the vectors from truth to prediction: image (33, 2) in torso lengths, world (33, 3) in mm."""
    torso = metrics.torso_length(person.landmarks)
    image = (pose.landmarks[:, :2] - person.landmarks[:, :2]) / torso
    rooted = [points - points[_HIPS].mean(0) for points in (pose.world_landmarks, person.world_landmarks)]
    return image, (rooted[0] - rooted[1]) * metrics.MM_PER_M


def _step(last: tuple[Doubles, Doubles], now: tuple[Doubles, Doubles]) -> tuple[float, float]:
    means = [metrics.mean(np.linalg.norm(b - a, axis=1)) for a, b in zip(last, now, strict=True)]
    return float("nan") if means[0] is None else means[0], float("nan") if means[1] is None else means[1]
