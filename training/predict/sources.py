"""What the command line names: pictures, videos, and folders of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

from ..errors import DataError
from . import video

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".jfif", ".avif", ".heic", ".heif")
"""What is taken for a picture in a folder. HEIC is named and refused, not passed over: see docs/predict.md."""


@dataclass(frozen=True)
class Source:
    """A file to look at; ``name`` is unique: the path below the folder that was named, or the file's name."""

    path: Path
    name: str
    kind: Literal["picture", "video"]


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures below a folder, by name; hidden ones are left out."""
    return [path for path in _files(folder) if path.suffix.lower() in PICTURES]


def listed(named: Sequence[Path], without: Path | None = None) -> tuple[list[Source], list[tuple[Path, DataError]]]:
    """Return the files to look at, in order, and what is wrong with the others that were named.

    ``without`` is a folder whose files are passed over in folders: that of the copies of the last run.
    """
    found: dict[tuple[str, str], Source] = {}
    wrong: list[tuple[Path, DataError]] = []
    for path in named:
        if path.is_dir():
            inside = [Source(file, file.relative_to(path).as_posix(), _kind(file)) for file in _known(path, without)]
            if not inside:
                wrong.append((path, DataError(f"{path}: expected pictures or videos in this folder, found none")))
        elif path.exists():
            inside = [Source(path, path.name, _kind(path))]
        else:
            wrong.append((path, DataError(f"{path}: there is no such file")))
            continue
        for source in inside:
            name = next(name for name in _names(source) if (source.kind, _stem(name)) not in found)
            found[source.kind, _stem(name)] = Source(source.path, name, source.kind)
    return list(found.values()), wrong


def _stem(name: str) -> str:
    """Return a name without its suffix, which the annotated copy does not keep."""
    return Path(name).with_suffix("").as_posix()


def _files(folder: Path) -> list[Path]:
    listed = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in listed if not any(p.startswith(".") for p in path.relative_to(folder).parts))


def _known(folder: Path, without: Path | None) -> list[Path]:
    files = [path for path in _files(folder) if path.suffix.lower() in PICTURES + video.SUFFIXES]
    return [path for path in files if without is None or not path.resolve().is_relative_to(without.resolve())]


def _kind(path: Path) -> Literal["picture", "video"]:
    """Tell a picture from a video: by its suffix, or, if that says nothing, by whether it opens as a picture."""
    suffix = path.suffix.lower()
    if suffix in PICTURES or suffix in video.SUFFIXES:
        return "picture" if suffix in PICTURES else "video"
    import PIL.Image

    try:
        with PIL.Image.open(path):
            return "picture"
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError):
        return "video"


def _names(source: Source) -> Iterator[str]:
    """Yield names for a file: its own, then numbered ones, as files of two folders may be called alike."""
    yield source.name
    name = Path(source.name)
    yield from (name.with_name(f"{name.stem}-{number}{name.suffix}").as_posix() for number in count(2))
