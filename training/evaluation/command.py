"""``poseable evaluate``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ..errors import TrainingError

Json = dict[str, Any]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_KINDS = {"model": "blazepose", "detector": "detector"}
"""What the file of a network is called in a folder that holds several."""
_OUT = click.Path(dir_okay=False, path_type=Path)


@contextmanager
def without_traceback() -> Iterator[None]:
    """Tell what somebody at the command line can put right, without a traceback."""
    try:
        yield
    except ImportError as error:
        raise click.ClickException(f"{error}; install the extra: pip install 'poseable[training]'") from error
    except (TrainingError, OSError) as error:
        raise click.ClickException(str(error)) from error


@click.group()
def evaluate() -> None:
    """Measure a model on annotated pictures."""


@evaluate.command("pose")
@click.option("--images", type=_FOLDER, required=True)
@click.option("--annotations", type=_FILE, required=True)
@click.option("--model", default="blazepose-full", show_default=True, help="Name, folder, or .tflite or .keras file.")
@click.option("--detector", default="person-detector", show_default=True, help="Name, folder or file.")
@click.option(
    "--roi",
    type=click.Choice(["truth", "detector"]),
    default="detector",
    show_default=True,
    help="Where the landmark network looks: at the annotated place, or where the detector says.",
)
@click.option("--heatmap/--no-heatmap", default=True, help="Refine landmarks by the network's heat map.  [default: on]")
@click.option("--predictions", type=_FILE, help="Judge these (COCO's results format) instead of running a model.")
@click.option("--every", type=click.IntRange(min=1), default=1, help="A quick look: every so-many-th picture a group.")
@click.option("--rows", type=_OUT, help="Keep each person's figures (.npz), to lay other models beside them.")
@click.option("--against", type=_FILE, help="Rows of another model on the same pictures: adds paired differences.")
@click.option("--json", "out", type=_OUT, required=True, help="Figures.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Folder for a page with plots.")
def pose(**options: Any) -> None:
    """Measure detection, PCK, PDJ, OKS, MPJPE and PA-MPJPE, calibration and jitter of the page's pipeline.

    ANNOTATIONS is a COCO key-point file, from any tool or from `poseable render`; its pictures lie below IMAGES. See
    docs/evaluate.md for the figures.
    """
    if options["predictions"]:
        context = click.get_current_context()
        ways = ("model", "detector", "roi", "heatmap")
        given = [name for name in ways if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        if given:
            raise click.UsageError(f"--predictions are of another model: expected no --{given[0]} beside them")
    with without_traceback():
        _pose(options)


@evaluate.command("agreement")
@click.option("--photos", type=_FOLDER, required=True, help="Pictures of people, at any depth; no labels needed.")
@click.option("--model", required=True, help="Name, folder, or .tflite or .keras file.")
@click.option("--detector", default="person-detector", show_default=True, help="Of the model: name, folder or file.")
@click.option("--reference", default="blazepose-full", show_default=True, help="With the released person detector.")
@click.option(
    "--roi",
    type=click.Choice(["detector", "reference"]),
    default="detector",
    show_default=True,
    help="Where the model looks: where its detector says, or at the reference's regions.",
)
@click.option("--every", type=click.IntRange(min=1), default=1, help="A quick look: every so-many-th picture.")
@click.option("--rows", type=_OUT, help="Keep each person's figures (.npz), to lay other models beside them.")
@click.option("--against", type=_FILE, help="Rows of another model, same photos and reference: paired differences.")
@click.option("--json", "out", type=_OUT, required=True, help="Figures.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Folder for a page.")
def agreement(**options: Any) -> None:
    """Measure how far a model agrees with the released one on photos without labels: what it has not forgotten.

    See docs/evaluate.md for the figures.
    """
    with without_traceback():
        _agreement(options)


@evaluate.command("compare")
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE)
@click.option("--json", "out", type=_OUT, required=True, help="Differences.")
def compare(before: Path, after: Path, out: Path) -> None:
    """Lay the rows of two models on the same pictures beside each other (`--rows` of `poseable evaluate`)."""
    from . import paired, tally

    with without_traceback():
        result = {"before": before.name, "after": after.name}
        result |= paired.compare(tally.load(before), tally.load(after))
        write(result, out)
        tell_differences(result)


def digest(path: Path) -> str:
    """Return the sha256 of a file: figures say what they are of."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(result: Json, out: Path) -> None:
    """Write figures as JSON."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", "utf-8")


def _pose(options: Json) -> None:
    from .. import dataset
    from ..plausible import told
    from . import figures, measure

    data = dataset.read(options["annotations"], options["images"])
    for doubt in told(data.doubts):
        click.echo(doubt, err=True)
    data = measure.spread(data, options["every"])
    other = _other(options)
    rows, jitters, about = (_judged if options["predictions"] else _measured)(data, options)
    result = {
        **about,
        "annotations": options["annotations"].name,
        "annotations_sha256": digest(options["annotations"]),
        "images": len(data.pictures),
        "left_out": sum(len(picture.people) for picture in data.pictures) - len(rows),
        "every": options["every"],
        **figures.summarise(rows, jitters),
    }
    _finish(result, rows, options, other)


def _agreement(options: Json) -> None:
    from ..pipeline.networks import DETECTOR, Networks, find, open_detector, open_landmarks
    from . import agreement, measure

    files = agreement.photos(options["photos"])[:: options["every"]]
    other = _other(options)
    stock = measure.Remembered(open_detector(DETECTOR))
    detector = stock if options["detector"] == DETECTOR else open_detector(options["detector"])
    networks = Networks(open_landmarks(options["model"]), detector)
    with click.progressbar(length=2 * len(files), label="looking", show_pos=True) as bar:
        reference = Networks(open_landmarks(options["reference"]), stock)
        believed = agreement.believe(reference, options["photos"], files, lambda: bar.update(1))
        roi: Any = "detector" if options["roi"] == "detector" else lambda person: believed.rois[person.id]
        rows = list(measure.run(networks, believed.data, roi, lambda: bar.update(1)))
    result = {
        **{key: options[key] for key in ("model", "detector", "reference", "roi")},
        "sha256": {kind: digest(find(options[kind], part)) for kind, part in _KINDS.items()},
        "annotations": f"agreement with {options['reference']}",
        "images": len(files),
        **agreement.summarise(rows),
    }
    _finish(result, rows, options, other)
    distance = result["distance"]
    parts = (f"{name} {distance[name]:.3f}" for name in agreement.QUANTILES if distance[name] is not None)
    click.echo(f"distance in torsos: {'  '.join(parts)}")


def _other(options: Json) -> Any:
    """Open what is to be compared with before the work, so that a wrong file costs no time."""
    from . import tally

    return None if options["against"] is None else tally.load(options["against"])


def _finish(result: Json, rows: list[Any], options: Json, other: Any) -> None:
    """Write and print all that was asked for."""
    from . import paired, tally
    from . import report as page

    people = tally.tally(rows)
    if other is not None:
        result["against"] = {"rows": options["against"].name, **paired.compare(other, people)}
    if options["rows"] is not None:
        people.save(options["rows"])
    if options["report"] is not None:
        page.write(result, rows, options["report"])
    write(result, options["out"])
    tell(result)
    if other is not None:
        tell_differences(result["against"])
    click.echo(str(options["out"]))


def _judged(data: Any, options: Json) -> tuple[list[Any], list[Any], Json]:
    from .predictions import Predictions

    name = options["predictions"].name
    said = Predictions(options["predictions"], data)
    about: Json = {"model": name, "detector": None, "roi": "predictions", "heatmap": None}
    about["sha256"] = {"model": digest(options["predictions"]), "detector": None}
    return list(said.run(data)), [], about


def _measured(data: Any, options: Json) -> tuple[list[Any], list[Any], Json]:
    from ..pipeline.networks import Networks, find, open_detector, open_landmarks
    from . import jitter, measure

    landmarks = open_landmarks(options["model"])
    landmarks = landmarks if options["heatmap"] else measure.Unrefined(landmarks)
    networks = Networks(landmarks, open_detector(options["detector"]))
    # Of a film of which frames are left out, nothing could be said about jitter.
    is_whole = options["every"] == 1
    steps = len(data.pictures) + (sum(map(len, data.sequences)) if is_whole and options["roi"] == "detector" else 0)
    with click.progressbar(length=steps, label="measuring", show_pos=True) as bar:
        rows = list(measure.run(networks, data, options["roi"], lambda: bar.update(1)))
        jitters = jitter.shaken(networks, data, options["roi"], rows, lambda: bar.update(1)) if is_whole else []
    about = {key: options[key] for key in ("model", "detector", "roi", "heatmap")}
    about["sha256"] = {kind: digest(find(options[kind], part)) for kind, part in _KINDS.items()}
    return rows, jitters, about


def tell(result: Json) -> None:
    """Print the figures of each group, and the gap."""
    for name, entry in result["groups"].items():
        click.echo(_line(name, entry))
    gap = result["inclusion_gap"]
    click.echo(f"inclusion gap {'-' if gap is None else f'{gap:.1f} points'}")


def tell_differences(result: Json) -> None:
    """Print the paired differences of each group."""
    click.echo("differences, after - before, with 95 % intervals")
    for name, entry in result["groups"].items():
        shown = (("pck@0.2", 3), ("pdj@0.2", 3), ("oks", 3), ("mpjpe_mm", 1), ("pa_mpjpe_mm", 1))
        parts = [f"{key} {_apart(entry[key], digits)}" for key, digits in shown]
        click.echo(f"{name:<17}n {entry['n']:>5}  {'  '.join(parts)}")
    click.echo(f"inclusion gap {_apart(result['inclusion_gap'], 1)} points")


def _apart(entry: Json, digits: int) -> str:
    if entry["difference"] is None:
        return "-"
    between = entry["ci95"]
    said = f" [{between[0]:+.{digits}f}, {between[1]:+.{digits}f}]" if between else ""
    return f"{entry['difference']:+.{digits}f}{said}"


def _line(name: str, entry: Json) -> str:
    def said(key: str, digits: int) -> str:
        return "-" if entry[key] is None else f"{entry[key]:.{digits}f}"

    keys = ("detected", "pck@0.2", "pck@0.1", "coco_pck@0.2", "pdj@0.2", "oks")
    shares = "  ".join(f"{key} {said(key, 3)}" for key in keys)
    return f"{name:<17}n {entry['n']:>5}  {shares}  mpjpe {said('mpjpe_mm', 0)}  pa {said('pa_mpjpe_mm', 0)} mm"
