"""``poseable label``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import DataError, TrainingError

if TYPE_CHECKING:
    from ..predict.api import Tracker
    from .coco import Labels
    from .sheet import Cell

SHEETS = (".jpg", ".jpeg", ".png", ".webp")


@dataclass
class _Run:
    """What one run adds, and what it could not read."""

    labels: Labels
    folder: Path
    cells: list[Cell] | None
    added: int = 0
    empty: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


@click.group()
def label() -> None:
    """Label your own photos, to be reviewed by hand and taught."""


@label.command("pose")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="COCO key-point file.")
@click.option("--model", help="Name, folder, or .tflite file; default: the page's.")
@click.option("--detector", help="Name, folder or file; default: the page's.")
@click.option("--people", type=click.IntRange(1, 8), default=4, show_default=True, help="Whom to look for at most.")
@click.option("--all", "every", is_flag=True, help="All 33 landmarks by BlazePose's names, not COCO's 17.")
@click.option("--again", is_flag=True, help="Add the photos that OUT does not have yet; what it has is kept.")
@click.option("--force", is_flag=True, help="Replace OUT, hand-made labels too.")
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Picture of all, least sure first.")
@click.option("--tools", type=click.Path(file_okay=False, path_type=Path), help="Folder for CVAT's and Label Studio's.")
def pose(folder: Path, out: Path, again: bool, force: bool, **options: Any) -> None:
    """Label the people in the photos below FOLDER as well as the present model can.

    Review OUT by hand: the model is wrong where it has most to learn. --tools writes what CVAT and Label Studio need to
    open it (docs/teach.md). Photos that cannot be read are named, the others are done, and the exit code is 1.
    """
    sheet = options["sheet"]
    if again and force:
        raise click.UsageError("--again keeps what OUT has, --force replaces it: expected one of them")
    if out.exists() and not again and not force:
        raise click.ClickException(
            f"{out}: this file is there already, maybe with labels made by hand. --again adds the photos that it does "
            "not have yet; --force replaces it"
        )
    if sheet is not None and sheet.suffix.lower() not in SHEETS:
        raise click.UsageError(f"--sheet: expected a picture ({', '.join(SHEETS)}), got {sheet.name}")
    try:
        broken = _pose(folder, out, options, again and out.exists())
    except ImportError as error:
        raise click.ClickException(f"{error}; install the extra: pip install 'poseable[training]'") from error
    except (TrainingError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if broken:
        raise SystemExit(1)


@label.command("import")
@click.argument("tasks", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--images", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True, help="Photos.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="COCO key-point file.")
@click.option("--all", "every", is_flag=True, help="All 33 landmarks by BlazePose's names, not COCO's 17.")
@click.option("--force", is_flag=True, help="Replace OUT.")
def import_(tasks: Path, images: Path, out: Path, every: bool, force: bool) -> None:
    """Turn what was reviewed in Label Studio (export JSON) into COCO key points.

    CVAT exports those itself. Tasks that were not submitted are left out.
    """
    if out.exists() and not force:
        raise click.ClickException(f"{out}: this file is there already; --force replaces it")
    from . import coco, studio

    labels = coco.begin(every, {"description": "reviewed in Label Studio"})
    try:
        studio.read(coco.content(tasks), images, labels)
        coco.write(labels, out)
    except (TrainingError, OSError) as error:
        raise click.ClickException(f"{tasks}: {error}") from error
    click.echo(f"{out}: {len(labels.images)} photos, {len(labels.annotations)} people")


@label.command("check")
@click.argument("annotations", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--images", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Default: beside it.")
def check(annotations: Path, images: Path | None) -> None:
    """Read a file of labels as teaching does, and say what is wrong and what looks wrong."""
    from collections import Counter

    import numpy as np

    from pose.landmarks import NAMES

    from .. import dataset
    from ..evaluation.measure import load

    try:
        data = dataset.read(annotations, images or annotations.parent)
        with click.progressbar(data.pictures, label="pictures", show_pos=True) as bar:
            for picture in bar:
                load(picture)
    except (TrainingError, OSError) as error:
        raise click.ClickException(str(error)) from error
    people = [person for picture in data.pictures for person in picture.people]
    empty = sum(not picture.people for picture in data.pictures)
    click.echo(f"{len(data.pictures)} pictures, {empty} of them without people; {len(people)} people")
    counts = Counter(NAMES[k] for person in people for k in np.flatnonzero(np.isfinite(person.landmarks[:, 0])))
    click.echo("labelled: " + ", ".join(f"{name} {counts[name]}" for name in NAMES if counts[name]))
    for doubt in data.doubts:
        click.echo(doubt)
    click.echo(f"{len(data.doubts)} doubts" if data.doubts else "nothing looks wrong")


def _pose(folder: Path, out: Path, options: dict[str, Any], again: bool) -> int:
    from ..pipeline import networks
    from ..predict import records, sources
    from ..predict.api import Tracker
    from . import coco
    from . import sheet as contact

    model = options["model"] or networks.default("landmarks")
    detector = options["detector"] or networks.default("detector")
    about = {
        "description": "labelled by a model, to be reviewed by hand",
        "poseable": records.program(),
        "model": records.network(model, "blazepose"),
        "detector": records.network(detector, "detector"),
    }
    labels = coco.reopen(out) if again else coco.begin(options["every"], about)
    photos = {path.relative_to(folder).as_posix(): path for path in sources.pictures_in(folder)}
    if not photos:
        raise DataError(f"{folder}: expected photos ({', '.join(sources.PICTURES)}) in this folder, found none")
    known = labels.files
    new = {name: path for name, path in photos.items() if name not in known}
    tracker = Tracker(model, detector=detector, people=options["people"], smooth=False)
    sheet = options["sheet"]
    run = _Run(labels, folder, [] if sheet else None)
    _look(run, tracker, new)
    if run.added:
        coco.write(labels, out)
    if sheet is not None and run.cells:
        contact.write(run.cells, sheet)
    if options["tools"] is not None:
        _write_tools(labels, folder, options["tools"])
    _say(run, out, known - set(photos), len(new), sheet)
    return len(run.broken)


def _write_tools(labels: Labels, photos: Path, folder: Path) -> None:
    """Write CVAT's labels, and Label Studio's labelling interface and tasks."""
    import json

    from . import cvat, studio

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cvat-labels.json").write_text(json.dumps(cvat.labels(labels), indent=1) + "\n", "utf-8")
    (folder / "label-studio.xml").write_text(studio.config(labels.names), "utf-8")
    (folder / "label-studio.json").write_text(json.dumps(studio.tasks(labels, photos)) + "\n", "utf-8")


def _look(run: _Run, tracker: Tracker, photos: dict[str, Path]) -> None:
    from ..pipeline import pictures
    from . import coco
    from . import sheet as contact

    with click.progressbar(photos.items(), label="labelling", show_pos=True) as bar:
        for name, path in bar:
            try:
                image = pictures.read(path)
            except DataError as error:
                run.broken.append(name)
                click.echo(f"\nError: {error}", err=True)
                continue
            tracker.reset()
            people = tracker.track(image)
            run.labels.add(name, (image.shape[1], image.shape[0]), people)
            run.added += 1
            if not people:
                run.empty.append(name)
            if run.cells is not None:
                run.cells.append(contact.cell(name, image, people, coco.sureness(people)))


def _say(run: _Run, out: Path, gone: set[str], asked: int, sheet: Path | None) -> None:
    if not asked:
        click.echo(f"{out}: has all photos of {run.folder} already")
        return
    people = len(run.labels.annotations)
    click.echo(f"{run.added} photos labelled; {out} has {len(run.labels.images)} photos and {people} people")
    for name in run.empty:
        click.echo(f"{name}: nobody found; draw them by hand, or leave the photo out")
    for name in sorted(gone):
        click.echo(f"{name}: is in {out}, but no longer in {run.folder}")
    if run.broken:
        click.echo(f"{len(run.broken)} photos could not be read and are left out", err=True)
    if sheet is not None and run.cells:
        click.echo(str(sheet))
