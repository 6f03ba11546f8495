"""What each person adds to the figures: sums and counts. All that means and intervals need, and small enough to keep.

A tally of one model can be laid beside that of another on the same pictures, see `paired`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pose.landmarks import COCO17, index

from ..errors import DataError
from .measure import Row

Doubles = npt.NDArray[np.float64]

BINS = 10
"""Of the reliability diagram, equally wide (Guo et al., "On calibration of modern neural networks", ICML 2017)."""
MEANS = (
    "detected",
    "pck@0.2",
    "pck@0.1",
    "coco_pck@0.2",
    "coco_pck@0.1",
    "pdj@0.2",
    "oks",
    "mpjpe_mm",
    "pa_mpjpe_mm",
)
OF_FOUND = ("mpjpe_mm", "pa_mpjpe_mm")
"""Figures over people who were found; the others count all people."""
_COCO = [index(name) for name in COCO17.values()]


@dataclass(frozen=True)
class Tally:
    """``people`` are their names, ``clusters`` the picture or sequence they are in, ``groups`` "" where there is none.

    ``sums`` (n, figures, 2): sum and count for each of `MEANS`, both 0 where nothing is known. ``bins`` (n, 10, 3) for
    each bin of predicted visibility: landmarks, sum predicted, sum true; of people found.
    """

    people: tuple[str, ...]
    clusters: tuple[str, ...]
    groups: tuple[str, ...]
    sums: Doubles
    bins: Doubles

    def part(self, group: str) -> Tally:
        """Return the people of one group."""
        kept = [place for place, name in enumerate(self.groups) if name == group]
        people, clusters, groups = (tuple(v[k] for k in kept) for v in (self.people, self.clusters, self.groups))
        return Tally(people, clusters, groups, self.sums[kept], self.bins[kept])

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """Who was found (n,)."""
        return np.asarray(self.sums[:, MEANS.index("detected"), 0] > 0)

    def save(self, path: Path) -> None:
        """Write a NumPy archive (.npz) of some hundred bytes a person."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                means=np.array(MEANS),
                people=np.array(self.people, np.str_),
                clusters=np.array(self.clusters, np.str_),
                groups=np.array(self.groups, np.str_),
                sums=self.sums,
                bins=self.bins,
            )


def tally(rows: Sequence[Row]) -> Tally:
    """Sum up rows, one by one."""
    clusters = (
        ("image", row.picture.id) if row.picture.sequence is None else ("sequence", row.picture.sequence)
        for row in rows
    )
    return Tally(
        tuple(f"{row.picture.id}/{row.person.id}" for row in rows),
        tuple(f"{kind} {number}" for kind, number in clusters),
        tuple(row.person.group or "" for row in rows),
        np.array([_sums(row) for row in rows]).reshape(-1, len(MEANS), 2),
        np.array([_bins(row) for row in rows]).reshape(-1, BINS, 3),
    )


def load(path: Path) -> Tally:
    """Read what `Tally.save` wrote; raises `DataError` if it is something else."""
    expected = f"{path}: expected the rows of a measurement, from this version's `poseable evaluate … --rows FILE`"
    try:
        with np.load(path, allow_pickle=False) as said:
            if tuple(said["means"].tolist()) != MEANS:
                raise DataError(f"{expected}; they hold other figures")
            people, clusters, groups = (tuple(said[key].tolist()) for key in ("people", "clusters", "groups"))
            sums, bins = (np.asarray(said[key], np.float64) for key in ("sums", "bins"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{expected}: {error}") from error
    count = len(people)
    shapes = (sums.shape, bins.shape, len(clusters), len(groups))
    if shapes != ((count, len(MEANS), 2), (count, BINS, 3), count, count):
        raise DataError(f"{expected}; its parts have other sizes than {count} people")
    return Tally(people, clusters, groups, sums, bins)


def _sums(row: Row) -> Doubles:
    nothing = np.empty(0)
    wide, narrow = row.pck
    values: list[Doubles | float] = [
        float(row.pose is not None),
        wide if row.whole else nothing,
        narrow if row.whole else nothing,
        wide[_COCO],
        narrow[_COCO],
        row.pdj,
        row.oks,
        row.mpjpe,
        row.pa_mpjpe,
    ]
    finite = [np.asarray(value)[np.isfinite(value)] for value in values]
    return np.array([[part.sum(), part.size] for part in finite])


def _bins(row: Row) -> Doubles:
    if row.pose is None:
        return np.zeros((BINS, 3))
    predicted, true = row.pose.visibility, row.person.visibility
    known = np.isfinite(true) & np.isfinite(predicted)
    predicted, true = predicted[known], true[known]
    place = np.minimum((predicted * BINS).astype(int), BINS - 1)
    columns = (np.ones(len(place)), predicted, true)
    return np.stack([np.bincount(place, weights, BINS) for weights in columns], axis=1)
