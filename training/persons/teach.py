"""Teach the person detector, behind a cut, and choose how much of it to keep.

The folder of a run holds the views that the stages look at (until they are done), a folder for each stage
(`training.teaching.loop`), ``whole.keras`` with all that was taught, and ``taught.keras`` with the share of it that was
chosen. A run that was stopped goes on where it was when it is given again.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from converter.sources import SOURCES

from ..data import NONE
from ..errors import TrainingError
from ..pipeline.networks import Network, open_detector
from ..teaching import loop, network
from ..teaching.pose import Lesson, Progress, claim
from ..teaching.recipe import Recipe, Stage
from ..teaching.views import Mixture, Share, Views, keep
from . import losses, targets
from .scenes import Framing, Scene, Scenes

Values = npt.NDArray[np.float32]
Targets = dict[str, Values]

SEVERAL = 2
"""How many times as often pictures with several people are shown: there the released detector fails most."""
DOUBT = 0.2
"""Probability from which on a picture without people is doubted: the teacher's word is taken. Collections of
backgrounds are full of passers-by."""
EXAMINED = 256
"""Validation pictures that are looked at after each round."""
_BATCH = 32


class Shown:
    """Pictures of one kind as views: inputs and targets by number (`training.teaching.views.Source`)."""

    def __init__(self, scenes: Scenes, kind: str, teacher: Network) -> None:
        self._scenes, self._kind, self._teacher, self._lock = scenes, kind, teacher, threading.Lock()
        self._order = list(range(scenes.count(kind)))
        if kind == "labelled":
            several = [place for place, picture in enumerate(scenes.labelled) if len(picture.people) > 1]
            self._order += several * (SEVERAL - 1)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._order)

    def view(self, number: int) -> tuple[Values, Targets]:
        """Return an input (224, 224, 3), -1..1, and its targets."""
        scene = self._scenes.scene(self._kind, self._order[number % self.count], number // self.count)
        return scene.seen / np.float32(127.5) - 1, self._targets(scene)

    def _targets(self, scene: Scene) -> Targets:
        """Return what is known of a scene; what is not is the teacher's word on the undisturbed input."""
        known = targets.of_people(scene.points, scene.taught)
        if self._kind == "labelled" and scene.complete:
            return known
        with self._lock:
            said = targets.of_teacher(self._teacher(scene.levels))
        if self._kind == "labelled":
            # Somebody whom nobody labelled, perhaps.
            stranger = (said["scores"] >= targets.SURE) & (known["scores"] < targets.SURE)
            return known | {"scores_weight": np.where(stranger, 0, known["scores_weight"]).astype(np.float32)}
        return said if self._kind == "photo" or said["scores"].max() >= DOUBT else known


def teach(recipe: Recipe, lesson: Lesson, folder: Path, seed: int, progress: Progress) -> Any:
    """Return the detector with all that it was taught: the moving average of the last stage.

    Raises `TrainingError` when the folder has another run, or the recipe is not fit for a detector.
    """
    folder.mkdir(parents=True, exist_ok=True)
    claim(folder, recipe, lesson, seed)
    if recipe.source in SOURCES and SOURCES[recipe.source].role != "detector":
        raise TrainingError(f"source: expected a person detector, got '{recipe.source}'")
    model = network.open_released(recipe.source)
    kept = folder / "whole.keras"
    if kept.is_file():
        model.set_weights(network.weights(network.open_taught(kept)))
        return model
    keras.utils.set_random_seed(seed)
    kinds = _sources(recipe, lesson, seed, open_detector(recipe.source))
    for stage in recipe.stages:
        _teach_stage(stage, model, kinds, folder, seed, progress)
    save(model, kept)
    shutil.rmtree(folder / "views", ignore_errors=True)
    return model


def save(model: Any, path: Path) -> None:
    """Write a network whole or not at all."""
    part = path.with_name(f".{path.name}.part.keras")
    model.save(part)
    part.replace(path)


@dataclass(frozen=True)
class _Kind:
    name: str
    source: Shown
    per_batch: int


def _sources(recipe: Recipe, lesson: Lesson, seed: int, teacher: Network) -> list[_Kind]:
    scenes = Scenes(lesson.data, lesson.photos, lesson.nobody, seed)
    still = Scenes([lesson.validation], seed=seed)
    still.framing, still.camera = replace(Framing(), whole=1.0, mirror=0.0), NONE
    kinds = [
        _Kind(name, Shown(scenes, kind, teacher), recipe.batch[name])
        for name, kind in (("labelled", "labelled"), ("photos", "photo"), ("nobody", "negative"))
        if scenes.count(kind) and recipe.batch[name]
    ]
    if not kinds or not still.count("labelled"):
        raise TrainingError("expected pictures with people whose hips and shoulders are labelled, found none")
    return [*kinds, _Kind("validation", Shown(still, "labelled", teacher), 0)]


def _teach_stage(stage: Stage, model: Any, kinds: Sequence[_Kind], folder: Path, seed: int, progress: Progress) -> None:
    early, taught = (None, model) if stage.cut is None else network.split(model, stage.cut)
    views = {kind.name: _views(stage, kind, early, folder / "views", progress) for kind in kinds}
    shares = [Share(views[kind.name], kind.per_batch) for kind in kinds if kind.per_batch]

    def loss(outputs: Any, wanted: Any) -> Any:
        return losses.total(losses.terms(outputs, wanted))

    with progress(f"teaching {stage.name}", stage.plan.rounds * stage.plan.steps) as tick:
        loop.teach(
            taught,
            Mixture(shares, stage.plan.steps, seed, workers=1),
            loss,
            stage.plan,
            folder / stage.name,
            examine=lambda: examine(taught, views["validation"]),
            tick=tick,
        )


def _views(stage: Stage, kind: _Kind, early: Any, folder: Path, progress: Progress) -> Views:
    if kind.name == "validation":
        count = min(EXAMINED, kind.source.count)
    else:
        count = max(stage.views * kind.source.count, stage.least_views)
    with progress(f"looking at {kind.name}", count) as tick:
        return keep(kind.source, count, early, folder / stage.name / kind.name, f"{stage.cut}", tick)


def examine(model: Any, views: Views) -> Mapping[str, float]:
    """Return the mean terms of the loss over all views."""
    total: dict[str, float] = {}
    for start in range(0, views.count, _BATCH):
        places = np.arange(start, min(start + _BATCH, views.count))
        tensors, wanted = views.read(places)
        for name, value in losses.terms(model.predict_on_batch(tensors), wanted).items():
            total[name] = total.get(name, 0.0) + float(value) * len(places) / views.count
    return total
