import assert from "node:assert/strict";
import { test } from "node:test";
import { FramePump, MediaClock, SETTLED_PX, settled } from "../../static/js/pages/live/frames.js";

/** A pump whose tracker answers when told to. */
function pumpInHand() {
  const seen = { grabbed: [], results: [], dropped: 0, failed: [] };
  const answers = [];
  const pump = new FramePump({
    track: (frame, time) => new Promise((resolve, reject) => answers.push({ frame, time, resolve, reject })),
    result: (result, _captured, truth) => seen.results.push(truth === null ? result : [result, truth]),
    dropped: () => (seen.dropped += 1),
    failed: (error) => seen.failed.push(error.message),
  });
  const offer = (name, time = 0, truth = undefined) =>
    pump.offer({
      grab: () => {
        seen.grabbed.push(name);
        return { frame: name, truth };
      },
      time,
      captured: 0,
    });
  return { pump, offer, answers, seen };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("one frame is in flight; of those that come meanwhile only the newest is taken", async () => {
  const { offer, answers, seen } = pumpInHand();
  const outcomes = ["a", "b", "c"].map((name, i) => offer(name, i));
  await settle();
  assert.deepEqual(seen.grabbed, ["a"], "a frame that waits is not taken yet: it holds no memory");
  answers[0].resolve("A");
  await settle();
  assert.deepEqual(seen.grabbed, ["a", "c"]);
  answers[1].resolve("C");
  assert.deepEqual(await Promise.all(outcomes), ["A", null, "C"]);
  assert.deepEqual(seen, { grabbed: ["a", "c"], results: ["A", "C"], dropped: 1, failed: [] });
  assert.equal(answers[1].time, 2, "a frame keeps its own capture time");
});

test("what belongs to an earlier source is not shown", async () => {
  const { pump, offer, answers, seen } = pumpInHand();
  const [first, second] = [offer("a"), offer("b")];
  await settle();
  pump.forget();
  answers[0].resolve("A");
  assert.deepEqual(await Promise.all([first, second]), [null, null]);
  assert.deepEqual(seen.results, []);
  const third = offer("c");
  await settle();
  answers[1].resolve("C");
  assert.equal(await third, "C", "the new source's frames are");
});

test("a result comes with the truth of its very frame", async () => {
  const { offer, answers, seen } = pumpInHand();
  let know;
  const outcomes = [offer("a", 0, new Promise((resolve) => (know = resolve))), offer("b", 1)];
  await settle();
  answers[0].resolve("A");
  await settle();
  assert.deepEqual(seen.results, [], "the truth is still to come");
  know("truth of a");
  await settle();
  answers[1].resolve("B");
  assert.deepEqual(await Promise.all(outcomes), ["A", "B"]);
  assert.deepEqual(seen.results, [["A", "truth of a"], "B"]);
});

test("a truth that cannot be had fails its frame, whenever it fails, and the next one is tracked", async () => {
  const { offer, answers, seen } = pumpInHand();
  const first = offer("a", 0, Promise.reject(new Error("graphics lost")));
  const second = offer("b", 1);
  await settle(); // an unhandled rejection would end this test
  answers[0].resolve("A");
  assert.equal(await first, null);
  await settle();
  answers[1].resolve("B");
  assert.equal(await second, "B");
  assert.deepEqual(seen.failed, ["graphics lost"]);
});

test("a frame that fails is told of and the next one is tracked", async () => {
  const { offer, answers, seen } = pumpInHand();
  const [first, second] = [offer("a"), offer("b")];
  await settle();
  answers[0].reject(new Error("lost"));
  assert.equal(await first, null);
  await settle();
  answers[1].resolve("B");
  assert.equal(await second, "B");
  assert.deepEqual(seen.failed, ["lost"]);
});

test("a frame that cannot be taken does not block the pump", async () => {
  const { pump, offer, answers, seen } = pumpInHand();
  const broken = () => {
    throw new Error("no picture");
  };
  assert.equal(await pump.offer({ grab: broken, time: 0, captured: 0 }), null);
  const next = offer("b");
  await settle();
  answers[0].resolve("B");
  assert.equal(await next, "B");
  assert.deepEqual(seen.failed, ["no picture"]);
});

test("media time goes on from the start time, as fast as the media", () => {
  const clock = new MediaClock(100);
  assert.deepEqual(clock.time(3), { time: 100, seam: false });
  assert.deepEqual(clock.time(3.5), { time: 100.5, seam: false });
});

test("time never goes back when a video loops or is sought", () => {
  const clock = new MediaClock(0);
  const times = [0, 1, 2, 0.01, 1.01].map((media) => clock.time(media));
  assert.deepEqual(
    times.map(({ seam }) => seam),
    [false, false, false, true, false],
  );
  for (let i = 1; i < times.length; i++) assert.ok(times[i].time > times[i - 1].time, `${i}: ${JSON.stringify(times)}`);
  assert.ok(Math.abs(times[4].time - times[3].time - 1) < 1e-9, "after the seam it runs as the media does");

  clock.cut();
  const { time } = clock.time(60);
  assert.ok(time > times[4].time && time < times[4].time + 0.1, "a seek forward leaves no gap of a minute");
});

test("the same frame once more is no seam", () => {
  const clock = new MediaClock(0);
  const first = clock.time(5);
  const again = clock.time(5);
  assert.equal(again.seam, false);
  assert.ok(again.time > first.time);
});

const person = (id, x, z = 0) => ({ id, landmarks: Float32Array.of(x, 10, z, x + 1, 20, z) });
test("a picture is settled when nobody moves, comes or goes", () => {
  const result = (...people) => ({ people });
  assert.equal(settled(null, result()), false, "one pass says nothing");
  assert.equal(settled(result(person(1, 5)), result(person(1, 5 + SETTLED_PX / 2))), true);
  assert.equal(settled(result(person(1, 5)), result(person(1, 5 + SETTLED_PX * 2))), false);
  assert.equal(settled(result(person(1, 5, 0)), result(person(1, 5, 99))), true, "depth is not seen");
  assert.equal(settled(result(person(1, 5)), result(person(2, 5))), false);
  assert.equal(settled(result(), result(person(1, 5))), false);
  assert.equal(settled(result(person(1, 5)), result(person(1, NaN))), false, "NaN is never settled");
});
