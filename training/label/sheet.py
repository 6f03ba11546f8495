"""A contact sheet: what the model found in each photo, the least sure first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..pipeline.pictures import Image
from ..predict import draw
from ..predict.api import Person

MOST = 60
"""Photos on a sheet."""
COLUMNS = 5
CELL, CAPTION = 320, 22
"""Px: side of a photo's square, height of the line below."""
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class Cell:
    """One photo: its name, how sure the model is (0..1), how many people it found, and a small picture of it."""

    name: str
    sure: float
    people: int
    picture: Image


def cell(name: str, image: Image, people: Sequence[Person], sure: float) -> Cell:
    """Return a photo with its skeletons, shrunk, so that a thousand of them fit into memory."""
    import PIL.Image

    scale = CELL / max(image.shape[:2])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = np.asarray(PIL.Image.fromarray(image).resize(size, PIL.Image.Resampling.BOX))
    shrunk = [_scaled(person, scale) for person in people]
    return Cell(name, sure, len(people), draw.over(small, shrunk, named=len(people) > 1))


def _scaled(person: Person, scale: float) -> Person:
    landmarks = person.landmarks * scale
    return Person(person.id, person.score, landmarks, person.world_landmarks, person.visibility, person.presence)


def write(cells: Sequence[Cell], path: Path) -> None:
    """Write the sheet; of more than `MOST` photos, the least sure."""
    import PIL.Image
    import PIL.ImageDraw

    chosen = sorted(cells, key=lambda one: (one.sure, one.name))[:MOST]
    rows = -(-len(chosen) // COLUMNS)
    page = PIL.Image.new("RGB", (COLUMNS * CELL, max(1, rows) * (CELL + CAPTION)), "#101817")
    brush = PIL.ImageDraw.Draw(page)
    for place, one in enumerate(chosen):
        left, top = place % COLUMNS * CELL, place // COLUMNS * (CELL + CAPTION)
        height, width = one.picture.shape[:2]
        page.paste(PIL.Image.fromarray(one.picture), (left + (CELL - width) // 2, top + (CELL - height) // 2))
        said = f"{one.people} found, {one.sure:.0%} sure" if one.people else "nobody found"
        name = one.name if len(one.name) <= 26 else f"…{one.name[-25:]}"
        brush.text((left + 6, top + CELL + 4), f"{name}: {said}", fill="#c8d4d1", font_size=12)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.save(path)
