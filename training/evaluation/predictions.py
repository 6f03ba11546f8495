"""Poses that anything else predicted, for the same figures: COCO's results format, or 33 landmarks.

A file holds a list of ``{"image_id", "category_id": 1, "keypoints": 17 x (x, y, score), "score"}``, as COCO's
own evaluation reads it, or of ``{"image_id", "score", "landmarks": 33 x [x, y, z], "world_landmarks", "visibility"}``
with units and frames of ``docs/data.md``; the last two are optional.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pose.landmarks import COCO17, COUNT, index
from pose.projection import Pose
from pose.roi import Roi

from ..dataset import Dataset
from ..errors import DataError
from .measure import Found, Row, Tells, judge, matched, most, seen

Doubles = npt.NDArray[np.float64]
Json = dict[str, Any]

PERSON = 1
"""COCO's category."""
_COCO = [index(name) for name in COCO17.values()]
_NOWHERE = Roi(0, 0, 0, 0, 0)


class Predictions:
    """What a file says, by image."""

    def __init__(self, path: Path, data: Dataset) -> None:
        """Read a file about the pictures of ``data``; raises `DataError` naming the file and the entry."""
        self.path = path
        self._found: dict[int | str, list[Found]] = {picture.id: [] for picture in data.pictures}
        kinds: dict[tuple[int, bool], int] = {}
        for place, entry in enumerate(_entries(path)):
            where = f"{path}: prediction number {place}"
            if entry.get("category_id", PERSON) != PERSON:
                continue
            if entry.get("image_id") not in self._found:
                raise DataError(f"{where}: image_id: there is no image {entry.get('image_id')!r} in {data.path}")
            score, pose = _pose(entry, where)
            kinds[_kind(pose)] = place
            self._found[entry["image_id"]].append((score, pose))
        if len(kinds) != 1:
            said = " and ".join(f"{count} points, number {place}" for (count, _), place in kinds.items())
            raise DataError(f"{path}: expected predictions of one kind, got {said or 'none'}")
        ((count, visibility),) = kinds
        told = np.ones(COUNT, bool) if count == COUNT else np.isin(np.arange(COUNT), _COCO)
        labelled = [person.landmarks for picture in data.pictures for person in picture.people]
        self.tells = Tells(told, not any(np.isfinite(points[~told]).any() for points in labelled), visibility)

    def run(self, data: Dataset, tick: Callable[[], None] = lambda: None) -> Iterator[Row]:
        """Yield a row for each annotated person, as `measure.run` does.

        As many predictions of a picture count as the page would look for, the best by score.
        """
        for picture in seen(data).pictures:
            if picture.people:
                best = sorted(self._found[picture.id], key=lambda one: -one[0])[: most(picture.people)]
                yield from judge(picture, matched(best, picture.people), self.tells)
            tick()


def _entries(path: Path) -> list[Json]:
    try:
        said = json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}") from error
    if not isinstance(said, list) or not all(isinstance(entry, dict) for entry in said):
        raise DataError(f"{path}: expected a list of predictions as COCO's results have it")
    return said


def _kind(pose: Pose) -> tuple[int, bool]:
    """Return how many points a prediction has, and whether it tells visibility."""
    return (COUNT if np.isfinite(pose.landmarks[:, 2]).any() else len(_COCO)), bool(np.isfinite(pose.visibility).any())


def _pose(entry: Json, where: str) -> Found:
    score = _numbers(entry.get("score", 1.0), (), f"{where}: score")
    world, visibility = np.full((COUNT, 3), np.nan), np.full(COUNT, np.nan)
    if "landmarks" in entry:
        landmarks = _numbers(entry["landmarks"], (COUNT, 3), f"{where}: landmarks")
        if entry.get("world_landmarks") is not None:
            world = _numbers(entry["world_landmarks"], (COUNT, 3), f"{where}: world_landmarks")
        if entry.get("visibility") is not None:
            visibility = _numbers(entry["visibility"], (COUNT,), f"{where}: visibility")
            if not ((visibility >= 0) & (visibility <= 1)).all():
                raise DataError(f"{where}: visibility: expected probabilities within 0..1")
    else:
        landmarks = np.full((COUNT, 3), np.nan)
        points = _numbers(entry.get("keypoints"), (3 * len(_COCO),), f"{where}: keypoints")
        landmarks[_COCO, :2] = points.reshape(-1, 3)[:, :2]
    return float(score), Pose(landmarks, world, visibility, np.full(COUNT, np.nan), _NOWHERE)


def _numbers(said: Any, shape: tuple[int, ...], where: str) -> Doubles:
    try:
        found = np.array(said, np.float64)
    except (TypeError, ValueError):
        found = np.full(0, np.nan)
    if found.shape != shape or not np.isfinite(found).all():
        size = " x ".join(map(str, shape))
        raise DataError(f"{where}: expected {size + ' numbers' if shape else 'a number'}, got {str(said)[:60]}")
    return found
