"""How much of what a detector was taught is kept: a point on the line from the released to the taught weights.

Chosen on validation pictures, photos and pictures without people, none of which it was taught on: the point that finds
most people, as a mean over the mobility groups, of those that see hardly anything else than the released detector in
photos. The less changed one of two that are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..dataset import Dataset
from ..errors import TrainingError
from ..pipeline.networks import Network, open_detector
from ..teaching.choice import write
from ..teaching.network import mix, open_released, weights
from . import measure

Values = npt.NDArray[np.float32]
Figures = dict[str, Any]
Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]

KEPT = 0.99
"""Least share of the released detector's detections in photos that stay where they are (`measure.KEPT`)."""
NEW_ALARMS = 0.01
"""Most pictures without people, as a share, in which somebody is seen whom the released detector does not see."""
SAME = 0.002
"""Shares of people found that differ by less are alike."""


@dataclass(frozen=True)
class Watch:
    """What is looked at: annotated pictures, photos of people, pictures of nobody."""

    data: Dataset
    photos: tuple[Path, ...] = ()
    nobody: tuple[Path, ...] = ()

    @property
    def pictures(self) -> int:
        """How many there are."""
        return len(self.data.pictures) + len(self.photos) + len(self.nobody)


class Judge:
    """Compares detectors with the released one."""

    def __init__(self, watch: Watch, released: Network, tick: Callable[[int], None]) -> None:
        self._watch, self._tick = watch, tick
        self.released = measure.summarise(measure.look(released, watch.data, self._one))
        self._photos = measure.see(released, watch.photos, self._one)
        self._nobody = measure.see(released, watch.nobody, self._one)

    def _one(self) -> None:
        self._tick(1)

    def figures(self, network: Network) -> Figures:
        """Return a detector's figures: see `measure`."""
        found = measure.summarise(measure.look(network, self._watch.data, self._one))
        photos = measure.see(network, self._watch.photos, self._one)
        nobody = measure.see(network, self._watch.nobody, self._one)
        found["photos"] = measure.agreement(photos, self._photos)
        found["nobody"] = measure.agreement(nobody, self._nobody)
        found["mean_detected"] = mean_detected(found)
        found["faults"] = self._faults(found)
        return found

    def _faults(self, found: Figures) -> list[str]:
        """Say what forbids to keep a detector with these figures."""
        faults = []
        kept = found["photos"]["kept"]
        if kept is not None and kept < KEPT:
            faults.append(f"{100 * kept:.1f} % of whom the released one sees in photos, expected {100 * KEPT:.0f} %")
        new, pictures = found["nobody"]["new"], found["nobody"]["pictures"]
        if new > NEW_ALARMS * pictures:
            faults.append(f"sees somebody in {new} of {pictures} pictures more than the released one")
        alarms, before = found["pictures_with_false_alarm"], self.released["pictures_with_false_alarm"]
        if alarms > before + NEW_ALARMS * found["pictures"]:
            faults.append(f"false alarms in {alarms} of {found['pictures']} validation pictures, before in {before}")
        return faults


def mean_detected(figures: Figures) -> float:
    """Return the share of people found, as a mean over the groups, or of all where there are none."""
    groups = {name: one for name, one in figures["groups"].items() if one["detected"] is not None}
    named = [one["detected"] for name, one in groups.items() if name != "all"] or [groups["all"]["detected"]]
    return float(np.mean(named))


def consider(model: Any, source: str, shares: Sequence[float], judge: Judge, folder: Path) -> dict[float, Figures]:
    """Return the figures of a detector by share of what it was taught; the model is left as it came.

    Judged are .tflite files in ``folder``, with weights in half precision, as they leave the house.
    """
    taught, found = weights(model), {}
    released = weights(open_released(source))
    for share in sorted(shares):
        model.set_weights(mix(released, taught, share))
        found[share] = judge.figures(open_detector(str(write(model, source, folder / f"detector-{share:g}.tflite"))))
    model.set_weights(taught)
    return found


def best(found: Mapping[float, Figures], force: bool = False) -> float:
    """Return the share that is kept.

    Raises `TrainingError` when every share has faults, unless ``force`` says that one with fewest is good enough.
    """
    sound = {share: one for share, one in found.items() if not one["faults"]}
    if not sound and not force:
        share, one = min(found.items(), key=lambda item: (len(item[1]["faults"]), item[0]))
        raise TrainingError(f"nothing of what was taught can be kept; with {share:g} of it: {'; '.join(one['faults'])}")
    fewest = min(len(one["faults"]) for one in found.values())
    usable = sound or {share: one for share, one in found.items() if len(one["faults"]) == fewest}
    most = max(one["mean_detected"] for one in usable.values())
    return min(share for share, one in usable.items() if one["mean_detected"] >= most - SAME)
