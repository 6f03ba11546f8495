"""``python -m tools.characters build --all --out static/characters``."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from tools.characters.build import LICENCE, SOURCE, build
from tools.characters.recipes import RECIPES
from tools.characters.rig import spec

LIMIT = 2_000_000  # bytes per character


@click.group()
def main() -> None:
    """Build the rigged people that ship with the product."""


@main.command("build")
@click.argument("names", nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="Build every recipe.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the files.")
def build_command(names: tuple[str, ...], everyone: bool, out: Path) -> None:
    """Build the named characters (or all) and bring the folder's manifest.json up to date."""
    table = {recipe.name: recipe for recipe in RECIPES}
    unknown = sorted(set(names) - set(table))
    if unknown or not (names or everyone):
        raise click.UsageError(
            f"unknown: {unknown}; known names: {', '.join(table)}" if unknown else "name some, or --all"
        )
    chosen = list(table.values()) if everyone else [table[name] for name in names]
    out.mkdir(parents=True, exist_ok=True)
    path = out / "manifest.json"
    entries = json.loads(path.read_text())["characters"] if path.exists() else {}
    with click.progressbar(chosen, show_pos=True, item_show_func=lambda recipe: recipe.name if recipe else "") as bar:
        for recipe in bar:
            started = time.monotonic()
            character = build(recipe)
            if len(character.data) > LIMIT:
                raise click.ClickException(
                    f"{recipe.name}: {len(character.data):,} bytes, at most {LIMIT:,} are allowed"
                )
            (out / f"{recipe.name}.glb").write_bytes(character.data)
            entries[recipe.name] = character.entry
            click.echo(f"  {recipe.name}: {len(character.data) / 1e6:.2f} MB, {time.monotonic() - started:.1f} s")
    order = [name for name in table if name in entries]
    manifest = {
        "version": 1,
        "schema": spec()["schema"],
        "licence": LICENCE,
        "source": SOURCE,
        "command": "python -m tools.characters build --all --out static/characters",
        "characters": {name: entries[name] for name in order},
    }
    path.write_text(json.dumps(manifest, indent=1) + "\n")


@main.command("preview")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="PNG to write.")
@click.option("--three", type=click.Path(exists=True, path_type=Path), default=Path("node_modules/three"))
@click.option("--chromium", default="/usr/bin/chromium", help="A Chromium with EGL.")
def preview_command(files: tuple[Path, ...], out: Path, three: Path, chromium: str) -> None:
    """Draw a contact sheet: a column per FILE; standing, behind, reaching, the face, seated."""
    from tools.characters.preview import sheet  # needs playwright, which building does not

    out.write_bytes(sheet(files, three, chromium))


@main.command("gallery")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="JPEG to write.")
@click.option("--chromium", default="/usr/bin/chromium", help="A Chromium with EGL.")
def gallery_command(out: Path, chromium: str) -> None:
    """Draw the committed characters with their aids, as the stage shows them."""
    from tools.characters.gallery import gallery  # needs playwright, which building does not

    out.write_bytes(gallery(chromium))


if __name__ == "__main__":
    main()
