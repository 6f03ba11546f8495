"""``poseable render``."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from ..errors import RecipeError, TrainingError
from . import people
from .assets import Assets
from .recipe import WHO, Recipe, load, parse_shard, plan
from .store import Store, missing
from .studio import Studio

MOST_BROWSERS = 16


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    recipe: Recipe
    count: int
    seed: int
    shard: tuple[int, int]
    out: Path
    browsers: int
    masks: bool


@click.command()
@click.option("--recipe", "name", default="default", show_default=True, help="Name of a recipe, or a .json file.")
@click.option("--count", type=click.IntRange(1), required=True, help="Pictures, over all shards.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same pictures.")
@click.option("--shard", default="1/1", show_default=True, help="i/n: every n-th shot, from the i-th on.")
@click.option(
    "--character",
    "characters",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A GLB or VRM to draw instead of the recipe's people; may be repeated.",
)
@click.option(
    "--assets",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with more characters (GLB, VRM) beside the recipe's people, and in hdri/ environments (.hdr); "
    "may be repeated.",
)
@click.option("--browsers", type=click.IntRange(1, MOST_BROWSERS), help="How many at once; default: one per core.")
@click.option("--masks", is_flag=True, help="Also outline people and aids (COCO run-length codes).")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
def render(name: str, shard: str, characters: tuple[Path, ...], assets: tuple[Path, ...], **options: Any) -> None:
    """Draw labelled pictures of people with and without mobility equipment.

    Pictures go to OUT/images, their labels to OUT/annotations.json (COCO key points and all 33 landmarks, see
    docs/data.md). A run that was stopped goes on where it was when it is given again.
    """
    try:
        recipe = load(name)
        more = Assets.of(assets)
        cast = _cast(recipe, characters, more)
        recipe = replace(
            recipe, parts=tuple(_with_people(recipe, part, cast, bool(characters)) for part in recipe.parts)
        )
        browsers = options.pop("browsers") or min(os.cpu_count() or 1, MOST_BROWSERS)
        # Who does not ask for environments is not made another rendering by them.
        environments = more.environments if any(part.stage.get("environments") for part in recipe.parts) else {}
        _render(Wish(recipe, shard=parse_shard(shard), browsers=browsers, **options), cast, environments)
    except (TrainingError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _cast(recipe: Recipe, characters: tuple[Path, ...], more: Assets) -> dict[str, Path]:
    if characters:
        return people.from_files(characters)
    if recipe.people in people.CASTS:
        cast = people.built(recipe.people, lambda name: click.echo(f"building {name}"))
    else:
        cast = people.shipped()
    twice = sorted(set(more.characters) & set(cast))
    if twice:
        raise RecipeError(f"--assets: {', '.join(twice)} would replace people of the recipe; rename the files")
    return cast | more.characters


def _with_people(recipe: Recipe, part: Any, cast: Mapping[str, Path], own: bool) -> Any:
    """Return a part whose ``characters`` are names: what it says about limbs is looked up."""
    who = part.stage.get("characters")
    if own or who is None:
        chosen = sorted(cast)
    elif isinstance(who, str):
        if who not in WHO:
            raise RecipeError(f"characters: expected names or one of {', '.join(WHO)}, got {who!r}")
        differing = people.limb_difference(recipe.people)
        chosen = sorted(name for name in cast if (name in differing) == (who == "limb_difference"))
    else:
        chosen = who
    return replace(part, stage={**part.stage, "characters": chosen})


def _digests(files: Mapping[str, Path]) -> dict[str, str]:
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in sorted(files.items())}


def _render(wish: Wish, cast: Mapping[str, Path], environments: Mapping[str, Path]) -> None:
    recipe = wish.recipe
    asked: dict[str, Any] = {
        "recipe": recipe.name,
        "recipe_sha256": recipe.sha256,
        "seed": wish.seed,
        "count": wish.count,
        "characters": _digests(cast),
        "masks": wish.masks,
    }
    if environments:
        asked["environments"] = _digests(environments)
    store = Store(wish.out, asked)
    jobs = list(plan(recipe, wish.count, wish.seed, wish.shard))
    todo = missing(store, jobs)
    total = sum(len(job.times) for job in todo)
    kept = sum(len(job.times) for job in jobs) - total
    click.echo(f"{total} pictures to draw" + (f", {kept} are there" if kept else ""))
    if todo:
        working = Studio(cast, wish.browsers, wish.masks, environments)
        with working as studio, click.progressbar(length=total, show_pos=True) as bar:
            again: set[str] = set()
            for drawn in studio.draw(todo):
                store.add(drawn)
                name = drawn.job.names[drawn.frame]
                bar.update(0 if name in again else 1)
                again.add(name)
            click.echo(f"\ndrawn by {studio.driver}")
    pictures, found = store.annotate({"about": recipe.head["about"]})
    click.echo(f"{wish.out / 'annotations.json'}: {pictures} pictures, {found} people")
