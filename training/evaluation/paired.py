"""Two models on the same people: differences with intervals of their own.

What makes a picture hard makes it hard for both, so a difference is known far better than the two figures it is of.
Both are drawn with the same bootstrap replicates; a difference whose 95 % interval is on one side of 0 is no chance.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from . import figures
from .tally import MEANS, OF_FOUND, Tally

Json = dict[str, Any]


def compare(before: Tally, after: Tally) -> Json:
    """Return for each group and figure ``before``, ``after``, ``difference`` (after - before) and its ``ci95``.

    The tallies are of the same people (`training.evaluation.tally`). MPJPE and PA-MPJPE are over people whom both
    found (``found_by_both``): over others they would compare different people. Raises `DataError` if the people differ.
    """
    _check(before, after)
    both = before.found & after.found
    groups = [figures.grouped(_of_found(one, both)) for one in (before, after)]
    entries = {name: _entry(groups[0][name], groups[1][name]) for name in groups[0]}
    for name, entry in entries.items():
        entry["found_by_both"] = int(both[_places(before, name)].sum())
    (gap_before, drawn_before), (gap_after, drawn_after) = map(figures.gap, groups)
    nan = float("nan")
    gaps = [nan if gap is None else gap for gap in (gap_before, gap_after)]
    drawn = None if drawn_before is None or drawn_after is None else drawn_after - drawn_before
    return {"groups": entries, "inclusion_gap": _difference(gaps[0], gaps[1], drawn)}


def _check(before: Tally, after: Tally) -> None:
    for name in ("people", "clusters", "groups"):
        told = getattr(before, name), getattr(after, name)
        if len(told[0]) != len(told[1]):
            raise DataError(f"expected two measurements of the same people, got {len(told[0])} and {len(told[1])}")
        for one, other in zip(*told, strict=True):
            if one != other:
                raise DataError(f"expected two measurements of the same people, got {one!r} here and {other!r} there")


def _of_found(people: Tally, both: npt.NDArray[np.bool_]) -> Tally:
    sums = people.sums.copy()
    for name in OF_FOUND:
        sums[~both, MEANS.index(name)] = 0
    return replace(people, sums=sums)


def _places(people: Tally, name: str) -> list[int]:
    return [place for place, group in enumerate(people.groups) if name in (figures.ALL, group)]


def _entry(before: figures.Group, after: figures.Group) -> Json:
    values = before.values(), after.values()
    enough = before.is_enough
    drawn = (before.replicates(), after.replicates()) if enough else ({}, {})
    entry: Json = {"n": len(before.people.people), "clusters": len(before.sums)}
    for name in figures.NAMED:
        apart = drawn[1][name] - drawn[0][name] if enough else None
        entry[name] = _difference(values[0][name], values[1][name], apart)
    return entry


def _difference(before: float, after: float, drawn: figures.Doubles | None) -> Json:
    return {
        "before": figures.known(before),
        "after": figures.known(after),
        "difference": figures.known(after - before),
        "ci95": None if drawn is None else figures.interval(drawn),
    }
