"""How to teach: a recipe, a short JSON file whose head gives the command, how long it took and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..data import TRAINING, Variation
from ..errors import RecipeError
from ..losses import WEIGHTS
from .loop import Plan

FOLDER = Path(__file__).resolve().parents[1] / "recipes"
HEAD = ("about", "command", "time", "result")
KINDS = ("labelled", "photos", "nobody")
"""What a batch is made of: annotated people, people in photos as the released network sees them, and nobody."""
_REQUIRED = {"source", "stages"}


@dataclass(frozen=True)
class Stage:
    """One stretch of teaching.

    ``cut`` names the layer up to which the network stays as it is (None: all of it is taught). Of each person there are
    ``views`` crops, and ``least_views`` at least of each data set, photos and nobody included.
    """

    name: str
    plan: Plan
    cut: str | None = None
    views: int = 2
    least_views: int = 1500


@dataclass(frozen=True)
class Recipe:
    """What a recipe says.

    ``source`` is the released network, ``start`` what is taught: the same, or a model that was taught from it, which is
    then what teaching must not lose. ``batch``: how many views of each of `KINDS`; ``weights`` of the terms of the
    loss; ``shares`` of the way from the old to the taught weights, among which the validation pictures choose.
    """

    name: str
    head: dict[str, str]
    source: str
    stages: tuple[Stage, ...]
    start: str
    batch: dict[str, int] = field(default_factory=lambda: {"labelled": 24, "photos": 8, "nobody": 1})
    weights: dict[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    shares: tuple[float, ...] = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    variation: Variation = TRAINING


def names() -> list[str]:
    """Return the recipes for teaching that come with the product."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if "stages" in json.loads(path.read_text("utf-8")))


def load(name: str) -> Recipe:
    """Read a recipe by its name, or from a JSON file.

    Raises `RecipeError` naming the file, the place in it, what was expected and what came.
    """
    path = Path(name) if name.endswith(".json") else FOLDER / f"{name}.json"
    if not path.is_file():
        raise RecipeError(f"'{name}' is neither a .json file nor one of the recipes {', '.join(names())}")
    try:
        said = json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise RecipeError(f"{path}:{error.lineno}: no JSON: {error.msg}") from error
    try:
        return _read(path.stem, said)
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from None


def _read(name: str, said: Any) -> Recipe:
    known = {*HEAD, *(one.name for one in fields(Recipe))} - {"name", "head"}
    _check_keys(said, known, _REQUIRED, "recipe")
    stages = said["stages"]
    if not isinstance(stages, list) or not stages:
        raise RecipeError(f"stages: expected a list of at least one, got {stages!r}")
    options: dict[str, Any] = {}
    if "batch" in said:
        options["batch"] = dict.fromkeys(KINDS, 0) | _numbers(said["batch"], set(KINDS), "batch", int)
    if "weights" in said:
        options["weights"] = WEIGHTS | _numbers(said["weights"], set(WEIGHTS), "weights", (int, float))
    if "shares" in said:
        options["shares"] = _shares(said["shares"])
    if "variation" in said:
        names_of = {one.name for one in fields(Variation)}
        options["variation"] = Variation(**_numbers(said["variation"], names_of, "variation", (int, float)))
    return Recipe(
        name=name,
        head={key: str(said.get(key, "")) for key in HEAD},
        source=str(said["source"]),
        start=str(said.get("start", said["source"])),
        stages=tuple(_stage(stage, f"stages[{place}]") for place, stage in enumerate(stages)),
        **options,
    )


def _stage(said: Any, where: str) -> Stage:
    of_plan = {one.name for one in fields(Plan)}
    _check_keys(
        said, of_plan | {one.name for one in fields(Stage)} - {"plan"}, {"name", "rounds", "steps", "rate"}, where
    )
    cut = said.get("cut")
    if cut is not None and not isinstance(cut, str):
        raise RecipeError(f"{where}.cut: expected a layer's name or null, got {cut!r}")
    whole = {"rounds", "steps", "warm_up", "views", "least_views"}
    for key, value in said.items():
        if key in whole and not (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            raise RecipeError(f"{where}.{key}: expected a whole number from 1, got {value!r}")
        if key in of_plan - whole and not (isinstance(value, int | float) and 0 <= value < 1):
            raise RecipeError(f"{where}.{key}: expected a number from 0 to 1, got {value!r}")
    plan = Plan(**{key: value for key, value in said.items() if key in of_plan})
    return Stage(plan=plan, **{key: value for key, value in said.items() if key not in of_plan})


def _check_keys(said: Any, known: set[str], required: set[str], where: str) -> None:
    if not isinstance(said, dict):
        raise RecipeError(f"{where}: expected an object, got {said!r}")
    unknown, lacking = sorted(set(said) - known), sorted(required - set(said))
    if unknown or lacking:
        fault = f"unknown {', '.join(unknown)}" if unknown else f"{', '.join(lacking)} missing"
        raise RecipeError(f"{where}: {fault}; known: {', '.join(sorted(known))}")


def _numbers(said: Any, known: set[str], where: str, kinds: Any) -> dict[str, Any]:
    _check_keys(said, known, set(), where)
    for key, value in said.items():
        if not isinstance(value, kinds) or isinstance(value, bool) or value < 0:
            raise RecipeError(f"{where}.{key}: expected a number from 0, got {value!r}")
    return dict(said)


def _shares(said: Any) -> tuple[float, ...]:
    usable = isinstance(said, list) and said and all(isinstance(v, int | float) and 0 < v <= 1 for v in said)
    if not usable:
        raise RecipeError(f"shares: expected numbers above 0 up to 1, got {said!r}")
    return tuple(float(value) for value in said)


def described(recipe: Recipe) -> Mapping[str, Any]:
    """Return what matters of a recipe for a report."""
    stages = [
        {"name": stage.name, "cut": stage.cut, "steps": stage.plan.rounds * stage.plan.steps, "rate": stage.plan.rate}
        for stage in recipe.stages
    ]
    return {
        "name": recipe.name,
        "source": recipe.source,
        "start": recipe.start,
        "stages": stages,
        "batch": recipe.batch,
    }
