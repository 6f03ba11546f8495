"""``python -m tools.characters.dressed --assets DIR --count 24 --seed 1 --out build/dressed``."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import click

from tools.characters.build import Character
from tools.characters.dressed.build import build
from tools.characters.dressed.mhclo import AssetError
from tools.characters.dressed.people import draw
from tools.characters.dressed.wardrobe import Wardrobe, open_wardrobe
from tools.characters.rig import spec

opened = cache(open_wardrobe)


def one(assets: Path, seed: int, index: int) -> Character:
    """Build person ``index`` of a seed."""
    return build(draw(opened(assets), seed, index))


def _all(assets: Path, seed: int, indices: Iterable[int], jobs: int) -> Iterator[Character]:
    if jobs == 1:
        yield from (one(assets, seed, index) for index in indices)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        yield from (task.result() for task in [pool.submit(one, assets, seed, index) for index in indices])


def _report(wardrobe: Wardrobe) -> None:
    for name, why in wardrobe.left_out.items():
        click.echo(f"left out: {name}: {why}")


@click.command()
@click.option("--assets", type=click.Path(path_type=Path), required=True, help="Folder of MakeHuman assets.")
@click.option("--count", type=click.IntRange(1), default=24, show_default=True, help="People.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same people.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the files.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
def main(assets: Path, count: int, seed: int, out: Path, jobs: int) -> None:
    """Build people for training pictures, dressed from a folder of MakeHuman's clothes, hair, eyes and skins."""
    try:
        _report(opened(assets))
        out.mkdir(parents=True, exist_ok=True)
        entries = {}
        people = _all(assets, seed, range(count), jobs)
        with click.progressbar(people, length=count, show_pos=True, label="people") as bar:
            for character in bar:
                file = out / character.entry["file"]
                part = file.with_suffix(".part")
                part.write_bytes(character.data)
                part.replace(file)
                entries[file.stem] = character.entry
    except (AssetError, OSError) as error:
        raise click.ClickException(str(error)) from error
    manifest = {"version": 1, "schema": spec()["schema"], "seed": seed, "characters": entries}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
