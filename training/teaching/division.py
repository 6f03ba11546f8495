"""Pictures to teach on, and pictures held out of teaching."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from ..dataset import Dataset, Picture
from ..errors import DataError

HELD_OUT = 5
"""One picture or sequence of this many is held out."""
LEAST = 10
"""Pictures with people below which nothing can be held out."""


def apart(data: Dataset) -> tuple[Dataset, Dataset]:
    """Return what is taught on and what is held out: every fifth picture or sequence, in an order that names decide.

    So the same files fall to the same side when others join. Raises `DataError` when there are fewer than `LEAST`.
    """
    some = [picture for picture in data.pictures if picture.people]
    films = sorted({_film(picture) for picture in some}, key=lambda name: hashlib.sha256(name.encode()).digest())
    if len(films) < LEAST:
        raise DataError(f"{data.path}: expected at least {LEAST} pictures with people, got {len(films)}")
    out = set(films[::HELD_OUT])
    return tuple(  # type: ignore[return-value]
        replace(data, pictures=tuple(picture for picture in some if (_film(picture) in out) == held))
        for held in (False, True)
    )


def _film(picture: Picture) -> str:
    return picture.path.name if picture.sequence is None else f"sequence {picture.sequence}"
