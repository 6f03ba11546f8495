"""Labelled images a second of the headless renderer: ``python -m benchmarks.render --images 60 --json out.json``.

Draws the default recipe with the characters of a folder, in a headless Chromium on Mesa's llvmpipe (``gl-egl``) and on
SwiftShader. A labelled image is the whole of ``renderSample``: choosing, posing, drawing with shadows, JPEG, id mask,
truth. CPU seconds are those of the browser's process tree; images per second depend on what else the machine does, so
the load average stands beside them.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
ORIGIN = "http://render.invalid"
TYPES = {".js": "text/javascript", ".json": "application/json", ".glb": "model/gltf-binary"}
ARGUMENTS = {
    "llvmpipe": ["--no-sandbox", "--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist"],
    "swiftshader": ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
}
WARM_UP = 3  # images with each character before the clock starts: files are loaded, shaders compiled, lights baked
PREPARE = """async ([rounds, size, antialias]) => {
  const { renderSample, Sampler } = await import("/static/js/stage/render.js");
  const sampler = (globalThis.sampler = new Sampler({ antialias }));
  const { characters } = await (await fetch("/static/characters/manifest.json")).json();
  let seed = 1000000;
  for (const name of Object.keys(characters)) {
    const recipe = { characters: [name] };
    for (let k = 0; k < rounds; k++) await renderSample({ seed: seed++, size, sampler, recipe });
  }
}"""
BATCH = """async ([count, size]) => {
  const { renderSample } = await import("/static/js/stage/render.js");
  for (let seed = 0; seed < count; seed++) await renderSample({ seed, size, sampler: globalThis.sampler });
}"""
DRIVER = """() => {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  return gl.getParameter(gl.getExtension("WEBGL_debug_renderer_info").UNMASKED_RENDERER_WEBGL);
}"""


@dataclass(frozen=True)
class Result:
    """What one back end did. ``cpu_s_per_image`` is null where /proc is not there."""

    backend: str
    driver: str
    size: int
    antialias: bool
    images: int
    wall_s: float
    images_per_s: float
    cpu_s_per_image: float | None
    load_average: float


def cpu_seconds(root: int) -> float | None:
    """User and system time of a process and all its living descendants, seconds."""
    if not Path("/proc/self/stat").exists():
        return None
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        parents[int(folder.name)] = int(fields[1])
        ticks[int(folder.name)] = int(fields[11]) + int(fields[12])
    tree = {root}
    while grown := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    return sum(ticks.get(pid, 0) for pid in tree) / os.sysconf("SC_CLK_TCK")


def open_page(browser: Browser, characters: Path) -> Page:
    """Open a blank page from which the stage's modules can be imported."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN).lstrip("/")
        if not name:
            route.fulfill(body="<!doctype html>", content_type="text/html")
            return
        folder = characters if name.startswith("static/characters/") else ROOT
        path = folder / (Path(name).name if folder is characters else name)
        if path.is_file():
            route.fulfill(body=path.read_bytes(), content_type=TYPES.get(path.suffix, "application/octet-stream"))
        else:
            route.fulfill(status=404)

    page = browser.new_page()
    page.route("**/*", serve)
    page.goto(ORIGIN + "/")
    return page


def measure(backend: str, images: int, size: int, characters: Path, antialias: bool = True) -> Result:
    """Render ``images`` samples of the default recipe, ``size`` pixels square, after a warm-up."""
    chromium = os.environ.get("CHROMIUM", str(ROOT / "node_modules/.chromium/chromium-headless"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS[backend])
        page = open_page(browser, characters)
        page.set_default_timeout(0)
        driver = str(page.evaluate(DRIVER))
        page.evaluate(PREPARE, [WARM_UP, size, antialias])
        started, spent = time.monotonic(), cpu_seconds(os.getpid())
        page.evaluate(BATCH, [images, size])
        wall, after = time.monotonic() - started, cpu_seconds(os.getpid())
        browser.close()
    cpu = None if spent is None or after is None else round((after - spent) / images, 4)
    return Result(
        backend, driver, size, antialias, images, round(wall, 2), round(images / wall, 2), cpu, os.getloadavg()[0]
    )


@click.command()
@click.option("--images", default=60, show_default=True, help="Images per back end.")
@click.option("--size", default=512, show_default=True, help="Pixels of a side.")
@click.option("--backend", "backends", multiple=True, type=click.Choice(list(ARGUMENTS)), help="Default: all.")
@click.option("--antialias/--no-antialias", default=True, show_default=True, help="Smooth edges.")
@click.option("--characters", type=click.Path(path_type=Path, exists=True), default=ROOT / "static/characters")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the results there.")
def main(
    images: int, size: int, backends: tuple[str, ...], antialias: bool, characters: Path, out: Path | None
) -> None:
    """Print images per second and CPU seconds per image of the headless renderer."""
    results = []
    for backend in backends or tuple(ARGUMENTS):
        result = measure(backend, images, size, characters, antialias)
        results.append(asdict(result))
        click.echo(json.dumps(asdict(result)))
    if out is not None:
        out.write_text(json.dumps({"results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
