"""What a network is shown: crops of annotated people, varied, with their targets, as a ``keras.utils.PyDataset``.

A crop's region is the one that the truth gives, jittered as the detector and the last frame jitter it. Everything that
is drawn by chance depends on the seed, the epoch and the sample's place, whatever the number of workers.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from pose.landmarks import COUNT, PAIRS
from pose.projection import INPUT_SIDE
from pose.roi import Roi

from .dataset import Dataset, Person, Picture
from .evaluation.measure import load, true_roi
from .pipeline.crop import crop
from .pipeline.pictures import Image

Values = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Random = np.random.Generator

TARGETS: dict[str, tuple[int, ...]] = {
    "landmarks": (COUNT, 3),
    "landmarks_weight": (COUNT,),
    "z_weight": (COUNT,),
    "world": (COUNT, 3),
    "world_weight": (COUNT,),
    "visibility": (COUNT,),
    "visibility_weight": (COUNT,),
    "presence": (COUNT,),
    "presence_weight": (COUNT,),
    "alignment": (2, 2),
    "alignment_weight": (2,),
    "flag": (1,),
    "flag_weight": (1,),
}
"""Targets and their shapes without the batch's axis. ``landmarks``: px of the crop, z in the same unit; ``world``: m,
axes of the crop; ``alignment``: hip centre and circle point of the person, px; ``flag``: somebody is there. Weights are
0 where nothing is known, or the limb is not there."""
HIDDEN_WEIGHT = 0.7
"""Of the place of a landmark that is not seen: its truth is known, but not from the picture."""


@dataclass(frozen=True)
class Variation:
    """How much crops vary; all 0 gives the region of the truth and the picture as it is.

    Deviations: ``shift`` in sides of the region, ``scale`` of its logarithm, ``turn_rad``; chances of a ``mirror``
    image, a ``cut`` (the picture ends within the person), ``blur``, ``noise`` and ``jpeg``; ``colour``: deviation of
    gain, of each channel's gain (a third of it) and of the logarithm of gamma.
    """

    shift: float = 0.0
    scale: float = 0.0
    turn_rad: float = 0.0
    mirror: float = 0.0
    cut: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    jpeg: float = 0.0
    colour: float = 0.0


TRAINING = Variation(
    shift=0.025, scale=0.08, turn_rad=0.12, mirror=0.5, cut=0.12, blur=0.25, noise=0.3, jpeg=0.3, colour=0.15
)
NONE = Variation()


@dataclass(frozen=True)
class _Sample:
    picture: Picture
    person: Person


class Crops(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of crops (b, 256, 256, 3), RGB in 0..1, and targets as in `TARGETS`."""

    def __init__(
        self, data: Sequence[Dataset], batch: int, variation: Variation = TRAINING, seed: int = 0, **options: Any
    ) -> None:
        """Take the people of all files; ``options`` are Keras's (``workers``, ``use_multiprocessing``)."""
        super().__init__(**options)
        self.samples = [
            _Sample(picture, person) for one in data for picture in one.pictures for person in picture.people
        ]
        self.batch, self.variation, self.seed, self.epoch = batch, variation, seed, 0

    def __len__(self) -> int:
        """Return the batches of an epoch; the last may be smaller."""
        return math.ceil(len(self.samples) / self.batch)

    def __getitem__(self, index: int) -> tuple[Values, dict[str, Values]]:
        """Return one batch."""
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.samples))
        places = order[index * self.batch : (index + 1) * self.batch]
        shown = [self.sample(int(place)) for place in places]
        images = np.stack([image for image, _ in shown])
        return images, {name: np.stack([targets[name] for _, targets in shown]) for name in TARGETS}

    def on_epoch_end(self) -> None:
        """Go on to other chances."""
        self.epoch += 1

    def sample(self, place: int) -> tuple[Values, dict[str, Values]]:
        """Return the crop of one person, and its targets."""
        image, targets, _ = self.shown(place, self.epoch)
        return image, targets

    def shown(self, place: int, epoch: int) -> tuple[Values, dict[str, Values], Values]:
        """Return the crop of one person in an epoch, its targets, and the crop's levels, 0..255, undisturbed."""
        random = np.random.default_rng([self.seed, epoch, place])
        picture, person = self.samples[place].picture, self.samples[place].person
        image = load(picture)
        if random.random() < self.variation.cut:
            image, person = cut(image, person, random)
        roi = jittered(true_roi(person), self.variation, random)
        levels = crop(image, roi, INPUT_SIDE, "edge")
        targets = targets_of(person, roi)
        if random.random() < self.variation.mirror:
            levels, targets = mirror_image(levels), mirrored(targets)
        return disturbed(levels, self.variation, random) / np.float32(255), targets, levels


def jittered(roi: Roi, variation: Variation, random: Random) -> Roi:
    """Return the region moved, scaled and turned by chance."""
    x, y, size, turn = random.normal(size=4).tolist()
    side = roi.width * math.exp(variation.scale * size)
    return Roi(
        roi.x_center + variation.shift * x * roi.width,
        roi.y_center + variation.shift * y * roi.width,
        side,
        side,
        roi.rotation + variation.turn_rad * turn,
    )


def targets_of(person: Person, roi: Roi) -> dict[str, Values]:
    """Return the targets of a person in a square region of the picture."""
    cos, sin = math.cos(roi.rotation), math.sin(roi.rotation)
    turn = np.array([[cos, sin], [-sin, cos]])  # image axes to the crop's

    def placed(points: Doubles) -> Doubles:
        return np.asarray(((points - [roi.x_center, roi.y_center]) @ turn.T / roi.width + 0.5) * INPUT_SIDE)

    landmarks = np.column_stack([placed(person.landmarks[:, :2]), person.landmarks[:, 2] * INPUT_SIDE / roi.width])
    world = np.column_stack([person.world_landmarks[:, :2] @ turn.T, person.world_landmarks[:, 2]])
    inside = ((landmarks[:, :2] >= 0) & (landmarks[:, :2] < INPUT_SIDE)).all(1)
    # A landmark outside the picture is not present whatever the crop; one outside the crop says nothing.
    told = inside | (person.presence == 0)
    seen = np.where(person.visibility > 0, 1.0, HIDDEN_WEIGHT)
    own = true_roi(person)
    hips = np.array([own.x_center, own.y_center])
    circle = hips + own.width / 2.5 * np.array([math.sin(own.rotation), -math.cos(own.rotation)])
    aligned = np.isfinite(person.landmarks[[11, 12, 23, 24], 0]).all()
    raw = {
        "landmarks": landmarks,
        "landmarks_weight": np.where(np.isfinite(landmarks[:, :2]).all(1) & inside, seen, 0),
        "z_weight": np.where(np.isfinite(landmarks).all(1) & inside, seen, 0),
        "world": world,
        "world_weight": np.isfinite(world).all(1),
        "visibility": person.visibility,
        "visibility_weight": np.isfinite(person.visibility) & told,
        "presence": person.presence,
        "presence_weight": np.isfinite(person.presence) & told,
        "alignment": placed(np.stack([hips, circle])),
        "alignment_weight": np.full(2, float(aligned)),
        "flag": np.ones(1),
        "flag_weight": np.ones(1),
    }
    return {name: np.nan_to_num(values).astype(np.float32) for name, values in raw.items()}


def mirror_image(levels: Values) -> Values:
    """Return a crop's mirror image: sample k of a row becomes sample 255 - k."""
    return np.ascontiguousarray(levels[:, ::-1])


def mirrored(targets: dict[str, Values]) -> dict[str, Values]:
    """Return what is true of a crop's mirror image, left and right exchanged."""
    order = np.arange(COUNT)
    for left, right in PAIRS:
        order[[left, right]] = right, left
    found = {name: values[order] if values.shape[0] == COUNT else values.copy() for name, values in targets.items()}
    for name in ("landmarks", "alignment"):
        found[name][:, 0] = INPUT_SIDE - 1 - found[name][:, 0]
    found["world"][:, 0] *= -1
    return found


def cut(image: Image, person: Person, random: Random) -> tuple[Image, Person]:
    """Let the picture end within the person: below the hips or beside the trunk; what is beyond is not there to see."""
    hips = person.landmarks[[23, 24], :2].mean(0)
    if not np.isfinite(hips).all():
        return image, person
    reach = np.nanmax(np.abs(person.landmarks[:, :2] - hips), axis=0)
    height, width = image.shape[:2]
    share = random.uniform(0.1, 0.9)
    side = random.choice(["bottom", "left", "right"], p=[0.6, 0.2, 0.2])
    x, y = person.landmarks[:, 0], person.landmarks[:, 1]
    if side == "bottom":
        end = round(min(height, max(hips[1] + share * reach[1], 2)))
        return image[:end], _beyond(person, y >= end)
    if side == "right":
        end = round(min(width, max(hips[0] + share * reach[0], 2)))
        return image[:, :end], _beyond(person, x >= end)
    start = round(max(0, min(hips[0] - share * reach[0], width - 2)))
    gone = _beyond(person, x < start)
    left, *rest = gone.box
    return image[:, start:], replace(gone, landmarks=gone.landmarks - [start, 0, 0], box=(left - start, *rest))


def _beyond(person: Person, outside: npt.NDArray[np.bool_]) -> Person:
    known = np.isfinite(person.visibility)
    return replace(
        person,
        landmarks=np.where(outside[:, None], np.nan, person.landmarks),
        visibility=np.where(outside & known, 0.0, person.visibility),
        presence=np.where(outside & np.isfinite(person.presence), 0.0, person.presence),
    )


def disturbed(levels: Values, variation: Variation, random: Random) -> Values:
    """Return levels (side, side, 3), 0..255, as a worse camera would have them."""
    values = levels.astype(np.float64)
    if variation.colour:
        gain = math.exp(random.normal(0, variation.colour)) * np.exp(random.normal(0, variation.colour / 3, 3))
        gamma = math.exp(random.normal(0, variation.colour))
        values = 255 * np.clip(values / 255 * gain, 0, 1) ** gamma
    if random.random() < variation.blur:
        values = gaussian_filter(values, (*random.uniform(0.3, 1.6, 2), 0))
    if random.random() < variation.noise:
        values += random.normal(0, random.uniform(2, 10), values.shape)
    whole = np.clip(np.rint(values), 0, 255).astype(np.uint8) if variation != NONE else levels
    if random.random() < variation.jpeg:
        whole = _compressed(np.asarray(whole, np.uint8), int(random.integers(25, 90)))
    return np.asarray(whole, np.float32)


def _compressed(levels: Image, quality: int) -> Image:
    import PIL.Image

    stream = io.BytesIO()
    PIL.Image.fromarray(levels).save(stream, "JPEG", quality=quality)
    return np.asarray(PIL.Image.open(stream))
