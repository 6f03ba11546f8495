"""How far a model agrees with a reference on photographs that nobody has labelled: ``poseable evaluate agreement``.

The reference's own poses stand for the truth, of the people and the landmarks that it is sure of. So this cannot say
that a model is better, only that it has not drifted on what the reference knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pose import metrics
from pose.landmarks import index
from pose.roi import Roi

from ..dataset import Dataset, Person, Picture
from ..errors import DataError
from ..pipeline import pictures
from ..pipeline.estimator import Estimator
from ..pipeline.estimator import Person as Estimated
from ..pipeline.networks import Networks
from . import figures
from .measure import PEOPLE, Row
from .tally import tally

Doubles = npt.NDArray[np.float64]
Json = dict[str, Any]

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
SURE_FLAG = 0.9
"""Least pose flag of a person whom the reference is believed."""
SURE_VISIBILITY = 0.7
"""Least visibility of a landmark that it is believed; a person's hips and shoulders must all have it."""
QUANTILES = {"median": 0.5, "p95": 0.95}
_TORSO = [index(f"{side}_{part}") for part in ("shoulder", "hip") for side in ("left", "right")]


@dataclass(frozen=True)
class Believed:
    """What the reference is sure of: its people as a data set, and the regions in which it saw them, by person."""

    data: Dataset
    rois: dict[int | str, Roi]


def photos(folder: Path) -> list[Path]:
    """Return the pictures below a folder, by name; raises `DataError` if there are none."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not found:
        raise DataError(f"{folder}: expected pictures ({', '.join(SUFFIXES)}), found none")
    return found


def believe(
    networks: Networks, folder: Path, files: Sequence[Path], tick: Callable[[], None] = lambda: None
) -> Believed:
    """Look at photographs with the reference, as the page does; raises `DataError` if it is sure of nobody."""
    found, rois = [], {}
    for path in files:
        image = pictures.read(path)
        size = (image.shape[1], image.shape[0])
        name = path.relative_to(folder).as_posix()
        people = []
        for one in Estimator(networks, PEOPLE[0], smooth=False).estimate(image, 0.0):
            person = _person(one, f"{name}#{one.id}", size)
            if person is not None:
                people.append(person)
                rois[person.id] = one.roi
        found.append(Picture(name, path, size, tuple(people), None, 0.0))
        tick()
    if not rois:
        raise DataError(f"{folder}: the reference is sure of nobody in {len(files)} pictures")
    return Believed(Dataset(folder, tuple(found)), rois)


def _person(one: Estimated, name: str, size: tuple[int, int]) -> Person | None:
    pose = one.pose
    points = pose.landmarks[:, :2]
    sure = (pose.visibility >= SURE_VISIBILITY) & (points >= 0).all(1) & (points < size).all(1)
    if one.score < SURE_FLAG or not sure[_TORSO].all():
        return None
    landmarks, world = (np.where(sure[:, None], part, np.nan) for part in (pose.landmarks, pose.world_landmarks))
    low, high = points[sure].min(0), points[sure].max(0)
    (left, top), (width, height) = low.tolist(), np.maximum(high - low, 1).tolist()
    visibility = np.where(sure, pose.visibility, np.nan)
    presence = np.where(sure, pose.presence, np.nan)
    box = (left, top, width, height)
    return Person(name, name, None, box, width * height, landmarks, world, visibility, presence)


def summarise(rows: Sequence[Row]) -> Json:
    """Return the figures of `figures.summarise` for all people, and ``distance``: quantiles in torso lengths.

    Distances are over the believed landmarks of people found; the intervals draw photographs again.
    """
    said = figures.summarise(rows, [])
    people = figures.Group(tally(rows), figures.ALL)
    order = list(dict.fromkeys(people.people.clusters))
    values, clusters = [np.empty(0)], [np.empty(0, np.intp)]
    for row, cluster in zip(rows, people.people.clusters, strict=True):
        if row.pose is not None:
            off = metrics.pixel_errors(row.pose.landmarks, row.person.landmarks)
            off = off[np.isfinite(off)] / float(metrics.torso_length(row.person.landmarks))
            values.append(off)
            clusters.append(np.full(len(off), order.index(cluster)))
    distances, of = np.concatenate(values), np.concatenate(clusters)
    weights = np.vstack([np.ones(len(order)), people.weights])
    distance: Json = {"n": len(distances), "ci95": {}}
    for name, share in QUANTILES.items():
        drawn = quantile(distances, weights[:, of], share)
        distance[name] = figures.known(float(drawn[0]))
        distance["ci95"][name] = figures.interval(drawn[1:]) if people.is_enough else None
    return {**said, "distance": distance}


def quantile(values: Doubles, weights: Doubles, share: float) -> Doubles:
    """Return for each row of ``weights`` (r, n) a quantile (r,) of ``values`` (n,).

    It is the least value with ``share`` of the weight at or below it; NaN without values, or without weight.
    """
    if not values.size:
        return np.full(len(weights), np.nan)
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[:, order], axis=1)
    place = (below < share * below[:, -1:]).sum(1)
    return np.asarray(np.where(below[:, -1] > 0, values[order][np.minimum(place, len(values) - 1)], np.nan))
