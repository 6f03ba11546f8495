"""How far to go: the share of the way from the released to the taught weights that is kept.

Candidates are measured as the page would run them, on validation pictures and, if there are any, on photos of ordinary
people. Of those that the guard lets pass, the one that is right most often is taken; test pictures have no say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converter import network as networks
from converter import patch, sources, tflite

from ..dataset import GROUPS, Dataset
from ..evaluation import figures, measure
from ..pipeline.networks import ROOT, Network, Networks, open_landmarks
from . import guard, network

Values = npt.NDArray[np.float32]
Json = dict[str, Any]

SCORE = "pck@0.2"
ENOUGH = 0.002
"""A smaller share is taken if it is worse than the best by no more than this: two landmarks of a thousand."""


@dataclass(frozen=True)
class Candidate:
    """One share and what came of it."""

    share: float
    score: float
    complaints: tuple[str, ...]
    summary: Json
    drift: guard.Drift | None


@dataclass(frozen=True)
class Judge:
    """What candidates are measured on. ``ordinary`` are crops (256, 256, 3), 0..255, of people who use no aid."""

    validation: Dataset
    ordinary: Sequence[Values]
    released: Network
    detector: Network

    def figures(self, landmarks: Network, tick: Callable[[], None] = lambda: None) -> Json:
        """Return the figures of a network on the validation pictures, detector and all."""
        networks_ = Networks(landmarks, self.detector)
        return figures.summarise(list(measure.run(networks_, self.validation, "detector", tick)), [])


def score(summary: Json) -> float:
    """Return the mean of PCK@0.2 over mobility groups, or of all people if the pictures tell no groups.

    Without hips in any picture there is no torso to measure with; then it is the mean OKS.
    """
    groups = summary["groups"]
    there = [groups[name] for name in GROUPS if name in groups] or [groups["all"]]
    for key in (SCORE, "oks"):
        if known := [entry[key] for entry in there if entry[key] is not None]:
            return float(np.mean(known))
    return 0.0


def write(model: Any, source: str, path: Path) -> Path:
    """Write a network's weights into a copy of the released .tflite file; for measuring, not for giving away."""
    released = sources.find(source, ROOT)
    graph = tflite.read(released)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(patch.replace(released.read_bytes(), released.name, networks.constants(graph, model)))
    return path


def consider(  # noqa: PLR0913 - what a choice needs
    model: Any,
    source: str,
    ends: tuple[Sequence[Values], Sequence[Values]],
    share: float,
    judge: Judge,
    before: Json,
    folder: Path,
    adjust: Callable[[Any], object],
    tick: Callable[[], None] = lambda: None,
) -> Candidate:
    """Measure the network with ``share`` of the way between ``ends``, the weights before and after teaching.

    ``adjust`` is called with it before that. The network is left with these weights.
    """
    model.set_weights(network.mix(*ends, share))
    adjust(model)
    opened = open_landmarks(str(write(model, source, folder / f"blazepose-{share:g}.tflite")))
    summary = judge.figures(opened, tick)
    drift = guard.drift(judge.released, opened, judge.ordinary) if judge.ordinary else None
    return Candidate(share, score(summary), tuple(guard.complaints(before, summary, drift)), summary, drift)


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """Return the best that the guard lets pass, or of all if it lets none; of nearly equals the smallest share."""
    passed = [one for one in candidates if not one.complaints] or list(candidates)
    best = max(one.score for one in passed)
    return min((one for one in passed if one.score >= best - ENOUGH), key=lambda one: one.share)


def table(candidates: Sequence[Candidate]) -> list[Mapping[str, Any]]:
    """Return what a report says of the candidates."""
    return [
        {
            "share": one.share,
            SCORE: round(one.score, 4),
            "drift": one.drift.described() if one.drift else None,
            "complaints": list(one.complaints),
        }
        for one in candidates
    ]
