"""What the person detector is shown: whole pictures in its square input, varied, with who is where in them.

Labelled pictures, photos without labels (another detector says what is in them) and pictures without people. They are
moved, zoomed, turned, mirrored, put beside each other, cut to other proportions, and disturbed as a worse camera would.
All that is drawn by chance depends on the seed, the kind, the picture's place and the turn, on nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pose.detection import INPUT_SIDE
from pose.roi import Roi, letterbox

from ..data import Variation, disturbed
from ..dataset import Dataset, Picture
from ..evaluation.measure import load
from ..pipeline import pictures
from ..pipeline.crop import crop
from ..pipeline.pictures import Image
from .habits import is_seen, points_of

Values = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Random = np.random.Generator

CAMERA = Variation(blur=0.25, noise=0.3, jpeg=0.3, colour=0.15)
"""How much worse the camera is (`training.data.disturbed`)."""
LYING_RAD = 1.8
"""A little more than a right angle: people who lie, stretch or fall must not be forgotten for want of examples."""
KINDS = ("labelled", "photo", "negative")


@dataclass(frozen=True)
class Framing:
    """How pictures are put into the input; chances, and deviations in radians.

    ``whole``: as the pipeline does, nothing else. ``radius``: least and largest radius of the body circle of the person
    that is framed, in sides of the input; some are ``lying``, turned by up to `LYING_RAD`; with ``pair`` somebody of
    another picture is beside them; ``band``: the picture is narrower or lower than the input; ``zoom``: least and
    largest side of what is seen of a photo without labels, in its longer sides.
    """

    whole: float = 0.35
    radius: tuple[float, float] = (0.09, 1.0)
    zoom: tuple[float, float] = (0.5, 1.5)
    turn_rad: float = 0.08
    lying: float = 0.25
    pair: float = 0.15
    band: float = 0.3
    mirror: float = 0.5


@dataclass(frozen=True)
class Scene:
    """One input: ``levels`` (224, 224, 3), 0..255, as they are and as ``seen`` by the camera; who is there.

    ``points`` (n, 5, 2) px of the input in the order of `habits.POINTS`, those most seen first; ``taught`` (n,): whom
    the detector has to find; ``complete``: there is nobody else.
    """

    levels: Values
    seen: Values
    points: Doubles
    taught: npt.NDArray[np.bool_]
    complete: bool


class Scenes:
    """All pictures by kind, and what can be made of them."""

    def __init__(
        self, data: Sequence[Dataset], photos: Sequence[Path] = (), negatives: Sequence[Path] = (), seed: int = 0
    ) -> None:
        """Take pictures; labelled ones with somebody whose hips or shoulders are not labelled are left out."""
        every = [picture for one in data for picture in one.pictures]
        self.labelled = [p for p in every if p.people and all(points_of(person) is not None for person in p.people)]
        self.photos, self.negatives, self.seed = list(photos), list(negatives), seed
        self.framing, self.camera = Framing(), CAMERA

    def count(self, kind: str) -> int:
        """Return how many pictures of a kind (`KINDS`) there are."""
        counts = {"labelled": len(self.labelled), "photo": len(self.photos), "negative": len(self.negatives)}
        return counts[kind]

    def scene(self, kind: str, place: int, turn: int = 0) -> Scene:
        """Return what is made of one picture at one turn; turns differ by chance alone."""
        random = np.random.default_rng([self.seed, KINDS.index(kind), place, turn])
        if kind == "labelled":
            levels, points, taught = self._labelled(self.labelled[place], random)
            complete = all(np.isfinite(person.world_landmarks).any() for person in self.labelled[place].people)
        else:
            path = (self.photos if kind == "photo" else self.negatives)[place]
            levels = self._unlabelled(pictures.read(path), random)
            points, taught, complete = np.zeros((0, 5, 2)), np.zeros(0, bool), kind == "negative"
        if random.random() < self.framing.mirror:
            levels, points = mirrored(levels, points)
        return Scene(levels, disturbed(levels, self.camera, random), points, taught, complete)

    def _labelled(self, picture: Picture, random: Random) -> tuple[Values, Doubles, npt.NDArray[np.bool_]]:
        image = load(picture)
        if random.random() < self.framing.whole:
            return placed(image, picture, letterbox(picture.size), "black")
        if random.random() < self.framing.pair:
            return self._pair(image, picture, random)
        roi = self._framed(picture, random, (0.12, 0.88))
        shown = placed(image, picture, roi, str(random.choice(["black", "edge"])))
        return banded(*shown, random) if random.random() < self.framing.band else shown

    def _pair(self, image: Image, picture: Picture, random: Random) -> tuple[Values, Doubles, npt.NDArray[np.bool_]]:
        """Put somebody of another picture beside somebody of this one."""
        other = self.labelled[int(random.integers(len(self.labelled)))]
        middle = random.uniform(0.35, 0.65)
        left = placed(image, picture, self._framed(picture, random, (0.1, middle - 0.06)), "edge")
        right = placed(load(other), other, self._framed(other, random, (middle + 0.06, 0.9)), "edge")
        seam = round(middle * INPUT_SIDE)
        kept = [left[1][:, 0, 0] < seam, right[1][:, 0, 0] >= seam]
        levels = np.concatenate([left[0][:, :seam], right[0][:, seam:]], axis=1)
        points, taught = (
            np.concatenate([one[place][keep] for one, keep in zip((left, right), kept, strict=True)])
            for place in (1, 2)
        )
        return levels, points, taught

    def _framed(self, picture: Picture, random: Random, across: tuple[float, float]) -> Roi:
        """Return a region in which somebody's neck is anywhere ``across`` the input, at a size drawn by chance."""
        person = picture.people[int(random.integers(len(picture.people)))]
        points = points_of(person)
        assert points is not None  # noqa: S101 - others were left out
        neck, radius = points[0], float(np.linalg.norm(points[2] - points[1]))
        side = radius / math.exp(random.uniform(*np.log(self.framing.radius)))
        turn = self._turn(random)
        off = (0.5 - np.array([random.uniform(*across), random.uniform(0.1, 0.75)])) * side
        x = neck[0] + math.cos(turn) * off[0] - math.sin(turn) * off[1]
        y = neck[1] + math.sin(turn) * off[0] + math.cos(turn) * off[1]
        return Roi(x, y, side, side, turn)

    def _turn(self, random: Random) -> float:
        if random.random() < self.framing.lying:
            return float(random.uniform(-LYING_RAD, LYING_RAD))
        return float(random.normal(0, self.framing.turn_rad))

    def _unlabelled(self, image: Image, random: Random) -> Values:
        whole = letterbox((image.shape[1], image.shape[0]))
        if random.random() < self.framing.whole:
            return crop(image, whole, INPUT_SIDE, "black")
        side = whole.width * math.exp(random.uniform(*np.log(self.framing.zoom)))
        slack = abs(whole.width - side) / 2
        x, y = whole.x_center + random.uniform(-slack, slack), whole.y_center + random.uniform(-slack, slack)
        roi = Roi(x, y, side, side, self._turn(random))
        return crop(image, roi, INPUT_SIDE, "black" if random.random() < 0.5 else "edge")


def placed(image: Image, picture: Picture, roi: Roi, outside: str) -> tuple[Values, Doubles, npt.NDArray[np.bool_]]:
    """Return the input that shows a region of a picture, its people's points in it, and who has to be found.

    Those are the people of whom enough is seen and whose neck is in the picture and in the input.
    """
    levels = crop(image, roi, INPUT_SIDE, "black" if outside == "black" else "edge")
    clearest = sorted(picture.people, key=lambda person: -float(np.nan_to_num(person.visibility).sum()))
    found = [(person, points_of(person)) for person in clearest]
    known = [(person, points) for person, points in found if points is not None]
    if not known:
        return levels, np.zeros((0, 5, 2)), np.zeros(0, bool)
    there = np.stack([points for _, points in known])
    cos, sin = math.cos(roi.rotation), math.sin(roi.rotation)
    moved = (there - [roi.x_center, roi.y_center]) @ np.array([[cos, -sin], [sin, cos]])
    inside = _within(there[:, 0], picture.size)
    points = (moved / roi.width + 0.5) * INPUT_SIDE
    seen = np.array([is_seen(person) for person, _ in known])
    return levels, points, seen & inside & _within(points[:, 0], (INPUT_SIDE, INPUT_SIDE))


def _within(places: Doubles, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    return np.asarray(((places >= 0) & (places < size)).all(1))


def mirrored(levels: Values, points: Doubles) -> tuple[Values, Doubles]:
    """Return the mirror image; sample k becomes sample 223 - k."""
    return np.ascontiguousarray(levels[:, ::-1]), np.stack([INPUT_SIDE - 1 - points[..., 0], points[..., 1]], axis=-1)


def banded(
    levels: Values, points: Doubles, taught: npt.NDArray[np.bool_], random: Random
) -> tuple[Values, Doubles, npt.NDArray[np.bool_]]:
    """Return the input as a picture of other proportions would have it: with black bars, upright or lying."""
    axis = int(random.integers(2))
    bar = round((1 - random.uniform(0.56, 0.8)) / 2 * INPUT_SIDE)
    shown = np.zeros_like(levels)
    part = (slice(bar, INPUT_SIDE - bar), slice(None)) if axis else (slice(None), slice(bar, INPUT_SIDE - bar))
    shown[part] = levels[part]
    across = points[:, 0, axis]
    return shown, points, taught & (across >= bar) & (across < INPUT_SIDE - bar)
