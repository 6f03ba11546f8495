"""From rows to figures: means per mobility group with bootstrap intervals, calibration, and the inclusion gap.

Every figure is a ratio of sums over people, so a bootstrap replicate is a weighting of the sums: pictures are drawn
again with replacement within a group, all frames of a sequence together, as they are nearly the same picture
(percentile bootstrap, Efron and Tibshirani 1993, chapter 13; clusters: Davison and Hinkley 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pose.landmarks import CERTAIN_VISIBILITY, NAMES
from pose.metrics import mean

from ..dataset import GROUPS
from .measure import Jitter, Row

Doubles = npt.NDArray[np.float64]
Json = dict[str, Any]

REPLICATES = 1000
SEED = 20_000
"""Of the bootstrap: the same rows give the same intervals."""
LEVEL = 0.95
BINS = 10
"""Of the reliability diagram, equally wide (Guo et al., "On calibration of modern neural networks", ICML 2017)."""
LEAST_CLUSTERS = 5
"""With fewer pictures and sequences a bootstrap says nothing, and intervals are left out."""
POINTS = 100
"""Of a share, for the inclusion gap."""

MEANS = ("detected", "pck@0.2", "pck@0.1", "pdj@0.2", "oks", "mpjpe_mm", "pa_mpjpe_mm")
_ECE = "visibility_ece"


def _sums(row: Row) -> Doubles:
    """Return what one person adds: (7, 2) sum and count for each of `MEANS`; where nothing is known both are 0."""
    values: list[Doubles | float] = [
        float(row.pose is not None), *row.pck, row.pdj, row.oks, row.mpjpe, row.pa_mpjpe,
    ]  # fmt: skip
    finite = [np.asarray(value)[np.isfinite(value)] for value in values]
    return np.array([[part.sum(), part.size] for part in finite])


def _bins(row: Row) -> Doubles:
    """Return (10, 3) for each bin of predicted visibility: landmarks, sum predicted, sum true; of people found."""
    if row.pose is None:
        return np.zeros((BINS, 3))
    predicted, true = row.pose.visibility, row.person.visibility
    known = np.isfinite(true) & np.isfinite(predicted)
    predicted, true = predicted[known], true[known]
    place = np.minimum((predicted * BINS).astype(int), BINS - 1)
    columns = (np.ones(len(place)), predicted, true)
    return np.stack([np.bincount(place, weights, BINS) for weights in columns], axis=1)


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
    """Figures of some rows."""

    def __init__(self, rows: Sequence[Row], jitters: Sequence[Jitter], name: str) -> None:
        self.rows, self.jitters = rows, jitters
        keys = [
            ("sequence", row.picture.sequence) if row.picture.sequence is not None else ("image", row.picture.id)
            for row in rows
        ]
        places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        self.sums = np.zeros((len(places), len(MEANS), 2))
        self.bins = np.zeros((len(places), BINS, 3))
        for key, row in zip(keys, rows, strict=True):
            self.sums[places[key]] += _sums(row)
            self.bins[places[key]] += _bins(row)
        # The stream depends on the group's name alone, so that another group changes nothing here.
        chance = np.random.default_rng([SEED, *name.encode()])
        count = len(places)
        self.weights = chance.multinomial(count, np.full(count, 1 / count), REPLICATES).astype(np.float64)

    def replicates(self) -> dict[str, Doubles]:
        """Return `REPLICATES` values of each figure."""
        ratios = _ratio(np.einsum("rc,cmk->rmk", self.weights, self.sums))
        found = {name: ratios[:, place] for place, name in enumerate(MEANS)}
        found[_ECE] = calibration_error(np.einsum("rc,cbk->rbk", self.weights, self.bins))
        return found

    def figures(self) -> Json:
        """Return the group's entry of the report; what is not known is None."""
        total, bins = self.sums.sum(0), self.bins.sum(0)
        values = dict(zip(MEANS, _ratio(total).tolist(), strict=True)) | {_ECE: float(calibration_error(bins))}
        intervals = {} if len(self.sums) < LEAST_CLUSTERS else self.replicates()
        # MPJPE and PA-MPJPE are over people found: this says how many.
        found = sum(row.pose is not None for row in self.rows)
        entry: Json = {"n": len(self.rows), "found": found, "clusters": len(self.sums)}
        entry |= {name: _known(value) for name, value in values.items()}
        entry["ci95"] = {name: interval(intervals[name]) if name in intervals else None for name in values}
        entry["jitter"], entry["jitter_mm"], entry["sequences"] = self._jitter()
        entry["reliability"] = reliability(bins)
        return entry

    def _jitter(self) -> tuple[float | None, float | None, int]:
        weights = np.array([jitter.frames for jitter in self.jitters], np.float64)
        means = []
        for values in ([one.torso for one in self.jitters], [one.world for one in self.jitters]):
            known = np.isfinite(values)
            means.append(float(np.average(np.array(values)[known], weights=weights[known])) if known.any() else None)
        return means[0], means[1], len({jitter.sequence for jitter in self.jitters})


def _known(value: float) -> float | None:
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
    of other names have figures and no part in it.
    """
    groups = {"all": Group(rows, jitters, "all")}
    there = {row.person.group for row in rows if row.person.group}
    for name in [*(name for name in GROUPS if name in there), *sorted(there - set(GROUPS))]:
        some = [row for row in rows if row.person.group == name]
        groups[name] = Group(some, [jitter for jitter in jitters if jitter.group == name], name)
    entries = {name: group.figures() for name, group in groups.items()}
    judged = [name for name in GROUPS if name in entries and entries[name]["pdj@0.2"] is not None]
    spread = [entries[name]["pdj@0.2"] for name in judged]
    gap: float | None = None
    gap_interval: list[float] | None = None
    if len(spread) > 1:
        gap = POINTS * (max(spread) - min(spread))
        if all(len(groups[name].sums) >= LEAST_CLUSTERS for name in judged):
            values = np.stack([groups[name].replicates()["pdj@0.2"] for name in judged])
            gap_interval = interval(POINTS * (np.nanmax(values, 0) - np.nanmin(values, 0)))
    return {
        "groups": entries,
        "inclusion_gap": gap,
        "inclusion_gap_ci95": gap_interval,
        "landmarks": by_landmark(rows),
    }


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
