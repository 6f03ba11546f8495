"""From rows to figures: means per mobility group with bootstrap intervals, calibration, and the inclusion gap.

Every figure is a ratio of sums over people, so a bootstrap replicate is a weighting of the sums: pictures are drawn
again with replacement within a group, all frames of a sequence together, as they are nearly the same picture
(percentile bootstrap, Efron and Tibshirani 1993, chapter 13; clusters: Davison and Hinkley 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pose.landmarks import CERTAIN_VISIBILITY, NAMES
from pose.metrics import mean

from ..dataset import GROUPS
from ..errors import DataError
from .jitter import Jitter
from .measure import Row
from .tally import BINS, MEANS, Tally, tally

Doubles = npt.NDArray[np.float64]
Json = dict[str, Any]

REPLICATES = 1000
SEED = 20_000
"""Of the bootstrap: the same rows give the same intervals."""
LEVEL = 0.95
LEAST_CLUSTERS = 5
"""With fewer pictures and sequences a bootstrap says nothing, and intervals are left out."""
ALL = "all"
GAP_OF = "pdj@0.2"
POINTS = 100
"""Of a share, for the inclusion gap."""

_ECE = "visibility_ece"
NAMED = (*MEANS, _ECE)
"""All figures of a group that have intervals."""


def _ratio(sums: Doubles) -> Doubles:
    """Return sum / count over the last axis; NaN where nothing was counted."""
    count = sums[..., 1]
    return np.asarray(np.where(count > 0, sums[..., 0], np.nan) / np.where(count > 0, count, np.nan))


def calibration_error(bins: Doubles) -> Doubles:
    """Return the expected calibration error (...) of bins (..., 10, 3): the mean distance of predicted and true share.

    NaN where there are no landmarks.
    """
    total = bins[..., 0].sum(-1)
    apart = np.abs(bins[..., 1] - bins[..., 2]).sum(-1)
    return np.asarray(np.where(total > 0, apart, np.nan) / np.where(total > 0, total, np.nan))


class Group:
    """Figures of some people; ``name`` alone chooses the bootstrap's chances."""

    def __init__(self, people: Tally, name: str) -> None:
        self.people = people
        places = {key: place for place, key in enumerate(dict.fromkeys(people.clusters))}
        self.sums = np.zeros((len(places), len(MEANS), 2))
        self.bins = np.zeros((len(places), BINS, 3))
        order = [places[key] for key in people.clusters]
        np.add.at(self.sums, order, people.sums)
        np.add.at(self.bins, order, people.bins)
        # The stream depends on the group's name alone: another group changes nothing here, and two models on the same
        # pictures meet the same replicates.
        chance = np.random.default_rng([SEED, *name.encode()])
        count = len(places)
        self.weights = chance.multinomial(count, np.full(count, 1 / count), REPLICATES).astype(np.float64)

    @property
    def is_enough(self) -> bool:
        """Whether there are pictures and sequences enough for intervals."""
        return len(self.sums) >= LEAST_CLUSTERS

    def values(self) -> dict[str, float]:
        """Return each figure, NaN where nothing is known."""
        found = dict(zip(MEANS, _ratio(self.sums.sum(0)).tolist(), strict=True))
        return {**found, _ECE: float(calibration_error(self.bins.sum(0)))}

    def replicates(self) -> dict[str, Doubles]:
        """Return `REPLICATES` values of each figure."""
        sums, bins = (
            (self.weights @ part.reshape(len(part), -1)).reshape(REPLICATES, *part.shape[1:])
            for part in (self.sums, self.bins)
        )
        ratios = _ratio(sums)
        return {name: ratios[:, place] for place, name in enumerate(MEANS)} | {_ECE: calibration_error(bins)}

    def figures(self, jitters: Sequence[Jitter]) -> Json:
        """Return the group's entry of the report; what is not known is None."""
        intervals = self.replicates() if self.is_enough else {}
        # MPJPE and PA-MPJPE are over people found: this says how many.
        entry: Json = {"n": len(self.people.people), "found": int(self.people.found.sum()), "clusters": len(self.sums)}
        entry |= {name: known(value) for name, value in self.values().items()}
        entry["ci95"] = {name: interval(intervals[name]) if name in intervals else None for name in NAMED}
        entry["jitter"], entry["jitter_mm"], entry["sequences"] = _jitter(jitters)
        entry["reliability"] = reliability(self.bins.sum(0))
        return entry


def _jitter(jitters: Sequence[Jitter]) -> tuple[float | None, float | None, int]:
    weights = np.array([jitter.frames for jitter in jitters], np.float64)
    means = []
    for values in ([one.torso for one in jitters], [one.world for one in jitters]):
        there = np.isfinite(values)
        means.append(float(np.average(np.array(values)[there], weights=weights[there])) if there.any() else None)
    return means[0], means[1], len({jitter.sequence for jitter in jitters})


def known(value: float) -> float | None:
    """Return a number as JSON has it: None where nothing is known."""
    return value if np.isfinite(value) else None


def interval(values: Doubles) -> list[float] | None:
    """Return the 95 % percentile interval of bootstrap replicates; None where nothing is known."""
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    outside = (1 - LEVEL) / 2
    return [float(value) for value in np.quantile(values, [outside, 1 - outside])]


def reliability(bins: Doubles) -> list[Json]:
    """Return the reliability diagram: for each bin the mean predicted visibility and the true share."""
    return [
        {
            "low": place / BINS,
            "high": (place + 1) / BINS,
            "n": int(count),
            "predicted": predicted / count if count else None,
            "true": true / count if count else None,
        }
        for place, (count, predicted, true) in enumerate(bins.tolist())
    ]


def summarise(rows: Sequence[Row], jitters: Sequence[Jitter]) -> Json:
    """Return the figures of all people and of each group that is there, and the inclusion gap with its interval.

    The gap is the largest minus the smallest PDJ@0.2 over mobility groups, in points; None with fewer than two. Groups
    of other names have figures and no part in it. Raises `DataError` without rows.
    """
    if not rows:
        raise DataError("expected people who can be seen, found none")
    groups = grouped(tally(rows))
    of = {name: [jitter for jitter in jitters if name in (ALL, jitter.group)] for name in groups}
    value, replicates = gap(groups)
    return {
        "groups": {name: group.figures(of[name]) for name, group in groups.items()},
        "inclusion_gap": value,
        "inclusion_gap_ci95": None if replicates is None else interval(replicates),
        "landmarks": by_landmark(rows),
    }


def grouped(people: Tally) -> dict[str, Group]:
    """Return all people, each mobility group that is there, and then groups of other names."""
    there = set(people.groups) - {""}
    names = [*(name for name in GROUPS if name in there), *sorted(there - set(GROUPS))]
    return {ALL: Group(people, ALL)} | {name: Group(people.part(name), name) for name in names}


def gap(groups: Mapping[str, Group]) -> tuple[float | None, Doubles | None]:
    """Return the inclusion gap in points, and its replicates; None for what is not defined."""
    judged = [group for name, group in groups.items() if name in GROUPS and np.isfinite(group.values()[GAP_OF])]
    if len(judged) < 2:
        return None, None
    spread = [group.values()[GAP_OF] for group in judged]
    value = POINTS * (max(spread) - min(spread))
    if not all(group.is_enough for group in judged):
        return value, None
    values = np.stack([group.replicates()[GAP_OF] for group in judged])
    return value, POINTS * (np.nanmax(values, 0) - np.nanmin(values, 0))


def by_landmark(rows: Sequence[Row]) -> Json:
    """Return for each landmark how often it is right, and of people found, how often it is said and true to be seen."""
    right = np.stack([row.pck[0] for row in rows])
    found = [row for row in rows if row.pose is not None]
    said = np.array([row.pose.visibility >= CERTAIN_VISIBILITY for row in found if row.pose is not None])
    true = np.array([row.person.visibility for row in found])
    return {
        name: {
            "n": int(np.isfinite(right[:, k]).sum()),
            "pck@0.2": mean(right[:, k]),
            "said_visible": mean(said[:, k].astype(np.float64)) if found else None,
            "visible": mean(true[:, k]) if found else None,
        }
        for k, name in enumerate(NAMES)
    }
