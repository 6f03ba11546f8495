"""Track two people for ten minutes in a real browser: memory must not grow, people must not change.

    python -m benchmarks.tracker_soak --minutes 10 --json build/tracker_soak.json

The people come and go. Reported for each minute: frames, ms per frame, tensors, the page's JavaScript heap. Ends with
status 1 if the number of tensors ever changed. Needs the test packages and a Chromium (``make test`` brings both).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from tests import footage
from tests.e2e.conftest import BROWSER_ARGS, Server, chromium
from tests.e2e.tracking import open_blank, serve, track_again

ROUND = 250
"""Frames between two lines of progress."""
GONE = 20
"""Frames at the end of each round without anybody."""


def main() -> int:
    """Run the soak and write the report; return 0 if nothing grew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--model", default="blazepose-full")
    parser.add_argument("--backend", default="wasm")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        try:
            rounds = soak(server.url, options.minutes, {"model": options.model, "backend": options.backend})
        finally:
            server.stop()
    tensors = sorted({count for one in rounds for count in one["tensors"]})
    report = {"model": options.model, "backend": options.backend, "tensors": tensors, "rounds": rounds}
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(f"tensors: {tensors}: {'constant' if len(tensors) == 1 else 'NOT CONSTANT'}")
    return 0 if len(tensors) == 1 else 1


def soak(url: str, minutes: float, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Track for so many minutes; return what each round measured."""
    rounds: list[dict[str, Any]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        page = browser.new_page()
        open_blank(page, url)
        client = page.context.new_cdp_session(page)
        urls = serve(page, [next(footage.pair(1)), footage.black(860, 480)])
        order = [0] * (ROUND - GONE) + [1] * GONE
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            times = footage.times(ROUND, start=1 + len(rounds) * ROUND / footage.RATE)
            results = track_again(page, {**options, "maxPeople": 2}, urls, order, times)
            client.send("HeapProfiler.collectGarbage")
            heap = client.send("Runtime.getHeapUsage")["usedSize"]
            rounds.append(
                {
                    "frames": len(results),
                    "ms": round(float(np.median([result["timings"]["total"] for result in results])), 2),
                    "tensors": sorted({result["tensors"] for result in results}),
                    "heap_bytes": heap,
                    "people": sorted({person["id"] for result in results for person in result["people"]}),
                }
            )
            left = max(0.0, end - time.monotonic())
            print(f"{len(rounds) * ROUND} frames, {rounds[-1]['ms']} ms, {left:.0f} s left", flush=True)
        browser.close()
    return rounds


if __name__ == "__main__":
    sys.exit(main())
