"""Run the pipeline over a data set and keep, for each person, what was right and how far the rest was off.

Each picture is taken by itself, without smoothing; `jitter` looks at sequences. A person who was not found is wrong in
every landmark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

import numpy as np
import numpy.typing as npt

from pose import metrics
from pose.landmarks import CERTAIN_VISIBILITY, COCO17, COUNT, index
from pose.projection import Pose
from pose.roi import Roi, roi_from_alignment

from ..dataset import Dataset, Person, Picture
from ..errors import DataError
from ..pipeline import pictures
from ..pipeline.estimator import MIN_FLAG, Estimator, locate
from ..pipeline.networks import Network, Networks

Doubles = npt.NDArray[np.float64]
RoiSource = Literal["truth", "detector"] | Callable[[Person], Roi]
Found = tuple[float, Pose]
"""Pose flag, or another score, and pose."""

SHARES = (0.2, 0.1)
"""Of the torso, for PCK; PDJ takes the first."""
PEOPLE = (2, 8)
"""Whom the page looks for: two unless told otherwise, eight at most. As many as are annotated, within these."""
LEAST_SEEN = 3
"""Landmarks of a rendered person that must be seen, or the person is left out: fewer make no pose."""
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
    whole: bool = True
    """Whether all landmarks that are labelled in the data set were asked for; else PCK of all is not defined."""


@dataclass(frozen=True)
class Tells:
    """What poses tell: which ``landmarks`` (33,), whether that is all that is labelled, and whether visibility."""

    landmarks: npt.NDArray[np.bool_]
    whole: bool = True
    visibility: bool = True


ALL = Tells(np.ones(COUNT, bool))


class Unrefined:
    """A landmark network without its heat map, to see what the refinement is worth."""

    def __init__(self, network: Network) -> None:
        self.name = network.name
        self._network = network

    def __call__(self, levels: npt.NDArray[np.float32]) -> Mapping[str, npt.NDArray[np.float32]]:
        """Run the network on one crop."""
        return {name: values for name, values in self._network(levels).items() if name != "heatmap"}


class Remembered:
    """A network that knows what it said of a crop: for several models on the same pictures and one detector.

    It keeps all outputs; a detector's take 120 KB a picture.
    """

    def __init__(self, network: Network) -> None:
        self.name = network.name
        self._network = network
        self._said: dict[bytes, Mapping[str, npt.NDArray[np.float32]]] = {}

    def __call__(self, levels: npt.NDArray[np.float32]) -> Mapping[str, npt.NDArray[np.float32]]:
        """Run the network on one crop, once."""
        key = sha256(levels.tobytes()).digest()
        if key not in self._said:
            self._said[key] = self._network(levels)
        return self._said[key]


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
    """Yield a row for each annotated person; ``tick`` is called after each picture.

    ``roi`` is where the landmark network looks: at the truth's place, the detector's, or the one given for a person.
    """
    for picture in seen(data).pictures:
        if picture.people:
            yield from judge(picture, _found(networks, picture, roi))
        tick()


def seen(data: Dataset) -> Dataset:
    """Leave out people of renders who cannot be seen, because somebody or something stands before them.

    A person labels whom they see, and COCO's evaluation leaves out people without a labelled point. A renderer labels
    people behind others just as exactly; where fewer than `LEAST_SEEN` landmarks are seen, nobody could tell a pose.
    Labels by hand (without 3D truth) stay as they are.
    """

    def is_seen(person: Person) -> bool:
        rendered = np.isfinite(person.world_landmarks).any()
        return not rendered or bool(np.nansum(person.visibility >= CERTAIN_VISIBILITY) >= LEAST_SEEN)

    kept = (replace(one, people=tuple(filter(is_seen, one.people))) for one in data.pictures)
    return replace(data, pictures=tuple(kept))


def spread(data: Dataset, every: int) -> Dataset:
    """Return every so-many-th picture of each mobility group, for a quick look: all groups keep their weight.

    Frames of a sequence are thinned like stills, being nearly alike; what is left of it tells nothing about jitter.
    """
    seen: dict[tuple[str, ...], int] = {}
    kept = []
    for picture in data.pictures:
        kind = tuple(sorted(person.group or "" for person in picture.people))
        place = seen[kind] = seen.get(kind, -1) + 1
        if place % every == 0:
            kept.append(picture)
    return replace(data, pictures=tuple(kept))


def load(picture: Picture) -> pictures.Image:
    """Read a picture; raises `DataError` if it has another size than its annotation says."""
    image = pictures.read(picture.path)
    size = (image.shape[1], image.shape[0])
    if size != picture.size:
        said, got = (f"{width} x {height}" for width, height in (picture.size, size))
        raise DataError(f"{picture.path}: image {picture.id}: expected {said} px as annotated, the file has {got}")
    return image


def _found(networks: Networks, picture: Picture, roi: RoiSource) -> list[Found | None]:
    """Return pose flag and pose for each annotated person, None where missed."""
    image = load(picture)
    if roi == "detector":
        estimator = Estimator(networks, most(picture.people), smooth=False)
        return matched([(person.score, person.pose) for person in estimator.estimate(image, 0.0)], picture.people)
    region = true_roi if roi == "truth" else roi
    located = [locate(networks, image, region(person)) for person in picture.people]
    return [found if found[0] >= MIN_FLAG else None for found in located]


def most(people: Sequence[Person]) -> int:
    """Return how many people are looked for in a picture of ``people``."""
    return min(PEOPLE[1], max(PEOPLE[0], len(people)))


def matched(found: Sequence[Found], people: Sequence[Person]) -> list[Found | None]:
    """Return which of ``found`` each person is."""
    points = np.array([pose.landmarks for _, pose in found]).reshape(-1, COUNT, 3)
    places = metrics.match_people(points, np.stack([person.landmarks for person in people]))
    return [None if place is None else found[place] for place in places]


def judge(picture: Picture, found: Sequence[Found | None], tells: Tells = ALL) -> Iterator[Row]:
    """Yield a row for each person of a picture and what was found of them."""
    nowhere = np.full((COUNT, 3), np.nan)
    for person, one in zip(picture.people, found, strict=True):
        score, pose = one or (None, None)
        landmarks = nowhere if pose is None else pose.landmarks
        world = nowhere if pose is None else pose.world_landmarks
        visibility = nowhere[:, 0] if pose is None else pose.visibility
        truth = np.where(tells.landmarks[:, None], person.landmarks, np.nan)
        pdj = metrics.pdj_points(landmarks, person.landmarks, visibility, person.visibility, SHARES[0])
        # Torso lengths come from all that is labelled, so that two models are measured with the same yardstick.
        pck = (metrics.pck_points(landmarks, person.landmarks, share) for share in SHARES)
        yield Row(
            picture,
            person,
            score,
            pose,
            pck=tuple(np.where(tells.landmarks, points, np.nan) for points in pck),
            pdj=pdj if tells.visibility and tells.whole else np.full(COUNT, np.nan),
            oks=float(metrics.oks(landmarks, truth, person.area)),
            mpjpe=float(metrics.mpjpe(world, person.world_landmarks)),
            pa_mpjpe=float(metrics.pa_mpjpe(world, person.world_landmarks)),
            whole=tells.whole,
        )
