"""After teaching: choose how far to go, calibrate, measure before and after, guard, export."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converter.errors import ConversionError
from converter.taught import Options, write_taught
from pose.projection import INPUT_SIDE

from ..data import Variation
from ..dataset import GROUPS, Dataset
from ..errors import TrainingError
from ..evaluation import measure, paired, tally
from ..pipeline import pictures
from ..pipeline.crop import crop
from ..pipeline.estimator import MIN_FLAG, Estimator
from ..pipeline.networks import MODELS, Network, Networks, open_detector, open_landmarks
from . import calibration, choice, guard, network, report
from .pose import Progress
from .recipe import Recipe, described
from .sources import MOST_PEOPLE, Labelled, Photos, photos_in
from .views import keep

Values = npt.NDArray[np.float32]
Json = dict[str, Any]

MOST_JUDGED = 450
"""Validation people that each candidate is measured on: spread evenly over the groups."""
MOST_ORDINARY = 300
PARITY_CROPS = 40
FLAG_VIEWS = 400
CANDIDATES, VIEWS = "candidates", "views"
RENDERED = "render.json"
"""What `poseable render` leaves beside its annotations: figures from renders say so."""
OWN = MODELS / "own"


@dataclass(frozen=True)
class Finish:
    """What the end of a run needs: ``photos`` that were taught from, ``ordinary`` ones for the guard, test pictures."""

    recipe: Recipe
    validation: Dataset
    photos: tuple[Path, ...]
    ordinary: Path | None
    benchmark: Dataset | None
    folder: Path
    seed: int


def finish(model: Any, wish: Finish, progress: Progress) -> Json:
    """Leave in ``model`` what is kept of its teaching; return the report, which is in the folder, too."""
    released, detector = open_landmarks(wish.recipe.start), open_detector()
    people = sum(len(picture.people) for picture in wish.validation.pictures)
    validation = measure.spread(wish.validation, max(1, round(people / MOST_JUDGED)))
    ordinary = _ordinary(wish, Networks(released, detector))
    judge = choice.Judge(validation, ordinary, released, detector)
    start = network.open_start(wish.recipe.source, wish.recipe.start)
    ends, shares = (network.weights(start), network.weights(model)), wish.recipe.shares
    adjust = _flag_keeper(wish, ordinary, Networks(released, detector), progress)
    with progress("choosing how far to go", (len(shares) + 1) * len(validation.pictures)) as tick:
        before = judge.figures(released, lambda: tick(1))
        considered = [
            choice.consider(
                model, wish.recipe.source, ends, share, judge, before, wish.folder / CANDIDATES, adjust, lambda: tick(1)
            )
            for share in shares
        ]
    chosen = choice.choose(considered)
    model.set_weights(network.mix(*ends, chosen.share))
    raised = adjust(model)
    calibrated = _calibrate(model, wish, released, progress)
    file = choice.write(model, wish.recipe.source, wish.folder / f"blazepose-{wish.folder.name}.tflite")
    final = open_landmarks(str(file))
    after, rows = _compared(validation, Networks(released, detector), Networks(final, detector), progress)
    drift = guard.drift(released, final, ordinary) if ordinary else None
    result: Json = {
        "recipe": dict(described(wish.recipe)),
        "seed": wish.seed,
        "chosen_on": {"annotations": wish.validation.path.name, "people": len(rows[0])},
        "share_of_taught": chosen.share,
        "shares": choice.table(considered),
        "visibility_calibrated": calibrated,
        "flag_bias_raised": round(raised, 3),
        "validation": after,
        "ordinary_people": drift.described() if drift else None,
        "complaints": list(guard.complaints(*_summaries(after), drift)),
    }
    if wish.benchmark is not None:
        networks = Networks(released, detector), Networks(final, detector)
        result["benchmark"], _ = _compared(wish.benchmark, *networks, progress)
    (wish.folder / "report.json").write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", "utf-8")
    report.write(result, rows, wish.folder)
    return result


def _flag_keeper(
    wish: Finish, ordinary: Sequence[Values], teacher: Networks, progress: Progress
) -> Callable[[Any], float]:
    """Return what keeps the flag of a candidate as it was on photos; nothing happens where there are none.

    Ordinary people's photos have a say: the flag's bias is a threshold, and thresholds may be chosen on them.
    """
    if not wish.photos:
        return lambda _: 0.0
    source = Photos(wish.photos, teacher, wish.recipe.variation, wish.seed + 1)
    with progress("looking at photos", FLAG_VIEWS) as tick:
        views = keep(source, FLAG_VIEWS, None, wish.folder / VIEWS / "flag", "whole", tick)
    (images,), targets = views.read(np.arange(FLAG_VIEWS))
    seen = images[targets["flag"].ravel() >= MIN_FLAG]
    crops = np.concatenate([seen, *(levels[None] / np.float32(255) for levels in ordinary)])
    return lambda model: calibration.keep_flag(model, crops)


def _ordinary(wish: Finish, networks: Networks) -> list[Values]:
    """Return crops of people who use no aid: in photos, or standing people of the validation pictures."""
    if wish.ordinary is None:
        return [
            crop(measure.load(picture), measure.true_roi(person), INPUT_SIDE, "edge")
            for picture in wish.validation.pictures
            for person in picture.people
            if person.group in (None, "standing")
        ][:MOST_ORDINARY]
    found: list[Values] = []
    for path in photos_in(wish.ordinary):
        image = pictures.read(path)
        people = Estimator(networks, MOST_PEOPLE, smooth=False).estimate(image, 0.0)
        found += [crop(image, person.roi, INPUT_SIDE, "edge") for person in people]
        if len(found) >= MOST_ORDINARY:
            break
    return found[:MOST_ORDINARY]


def _calibrate(model: Any, wish: Finish, teacher: Network, progress: Progress) -> bool:
    """Fit visibility on validation pictures, in the regions that a good last frame gives."""
    moved = wish.recipe.variation
    variation = Variation(shift=moved.shift, scale=moved.scale, turn_rad=moved.turn_rad / 2)
    source = Labelled([wish.validation], variation, wish.seed, teacher)
    folder = wish.folder / VIEWS / "calibration"
    with progress("calibrating visibility", source.people) as tick:
        views = keep(source, source.people, None, folder, "whole", tick)
    return calibration.calibrate(model, views)


def _compared(
    data: Dataset, before: Networks, after: Networks, progress: Progress
) -> tuple[Json, tuple[Sequence[measure.Row], Sequence[measure.Row]]]:
    with progress(f"before and after on {data.path.parent.name}", 2 * len(data.pictures)) as tick:
        one, other = (list(measure.run(networks, data, "detector", lambda: tick(1))) for networks in (before, after))
    synthetic = (data.path.parent / RENDERED).is_file()
    return {"synthetic": synthetic, **paired.compare(tally.tally(one), tally.tally(other))}, (one, other)


def _summaries(compared: Json) -> tuple[Json, Json]:
    """Return what the guard looks at of both sides of a comparison."""
    key = choice.SCORE
    return tuple(  # type: ignore[return-value]
        {"groups": {name: {key: entry[key][side]} for name, entry in compared["groups"].items()}}
        for side in ("before", "after")
    )


def told(result: Json) -> str:
    """Return the figures before and after, a line for each group."""
    groups = result["validation"]["groups"]
    lines = [f"kept {result['share_of_taught']:.0%} of the way; on {result['chosen_on']['annotations']}:"]
    for name in ["all", *(name for name in GROUPS if name in groups)]:
        shown = (
            f"{label} {groups[name][key]['before']:.{digits}f} -> {groups[name][key]['after']:.{digits}f}"
            for key, label, digits in (("pck@0.2", "PCK@0.2", 3), ("mpjpe_mm", "MPJPE mm", 0), ("pa_mpjpe_mm", "PA", 0))
            if groups[name][key]["before"] is not None and groups[name][key]["after"] is not None
        )
        lines.append(f"  {name:<17} n {groups[name]['n']:>4}  {'  '.join(shown)}")
    return "\n".join(lines)


def export(model: Any, recipe: Recipe, name: str, shipped: bool, result: Json, folder: Path) -> Path:
    """Enter the model among those that the page offers; raises `TrainingError` when its files are not right."""
    evaluation: Json = {"chosen_on": result["chosen_on"], "ordinary_people": result["ordinary_people"]}
    evaluation |= {part: _short(result[part]) for part in ("validation", "benchmark") if part in result}
    options: Options = {
        "taught": {"recipe": result["recipe"], "seed": result["seed"], "share_of_taught": result["share_of_taught"]},
        "crops": _parity_crops(folder),
    }
    try:
        return write_taught(model, recipe.source, name, MODELS if shipped else OWN, evaluation, **options)
    except ConversionError as error:
        raise TrainingError(str(error)) from error


def tidy(folder: Path) -> None:
    """Remove what is large and can be made again."""
    for name in (CANDIDATES, VIEWS):
        shutil.rmtree(folder / name, ignore_errors=True)


def _short(compared: Json) -> Json:
    """Return the figures of a comparison that a manifest has room for: before and after, by group."""
    keys = ("detected", "pck@0.2", "pck@0.1", "pdj@0.2", "mpjpe_mm", "pa_mpjpe_mm", "visibility_ece")
    groups = {
        name: {"people": entry["n"]} | {key: _both(entry[key]) for key in keys}
        for name, entry in compared["groups"].items()
    }
    return {"synthetic": compared["synthetic"], "groups": groups, "inclusion_gap": _both(compared["inclusion_gap"])}


def _both(entry: Json) -> list[float | None]:
    return [None if entry[side] is None else round(entry[side], 4) for side in ("before", "after")]


def _parity_crops(folder: Path) -> list[Values]:
    """Return crops that the run has looked at."""
    levels = np.load(folder / VIEWS / "calibration/tensor_0.npy", mmap_mode="r")
    return [np.asarray(one, np.float32) / np.float32(255) for one in levels[:PARITY_CROPS]]
