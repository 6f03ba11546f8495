"""Graphics devices that hang or are lost while the tracker runs on them: it goes on with WASM, and says so."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route

from tests import pictures
from tests.e2e.tracking import open_blank, serve

# A back end that stops answering at its third frame on "webgl", as a fence that is never passed; WASM works.
HANGING = """
export class ModelError extends Error {}
export async function openRuntime({ backend }) {
  let left = backend === "webgl" ? 2 : Infinity;
  const boxes = new Float32Array(2254 * 12), scores = new Float32Array(2254).fill(-9);
  const nobody = { landmarks: new Float32Array(195), flag: 0, heatmap: [], world: new Float32Array(117) };
  return {
    backend, threads: 1, tensors: () => 7, dispose() {},
    detect: () => (left-- > 0 ? Promise.resolve({ boxes, scores }) : new Promise(() => {})),
    locate: async () => nobody,
  };
}"""
# In front of the worker's own script: its WebGL context is lost when the page says so.
LOSABLE = """
const contexts = [];
const original = OffscreenCanvas.prototype.getContext;
OffscreenCanvas.prototype.getContext = function (kind, ...rest) {
  const context = original.call(this, kind, ...rest);
  if (kind === "webgl2" && context) contexts.push(context);
  return context;
};
new BroadcastChannel("lose").onmessage = ({ target }) => {
  const alive = contexts.filter((context) => !context.isContextLost());
  for (const context of alive) context.getExtension("WEBGL_lose_context").loseContext();
  target.postMessage(alive.length);
};
"""
PRELUDE = """const { Tracker } = await import(`${globalThis.assets}/js/tracker/tracker.js`);
  const seen = [];
  const outcome = (promise) => promise.then(({ people }) => people.length, (error) => error.code);"""


@pytest.fixture
def blank(page: Page, base_url: str) -> Page:
    open_blank(page, base_url)
    return page


def test_a_hung_graphics_device_makes_it_go_on_with_wasm(blank: Page) -> None:
    headers = {"Cross-Origin-Resource-Policy": "same-origin"}
    blank.route(
        "**/tracker/models.js",
        lambda route: route.fulfill(status=200, content_type="text/javascript", body=HANGING, headers=headers),
    )
    found = blank.evaluate(
        f"""async () => {{ {PRELUDE}
          const frame = () => createImageBitmap(new ImageData(64, 48));
          const tracker = new Tracker({{ backend: "webgl" }});
          tracker.addEventListener("status", ({{ detail }}) => seen.push([detail.stage, detail.text]));
          await tracker.ready;
          const outcomes = [];
          for (let i = 1; i <= 2; i += 1) outcomes.push(await outcome(tracker.track(await frame(), i)));
          const hung = outcome(tracker.track(await frame(), 3));
          const change = tracker.configure({{ maxPeople: 1 }}); // a control that is used meanwhile
          outcomes.push(await hung);
          const backend = (await change).backend;
          outcomes.push(await outcome(tracker.track(await frame(), 4)));
          tracker.dispose();
          return {{ outcomes, backend, seen }};
        }}"""
    )
    assert found["outcomes"] == [0, 0, "deadline", 0]
    assert found["backend"] == "wasm"
    assert [stage for stage, _ in found["seen"]] == ["ready", "loading", "ready"]
    assert found["seen"][1][1] == "a frame took longer than 10 s. Changing to WASM."


@pytest.mark.serial
def test_a_lost_webgl_context_makes_it_go_on_with_wasm(blank: Page) -> None:
    """A real loss, by ``WEBGL_lose_context`` on TensorFlow.js's own context in the worker, drawn in software here.

    What a loss looks like is the browser's affair: this Chromium never passes a fence again, others give an error.
    """

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=LOSABLE + response.text())

    blank.route("**/tracker/worker.js", answer)
    found = blank.evaluate(
        f"""async (url) => {{ {PRELUDE}
          const blob = await (await fetch(url)).blob();
          const tracker = new Tracker({{ model: "blazepose-lite", backend: "webgl", maxPeople: 1 }});
          tracker.addEventListener("status", ({{ detail }}) => seen.push(detail.stage));
          await tracker.ready;
          const outcomes = [await outcome(tracker.track(await createImageBitmap(blob), 1))];
          const channel = new BroadcastChannel("lose");
          const answered = new Promise((resolve) => (channel.onmessage = ({{ data }}) => resolve(data)));
          channel.postMessage("now");
          const lost = await answered;
          for (const time of [1.1, 1.2]) {{
            outcomes.push(await outcome(tracker.track(await createImageBitmap(blob), time)));
          }}
          const {{ backend }} = tracker.info;
          tracker.dispose();
          return {{ outcomes, lost, backend, stages: seen.filter((stage, i) => stage !== seen[i - 1]) }};
        }}""",
        serve(blank, [pictures.scene(1, 0).image])[0],
    )
    assert found["lost"] == 1
    before, during, after = found["outcomes"]
    assert (before, after) == (1, 1)
    assert during in ("backend", "worker", "deadline")
    assert found["backend"] == "wasm"
    assert found["stages"] == ["loading", "ready", "loading", "ready"]
