"""Labelled images a second of the headless renderer: ``python -m benchmarks.render --images 60 --json out.json``.

Draws the default recipe with the characters of a folder, in a headless Chromium on Mesa's llvmpipe (``gl-egl``) and on
SwiftShader, in one or more browsers at once. A labelled image is the whole of ``renderSample``: choosing, posing,
drawing with shadows, JPEG, id mask, truth. CPU seconds are those of the browsers' process tree; images per second
depend on what else the machine does, so the load average stands beside them.
"""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

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
BATCH = """async ([from, count, size]) => {
  const { renderSample } = await import("/static/js/stage/render.js");
  for (let seed = from; seed < from + count; seed++) await renderSample({ seed, size, sampler: globalThis.sampler });
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
    browsers: int
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


@dataclass(frozen=True)
class Task:
    """What is measured: ``images`` samples of the default recipe, ``size`` pixels square, in each of the browsers."""

    backend: str
    images: int
    size: int
    characters: Path
    antialias: bool
    browsers: int


def work(task: Task, index: int, ready: Barrier) -> str:
    """Render one browser's share; the driver's name. Should it fail, the others do not wait for it."""
    try:
        return render_share(task, index, ready)
    except BaseException:
        ready.abort()
        raise


def render_share(task: Task, index: int, ready: Barrier) -> str:
    """Warm up, and render; ``ready`` is passed before and after what is timed."""
    chromium = os.environ.get("CHROMIUM", str(ROOT / "node_modules/.chromium/chromium-headless"))
    with ExitStack() as stack:
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=chromium, args=ARGUMENTS[task.backend]
        )
        stack.callback(browser.close)
        page = open_page(browser, task.characters)
        page.set_default_timeout(0)
        driver = str(page.evaluate(DRIVER))
        if task.backend not in driver.lower():
            # A browser without Mesa falls back without a word, and would be measured under a wrong name.
            raise click.ClickException(f"no {task.backend} in {chromium} (CHROMIUM names another): it uses {driver}")
        page.evaluate(PREPARE, [WARM_UP, task.size, task.antialias])
        ready.wait()
        page.evaluate(BATCH, [index * task.images, task.images, task.size])
        ready.wait()
        ready.wait()  # until the processor's time is read: a browser that ended would be missing from it
        return driver


def measure(task: Task) -> Result:
    """Render in ``task.browsers`` browsers at once, each in a thread of its own."""
    ready = Barrier(task.browsers + 1)
    with ThreadPoolExecutor(task.browsers) as pool:
        workers = [pool.submit(work, task, index, ready) for index in range(task.browsers)]
        try:
            ready.wait()
            started, spent = time.monotonic(), cpu_seconds(os.getpid())
            ready.wait()
            wall, after = time.monotonic() - started, cpu_seconds(os.getpid())
            ready.wait()
        except BrokenBarrierError:
            for worker in workers:
                error = worker.exception()
                if error is not None and not isinstance(error, BrokenBarrierError):
                    raise error from None
            raise
        driver = workers[0].result()
    total = task.images * task.browsers
    cpu = None if spent is None or after is None else round((after - spent) / total, 4)
    return Result(
        task.backend,
        driver,
        task.size,
        task.antialias,
        task.browsers,
        total,
        round(wall, 2),
        round(total / wall, 2),
        cpu,
        os.getloadavg()[0],
    )


@click.command()
@click.option("--images", default=60, show_default=True, help="Images per browser.")
@click.option("--size", default=512, show_default=True, help="Pixels of a side.")
@click.option("--backend", "backends", multiple=True, type=click.Choice(list(ARGUMENTS)), help="Default: all.")
@click.option("--browsers", default=1, show_default=True, type=click.IntRange(1, 16), help="At once; one per core.")
@click.option("--antialias/--no-antialias", default=True, show_default=True, help="Smooth edges.")
@click.option("--characters", type=click.Path(path_type=Path, exists=True), default=ROOT / "static/characters")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the results there.")
def main(backends: tuple[str, ...], out: Path | None, **choices: Any) -> None:
    """Print images per second and CPU seconds per image of the headless renderer."""
    results = []
    for backend in backends or tuple(ARGUMENTS):
        result = measure(Task(backend=backend, **choices))
        results.append(asdict(result))
        click.echo(json.dumps(asdict(result)))
    if out is not None:
        out.write_text(json.dumps({"results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
