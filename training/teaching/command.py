"""``poseable train``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ..errors import TrainingError
from ..evaluation.command import without_traceback

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def train() -> None:
    """Teach a network."""


@train.command("pose")
@click.option("--data", "files", type=_FILE, multiple=True, required=True, help="COCO key points; may be repeated.")
@click.option("--images", type=_FOLDER, multiple=True, help="Where the pictures of --data lie; default: beside it.")
@click.option("--recipe", default="quick", show_default=True, help="Name of a recipe, or a .json file.")
@click.option("--photos", type=_FOLDER, help="Photos of anybody, without labels: what the network is to keep.")
@click.option("--negatives", type=_FOLDER, help="Pictures without people.")
@click.option("--validation", type=_FILE, help="COCO key points to choose on; default: a fifth of --data.")
@click.option("--ordinary", type=_FOLDER, help="Photos for the guard; default: standing people of the validation.")
@click.option("--benchmark", type=_FILE, help="COCO key points to report on, and for nothing else.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same network, nearly.")
@click.option("--name", help="Enter the model under this name; the page offers it.")
@click.option("--shipped", is_flag=True, help="Enter it among the models that come with the product.")
@click.option("--force", is_flag=True, help="Enter it whatever the guard says.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of the run.")
def pose(**options: Any) -> None:
    """Teach a landmark network on annotated pictures.

    Half of the way is not lost when it is stopped: give the same command again. OUT/report/index.html shows before and
    after; docs/teach.md has the whole way from photos to the page.
    """
    with without_traceback():
        _pose(options)


def _pose(options: dict[str, Any]) -> None:
    from . import finish, recipe
    from . import pose as teaching
    from .sources import photos_in

    out: Path = options["out"]
    chosen = recipe.load(options["recipe"])
    data, validation = data_of(options)
    photos = photos_in(options["photos"]) if options["photos"] else []
    nobody = photos_in(options["negatives"]) if options["negatives"] else []
    lesson = teaching.Lesson(tuple(data), tuple(photos), tuple(nobody), validation)
    model = teaching.teach(chosen, lesson, out, options["seed"], bar_of)
    benchmark = read_beside(options["benchmark"])
    wish = finish.Finish(chosen, validation, lesson.photos, options["ordinary"], benchmark, out, options["seed"])
    try:
        result = finish.finish(model, wish, bar_of)
        click.echo(finish.told(result))
        click.echo(f"before and after: {out / 'report/index.html'}")
        if result["complaints"] and not options["force"]:
            raise TrainingError(f"not exported: {'; '.join(result['complaints'])}. --force exports it all the same")
        if options["name"]:
            folder = finish.export(model, chosen, options["name"], options["shipped"], result, out)
            click.echo(f"{folder}: the page offers {options['name']}")
    finally:
        finish.tidy(out)


def data_of(options: dict[str, Any]) -> tuple[list[Any], Any]:
    """Return what to teach on and what to choose on."""
    from ..dataset import read
    from ..errors import DataError
    from ..plausible import told
    from .division import apart

    files, images = options["files"], options["images"]
    if images and len(images) != len(files):
        raise DataError(f"--images: expected none, or one for each --data, got {len(images)} for {len(files)}")
    folders = images or [path.parent for path in files]
    data = [read(path, folder) for path, folder in zip(files, folders, strict=True)]
    for one in data:
        for doubt in told(one.doubts):
            click.echo(doubt, err=True)
    if options["validation"]:
        return data, read_beside(options["validation"])
    divided = [apart(one) for one in data]
    return [taught for taught, _ in divided], divided[0][1]


def read_beside(path: Path | None) -> Any:
    """Read a data set whose pictures lie beside its file, if one is named."""
    from ..dataset import read

    return None if path is None else read(path, path.parent)


@contextmanager
def bar_of(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Show a bar with an estimate; yield what moves it."""
    with click.progressbar(length=length, label=f"{label:<28}", show_pos=True, show_eta=True) as bar:
        yield bar.update
