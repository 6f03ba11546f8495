// The way of a frame through crops, networks, tracks and filters.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Estimator } from "../../../static/js/tracker/estimator.js";
import { LOOK_S, RESUME_S } from "../../../static/js/tracker/people.js";
import { SIZE, World } from "./world.js";

const FRAME_S = 1 / 30;
/** px; the world tells regions to the pixel only. */
const NEAR = 4;
const LEFT_HIP = 23;

/** A world with people, and a function that estimates its next frame. */
function start(people, { maxPeople = 2, smooth = true } = {}) {
  const world = new World();
  world.people = people;
  const estimator = new Estimator(world.runtime, { maxPeople, smooth });
  let time = 1;
  const next = (seconds = FRAME_S) => {
    time += seconds;
    return estimator.estimate(world.picture, time);
  };
  return { world, estimator, next };
}

const ids = ({ people }) => people.map(({ id }) => id);

test("a person is found, then followed without the detector", async () => {
  const { world, next } = start([[600, 800]], { maxPeople: 1 });
  const first = await next();
  assert.deepEqual([ids(first), first.people[0].fresh, first.image_size], [[1], true, SIZE]);
  assert.ok(first.timings.detector > 0);
  const second = await next();
  assert.deepEqual([ids(second), second.people[0].fresh, second.timings.detector], [[1], false, 0]);
  assert.deepEqual(world.looks, { detect: 1, locate: 2 });
  const [person] = second.people;
  const lengths = ["landmarks", "world_landmarks", "visibility", "presence"].map((name) => person[name].length);
  assert.deepEqual(lengths, [99, 99, 33, 33]);
  assert.ok(Math.abs(person.landmarks[3 * LEFT_HIP] - 615) < NEAR);
  assert.ok(Math.abs(person.landmarks[3 * LEFT_HIP + 1] - 800) < NEAR);
});

test("two people keep their ids while they pass each other at a distance", async () => {
  const { world, next } = start([]);
  for (let i = 0; i <= 60; i += 1) {
    world.people = [
      [500 + 15 * i, 700],
      [1400 - 15 * i, 1050],
    ];
    const { people } = await next();
    assert.deepEqual(ids({ people }), [1, 2]);
    for (const { id, landmarks } of people) {
      assert.ok(Math.abs(landmarks[3 * LEFT_HIP + 1] - world.people[id - 1][1]) < 3 * NEAR, `frame ${i}, id ${id}`);
    }
  }
});

test("somebody who joins is found within the detector's interval", async () => {
  const { world, next } = start([[600, 800]]);
  await next();
  world.people.push([1200, 800]);
  assert.deepEqual(ids(await next()), [1]);
  assert.deepEqual(ids(await next(LOOK_S)), [1, 2]);
});

test("looking around does not look twice at somebody in view", async () => {
  const { world, next } = start([[600, 800]]);
  await next();
  assert.deepEqual(ids(await next(LOOK_S + FRAME_S)), [1]);
  assert.deepEqual(world.looks, { detect: 2, locate: 2 });
});

test("a lost person comes back with the old id, with filters reset", async () => {
  const { world, next } = start([[600, 800]]);
  await next();
  const [where] = world.people;
  world.people = [];
  assert.deepEqual(ids(await next()), []);
  world.people = [where];
  const back = await next(RESUME_S / 2);
  assert.deepEqual([ids(back), back.people[0].fresh], [[1], true]);
  world.people = [];
  await next();
  world.people = [where];
  assert.deepEqual(ids(await next(RESUME_S + FRAME_S)), [2]);
});

test("a person who jumps away is found again in the same frame", async () => {
  const { world, next } = start([[600, 800]], { maxPeople: 1 });
  await next();
  world.people = [[1300, 900]];
  assert.deepEqual(ids(await next()), [2], "too far away to be the same person");
});

test("two tracks on one person become one again", async () => {
  const { world, estimator, next } = start([[600, 800], [1200, 800]]);
  await next();
  world.people = [[600, 800]];
  const [first, second] = estimator.state.tracks;
  estimator.state = { ...estimator.state, tracks: [first, { ...second, roi: first.roi }] };
  assert.deepEqual(ids(await next()), [1]);
  assert.deepEqual(estimator.state.lost, []);
});

test("no more people than wanted", async () => {
  const { estimator, next } = start([[500, 800], [1000, 800], [1500, 800]], { maxPeople: 3 });
  assert.deepEqual(ids(await next()), [1, 2, 3]);
  estimator.settings = { maxPeople: 1, smooth: true };
  assert.deepEqual(ids(await next()), [1]);
});

test("another estimator goes on where this one stopped", async () => {
  const one = start([[600, 800]]);
  await one.next();
  const other = start([[600, 800]]);
  other.estimator.state = structuredClone(one.estimator.state);
  const { people } = await other.next(2 * FRAME_S);
  assert.deepEqual([people[0].id, people[0].fresh], [1, false]);
});

test("a moving person is smoothed only when that is wanted", async () => {
  const last = async (smooth) => {
    const { world, next } = start([[600, 800]], { smooth });
    await next();
    world.people = [[606, 800]];
    const { people } = await next();
    return people[0].landmarks[3 * LEFT_HIP];
  };
  assert.ok((await last(true)) < (await last(false)) - 1);
});

for (const name of ["landmarks", "world", "flag"]) {
  for (const value of [NaN, Infinity, -Infinity]) {
    test(`${value} in ${name} never leaves, and the person is found again`, async () => {
      const { world, next } = start([[600, 800]], { maxPeople: 1 });
      await next();
      world.spoil.locate = (raw) => {
        if (name === "flag") return { ...raw, flag: value };
        return { ...raw, [name]: Float32Array.from(raw[name]).fill(value, 0, 1) };
      };
      const spoilt = await next();
      assertFinite(spoilt);
      assert.deepEqual(ids(spoilt), []);
      world.spoil.locate = (raw) => raw;
      const healed = await next();
      assertFinite(healed);
      assert.deepEqual([ids(healed), healed.people[0].fresh], [[1], true]);
    });
  }
}

for (const place of [5 * 33, 5 * 34 + 1]) {
  test(`NaN in the alignment point at ${place} does not spoil the next region`, async () => {
    const { world, next } = start([[600, 800]], { maxPeople: 1 });
    world.spoil.locate = (raw) => ({ ...raw, landmarks: raw.landmarks.fill(NaN, place, place + 1) });
    assert.deepEqual(ids(await next()), []);
    world.spoil.locate = (raw) => raw;
    assert.deepEqual(ids(await next()), [1]);
  });
}

for (const name of ["boxes", "scores"]) {
  test(`NaN in the detector's ${name} finds nobody`, async () => {
    const { world, next } = start([[600, 800]]);
    world.spoil.detect = (raw) => ({ ...raw, [name]: raw[name].fill(NaN) });
    const result = await next();
    assertFinite(result);
    assert.deepEqual(ids(result), []);
  });
}

test("when a network fails the tracks stay as they were", async () => {
  const { world, estimator, next } = start([[600, 800]]);
  await next();
  const before = estimator.state;
  world.spoil.locate = () => {
    throw new Error("the graphics device was lost");
  };
  await assert.rejects(next(), /device was lost/);
  assert.equal(estimator.state, before);
});

function assertFinite({ people }) {
  for (const { score, landmarks, world_landmarks, visibility, presence } of people) {
    for (const value of [score, ...landmarks, ...world_landmarks, ...visibility, ...presence]) {
      assert.ok(Number.isFinite(value), String(value));
    }
  }
}
