"""``poseable convert``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import sources
from .errors import ConversionError

if TYPE_CHECKING:
    from .parity import Difference


@dataclass(frozen=True)
class Options:
    """What the command line says about every model."""

    out: Path
    images: Path | None
    crops: int
    keras: bool


@click.command()
@click.argument("models", nargs=-1, metavar="[FILE.tflite|NAME]...")
@click.option("--all", "everything", is_flag=True, help="Convert every released network that is part of the product.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.")
@click.option(
    "--images",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of pictures of people to compare on; patterns, which show less, if left out.",
)
@click.option("--crops", default=100, show_default=True, type=click.IntRange(1), help="How many pictures at most.")
@click.option("--keras", is_flag=True, help="Write the trainable network too, as NAME.keras.")
@click.option(
    "--task",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a bundle for MediaPipe Tasks' PoseLandmarker: one landmark network and a person detector.",
)
@click.option("--detector", default="person-detector", show_default=True, help="The bundle's: FILE.tflite or NAME.")
def convert(
    models: tuple[str, ...], everything: bool, out: Path | None, task: Path | None, detector: str, **options: Any
) -> None:
    """Turn TFLite networks into TF.js graph models, and report how exactly; or bundle them for MediaPipe Tasks.

    NAME is one of person-detector, blazepose-lite, blazepose-full and blazepose-heavy, whose files come from
    node_modules and are checked, or that of a taught model. Ends with an error if a known network differs from its
    original by more than the tolerance; nothing is replaced then.
    """
    names = [*models, *(name for name, source in sources.SOURCES.items() if everything and source.committed)]
    if not names:
        raise click.UsageError("name a .tflite file or a model, or use --all")
    if out is None and task is None:
        raise click.UsageError("say where to: --out DIR, --task FILE, or both")
    if task is not None and len(names) != 1:
        raise click.UsageError(f"--task takes one landmark network, not {len(names)}")
    # quiet TensorFlow's start-up; exporting needs it as Keras's back end
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        if out is not None:
            for name in dict.fromkeys(names):
                _convert_one(name, Options(out=out, **options))
        if task is not None:
            _bundle(names[0], detector, task)
    except ImportError as error:
        raise click.ClickException(f"{error}; install the extra: pip install 'poseable[converter]'") from error
    except (ConversionError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _convert_one(name: str, options: Options) -> None:
    from . import manifest, network, tfjs, tflite

    path = manifest.find(name)
    graph = tflite.read(path)
    source = sources.identify(path, graph)
    model = network.build(graph, source.positions, source.name)
    click.echo(f"{source.name}: {len(graph.operators)} operators, {model.count_params():,} trainable weights")

    options.out.mkdir(parents=True, exist_ok=True)
    # converted and compared aside, so that a failure leaves what was there
    staging = options.out / f".{source.name}.part"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        files = tfjs.export(model, staging)
        report = _compare(source, path, model, staging, options)
        final = options.out / source.name
        shutil.rmtree(final, ignore_errors=True)
        staging.rename(final)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    files = [final / file.name for file in files]
    if options.keras:
        model.save(options.out / f"{source.name}.keras")
    manifest.update(options.out, {source.name: manifest.entry(source, model, files, options.out, report)})
    size = sum(file.stat().st_size for file in files)
    click.echo(f"  {final}: {len(files)} files, {size / 1e6:.2f} MB")


def _bundle(landmarks: str, detector: str, out: Path) -> None:
    from . import manifest, task

    task.write_task(manifest.find(detector), manifest.find(landmarks), out)
    click.echo(f"{out}: {landmarks} and {detector}, {out.stat().st_size / 1e6:.2f} MB")


def _compare(source: sources.Source, path: Path, model: Any, folder: Path, options: Options) -> dict[str, Any]:
    """Print the parity report of one network and return it as the manifest keeps it."""
    from . import parity

    shape = tuple(model.input_shape[1:])
    if options.images is None:
        crops = parity.patterns(options.crops, shape)
    else:
        crops = parity.load_pictures(options.images, options.crops, shape)
    inputs = parity.scaled(source, crops)
    ways = parity.all_ways(path, source, model, folder, inputs, lambda message: click.echo(f"  {message}"))
    with click.progressbar(length=len(inputs), label="  comparing") as bar:
        differences = parity.compare(parity.quantities(source), ways, lambda: bar.update(1))
    _print_report(differences)
    enough = parity.PATTERN_SHARE if options.images is None else source.share_within
    parity.judge(source.name, differences, enough)
    return {"crops": len(inputs), "differences": parity.table(differences)}


def _print_report(differences: Sequence[Difference]) -> None:
    click.echo("  largest difference of               between          is         tolerance  kept in")
    for d in differences:
        limit = "-" if d.quantity.tolerance is None else f"{d.quantity.tolerance:g}"
        row = f"    {d.quantity.name:<22}{d.quantity.unit:<12}{d.ways:<16} {d.largest:.1e}    {limit:<9}"
        click.echo(f"{row}{d.share_within:>8.0%}")
