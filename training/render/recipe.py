"""What to render: a recipe, and the plan of pictures that follows from it and a seed.

A recipe is a short JSON file whose head gives the command, how long it took and what came of it. Its ``parts`` are
recipes of the stage (docs/stage.md), on top of what ``stage`` says of all, each with how many ``stills`` and
``sequences`` of it are in one cycle; a sequence is ``frames`` pictures of one shot at successive times. Shots of the
parts are interleaved evenly, and the cycle repeats, so that any beginning of the plan shows the recipe's mixture.

A shot's chances depend on the recipe's name, the seed and the shot's number alone: shards and restarts change nothing.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as counting
from pathlib import Path
from typing import Any

from ..errors import RecipeError

FOLDER = Path(__file__).resolve().parents[1] / "recipes"
HEAD = ("about", "command", "time", "result")
"""What the head of a recipe must tell, as text."""
MAX_FRAMES = 999
"""Pictures of one sequence: image ids are made of the shot's number and three digits of the frame's."""
MAX_SHOTS = 1_000_000
SIDES = (32, 4096)
"""Px of a picture's side that the stage can draw."""
FPS = (1, 120)
PEOPLE = ("shipped", "held-out", "validation")
"""Who may be drawn: see people.py."""
WHO = ("whole", "limb_difference")
"""Besides names, what a part's ``characters`` may be: people with all limbs, or the others."""


@dataclass(frozen=True)
class Part:
    """Shots of one kind: how many in a cycle, how many pictures each, pictures a second, and the stage's recipe."""

    shots: int
    frames: int
    fps: float
    stage: dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """What a recipe file says. ``sizes`` are (width, height) in px, ``quality`` the range of JPEG qualities, 0..1."""

    name: str
    head: dict[str, str]
    people: str
    sizes: tuple[tuple[int, int], ...]
    quality: tuple[float, float]
    parts: tuple[Part, ...]
    sha256: str


@dataclass(frozen=True)
class Job:
    """One shot to draw: all that the browser needs. ``times`` are seconds after the first picture."""

    shot: int
    seed: str
    size: tuple[int, int]
    quality: float
    times: tuple[float, ...]
    stage: dict[str, Any]
    sequence: bool

    @property
    def names(self) -> list[str]:
        """The pictures' names, without suffix."""
        if not self.sequence:
            return [f"{self.shot:06d}"]
        return [f"{self.shot:06d}_{frame:03d}" for frame in range(len(self.times))]


def names() -> list[str]:
    """Return the recipes that come with the product."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if "parts" in json.loads(path.read_text("utf-8")))


def load(name: str) -> Recipe:
    """Read a recipe by its name, or from a JSON file.

    Raises `RecipeError` naming the file, the place in it, what was expected and what came.
    """
    path = Path(name) if name.endswith(".json") else FOLDER / f"{name}.json"
    if not path.is_file():
        raise RecipeError(f"'{name}' is neither a .json file nor one of the recipes {', '.join(names())}")
    text = path.read_text("utf-8")
    try:
        said = json.loads(text)
    except json.JSONDecodeError as error:
        raise RecipeError(f"{path}:{error.lineno}: no JSON: {error.msg}") from error
    try:
        return _read(path.stem, said, hashlib.sha256(text.encode()).hexdigest())
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from None


def _read(name: str, said: Any, sha256: str) -> Recipe:
    if not isinstance(said, dict):
        raise RecipeError(f"expected an object, got {type(said).__name__}")
    known = {*HEAD, "people", "sizes", "quality", "stage", "parts"}
    unknown = sorted(set(said) - known)
    if unknown:
        raise RecipeError(f"unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    parts = said.get("parts")
    if not isinstance(parts, list) or not parts:
        raise RecipeError(f"parts: expected a list of at least one, got {parts!r}")
    common = said.get("stage", {})
    if not isinstance(common, dict):
        raise RecipeError(f"stage: expected an object, got {common!r}")
    quality = said.get("quality", [0.92, 0.92])
    low, high = (_number(quality[k], "quality", 0, 1) for k in (0, 1)) if _is_pair(quality) else (1.0, 0.0)
    if low > high:
        raise RecipeError(f"quality: expected [low, high] within 0..1, got {quality!r}")
    people = said.get("people", "shipped")
    if people not in PEOPLE:
        raise RecipeError(f"people: expected one of {', '.join(PEOPLE)}, got {people!r}")
    return Recipe(
        name=name,
        head={key: str(said.get(key, "")) for key in HEAD},
        people=people,
        sizes=tuple(_size(size) for size in said.get("sizes", [[512, 512]])),
        quality=(low, high),
        parts=tuple(kind for place, part in enumerate(parts) for kind in _part(part, common, f"parts[{place}]")),
        sha256=sha256,
    )


def _part(said: Any, common: dict[str, Any], where: str) -> list[Part]:
    """Return the stills and the sequences of a part."""
    known = {"stills", "sequences", "frames", "fps", "stage"}
    if not isinstance(said, dict) or set(said) - known or not isinstance(said.get("stage"), dict):
        raise RecipeError(f"{where}: expected an object of {', '.join(sorted(known))} with a stage, got {said!r}")
    numbers = {
        key: _number(said.get(key, usual), f"{where}.{key}", *limits)
        for key, usual, limits in (
            ("stills", 0, (0, MAX_SHOTS)),
            ("sequences", 0, (0, MAX_SHOTS)),
            ("frames", 24, (2, MAX_FRAMES)),
            ("fps", 24, FPS),
        )
    }
    stage = common | said["stage"]
    kinds = (
        Part(round(numbers["stills"]), 1, numbers["fps"], stage),
        Part(round(numbers["sequences"]), round(numbers["frames"]), numbers["fps"], stage),
    )
    if not any(kind.shots for kind in kinds):
        raise RecipeError(f"{where}: expected stills or sequences above 0")
    return [kind for kind in kinds if kind.shots]


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def _number(value: Any, where: str, low: float, high: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise RecipeError(f"{where}: expected a number in {low}..{high}, got {value!r}")
    return value


def _size(said: Any) -> tuple[int, int]:
    sides = said if _is_pair(said) else []
    if not sides or any(not isinstance(side, int) or not SIDES[0] <= side <= SIDES[1] for side in sides):
        raise RecipeError(f"sizes: expected [width, height] in {SIDES[0]}..{SIDES[1]} px, got {said!r}")
    return sides[0], sides[1]


def _cycle(parts: tuple[Part, ...]) -> list[Part]:
    """Return one cycle of shots, each part's spread evenly over it."""
    order = [((number + 0.5) / part.shots, place) for place, part in enumerate(parts) for number in range(part.shots)]
    return [parts[place] for _, place in sorted(order)]


def plan(recipe: Recipe, count: int, seed: int, shard: tuple[int, int] = (0, 1)) -> Iterator[Job]:
    """Yield the shots of the first ``count`` pictures, of them those of shard i of n (0 <= i < n).

    A sequence that would go past ``count`` ends there. The union of all shards is the plan without shards.
    """
    cycle = _cycle(recipe.parts)
    left = count
    for shot in counting():
        if left <= 0:
            return
        part = cycle[shot % len(cycle)]
        frames = min(part.frames, left)
        left -= frames
        if shot % shard[1] != shard[0]:
            continue
        chance = random.Random(f"{recipe.name}/{seed}/{shot}/picture")  # noqa: S311 - no secret
        yield Job(
            shot=shot,
            seed=f"{recipe.name}/{seed}/{shot}",
            size=chance.choice(recipe.sizes),
            quality=round(chance.uniform(*recipe.quality), 3),
            times=tuple(round(frame / part.fps, 6) for frame in range(frames)),
            stage=part.stage,
            sequence=part.frames > 1,
        )


def parse_shard(text: str) -> tuple[int, int]:
    """Read ``i/n`` with i from 1: the second of four is ``2/4``. Returns i from 0, and n."""
    first, _, second = text.partition("/")
    if not (first.isdecimal() and second.isdecimal() and 1 <= int(first) <= int(second)):
        raise RecipeError(f"shard: expected i/n with 1 <= i <= n, such as 2/4, got {text!r}")
    return int(first) - 1, int(second)
