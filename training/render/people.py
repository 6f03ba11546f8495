"""Who is drawn: the people that ship, people from files, or people whom no training has seen.

Held-out people are built by ``tools.characters``, the builder of those that ship, from recipes of their own: other
faces, measures, skins, hair, clothes and colours, drawn by a fixed seed. Two have a prosthesis below the knee and two
no forearm. Building takes about ten seconds each and needs the test set's packages; results are kept in a cache.
"""

from __future__ import annotations

import colorsys
import hashlib
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError
from .studio import ROOT, STATIC

if TYPE_CHECKING:
    from tools.characters.recipes import Recipe as Person

SUFFIXES = (".glb", ".vrm")
CACHE = ROOT / "build/held-out-people"
SEED = "held-out people 1"


@dataclass(frozen=True)
class Cast:
    """People of a set, by name: with all limbs, with a prosthesis below the knee (side), without a forearm (side)."""

    whole: tuple[str, ...]
    prosthesis: dict[str, str]
    missing_forearm: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.whole, *self.prosthesis, *self.missing_forearm)


CASTS = {
    "held-out": Cast(
        ("elm", "ash", "oak", "pine", "yew", "fir", "larch", "beech", "holly", "aspen"),
        {"thorn": "l", "sedge": "r"},
        {"briar": "l", "heath": "r"},
    ),
    "validation": Cast(("poplar", "spruce", "cypress", "lime"), {"reed": "r"}, {"fern": "l"}),
}
"""Sets of people that no training may see: for the benchmark, and for choosing between models."""


def shipped() -> dict[str, Path]:
    """Return the characters that come with the product: name -> file."""
    folder = STATIC / "characters"
    return {name: folder / f"{name}.glb" for name in json.loads((folder / "manifest.json").read_text())["characters"]}


def from_files(paths: Iterable[Path]) -> dict[str, Path]:
    """Return characters of files: a GLB or VRM each, or a folder of them.

    Raises `RecipeError` on what is neither, on an empty folder, and on two files of one name.
    """
    found: dict[str, Path] = {}
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
        for file in files:
            if not file.is_file() or file.suffix.lower() not in SUFFIXES:
                raise RecipeError(f"{file}: expected a character as {' or '.join(SUFFIXES)}")
            if file.stem in found:
                raise RecipeError(f"{file}: there is another character called {file.stem}: {found[file.stem]}")
            found[file.stem] = file
    return found


def built(cast: str, progress: Callable[[str], None] = lambda _: None) -> dict[str, Path]:
    """Build the people of one of `CASTS`, if they are not in the cache: name -> file.

    ``progress`` is called with the name before each one that is built. Raises `RecipeError` when the builder's
    packages are not installed.
    """
    folder = CACHE / _builder_digest()
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"{name}.glb" for name in CASTS[cast].names}
    for name, file in files.items():
        if file.is_file():
            continue
        progress(name)
        try:
            from tools.characters.build import build
        except ImportError as error:
            raise RecipeError(
                f"held-out people are built with the test set ({error}); run `make setup-test`"
            ) from error
        part = file.with_suffix(".part")
        part.write_bytes(build(person(name)).data)
        part.replace(file)
    return files


def limb_difference(people: str) -> tuple[str, ...]:
    """Return who of "shipped" or of one of `CASTS` has a prosthesis or lacks a limb."""
    if people in CASTS:
        return (*CASTS[people].prosthesis, *CASTS[people].missing_forearm)
    listed = json.loads((STATIC / "characters/manifest.json").read_text("utf-8"))["characters"]
    return tuple(name for name, said in listed.items() if said["prosthesis"] or said["not_applicable"])


def _builder_digest() -> str:
    """Tell builders apart: other code makes other people."""
    digest = hashlib.sha256(SEED.encode())
    for path in [*sorted((ROOT / "tools/characters").glob("*.py")), Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def person(name: str) -> Person:
    """Return the recipe of a held-out person: parts of the shipped recipes mixed anew, with measures of their own."""
    from tools.characters.recipes import RECIPES

    chance = random.Random(f"{SEED}/{name}")  # noqa: S311 - no secret
    adults = [recipe for recipe in RECIPES if recipe.body.age >= 18 and not recipe.missing_forearm]
    base, dressed, shod = (chance.choice(adults) for _ in range(3))
    body = replace(
        base.body,
        age=min(88, max(19, base.body.age + chance.uniform(-9, 9))),
        height=base.body.height + chance.uniform(-0.06, 0.06),
        weight=min(0.9, max(0.3, base.body.weight + chance.uniform(-0.15, 0.15))),
        muscle=min(0.8, max(0.25, base.body.muscle + chance.uniform(-0.12, 0.12))),
    )
    shirt = replace(dressed.shirt, cloth=_dyed(dressed.shirt.cloth, chance))
    trousers = replace(dressed.trousers, cloth=_dyed(dressed.trousers.cloth, chance))
    prosthesis = {key: side for cast in CASTS.values() for key, side in cast.prosthesis.items()}
    missing = {key: side for cast in CASTS.values() for key, side in cast.missing_forearm.items()}.get(name)
    if missing:
        shirt = replace(shirt, sleeve="short")  # a long one would keep the arm's shape
    return replace(
        base,
        name=name,
        about=f"held out of training: {base.body.age:.0f} years give or take",
        seed=chance.randrange(10_000, 99_999),
        body=body,
        shirt=shirt,
        trousers=trousers,
        shoes=shod.shoes,
        prosthesis=prosthesis.get(name),
        missing_forearm=missing,
    )


def _dyed(cloth: Any, chance: random.Random) -> Any:
    """Return a cloth in other colours and with another grain."""
    hue = chance.random()
    colours = [
        tuple(round(255 * part) for part in colorsys.hsv_to_rgb((hue + turn) % 1, chance.uniform(0.1, 0.8), value))
        for turn, value in ((0.0, chance.uniform(0.25, 0.9)), (chance.uniform(0.2, 0.8), chance.uniform(0.2, 0.9)))
    ]
    second = {"second": colours[1]} if hasattr(cloth, "second") else {}
    return replace(cloth, colour=colours[0], seed=chance.randrange(1000, 9999), **second)
