"""``poseable train detector`` and ``poseable evaluate detector``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ..errors import TrainingError
from ..evaluation.command import without_traceback

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
HELD_OUT = 5
"""Every so-many-th picture without people is for choosing, not for teaching."""


@click.command("detector")
@click.option("--data", "files", type=_FILE, multiple=True, required=True, help="COCO key points; may be repeated.")
@click.option("--images", type=_FOLDER, multiple=True, help="Where the pictures of --data lie; default: beside it.")
@click.option("--recipe", default="teach_person_detector", show_default=True, help="Name of a recipe, or a .json file.")
@click.option("--photos", type=_FOLDER, help="Photos of anybody, without labels: what the network is to keep.")
@click.option("--negatives", type=_FOLDER, help="Pictures without people.")
@click.option("--validation", type=_FILE, help="COCO key points to choose on; default: a fifth of --data.")
@click.option("--ordinary", type=_FOLDER, help="Photos of people for the guard; default: those of --photos.")
@click.option("--benchmark", type=_FILE, help="COCO key points to report on, and for nothing else.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same network, nearly.")
@click.option("--name", help="Enter the model under this name; the page offers it.")
@click.option("--shipped", is_flag=True, help="Enter it among the models that come with the product.")
@click.option("--force", is_flag=True, help="Enter it whatever the guard says.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of the run.")
def teach_detector(**options: Any) -> None:
    """Teach the person detector on annotated pictures.

    A run that was stopped goes on where it was when it is given again. OUT/report/index.html shows before and after;
    see docs/teach-detector.md.
    """
    with without_traceback():
        _teach(options)


def _teach(options: dict[str, Any]) -> None:
    from ..teaching import recipe
    from ..teaching.command import bar_of, data_of, read_beside
    from ..teaching.pose import Lesson
    from ..teaching.sources import photos_in
    from . import choose, finish, teach

    chosen = recipe.load(options["recipe"])
    data, validation = data_of(options)
    photos, nobody, ordinary = (photos_in(folder) if folder else [] for folder in _folders(options))
    taught = tuple(path for place, path in enumerate(nobody) if place % HELD_OUT)
    lesson = Lesson(tuple(data), tuple(photos), taught, validation)
    watch = choose.Watch(validation, finish.spread(ordinary or photos), tuple(nobody[::HELD_OUT]))
    wish = finish.Finish(chosen, watch, read_beside(options["benchmark"]), options["out"], options["seed"])
    model = teach.teach(chosen, lesson, options["out"], options["seed"], bar_of)
    result = finish.finish(model, wish, bar_of)
    click.echo(finish.told(result))
    click.echo(f"before and after: {options['out'] / 'report/index.html'}")
    if result["faults"] and not options["force"]:
        raise TrainingError(f"not exported: {'; '.join(result['faults'])}. --force exports it all the same")
    if options["name"]:
        folder = finish.export(model, wish, options["name"], options["shipped"], result)
        click.echo(f"{folder}: the page offers {options['name']}")


def _folders(options: dict[str, Any]) -> tuple[Path | None, ...]:
    return options["photos"], options["negatives"], options["ordinary"]


@click.command("detector")
@click.option("--annotations", type=_FILE, required=True, help="COCO key points.")
@click.option("--images", type=_FOLDER, help="Where the pictures lie; default: beside the annotations.")
@click.option(
    "--detector", default="person-detector", show_default=True, help="Name, folder, or .tflite or .keras file."
)
@click.option("--photos", type=_FOLDER, help="Photos without labels: how far it agrees with the released detector.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Figures.")
def evaluate_detector(annotations: Path, images: Path | None, detector: str, photos: Path | None, out: Path) -> None:
    """Measure the person detector alone: people found, how well placed, false alarms, agreement with the released one.

    See docs/teach-detector.md for the figures.
    """
    with without_traceback():
        from .. import dataset
        from ..pipeline.networks import open_detector
        from ..teaching.command import bar_of
        from ..teaching.sources import photos_in
        from . import measure

        data, network = dataset.read(annotations, images or annotations.parent), open_detector(detector)
        paths = photos_in(photos) if photos else []
        with bar_of("looking", len(data.pictures) + 2 * len(paths)) as tick:
            looked = measure.look(network, data, lambda: tick(1))
            seen = [measure.see(one, paths, lambda: tick(1)) for one in (network, open_detector())]
        figures = {"detector": detector, "annotations": annotations.name, **measure.summarise(looked)}
        if paths:
            figures["photos"] = measure.agreement(*seen)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(figures, indent=1, allow_nan=False) + "\n", "utf-8")
        for name, one in figures["groups"].items():
            click.echo(
                f"{name:<17} n {one['n']:>5}  found {one['detected']:.3f}" if one["n"] else f"{name:<17} n     0"
            )
        click.echo(f"false alarms in {figures['pictures_with_false_alarm']} of {figures['pictures']} pictures; {out}")
