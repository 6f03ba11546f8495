"""Folders of things to draw with: ``poseable render --assets DIR``.

Characters are GLB and VRM files anywhere in the folder, environments are ``hdri/*.hdr``: Radiance pictures all around
(equirectangular, twice as wide as high).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import RecipeError
from . import people

HDRI = "hdri"
MAGIC = (b"#?RADIANCE", b"#?RGBE")
LARGEST_PX = 4096
"""The widest picture: half a gigabyte of it is enough for one browser."""
_HEAD_BYTES = 4096
_SIZE = re.compile(rb"\n-Y (\d+) \+X (\d+)\n")


@dataclass(frozen=True)
class Assets:
    """What some folders hold, by name."""

    characters: dict[str, Path]
    environments: dict[str, Path]

    @classmethod
    def of(cls, folders: Iterable[Path]) -> Assets:
        """Look into folders.

        Raises `RecipeError` naming the folder or file: one that holds nothing to draw with, two files of one name, a
        picture that is none.
        """
        listed = list(folders)
        peopled = [folder for folder in listed if _characters_in(folder)]
        environments: dict[str, Path] = {}
        for folder in listed:
            pictures = sorted(path for path in (folder / HDRI).glob("*") if path.suffix.lower() == ".hdr")
            if not pictures and folder not in peopled:
                raise RecipeError(
                    f"{folder}: expected characters ({', '.join(people.SUFFIXES)}) or environments ({HDRI}/*.hdr) "
                    "in this folder, found none"
                )
            for path in pictures:
                if path.stem in environments:
                    raise RecipeError(f"{path} and {environments[path.stem]} have one name; rename one")
                environments[path.stem] = _checked(path)
        return cls(people.from_files(peopled), environments)


def _characters_in(folder: Path) -> bool:
    return any(path.suffix.lower() in people.SUFFIXES for path in folder.rglob("*"))


def _checked(path: Path) -> Path:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.startswith(MAGIC):
        raise RecipeError(f"{path}: expected a Radiance picture, which begins with #?RADIANCE, got {head[:10]!r}")
    size = _SIZE.search(head)
    height, width = (int(size[1]), int(size[2])) if size else (0, 0)
    if width != 2 * height or not 0 < width <= LARGEST_PX:
        found = f"{width}x{height}" if size else "no line -Y HEIGHT +X WIDTH"
        raise RecipeError(
            f"{path}: expected a picture all around, twice as wide as high, at most {LARGEST_PX} px wide, got {found}"
        )
    return path
