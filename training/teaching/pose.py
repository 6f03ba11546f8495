"""Teach a landmark network, stage by stage.

The folder of a run holds a folder for each stage (`loop`), the views that the stages look at, until all are done, and
``taught.keras``. A run that was stopped goes on where it was when it is given again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from .. import losses
from ..data import Variation
from ..dataset import Dataset
from ..errors import TrainingError
from ..pipeline.networks import Networks, open_detector, open_landmarks
from . import loop, network
from .recipe import Recipe, Stage
from .sources import Labelled, Nobody, Photos
from .views import Mixture, Share, Source, Views, keep

Values = npt.NDArray[np.float32]
Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""From a label and a number of steps to a bar: within it, a function that takes steps done."""

EXAMINED = 512
"""Validation views that are looked at after each round."""
_BATCH = 32


@dataclass(frozen=True)
class Lesson:
    """What to teach from: annotated people, photos of anybody, pictures of nobody, and what to examine on."""

    data: tuple[Dataset, ...]
    photos: tuple[Path, ...]
    nobody: tuple[Path, ...]
    validation: Dataset


def teach(recipe: Recipe, lesson: Lesson, folder: Path, seed: int, progress: Progress) -> Any:
    """Return the recipe's network, taught; its weights are the moving average of the last stage.

    Raises `TrainingError` when the folder has another run, or the network is not fit for the recipe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    claim(folder, recipe, lesson, seed)
    model = network.open_start(recipe.source, recipe.start)
    kept = folder / "taught.keras"
    if kept.is_file():
        model.set_weights(network.weights(network.open_taught(kept)))
        return model
    keras.utils.set_random_seed(seed)
    sources = _sources(recipe, lesson, seed)
    for stage in recipe.stages:
        _teach_stage(recipe, stage, model, sources, folder, seed, progress)
    part = folder / ".part.keras"
    model.save(part)
    part.replace(kept)
    shutil.rmtree(folder / "views", ignore_errors=True)
    return model


def claim(folder: Path, recipe: Recipe, lesson: Lesson, seed: int) -> None:
    """Write down what the folder's run is about; raise `TrainingError` if it is about something else."""
    wish = json.loads(json.dumps({"recipe": asdict(recipe), "data": digest_of(lesson), "seed": seed}))
    path = folder / "run.json"
    if path.is_file() and json.loads(path.read_text("utf-8")) != wish:
        raise TrainingError(f"{folder}: holds a run with another recipe, seed or data; give another --out")
    path.write_text(json.dumps(wish, indent=1) + "\n", "utf-8")


def digest_of(lesson: Lesson) -> str:
    """Return a name for what is taught from: the annotations' contents and the pictures' names."""
    found = hashlib.sha256()
    for data in (*lesson.data, lesson.validation):
        found.update(
            repr([(str(p.path.name), [str(person.id) for person in p.people]) for p in data.pictures]).encode()
        )
        found.update(np.concatenate([person.landmarks.ravel() for p in data.pictures for person in p.people]).tobytes())
    found.update(repr([path.name for path in (*lesson.photos, *lesson.nobody)]).encode())
    return found.hexdigest()


@dataclass(frozen=True)
class _Kind:
    """People of one kind: where they come from, how many, how many in a batch."""

    name: str
    source: Source
    people: int
    per_batch: int


def _sources(recipe: Recipe, lesson: Lesson, seed: int) -> list[_Kind]:
    teacher = Networks(open_landmarks(recipe.start), open_detector())
    found = []
    for place, data in enumerate(lesson.data):
        labelled = Labelled([data], recipe.variation, seed, teacher.landmarks)
        # Every file has an equal part of the batch: fifty photos beside a thousand renders are heard.
        part = (recipe.batch["labelled"] + place) // len(lesson.data)
        found.append(_Kind(f"labelled_{place}", labelled, labelled.people, part))
    if lesson.photos and recipe.batch["photos"]:
        photos = Photos(lesson.photos, teacher, recipe.variation, seed)
        found.append(_Kind("photos", photos, photos.people, recipe.batch["photos"]))
    if lesson.nobody and recipe.batch["nobody"]:
        nobody = Nobody(lesson.nobody, teacher.landmarks, recipe.variation, seed)
        found.append(_Kind("nobody", nobody, len(lesson.nobody), recipe.batch["nobody"]))
    plain = Labelled([lesson.validation], _still(recipe.variation), seed, teacher.landmarks)
    return [*found, _Kind("validation", plain, plain.people, 0)]


def _still(variation: Variation) -> Variation:
    """Return how regions vary when nothing else does: what the last frame leaves."""
    return Variation(shift=variation.shift, scale=variation.scale / 2, turn_rad=variation.turn_rad / 2)


def _teach_stage(  # noqa: PLR0913 - what a stage needs
    recipe: Recipe,
    stage: Stage,
    model: Any,
    kinds: Sequence[_Kind],
    folder: Path,
    seed: int,
    progress: Progress,
) -> None:
    early, taught = (None, model) if stage.cut is None else network.split(model, stage.cut)
    views = {kind.name: _views(stage, kind, early, folder / "views", progress) for kind in kinds}
    shares = [Share(views[kind.name], kind.per_batch) for kind in kinds if kind.per_batch]
    batches = Mixture(shares, stage.plan.steps, seed, workers=1)

    def loss(outputs: Any, targets: Any) -> Any:
        return losses.total(losses.terms(outputs, targets), recipe.weights)

    with progress(f"teaching {stage.name}", stage.plan.rounds * stage.plan.steps) as tick:
        loop.teach(
            taught,
            batches,
            loss,
            stage.plan,
            folder / stage.name,
            examine=lambda: examine(taught, views["validation"]),
            tick=tick,
        )


def _views(stage: Stage, kind: _Kind, early: Any, folder: Path, progress: Progress) -> Views:
    count = EXAMINED if kind.name == "validation" else max(stage.views * kind.people, stage.least_views)
    where = folder / stage.name / kind.name
    with progress(f"looking at {kind.name.replace('_', ' ')}", count) as tick:
        return keep(kind.source, count, early, where, f"{stage.cut}", tick)


def examine(model: Any, views: Views) -> Mapping[str, float]:
    """Return the mean terms of the loss over all views."""
    total: dict[str, float] = {}
    for places in _batches(views.count):
        tensors, targets = views.read(places)
        outputs = model.predict_on_batch(tensors[0] if len(tensors) == 1 else tensors)
        for name, value in losses.terms(outputs, targets).items():
            total[name] = total.get(name, 0.0) + float(value) * len(places) / views.count
    return total


def _batches(count: int) -> Iterable[npt.NDArray[np.intp]]:
    return (np.arange(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH))
