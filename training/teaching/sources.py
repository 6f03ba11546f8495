"""Whom a student sees: annotated people, people in photos as the released network sees them, and nobody.

The released network is the teacher of all that labels do not say. It sees the crop as it is, the student sees it
disturbed (knowledge distillation, Hinton et al. 2015; noisy student, Xie et al. 2020), so that the student keeps what
the teacher knows of real people, and of depth where labels have two dimensions.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pose.landmarks import COUNT, RAW_COUNT
from pose.projection import INPUT_SIDE
from pose.roi import Roi

from ..data import TARGETS, Crops, Variation, disturbed, jittered, mirror_image
from ..dataset import Dataset
from ..errors import DataError
from ..pipeline import pictures
from ..pipeline.crop import crop
from ..pipeline.estimator import Estimator
from ..pipeline.networks import Network, Networks

Values = npt.NDArray[np.float32]
Targets = dict[str, Values]

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
MOST_PEOPLE = 4
"""Of a photo, whom the teacher shows."""
SEEN_AS = 0.25
"""How much the teacher's word on visibility counts beside the truth of renders: it takes most of what it guesses behind
aids and bodies for seen."""
DOUBT = 0.2
"""The teacher's flag from which on a region without people is doubted and tells nothing: collections of backgrounds are
full of passers-by, and a student that is told otherwise stops seeing people."""
EMPTY_SIDE = (0.4, 1.0)
"""Shares of a picture's longer side that regions without anybody have."""


class Teacher:
    """A network whom several threads may ask, one at a time."""

    def __init__(self, network: Network) -> None:
        self._network, self._lock = network, threading.Lock()

    def __call__(self, levels: Values) -> Targets:
        """Return its word on a crop (256, 256, 3), 0..255, as targets."""
        with self._lock:
            return teach(self._network(levels))


class Labelled:
    """Annotated people; what their labels do not tell is the teacher's word."""

    def __init__(self, data: Sequence[Dataset], variation: Variation, seed: int, teacher: Network) -> None:
        self._crops = Crops(data, 1, variation, seed)
        self._teacher = Teacher(teacher)
        if not self._crops.samples:
            raise DataError("expected annotated people, found none")

    @property
    def people(self) -> int:
        """How many there are."""
        return len(self._crops.samples)

    def view(self, number: int) -> tuple[Values, Targets]:
        """Return view number ``number // people`` of person ``number % people``."""
        place, epoch = number % self.people, number // self.people
        image, targets, clean = self._crops.shown(place, epoch)
        if targets["world_weight"].any() and targets["visibility_weight"].any():
            return image, targets
        return image, completed(targets, self._teacher(clean))


class Photos:
    """People in photos without labels, as the teacher sees them."""

    def __init__(self, paths: Sequence[Path], teacher: Networks, variation: Variation, seed: int) -> None:
        """Look for people in all photos; raises `DataError` on what is no picture, or if there is nobody."""
        self._variation, self._seed = variation, seed
        self._teacher = Teacher(teacher.landmarks)
        self._people: list[tuple[Path, Roi]] = []
        for path in paths:
            found = Estimator(teacher, MOST_PEOPLE, smooth=False).estimate(pictures.read(path), 0.0)
            # The region that follows from the pose is better centred than the detector's.
            self._people += [(path, person.pose.next_roi) for person in found]
        if not self._people:
            raise DataError(f"expected photos with people, found nobody in {len(paths)}")

    @property
    def people(self) -> int:
        """How many there are."""
        return len(self._people)

    def view(self, number: int) -> tuple[Values, Targets]:
        """Return a view of person ``number % people``."""
        random = np.random.default_rng([self._seed, number])
        path, roi = self._people[number % self.people]
        image = pictures.read(path)
        if random.random() < self._variation.cut:
            image = _cut(image, roi, random)
        levels = crop(image, jittered(roi, self._variation, random), INPUT_SIDE, "edge")
        if random.random() < self._variation.mirror:
            levels = mirror_image(levels)
        targets = self._teacher(levels)
        return disturbed(levels, self._variation, random) / np.float32(255), targets


class Nobody:
    """Pictures without people."""

    def __init__(self, paths: Sequence[Path], teacher: Network, variation: Variation, seed: int) -> None:
        self._paths, self._variation, self._seed = list(paths), variation, seed
        self._teacher = Teacher(teacher)
        if not self._paths:
            raise DataError("expected pictures without people, found none")

    def view(self, number: int) -> tuple[Values, Targets]:
        """Return a region somewhere in picture ``number % pictures``."""
        random = np.random.default_rng([self._seed, number])
        image = pictures.read(self._paths[number % len(self._paths)])
        height, width = image.shape[:2]
        side = max(height, width) * random.uniform(*EMPTY_SIDE)
        x, y = random.uniform(0.3, 0.7, 2) * [width, height]
        levels = crop(image, Roi(float(x), float(y), side, side, 0.0), INPUT_SIDE, "edge")
        targets = {name: np.zeros(shape, np.float32) for name, shape in TARGETS.items()}
        targets["flag_weight"] = (self._teacher(levels)["flag"] < DOUBT).astype(np.float32)
        return disturbed(levels, self._variation, random) / np.float32(255), targets


def teach(said: Mapping[str, Values]) -> Targets:
    """Return a teacher's outputs for one crop as targets.

    Places count as far as the teacher believes in them; what it says of somebody whom it doubts counts less.
    """
    raw = np.asarray(said["landmarks"], np.float32).reshape(RAW_COUNT, 5)
    world = np.asarray(said["world"], np.float32).reshape(RAW_COUNT, 3)[:COUNT]
    flag = float(np.asarray(said["flag"]).ravel()[0])
    points = raw[:COUNT]
    visibility, presence = (1 / (1 + np.exp(-np.clip(points[:, k], -50, 50))) for k in (3, 4))
    sure = np.full(COUNT, flag, np.float32)
    return {
        "landmarks": points[:, :3],
        "landmarks_weight": presence * flag,
        "z_weight": presence * flag,
        "world": world,
        "world_weight": sure,
        "visibility": visibility,
        "visibility_weight": SEEN_AS * sure,
        "presence": presence,
        "presence_weight": sure,
        "alignment": raw[COUNT : COUNT + 2, :2],
        "alignment_weight": sure[:2],
        "flag": np.full(1, flag, np.float32),
        "flag_weight": np.ones(1, np.float32),
    }


def completed(targets: Targets, teacher: Targets) -> Targets:
    """Return labels with the teacher's word where they say nothing: depth, space, visibility of points in a photo."""
    found = dict(targets)
    known = targets["landmarks_weight"] > 0
    unknown_z = known & (targets["z_weight"] == 0)
    found["landmarks"] = targets["landmarks"].copy()
    found["landmarks"][unknown_z, 2] = teacher["landmarks"][unknown_z, 2]
    found["z_weight"] = np.where(unknown_z, teacher["z_weight"], targets["z_weight"])
    # Points that nobody labelled keep the teacher's place.
    found["landmarks"][~known] = teacher["landmarks"][~known]
    for name in ("landmarks_weight", "z_weight"):
        found[name] = np.where(known, found[name], teacher[name])
    for name in ("world", "visibility", "presence"):
        weight = targets[f"{name}_weight"]
        said = weight > 0
        found[name] = np.where(said[:, None] if name == "world" else said, targets[name], teacher[name])
        found[f"{name}_weight"] = np.where(said, weight, teacher[f"{name}_weight"])
    return {name: np.asarray(values, np.float32) for name, values in found.items()}


def photos_in(folder: Path) -> list[Path]:
    """Return the pictures in a folder and below it; raises `DataError` if there are none."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise DataError(f"{folder}: expected pictures ({', '.join(SUFFIXES)}), found none")
    return found


def _cut(image: pictures.Image, roi: Roi, random: np.random.Generator) -> pictures.Image:
    """Let the picture end within the person, at the bottom or at a side, as in `training.data.cut`."""
    height, width = image.shape[:2]
    reach = roi.width / 2.5 * random.uniform(0.1, 0.9)
    side = random.choice(["bottom", "left", "right"], p=[0.6, 0.2, 0.2])
    if side == "bottom":
        return image[: int(min(height, max(roi.y_center + reach, 2)))]
    if side == "right":
        return image[:, : int(min(width, max(roi.x_center + reach, 2)))]
    blank = image.copy()
    start = int(max(0, min(roi.x_center - reach, width - 2)))
    blank[:, :start] = image[:, start : start + 1]  # as a crop draws its outermost pixels on
    return blank
