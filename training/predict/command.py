"""``poseable predict``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import DataError, TrainingError

if TYPE_CHECKING:
    from ..pipeline.pictures import Image
    from .api import Person, Tracker
    from .records import Writer
    from .sources import Source

Json = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    model: str
    detector: str
    people: int
    every: int
    draw: Path | None


@click.command()
@click.argument("named", metavar="IMAGE|VIDEO|FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="File for the poses.")
@click.option("--draw", type=click.Path(file_okay=False, path_type=Path), help="Folder for annotated copies.")
@click.option("--model", help="Name, folder, or .tflite file; default: the page's.")
@click.option("--detector", help="Name, folder or file; default: the page's.")
@click.option("--people", type=click.IntRange(1, 8), default=4, show_default=True, help="Whom to look for at most.")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Of a video, every n-th frame.")
def predict(named: tuple[Path, ...], out: Path | None, model: str | None, detector: str | None, **options: Any) -> None:
    """Find people in pictures and videos: 33 landmarks each in pixels and in metres.

    A picture is looked at by itself; through a video people are followed and smoothed, as on the page. Folders are
    searched for both. --json writes the poses (docs/predict.md), --draw copies with the skeletons drawn in and the
    bodies in space beside them. Files that cannot be read are named, the others are done, and the exit code is 1.
    """
    if out is None and options["draw"] is None:
        raise click.UsageError("expected --json FILE, --draw FOLDER, or both: where should the result go?")
    if options["draw"] is not None and any(path.resolve() == options["draw"].resolve() for path in named):
        raise click.UsageError("--draw: expected another folder than that of the pictures")
    try:
        from ..pipeline import networks

        chosen = model or networks.default("landmarks"), detector or networks.default("detector")
        broken = _predict(named, Wish(*chosen, **options), out)
    except ImportError as error:
        raise click.ClickException(f"{error}; install the extra: pip install 'poseable[training]'") from error
    except (TrainingError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if broken:
        raise SystemExit(1)


def _predict(named: tuple[Path, ...], wish: Wish, out: Path | None) -> int:
    """Look at all files; return how many could not be read."""
    from contextlib import nullcontext

    from . import records, sources

    found, wrong = sources.listed(named, wish.draw)
    files = [{"file": str(path), "error": str(error)} for path, error in wrong]
    for entry in files:
        click.echo(f"Error: {entry['error']}", err=True)
    about = records.head(wish.model, wish.detector)
    total = sum(_length(source, wish.every) for source in found)
    with (
        records.Writer(out, about) if out else nullcontext() as writer,
        click.progressbar(length=max(1, total), label="looking", show_pos=True) as bar,
    ):
        for source in found:
            before = bar.pos
            entry = _file(source, wish, writer, bar)
            files.append(entry)
            bar.update(max(0, before + _length(source, wish.every) - bar.pos))  # what the file promised and had not
        if writer is not None:
            writer.finish(files)
    _say(files, out, wish.draw)
    return sum("error" in entry for entry in files)


def _length(source: Source, every: int) -> int:
    """Return how many pictures a file is good for, as far as it tells."""
    if source.kind == "picture":
        return 1
    from .video import Video

    try:
        with Video(source.path) as film:
            return max(1, -(-film.length // every))
    except DataError:
        return 1


def _file(source: Source, wish: Wish, writer: Writer | None, bar: Any) -> Json:
    """Look at one file and return what became of it."""
    from .api import Tracker

    entry: Json = {"file": str(source.path), "kind": source.kind, "pictures": 0, "with_people": 0}
    tracker = Tracker(wish.model, detector=wish.detector, people=wish.people, smooth=source.kind == "video")
    look = _picture if source.kind == "picture" else _video
    try:
        look(source, wish, tracker, _Sink(entry, writer, bar))
    except (DataError, OSError) as error:
        entry["error"] = str(error)
        click.echo(f"\nError: {error}", err=True)
    return entry


@dataclass(frozen=True)
class _Sink:
    """Where the people of one file go."""

    entry: Json
    writer: Writer | None
    bar: Any

    def add(self, image: Image, people: list[Person], frame: int | None, time: float | None) -> None:
        from . import records

        height, width = image.shape[:2]
        self.entry.update(width=width, height=height)
        self.entry["pictures"] += 1
        self.entry["with_people"] += bool(people)
        if self.writer is not None:
            place = {"frame": frame, "time_s": None if time is None else round(time, records.S_DIGITS)}
            size = {"width": width, "height": height}
            said = {"people": [records.person(person) for person in people]}
            self.writer.add({"file": self.entry["file"], **place, **size, **said})
        self.bar.update(1)


def _picture(source: Source, wish: Wish, tracker: Tracker, sink: _Sink) -> None:
    from ..pipeline import pictures

    image = pictures.read(source.path)
    people = tracker.track(image)
    sink.add(image, people, None, None)
    if wish.draw is not None:
        import PIL.Image

        from . import draw

        drawn = draw.beside(image, people, max(1, len(people)))
        path = _copy_of(source, wish.draw, ".jpg")
        PIL.Image.fromarray(drawn).save(path, quality=90)


def _video(source: Source, wish: Wish, tracker: Tracker, sink: _Sink) -> None:
    from . import draw, records
    from .video import Copy, Video

    with Video(source.path) as film:
        sink.entry["fps"] = round(film.fps, records.FPS_DIGITS)
        copy = Copy(_copy_of(source, wish.draw, ".mp4"), film.fps / wish.every) if wish.draw is not None else None
        try:
            for frame in film.frames():
                if frame.number % wish.every:
                    continue
                people = tracker.track(frame.image, frame.time)
                sink.add(frame.image, people, frame.number, frame.time)
                if copy is not None:
                    copy.add(draw.beside(frame.image, people, min(2, wish.people)), frame.time)
        finally:
            if copy is not None:
                copy.close()


def _copy_of(source: Source, folder: Path, suffix: str) -> Path:
    """Return where the annotated copy goes; never over the original, whatever the folder."""
    name = Path(source.name)
    path = folder / name.with_name(f"{name.stem}_pose{suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _say(files: list[Json], out: Path | None, drawn: Path | None) -> None:
    whole = [entry for entry in files if "error" not in entry]
    looked = sum(entry.get("pictures", 0) for entry in files)
    empty = looked - sum(entry.get("with_people", 0) for entry in files)
    broken = len(files) - len(whole)
    click.echo(f"{looked} pictures from {len(whole)} files; nobody in {empty} of them")
    for entry in whole:
        if not entry["with_people"]:
            click.echo(f"{entry['file']}: nobody found")
    if broken:
        click.echo(f"{broken} files could not be read to their end", err=True)
    for place in (out, drawn):
        if place is not None:
            click.echo(str(place))
