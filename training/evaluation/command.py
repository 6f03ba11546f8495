"""``poseable evaluate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ..errors import TrainingError


@click.group()
def evaluate() -> None:
    """Measure a model on annotated pictures."""


@evaluate.command("pose")
@click.option("--images", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--annotations", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--model", default="blazepose-full", show_default=True, help="Name, folder, or .tflite or .keras file.")
@click.option("--detector", default="person-detector", show_default=True, help="Name, folder or file.")
@click.option(
    "--roi",
    type=click.Choice(["truth", "detector"]),
    default="detector",
    show_default=True,
    help="Where the landmark network looks: at the annotated place, or where the detector says.",
)
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Figures.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Folder for a page with plots.")
def pose(images: Path, annotations: Path, out: Path, report: Path | None, **options: Any) -> None:
    """Measure detection, PCK, PDJ, OKS, MPJPE and PA-MPJPE, calibration and jitter of the page's pipeline.

    ANNOTATIONS is a COCO key-point file, from any tool or from `poseable render`; its pictures lie below IMAGES. See
    docs/evaluate.md for the figures.
    """
    try:
        _pose(images, annotations, options, out, report)
    except ImportError as error:
        raise click.ClickException(f"{error}; install the extra: pip install 'poseable[training]'") from error
    except (TrainingError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _pose(images: Path, annotations: Path, options: dict[str, Any], out: Path, report: Path | None) -> None:
    from .. import dataset
    from ..pipeline.networks import Networks, open_detector, open_landmarks
    from . import figures, measure
    from . import report as page

    data = dataset.read(annotations, images)
    networks = Networks(open_landmarks(options["model"]), open_detector(options["detector"]))
    films = data.sequences
    steps = len(data.pictures) + sum(map(len, films))
    with click.progressbar(length=steps, label="measuring", show_pos=True) as bar:
        rows = list(measure.run(networks, data, options["roi"], lambda: bar.update(1)))
        jitters = [one for film in films for one in measure.follow(networks, film, lambda: bar.update(1))]
    result = {
        "model": options["model"],
        "detector": options["detector"],
        "roi": options["roi"],
        "annotations": annotations.name,
        "images": len(data.pictures),
        **figures.summarise(rows, jitters),
    }
    if report is not None:
        page.write(result, rows, report)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", "utf-8")
    for name, entry in result["groups"].items():
        click.echo(_line(name, entry))
    gap = result["inclusion_gap"]
    click.echo(f"inclusion gap {'-' if gap is None else f'{gap:.1f} points'}; {out}")


def _line(name: str, entry: dict[str, Any]) -> str:
    def said(key: str, digits: int) -> str:
        return "-" if entry[key] is None else f"{entry[key]:.{digits}f}"

    shares = "  ".join(f"{key} {said(key, 3)}" for key in ("detected", "pck@0.2", "pck@0.1", "pdj@0.2", "oks"))
    return f"{name:<17}n {entry['n']:>5}  {shares}  mpjpe {said('mpjpe_mm', 0)}  pa {said('pa_mpjpe_mm', 0)} mm"
