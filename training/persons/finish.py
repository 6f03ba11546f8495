"""After teaching: choose how much of it is kept, measure before and after, tell, export."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converter.errors import ConversionError
from converter.taught import Options, write_taught
from pose.detection import INPUT_SIDE
from pose.roi import letterbox

from ..dataset import GROUPS, Dataset
from ..errors import TrainingError
from ..evaluation.measure import load
from ..pipeline.crop import crop
from ..pipeline.networks import MODELS, Network, open_detector
from ..teaching import network
from ..teaching.choice import write
from ..teaching.pose import Progress
from ..teaching.recipe import Recipe, described
from . import choose, measure
from .teach import save

Values = npt.NDArray[np.float32]
Json = dict[str, Any]

OWN = MODELS / "own"
MOST_PHOTOS = 300
"""That each candidate is measured on."""
PARITY_INPUTS = 40
SHOWN = 12
"""Pictures in the report."""
_SIDE = 320
_STYLE = (
    "body{font:16px/1.5 system-ui;max-width:1000px;margin:2rem auto;padding:0 1rem}"
    "td,th{padding:.2rem .8rem;text-align:right}img{max-width:100%}"
)


@dataclass(frozen=True)
class Finish:
    """What the end of a run needs: what to watch, and test pictures, if there are any."""

    recipe: Recipe
    watch: choose.Watch
    benchmark: Dataset | None
    folder: Path
    seed: int


def spread(paths: Sequence[Path], most: int = MOST_PHOTOS) -> tuple[Path, ...]:
    """Return at most so many, evenly."""
    return tuple(paths[place * len(paths) // most] for place in range(most)) if len(paths) > most else tuple(paths)


def finish(model: Any, wish: Finish, progress: Progress) -> Json:
    """Leave in ``model``, and in ``taught.keras``, what is kept of its teaching; return the report, also written."""
    source, shares, watch = wish.recipe.source, wish.recipe.shares, wish.watch
    released = open_detector(source)
    with progress("choosing how far to go", (len(shares) + 1) * watch.pictures) as tick:
        judge = choose.Judge(watch, released, tick)
        considered = choose.consider(model, source, shares, judge, wish.folder / "candidates")
    share = choose.best(considered, force=True)
    model.set_weights(network.mix(network.weights(network.open_released(source)), network.weights(model), share))
    save(model, wish.folder / "taught.keras")
    taught = open_detector(str(write(model, source, wish.folder / f"person-detector-{wish.folder.name}.tflite")))
    result: Json = {
        "recipe": dict(described(wish.recipe)),
        "seed": wish.seed,
        "chosen_on": {"annotations": watch.data.path.name, "pictures": len(watch.data.pictures)},
        "share_of_taught": share,
        "faults": considered[share]["faults"],
        "validation": {"before": judge.released, "after": considered[share]},
        "shares": [{"share": one, **_short(figures)} for one, figures in considered.items()],
    }
    if wish.benchmark is not None:
        result["benchmark"] = _compared(wish.benchmark, released, taught, progress)
    (wish.folder / "report.json").write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", "utf-8")
    _page(result, wish.folder)
    _sheet(watch.data, released, taught, wish.folder / "report/pictures.png")
    return result


def _compared(data: Dataset, released: Network, taught: Network, progress: Progress) -> Json:
    with progress("the benchmark", 2 * len(data.pictures)) as tick:
        before, after = (measure.summarise(measure.look(one, data, lambda: tick(1))) for one in (released, taught))
    return {"annotations": data.path.name, "before": before, "after": after}


def _short(figures: Mapping[str, Any]) -> Json:
    groups = {name: one["detected"] for name, one in figures["groups"].items()}
    kept = ("mean_detected", "pictures_with_false_alarm", "photos", "nobody", "faults")
    return {"detected": groups} | {key: figures[key] for key in kept if key in figures}


def told(result: Json) -> str:
    """Return the figures before and after, a line for each group."""
    lines = [f"kept {result['share_of_taught']:.0%} of the way; on {result['chosen_on']['annotations']}:"]
    before, after = (result["validation"][side]["groups"] for side in ("before", "after"))
    lines += [
        f"  {name:<17} n {before[name]['n']:>4}  found {_said(before[name])} -> {_said(after[name])}  "
        f"off by {_said(before[name], 'error')} -> {_said(after[name], 'error')} radii"
        for name in _ordered(before)
    ]
    photos, nobody = (result["validation"]["after"][key] for key in ("photos", "nobody"))
    if photos["kept"] is not None:
        lines.append(f"  photos: {100 * photos['kept']:.1f} % of {photos['detections']} kept, {photos['extra']} more")
    lines.append(f"  pictures of nobody: somebody new in {nobody['new']} of {nobody['pictures']}")
    return "\n".join(lines)


def _ordered(groups: Mapping[str, Any]) -> list[str]:
    return ["all", *(name for name in GROUPS if name in groups)]


def _said(figures: Mapping[str, Any], key: str = "detected") -> str:
    return "-" if figures[key] is None else f"{figures[key]:.3f}"


def _page(result: Json, folder: Path) -> None:
    out = folder / "report"
    out.mkdir(parents=True, exist_ok=True)
    parts = [
        "<h1>Person detector, taught</h1>",
        f"<p>{result['share_of_taught']:.0%} of the way from the released to the taught weights was kept, chosen on "
        f"{html.escape(result['chosen_on']['annotations'])}.</p>",
        *(_table(part.capitalize(), result[part]) for part in ("validation", "benchmark") if part in result),
        "".join(f"<p><strong>{html.escape(fault)}.</strong></p>" for fault in result["faults"]),
        "<h2>What changed</h2><p>Lines lead from hips to the circle's point: released left, taught right.</p>",
        '<img src="pictures.png" alt="Pictures that the two detectors see differently">',
        f"<details><summary>All figures</summary><pre>{html.escape(json.dumps(result, indent=1))}</pre></details>",
    ]
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Taught</title><style>{_STYLE}</style>'
    (out / "index.html").write_text(page + "\n".join(parts) + "</html>\n", "utf-8")


def _table(title: str, compared: Mapping[str, Any]) -> str:
    before, after = compared["before"]["groups"], compared["after"]["groups"]
    lines = [
        f"<tr><th>{name}</th><td>{before[name]['n']}</td><td>{_said(before[name])} → {_said(after[name])}</td>"
        f"<td>{_said(before[name], 'error')} → {_said(after[name], 'error')}</td></tr>"
        for name in _ordered(before)
    ]
    alarms = " → ".join(str(compared[side]["pictures_with_false_alarm"]) for side in ("before", "after"))
    head = "<tr><th></th><th>people</th><th>found</th><th>off by, radii of the body circle</th></tr>"
    said = f"<p>Pictures with a false alarm: {alarms} of {compared['before']['pictures']}.</p>"
    return f"<h2>{title}</h2><table>{head}{''.join(lines)}</table>{said}"


def _sheet(data: Dataset, released: Network, taught: Network, path: Path) -> None:
    """Draw pictures in which one detector finds more people than the other."""
    import PIL.Image

    pairs = []
    for picture in data.pictures:
        image = load(picture)
        seen = [measure.regions(one, image) for one in (released, taught)]
        if len(seen[0]) != len(seen[1]):
            pairs.append([_drawn(image, one) for one in seen])
        if len(pairs) == SHOWN:
            break
    columns = 2
    rows = max(1, -(-len(pairs) // columns))
    sheet = PIL.Image.new("RGB", (columns * (2 * _SIDE + 12), rows * (_SIDE + 12)), "white")
    for place, pair in enumerate(pairs):
        x, y = (place % columns) * (2 * _SIDE + 12), (place // columns) * (_SIDE + 12)
        for side, drawn in enumerate(pair):
            sheet.paste(drawn, (x + side * _SIDE, y))
    sheet.save(path)


def _drawn(image: npt.NDArray[np.uint8], regions: npt.NDArray[np.float64]) -> Any:
    import PIL.Image
    import PIL.ImageDraw

    drawn = PIL.Image.fromarray(image)
    pen = PIL.ImageDraw.Draw(drawn)
    for hips, circle in regions:
        pen.line([tuple(hips), tuple(circle)], fill="magenta", width=5)
    drawn.thumbnail((_SIDE, _SIDE))
    return drawn


def export(model: Any, wish: Finish, name: str, shipped: bool, result: Json) -> Path:
    """Enter the detector among the models that the page offers; raises `TrainingError` when its files are not right."""
    evaluation: Json = {"chosen_on": result["chosen_on"]}
    for part in ("validation", "benchmark"):
        if part in result:
            evaluation[part] = {side: _short(result[part][side]) for side in ("before", "after")}
    options: Options = {
        "taught": {"recipe": result["recipe"], "seed": result["seed"], "share_of_taught": result["share_of_taught"]},
        "crops": [_input(load(picture)) for picture in wish.watch.data.pictures[:PARITY_INPUTS]],
    }
    try:
        return write_taught(model, wish.recipe.source, name, MODELS if shipped else OWN, evaluation, **options)
    except ConversionError as error:
        raise TrainingError(str(error)) from error


def _input(image: npt.NDArray[np.uint8]) -> Values:
    whole = letterbox((image.shape[1], image.shape[0]))
    return crop(image, whole, INPUT_SIDE, "black") / np.float32(255)
