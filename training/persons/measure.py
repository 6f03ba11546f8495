"""How well a person detector sees: who was found and how well placed, who was made up, what another one saw.

A person counts as found when a detection's hip centre and body circle are near the true ones. Each detection belongs to
one person at most, the nearest first. Nothing is asked of people who are hardly seen, or whose neck is outside the
picture; detections of them are no false alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from pose.detection import Detection
from pose.roi import SIDE_PER_DISTANCE, crop_to_image, letterbox

from ..dataset import Dataset
from ..evaluation.measure import load
from ..pipeline import pictures
from ..pipeline.estimator import detect
from ..pipeline.networks import Network, Networks
from ..pipeline.pictures import Image
from .habits import is_seen, points_of

Doubles = npt.NDArray[np.float64]
Figures = dict[str, Any]

FOUND = 0.5
"""Radii of the body circle: the mean distance of hip centre and circle point up to which a person is found. A region
that is off by so much still holds most of the body, and the landmark network corrects it in the next frame."""
KEPT = 0.1
"""Sides of the region (2.5 radii): the same distance between two detectors' views of one person, up to which they
agree."""

TWICE = 0.3
"""Radii: detections of one detector whose hip centres are nearer are of one person, seen in two ways (bent over, on a
motorcycle). Only the surer one is asked of another detector; to see fewer doubles is no fault."""


@dataclass(frozen=True)
class Looked:
    """One picture: how far off each annotated person's detection is, in radii (inf: missed), and what nobody asked for.

    ``groups`` and ``errors`` of the people who have to be found; ``alarms``: detections of nobody.
    """

    groups: tuple[str | None, ...]
    errors: tuple[float, ...]
    alarms: int


def regions(network: Network, image: Image) -> Doubles:
    """Return hip centre and body circle point of whoever is detected, best first, (n, 2, 2) px of the picture."""
    whole = letterbox((image.shape[1], image.shape[0]))
    found = detect(Networks(network, network), image)
    return np.array([_points(one, whole) for one in found]).reshape(-1, 2, 2)


def _points(one: Detection, whole: Any) -> list[tuple[float, float]]:
    return [crop_to_image(whole, *one.keypoints[place : place + 2]) for place in (0, 2)]


def distances(ours: Doubles, theirs: Doubles) -> Doubles:
    """Return how far each of (n, 2, 2) is from each of (m, 2, 2), (n, m), in the latter's radii."""
    apart = np.linalg.norm(ours[:, None] - theirs[None], axis=-1).mean(-1)
    return np.asarray(apart / np.linalg.norm(theirs[:, 1] - theirs[:, 0], axis=-1))


def _assigned(apart: Doubles) -> Doubles:
    """Return, for each column, the distance of the row that is its own; inf if it has none."""
    errors = np.full(apart.shape[1], np.inf)
    # Beyond some distance one miss is as good as another.
    rows, columns = linear_sum_assignment(np.minimum(apart, 2 * FOUND))
    errors[columns] = apart[rows, columns]
    return errors


def look(network: Network, data: Dataset, tick: Callable[[], None] = lambda: None) -> list[Looked]:
    """Look at each picture of a data set."""
    found = []
    for picture in data.pictures:
        known = [(person, points) for person in picture.people if (points := points_of(person)) is not None]
        seen = regions(network, load(picture))
        wanted = [
            is_seen(person) and bool(((points[0] >= 0) & (points[0] < picture.size)).all()) for person, points in known
        ]
        truth = np.array([points[1:3] for _, points in known]).reshape(-1, 2, 2)
        apart = distances(seen, truth)
        errors = _assigned(apart)
        alarms = int((apart.min(1, initial=np.inf) > FOUND).sum())
        groups = tuple(person.group for (person, _), want in zip(known, wanted, strict=True) if want)
        found.append(Looked(groups, tuple(errors[np.array(wanted, bool)].tolist()), alarms))
        tick()
    return found


def summarise(looked: Sequence[Looked]) -> Figures:
    """Return per group, and of ``all``: people, share found, median error of those found (radii); alarms a picture."""
    rows = [(group, error) for one in looked for group, error in zip(one.groups, one.errors, strict=True)]
    names = ["all", *sorted({group for group, _ in rows if group is not None})]
    groups = {}
    for name in names:
        errors = np.array([error for group, error in rows if name in ("all", group)])
        right = errors[errors <= FOUND]
        groups[name] = {
            "n": len(errors),
            "detected": float((errors <= FOUND).mean()) if len(errors) else None,
            "error": float(np.median(right)) if len(right) else None,
        }
    return {
        "groups": groups,
        "pictures": len(looked),
        "false_alarms": float(np.mean([one.alarms for one in looked])) if looked else None,
        "pictures_with_false_alarm": sum(one.alarms > 0 for one in looked),
    }


def _once(found: Doubles) -> Doubles:
    """Return detections (n, 2, 2), best first, without those of somebody who was detected already."""
    kept: list[Doubles] = []
    for one in found:
        radius = np.linalg.norm(one[1] - one[0])
        if all(np.linalg.norm(one[0] - other[0]) > TWICE * radius for other in kept):
            kept.append(one)
    return np.array(kept).reshape(-1, 2, 2)


def see(network: Network, paths: Iterable[Path], tick: Callable[[], None] = lambda: None) -> list[Doubles]:
    """Return the `regions` of each picture."""
    found = []
    for path in paths:
        found.append(regions(network, pictures.read(path)))
        tick()
    return found


def agreement(ours: Sequence[Doubles], theirs: Sequence[Doubles]) -> Figures:
    """Return how much of what a released detector sees in pictures (theirs) another one sees too, and what beyond.

    ``kept``: share of its detections that are found within `KEPT`; ``shift``: median distance of those, in sides of the
    region; ``extra``: detections of people whom the released one does not see; ``new``: pictures in which it sees
    nobody, and the other one somebody.
    """
    apart: list[float] = []
    extra = 0
    for mine, yours in zip(ours, theirs, strict=True):
        errors = _assigned(distances(mine, _once(yours))) / SIDE_PER_DISTANCE
        apart += errors.tolist()
        extra += len(mine) - int(np.isfinite(errors).sum())
    every = np.array(apart)
    near = every[every <= KEPT]
    return {
        "pictures": len(ours),
        "detections": len(every),
        "kept": float((every <= KEPT).mean()) if len(every) else None,
        "shift": float(np.median(near)) if len(near) else None,
        "extra": extra,
        "new": sum(len(mine) > 0 and len(yours) == 0 for mine, yours in zip(ours, theirs, strict=True)),
    }
