import assert from "node:assert/strict";
import { test } from "node:test";
import { Source } from "../../static/js/pages/live/source.js";

class Track extends EventTarget {
  label = "webcam";
  live = true;
  stop() {
    this.live = false;
  }
  getSettings = () => ({ deviceId: "d", facingMode: "user" });
}

function streamOf(track) {
  return { getTracks: () => [track], getVideoTracks: () => [track] };
}

class FakeVideo extends EventTarget {
  play = async () => {};
  pause() {}
  load() {}
  removeAttribute() {}
  requestVideoFrameCallback() {}
}

class FakePlayer {
  stopped = false;
  start() {}
  stop() {
    this.stopped = true;
  }
}

/** A source whose cameras and pictures come when the test lets them. */
function page(context) {
  const asked = [];
  const pending = () => new Promise((resolve, reject) => asked.push({ resolve, reject }));
  context.mock.getter(globalThis, "navigator", () => ({ mediaDevices: { getUserMedia: pending } }));
  globalThis.createImageBitmap = pending;
  context.after(() => delete globalThis.createImageBitmap);
  const video = new FakeVideo();
  const source = new Source({ video, picture: { getContext: () => null }, offer: async () => null });
  const kinds = [];
  source.addEventListener("change", () => kinds.push(source.shown.kind));
  return { source, video, asked, kinds };
}

const denied = () => new DOMException("no", "NotAllowedError");
const bitmap = () => ({ width: 1, height: 1, closed: false, close() { this.closed = true; } }); // prettier-ignore
const file = (name) => ({ name, type: "image/png" });

test("a character stays until the camera is there", async (context) => {
  const { source, asked, kinds } = page(context);
  const player = new FakePlayer();
  source.character("Alder", player);
  const camera = source.camera();
  assert.equal(player.stopped, false);
  asked[0].resolve(streamOf(new Track()));
  await camera;
  assert.equal(player.stopped, true);
  assert.deepEqual(kinds, ["character", "camera"]);
});

test("a character stays when the camera is refused", async (context) => {
  const { source, asked, kinds } = page(context);
  const player = new FakePlayer();
  source.character("Alder", player);
  const camera = source.camera();
  asked[0].reject(denied());
  await assert.rejects(camera, { name: "NotAllowedError" });
  assert.equal(player.stopped, false);
  assert.deepEqual(kinds, ["character"]);
});

test("a camera that nobody wants any more is let go when it comes", async (context) => {
  const { source, asked, kinds } = page(context);
  source.character("Alder", new FakePlayer());
  const camera = source.camera();
  source.cancel();
  const track = new Track();
  asked[0].resolve(streamOf(track));
  await camera;
  assert.equal(track.live, false);
  assert.deepEqual(kinds, ["character"]);
});

test("a camera is let go for another one, and the drawn figure is shown if that one does not come", async (context) => {
  const { source, asked, kinds } = page(context);
  const first = source.camera("a");
  const track = new Track();
  asked[0].resolve(streamOf(track));
  await first;
  const second = source.camera("b");
  assert.equal(track.live, false);
  asked[1].reject(denied());
  await assert.rejects(second, { name: "NotAllowedError" });
  assert.deepEqual(kinds, ["camera", "demo"]);
});

test("a camera that does not play is no source", async (context) => {
  const { source, video, asked, kinds } = page(context);
  video.play = () => Promise.reject(denied());
  const camera = source.camera();
  const track = new Track();
  asked[0].resolve(streamOf(track));
  await assert.rejects(camera, { name: "NotAllowedError" });
  assert.equal(track.live, false);
  assert.equal(kinds.at(-1), "demo");
});

test("a camera that goes away leaves the drawn figure, and says so", async (context) => {
  const { source, asked } = page(context);
  const camera = source.camera();
  const track = new Track();
  asked[0].resolve(streamOf(track));
  await camera;
  const ended = [];
  source.addEventListener("ended", () => ended.push(source.shown.kind));
  track.dispatchEvent(new Event("ended"));
  assert.deepEqual(ended, ["demo"]);
});

test("a file that is read slowly does not take the place of a newer one", async (context) => {
  const { source, asked } = page(context);
  const slow = source.open(file("slow"));
  const quick = source.open(file("quick"));
  asked[1].resolve(bitmap());
  await quick;
  const late = bitmap();
  asked[0].resolve(late);
  await slow;
  assert.deepEqual(source.shown, { kind: "picture", name: "quick" });
  assert.equal(late.closed, true);
});

test("a film that is read slowly does not take the place of a newer source", async (context) => {
  const { source, asked } = page(context);
  const probe = Object.assign(new EventTarget(), { videoWidth: 640 });
  globalThis.document = { createElement: () => probe };
  context.after(() => delete globalThis.document);
  const slow = source.open(new File(["film"], "slow", { type: "video/mp4" }));
  const quick = source.open(file("quick"));
  asked[0].resolve(bitmap());
  await quick;
  probe.dispatchEvent(new Event("loadeddata"));
  await slow;
  assert.equal(source.shown.name, "quick");
});

test("a file that cannot be read fails, unless another source was chosen meanwhile", async (context) => {
  const { source, asked } = page(context);
  const broken = source.open(file("broken"));
  asked[0].reject(new Error("no picture"));
  await assert.rejects(broken, /no picture/);
  const old = source.open(file("old"));
  source.character("Alder", new FakePlayer());
  asked[1].reject(new Error("no picture"));
  await old;
  assert.equal(source.shown.kind, "character");
});
