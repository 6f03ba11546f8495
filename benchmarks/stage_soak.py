"""Switch the stage's characters, aids, motions, light, rooms and views for half an hour: memory must not grow.

    python -m benchmarks.stage_soak --minutes 30 --json build/stage_soak.json

Each round shows every character with every aid, in another motion, with all lights, rooms and views in turn, and takes
a picture with its truth. Reported for each round, after a garbage collection: the page's JavaScript heap, live objects
of three.js, geometries, textures and programs on the graphics device, and what was refused. The first round, in which
all that stays is made, does not count; ends with status 1 if in the last round any is higher than in the second, or if
something was refused. Needs the test packages and a Chromium (``make test`` brings both).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.e2e.conftest import BROWSER_ARGS, Server, chromium
from tests.e2e.memory import heap_bytes, live_objects
from tests.e2e.tracking import open_blank

HEAP_SHARE = 0.15
"""Growth of the heap that is none: code that the browser compiles in time."""
SIZE = (160, 120)

SETUP = """async (size) => {
  const { Show, choices } = await import(`${globalThis.assets}/js/stage/show.js`);
  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  Object.assign(globalThis, { choices, show: new Show(canvas, { size }) });
}"""

# One character with all aids. Every other number is prime to the others' counts, so that all meet in time.
SWITCH = """async ([round, person]) => {
  const { characters, aids, lights, rooms, views } = await choices();
  const at = (list, k) => list[k % list.length];
  const refused = [];
  const { name: character } = at(characters, person);
  for (const [k, { equipment, motions }] of aids.entries()) {
    const turn = round * characters.length + person + k;
    const absent = turn % 7 === 0 ? ["left_forearm", "right_lower_leg"] : [];
    const wish = { character, equipment, motion: at(motions, round + person), options: {}, absent, seed: turn % 3,
      light: at(lights, turn).name, room: at(rooms, turn).name, view: at(views, turn).name };
    try {
      await show.set(wish);
    } catch (error) {
      refused.push([wish, `${error}`]);
      continue;
    }
    for (let frame = 0; frame < 3; frame++) show.render(performance.now());
    const shot = await show.capture();
    shot.frame.close();
    await shot.truth;
  }
  return { people: characters.length, changes: aids.length, refused };
}"""

# Whoever is kept besides those on the stage is the same after each round.
END = """async () => {
  const { characters } = await choices();
  const plain = { motion: "standing", equipment: [], options: {}, absent: [], seed: 0, view: "front", light: "studio" };
  for (const { name } of characters.slice(0, 5)) await show.set({ ...plain, room: "studio", character: name });
}"""


def main() -> int:
    """Run the soak and write the report; return 0 if nothing grew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        try:
            rounds = soak(server.url, options.minutes)
        finally:
            server.stop()
    grown = growth(rounds)
    refused = [failure for one in rounds for failure in one["refused"]]
    report = {"minutes": options.minutes, "grown": grown, "refused": refused, "rounds": rounds}
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(f"{sum(one['changes'] for one in rounds)} changes; grown: {', '.join(grown) or 'nothing'}")
    return 1 if grown or refused else 0


def growth(rounds: list[dict[str, Any]]) -> list[str]:
    """Names of what is higher in the last round than in the second, the heap beyond ``HEAP_SHARE``."""
    if len(rounds) < 3:
        raise SystemExit(f"{len(rounds)} rounds are too few to tell: give more --minutes")
    first, last = rounds[1], rounds[-1]
    objects = [f"{kind}: {name}" for kind in ("live", "gpu") for name, n in last[kind].items() if n > first[kind][name]]
    return objects + (["heap_bytes"] if last["heap_bytes"] > first["heap_bytes"] * (1 + HEAP_SHARE) else [])


def soak(url: str, minutes: float) -> list[dict[str, Any]]:
    """Switch for so many minutes, whole rounds; return what each left behind."""
    rounds: list[dict[str, Any]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        page = browser.new_page()
        page.set_default_timeout(600_000)
        open_blank(page, url)
        page.evaluate(SETUP, list(SIZE))
        start = time.monotonic()
        while time.monotonic() < start + 60 * minutes:
            rounds.append(one_round(page, len(rounds)))
            rounds[-1]["minutes"] = round((time.monotonic() - start) / 60, 2)
            print({name: value for name, value in rounds[-1].items() if name != "refused"}, flush=True)
        browser.close()
    return rounds


def one_round(page: Page, number: int) -> dict[str, Any]:
    """Show everybody with everything once, then a few as they always are at the end; say what is left behind."""
    changes, refused, people, person = 0, [], 1, 0
    while person < people:
        done = page.evaluate(SWITCH, [number, person])
        people, person = done["people"], person + 1
        changes += done["changes"] - len(done["refused"])
        refused += done["refused"]
    page.evaluate(END)
    left = {"heap_bytes": heap_bytes(page), "live": live_objects(page), "gpu": page.evaluate("show.memory")}
    return {"changes": changes, **left, "refused": refused}


if __name__ == "__main__":
    sys.exit(main())
