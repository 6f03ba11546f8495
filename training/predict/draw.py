"""Pictures of what was found: the skeleton over the picture, as the page draws it, and the body in space beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pose.landmarks import CERTAIN_VISIBILITY, EDGES, NAMES, index

from ..pipeline.pictures import Image
from .api import Person

Doubles = npt.NDArray[np.float64]
Colour = tuple[int, int, int, int]
Point = tuple[float, float]

# The page's looks, from static/js/pages/live/overlay.js, where the reasons stand; a test compares them.
COLOURS = {"left": "#f0a830", "right": "#6cc1f2", "centre": "#ffffff"}
GHOST_ALPHA = 0.6
DRAWN_PRESENCE = 0.5
_MINOR = re.compile(r"eye|ear|mouth|pinky|(?<!foot_)index$|thumb")
_HALO = (0, 0, 0, 140)
_PAPER, _GRID, _INK = "#101817", "#2c3a38", "#c8d4d1"

SMOOTHING = 2
"""Lines are drawn this many times larger and shrunk, so that their edges are smooth."""
LARGE_PX = 4_000_000
USUAL_SIDE = 1000
"""Px of the longer side of a picture as the page shows it."""
REACH_M = 1.25
"""Half the side of the square that a view in space shows."""
GRID_M = 0.5
VIEWS = (("from the front", (0, 1)), ("from the side, camera left", (2, 1)))
"""Names of the views in space, and the world's axes that go right and down in them."""


def side_of(name: str) -> str:
    """Return ``left``, ``right`` or ``centre``."""
    found = re.search("left|right", name)
    return found[0] if found else "centre"


_SIDES = [side_of(name) for name in NAMES]
_THIN = [_MINOR.search(name) is not None for name in NAMES]


def over(image: Image, people: Sequence[Person], named: bool = True) -> Image:
    """Return the picture with skeletons drawn over it: uncertain joints as hollow ghosts, absent ones not at all."""
    import PIL.Image
    import PIL.ImageDraw

    # A large photo is not drawn larger still, and its lines are thicker: it will be looked at as a whole.
    fine = SMOOTHING if image.shape[0] * image.shape[1] <= LARGE_PX else 1
    ratio = fine * max(1.0, max(image.shape[:2]) / USUAL_SIDE)
    layer = PIL.Image.new("RGBA", (image.shape[1] * fine, image.shape[0] * fine))
    brush = PIL.ImageDraw.Draw(layer)
    for person in people:
        points = person.landmarks[:, :2] * fine
        torso = _torso(person.landmarks) * fine
        _skeleton(brush, points, person, min(9.0, max(2.5, torso / ratio / 20)) * ratio)
        if named:
            _name(brush, points, person, torso, 14 * ratio)
    shown = PIL.Image.fromarray(image).convert("RGBA")
    shown.alpha_composite(layer.resize(shown.size, PIL.Image.Resampling.BOX) if fine > 1 else layer)
    return np.asarray(shown.convert("RGB"))


def beside(image: Image, people: Sequence[Person], rows: int) -> Image:
    """Return the picture of `over` with a column beside it: each of the first ``rows`` people in space, in two views.

    The column depends on the picture's height and ``rows`` alone, so that the pictures of a video are of one size.
    """
    left = over(image, people)
    height = image.shape[0]
    down, across = (len(VIEWS), 1) if rows == 1 else (rows, len(VIEWS))
    side = max(1, height // down)
    column = np.zeros((height, side * across, 3), np.uint8)
    column[:] = [int(_PAPER[k : k + 2], 16) for k in (1, 3, 5)]
    for row in range(min(rows, height)):
        person = people[row] if row < len(people) else None
        for k, (name, axes) in enumerate(VIEWS):
            y, x = (k, 0) if rows == 1 else (row, k)
            column[y * side : (y + 1) * side, x * side : (x + 1) * side] = view(person, name, axes, side)
    return np.concatenate([left, column], axis=1)


def view(person: Person | None, name: str, axes: tuple[int, int], side: int) -> Image:
    """Return a square of ``side`` px with a person's world landmarks on a grid, metres from the hip centre."""
    import PIL.Image
    import PIL.ImageDraw

    large = side * SMOOTHING
    picture = PIL.Image.new("RGB", (large, large), _PAPER)
    brush = PIL.ImageDraw.Draw(picture, "RGBA")
    scale = large / 2 / REACH_M
    most = int(REACH_M / GRID_M)
    for step in np.arange(-most, most + 1) * GRID_M:
        place = large / 2 + step * scale
        brush.line([(place, 0), (place, large)], fill=_GRID, width=SMOOTHING)
        brush.line([(0, place), (large, place)], fill=_GRID, width=SMOOTHING)
    if person is not None:
        points = person.world_landmarks[:, list(axes)] * scale + large / 2
        # What is further away first.
        depth = person.world_landmarks[:, 2] if axes[0] == 0 else -person.world_landmarks[:, 0]
        _skeleton(brush, points, person, max(1.0, large / 90), depth)
        text = f"Person {person.id} {name}, {GRID_M:g} m grid"
        brush.text((large * 0.03, large * 0.02), text, fill=_INK, font_size=max(9 * SMOOTHING, large / 22))
    return np.asarray(picture.resize((side, side), PIL.Image.Resampling.BOX))


def _torso(landmarks: Doubles) -> float:
    middles = [landmarks[[index(f"left_{part}"), index(f"right_{part}")], :2].mean(0) for part in ("shoulder", "hip")]
    length = float(np.linalg.norm(middles[0] - middles[1]))
    return length if np.isfinite(length) else 0.0


def _skeleton(brush: Any, points: Doubles, person: Person, width: float, depth: Doubles | None = None) -> None:
    drawn = (person.presence >= DRAWN_PRESENCE) & np.isfinite(points).all(1)
    certain = person.visibility >= CERTAIN_VISIBILITY
    edges = [(a, b) for a, b in EDGES if drawn[a] and drawn[b]]
    if depth is not None:
        edges.sort(key=lambda edge: -float(depth[list(edge)].mean()))
    for a, b in edges:
        side = _SIDES[a] if _SIDES[a] == _SIDES[b] else "centre"
        thick = width * 0.55 if _THIN[a] or _THIN[b] else width
        _line(brush, (points[a], points[b]), side, thick, bool(certain[a] and certain[b]))
    for place in np.flatnonzero(drawn).tolist():
        radius = width * (0.5 if _THIN[place] else 0.95)
        _joint(brush, points[place], _SIDES[place], radius, bool(certain[place]))


def _paint(side: str, alpha: float = 1.0) -> Colour:
    red, green, blue = (int(COLOURS[side][k : k + 2], 16) for k in (1, 3, 5))
    return red, green, blue, round(255 * alpha)


def _line(brush: Any, ends: tuple[Doubles, Doubles], side: str, width: float, certain: bool) -> None:
    start, end = ends
    if certain:
        pieces = [(start, end)]
    else:
        dash, step = width * 0.6, width * 2.2
        length = float(np.linalg.norm(end - start))
        along = (end - start) / max(length, 1e-9)
        # At most a few hundred: a point may be far outside of the picture.
        places = np.arange(0, length, max(step, length / 400))
        pieces = [(start + along * place, start + along * min(place + dash, length)) for place in places]
        width *= 0.6
    alpha = 1.0 if certain else GHOST_ALPHA
    for colour, wide in ((_HALO, width * 1.5), (_paint(side, alpha), width)):
        for a, b in pieces:
            brush.line([tuple(a), tuple(b)], fill=colour, width=max(1, round(wide)))


def _joint(brush: Any, point: Doubles, side: str, radius: float, certain: bool) -> None:
    x, y = point.tolist()
    box = (x - radius, y - radius, x + radius, y + radius)
    line = max(1, round(radius * 0.5))
    if certain:
        brush.ellipse(box, fill=_paint(side), outline=_HALO, width=line)
    else:
        brush.ellipse(box, outline=_paint(side, GHOST_ALPHA), width=line)


def _name(brush: Any, points: Doubles, person: Person, torso: float, size: float) -> None:
    """Write who it is above the head."""
    drawn = points[(person.presence >= DRAWN_PRESENCE) & np.isfinite(points).all(1)]
    if not len(drawn):
        return
    x, y = drawn[drawn[:, 1].argmin()].tolist()
    place = x, max(size, y - max(2.6 * size, torso * 0.42))
    box = brush.textbbox(place, f"Person {person.id}", font_size=size, anchor="mm")
    pad = size * 0.4
    brush.rounded_rectangle(
        (box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad), radius=size, fill=(11, 16, 15, 204)
    )
    brush.text(place, f"Person {person.id}", fill="#ffffff", font_size=size, anchor="mm")
