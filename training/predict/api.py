"""What ``import poseable`` offers to programs: `predict` for a picture, `Tracker` for a stream of them.

The page's own pipeline runs behind it: person detector, region, landmark network, heat map, projection, and for streams
tracks and filters.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..pipeline import estimator, networks, pictures
from ..pipeline.networks import Networks
from ..pipeline.pictures import Image

Doubles = npt.NDArray[np.float64]
Picture = Any
"""A path, an array (height, width, 3) uint8 in RGB, or what becomes one: a PIL image."""

PEOPLE = 4
"""Whom to look for unless told otherwise: as many as the page offers."""
MOST_PEOPLE = 8
_KEPT_OPEN = 3  # models, with their detectors

# TFLite's interpreters do one thing at a time; `predict` may be called from several threads.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class Person:
    """One person in one picture. Arrays have a row per name in ``poseable.LANDMARKS``.

    ``id``: from 1; the same person keeps it in a stream. ``score``: probability that somebody is there.
    ``landmarks`` (33, 3): x right, y down, px of the picture; z in the same unit, smaller is nearer, 0 at the hips.
    ``world_landmarks`` (33, 3): m, x right, y down, z away from the camera, origin at the hip centre.
    ``visibility`` (33,): probability of being in the picture and not hidden; ``presence`` (33,): of being in it.
    """

    id: int
    score: float
    landmarks: Doubles
    world_landmarks: Doubles
    visibility: Doubles
    presence: Doubles


def predict(
    picture: Picture, model: str | None = None, *, detector: str | None = None, people: int = PEOPLE
) -> list[Person]:
    """Return the people in one picture, at most ``people`` of them (1 to 8), best first.

    ``model`` and ``detector`` are names (``blazepose-lite``, or one that you taught), folders, or .tflite files; None
    takes the page's defaults. Raises `poseable.Error` for a file that is no picture and a model that is not there,
    ``ValueError`` for an array of another shape or kind.
    """
    return Tracker(model, detector=detector, people=people, smooth=False).track(picture)


class Tracker:
    """Follows people through the pictures of a camera or a video, as the page does."""

    def __init__(
        self, model: str | None = None, *, detector: str | None = None, people: int = PEOPLE, smooth: bool = True
    ) -> None:
        """Open the networks; arguments as for `predict`, ``smooth`` filters jitter as the page does."""
        if not 1 <= people <= MOST_PEOPLE:
            raise ValueError(f"people: expected 1 to {MOST_PEOPLE}, got {people}")
        self._networks = opened(model, detector)
        self._people = people
        self._smooth = smooth
        self.reset()

    def track(self, picture: Picture, time: float = 0.0) -> list[Person]:
        """Return the people in the next picture, by id.

        ``time`` (s) is when it was taken, from any start; a step back in time or another picture size ends all tracks.
        """
        image = as_image(picture)
        with _ONE_AT_A_TIME:
            found = self._estimator.estimate(image, time)
        return [person_of(person) for person in found]

    def reset(self) -> None:
        """Forget everybody, as at a cut."""
        self._estimator = estimator.Estimator(self._networks, self._people, self._smooth)


def person_of(person: estimator.Person) -> Person:
    """Return a person of the pipeline in the form that programs are given."""
    pose = person.pose
    return Person(person.id, person.score, pose.landmarks, pose.world_landmarks, pose.visibility, pose.presence)


def opened(model: str | None, detector: str | None) -> Networks:
    """Return the networks by name, folder or file, from memory if they were asked for before and are the same."""
    model = networks.default("landmarks") if model is None else str(model)
    detector = networks.default("detector") if detector is None else str(detector)
    files = networks.find(model, "blazepose"), networks.find(detector, "detector")
    return _opened(model, detector, tuple((file, file.stat().st_mtime_ns) for file in files))


@lru_cache(_KEPT_OPEN)
def _opened(model: str, detector: str, files: Sequence[tuple[Path, int]]) -> Networks:  # noqa: ARG001 - taught anew
    return Networks(networks.open_landmarks(model), networks.open_detector(detector))


def as_image(picture: Picture) -> Image:
    """Return a picture as an array (height, width, 3) of uint8, RGB.

    Raises `DataError` for a file that is no picture, ``ValueError`` for an array of another shape or kind.
    """
    if isinstance(picture, str | os.PathLike):
        path = Path(picture)
        if not path.is_file():
            raise DataError(f"{path}: there is no such file")
        return pictures.read(path)
    if hasattr(picture, "convert"):  # a PIL image, whatever its mode
        import PIL.ImageOps

        upright: Any = PIL.ImageOps.exif_transpose(picture)
        picture = upright.convert("RGB")
    image = np.asarray(picture)
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"picture: expected an array (height, width, 3), RGB, got the shape {image.shape}")
    if image.dtype != np.uint8:
        raise ValueError(f"picture: expected levels of 0 to 255 as uint8, got {image.dtype}")
    return np.ascontiguousarray(image)
