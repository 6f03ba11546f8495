"""The tracker's modules on a blank page of the server: no page code runs, only what a test asks for."""

from __future__ import annotations

import io
import re
import urllib.request
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Page, Route

ISOLATED = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}

# Track pictures one after another; a picture may repeat, so urls and frames are apart.
TRACK = """async ({ options, urls, order, times, resetEach }) => {
  const { Tracker } = await import(`${globalThis.assets}/js/tracker/tracker.js`);
  const tracker = globalThis.tracker ?? new Tracker(options);
  globalThis.tracker = tracker;
  await tracker.ready;
  const blobs = await Promise.all(urls.map(async (url) => (await fetch(url)).blob()));
  const results = [];
  for (const [place, number] of order.entries()) {
    if (resetEach) tracker.reset();
    const { people, ...rest } = await tracker.track(await createImageBitmap(blobs[number]), times[place]);
    const plain = people.map((person) =>
      Object.fromEntries(Object.entries(person).map(([key, value]) => [key, value.length ? [...value] : value])));
    results.push({ ...rest, people: plain, tensors: tracker.info.tensors });
  }
  return results;
}"""


def open_blank(page: Page, base_url: str) -> None:
    """Open an isolated blank page of the server's origin; `globalThis.assets` is where its modules lie."""
    with urllib.request.urlopen(base_url) as response:
        found = re.search(r"/assets/[0-9a-f]+", response.read().decode())
    assert found, "the page names no assets"
    page.route("**/blank", lambda route: _blank(route))
    page.goto(f"{base_url}/blank")
    page.evaluate("(assets) => { globalThis.assets = assets; }", found.group())


def _blank(route: Route) -> None:
    route.fulfill(status=200, headers=ISOLATED, content_type="text/html", body="<!doctype html><title>blank</title>")


def serve(page: Page, images: Iterable[npt.NDArray[np.uint8]]) -> list[str]:
    """Let the page find pictures, without loss, on its own origin; returns their paths."""
    contents = [_png(image) for image in images]

    def answer(route: Route) -> None:
        number = int(route.request.url.rsplit("/", 1)[1])
        route.fulfill(status=200, content_type="image/png", body=contents[number])

    page.unroute("**/pictures/*")
    page.route("**/pictures/*", answer)
    return [f"/pictures/{number}" for number in range(len(contents))]


def _png(image: npt.NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def track(
    page: Page,
    options: dict[str, Any],
    frames: Iterable[npt.NDArray[np.uint8]],
    times: Sequence[float],
    *,
    reset_each: bool = False,
) -> list[dict[str, Any]]:
    """Track frames on a page that `open_blank` opened; the page keeps its tracker from call to call.

    Returns the results with plain lists, and with `tensors` beside them.
    """
    urls = serve(page, frames)
    return track_again(page, options, urls, range(len(urls)), times, reset_each=reset_each)


def track_again(
    page: Page,
    options: dict[str, Any],
    urls: Sequence[str],
    order: Iterable[int],
    times: Sequence[float],
    *,
    reset_each: bool = False,
) -> list[dict[str, Any]]:
    """Like `track`, of pictures that may repeat: `order` names them by their place in `urls`."""
    argument = {"options": options, "urls": list(urls), "order": list(order), "times": list(times)}
    results: list[dict[str, Any]] = page.evaluate(TRACK, {**argument, "resetEach": reset_each})
    return results


def points(values: list[float]) -> npt.NDArray[np.float64]:
    """Return (33, 3) landmarks from a flat list."""
    return np.array(values).reshape(33, 3)
