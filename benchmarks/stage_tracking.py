"""How well the stock network tracks the stage's characters, from all sides: the page's own way, on synthetic renders.

    python -m benchmarks.stage_tracking --json build/stage_tracking.json

Each character stands, then pushes a wheelchair, in the show's default light and room; the tracker follows the pictures
of each view, 15 a second, from the first on. Figures are shares of the landmarks that the character has, by the
definitions of docs/metrics.md; a picture in which nobody was found counts as wrong throughout. Needs the test packages
and a Chromium (``make test`` brings both). Without a GPU it takes ten minutes and more.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from tests.e2e.conftest import BROWSER_ARGS, ROOT, Server, chromium
from tests.e2e.tracking import open_blank

VIEWS = ("front", "left", "right", "back")
MOTIONS = {"standing": "standing", "wheelchair": "wheelchair_push"}
MODELS = ["blazepose-full", "blazepose-lite"]

SETUP = """async ({ size, model }) => {
  const at = (name) => import(`${globalThis.assets}/js/${name}.js`);
  const names = ["stage/show", "tracker/tracker", "pose/metrics"];
  const [{ Show }, { Tracker }, metrics] = await Promise.all(names.map(at));
  const show = new Show(document.createElement("canvas"), { size });
  const tracker = new Tracker({ model, backend: "wasm", maxPeople: 1 });
  await tracker.ready;
  Object.assign(globalThis, { show, tracker, metrics });
}"""

FOLLOW = """async ({ wish, frames, rate }) => {
  await show.set(wish);
  tracker.reset();
  show.pause();
  const results = [];
  for (let k = 0; k < frames; k++) {
    show.seek(k / rate);
    show.render(0);
    const { frame, truth } = await show.capture();
    const { people: [person] } = await tracker.track(frame, k / rate);
    const { people: [real] } = await truth;
    const points = (share) => [...metrics.pckPoints(person?.landmarks ?? null, real.landmarks, share)];
    const errors = person ? [...metrics.worldErrors(person.world_landmarks, real.world_landmarks)] : null;
    results.push({ found: Boolean(person), points: points(0.2), narrow: points(0.1), errors_mm: errors });
  }
  return JSON.parse(JSON.stringify(results));
}"""


def main() -> int:
    """Track all and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="blazepose-full", choices=MODELS)
    parser.add_argument("--frames", type=int, default=12, help="pictures of each view; by default most of a push cycle")
    parser.add_argument("--size", type=int, nargs=2, default=[640, 480], metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--views", nargs="+", default=list(VIEWS), choices=VIEWS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        try:
            rows = measure(server.url, options)
        finally:
            server.stop()
    report = {
        "command": f"python -m benchmarks.stage_tracking {' '.join(sys.argv[1:])}".strip(),
        "data": "synthetic renders",
        "model": options.model,
        "frames": options.frames,
        "groups": groups(rows),
        "rows": rows,
    }
    for name, group in report["groups"].items():
        print(name, group)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    return 0


def measure(url: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """One row for each character, motion and view."""
    people = json.loads((ROOT / "static/characters/manifest.json").read_text())["characters"]
    rows: list[dict[str, Any]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        page = browser.new_page()
        page.set_default_timeout(600_000)
        open_blank(page, url)
        page.evaluate(SETUP, {"size": options.size, "model": options.model})
        for character in people:
            for posture, motion in MOTIONS.items():
                for view in options.views:
                    wish = {"character": character, "motion": motion, "options": {}, "view": view}
                    results = page.evaluate(FOLLOW, {"wish": wish, "frames": options.frames, "rate": 15})
                    rows.append({"character": character, "posture": posture, "view": view, **figures(results)})
                    print(f"{character:9} {posture:10} {view:6} PCK@0.2 {rows[-1]['pck@0.2']:.3f}", flush=True)
        browser.close()
    return rows


def figures(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Shares over pictures and landmarks; null points are landmarks that the character does not have."""
    points, narrow = (np.array([one[name] for one in results], float) for name in ("points", "narrow"))
    errors = [value for one in results if one["errors_mm"] for value in one["errors_mm"] if value is not None]
    return {
        "n": len(results),
        "found": round(float(np.mean([one["found"] for one in results])), 4),
        "pck@0.2": round(float(np.nanmean(points)), 4),
        "pck@0.1": round(float(np.nanmean(narrow)), 4),
        "mpjpe_mm": round(float(np.mean(errors)), 1) if errors else None,
    }


def groups(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Means over characters, by posture and view; left and right together are the side."""
    sides = {"front": ("front",), "side": ("left", "right"), "back": ("back",)}
    found = {}
    for posture in MOTIONS:
        for side, views in sides.items():
            chosen = [row for row in rows if row["posture"] == posture and row["view"] in views]
            if not chosen:
                continue
            names = ("found", "pck@0.2", "pck@0.1")
            means = {name: round(float(np.mean([row[name] for row in chosen])), 4) for name in names}
            found[f"{posture}_{side}"] = {"n": sum(row["n"] for row in chosen), **means}
    return found


if __name__ == "__main__":
    sys.exit(main())
