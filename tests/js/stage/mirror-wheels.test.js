/** Hands on rims and the wheels they turn; hands on the grips of walkers and sticks. */
import assert from "node:assert/strict";
import test from "node:test";
import { gripPoint } from "../../../static/js/stage/rig.js";
import { add, rotate } from "../../../static/js/stage/vectors.js";
import { PEOPLE } from "./bodies.js";
import { aidsFor, reflect } from "./looking.js";
import { fromPart, rehearse, repertoire } from "./rehearsal.js";

const [, SMALL, ADULT, , LONG_LEGS, TALL] = PEOPLE;
const REPERTOIRE = repertoire();
/** Share of the way that may be missing or too much: the figure. */
const WAY_SHARE = 0.15;
/** A hand that holds something is within this of it, m. */
const HELD_M = 0.01;
/** Wheels at rest may creep by so much in ten seconds, m: noise is no push. */
const CREEP_M = 0.02;

/** @param {{body: any}} person @returns {number} m */
const arm = ({ body }) => body.upper_arm_m + body.forearm_m;
/** @param {any} frames @param {any} rig @param {"left" | "right"} side @returns {readonly [number, number, number]} */
const fist = (frames, rig, side) => {
  const hand = frames[side === "left" ? "LeftHand" : "RightHand"];
  return add(hand.position, rotate(hand.quaternion, gripPoint(rig, side)));
};
/** @param {string} name */
const item = (name) => /** @type {any} */ (REPERTOIRE.find((one) => one.name.startsWith(name)));

for (const stroke of ["arc", "semicircular", "single_loop", "double_loop"]) {
  test(`pushing in the ${stroke} pattern turns the wheels as far`, () => {
    const views = [{ azimuth_rad: 0.52 }, { noise_m: 0.01, seed: 4 }];
    for (const [source, target] of [[TALL, ADULT], [SMALL, LONG_LEGS]]) {
      const [chair] = aidsFor(["manual_wheelchair"], target.body);
      const play = rehearse(item(`wheelchair_push manual_wheelchair ${stroke}`), source, 3);
      for (const camera of views) {
        let start = null;
        let last = null;
        let [held, off] = [0, 0];
        for (const { t, shot, out, frames } of reflect({ play, target, camera, options: { equipment: [chair] }, seconds: 10 })) {
          const { left, right } = /** @type {any} */ (out.state.wheels);
          last = [shot.placement.equipment[0].travel_left_m, left.travel_m, right.travel_m];
          if (t >= 2 && !start) start = last;
          for (const [side, wheel] of Object.entries({ left, right })) {
            if (!wheel.on_rim) continue;
            held += 1;
            off = Math.max(off, fromPart(chair, out.equipment[0], `${side}_rim`, fist(frames, target.rig, /** @type {any} */ (side))));
          }
          assert.equal(out.equipment[0].travel_left_m, left.travel_m);
        }
        const [truth, ...ways] = /** @type {number[]} */ (last).map((value, k) => value - /** @type {any} */ (start)[k]);
        // A larger character's arms go further, and so does its chair.
        const wanted = (truth * arm(target)) / arm(source);
        for (const way of ways) {
          const wrong = way / wanted - 1;
          assert.ok(Math.abs(wrong) < WAY_SHARE, `${target.name} ${JSON.stringify(camera)}: ${(100 * wrong).toFixed(0)} %`);
        }
        assert.ok(off < HELD_M, `off the rim by ${(1000 * off).toFixed(1)} mm`);
        assert.ok(held > 0.2 * 600, `hands were on the rims in ${held} of 600 cases`);
      }
    }
  });
}

test("one hand turns one wheel", () => {
  const play = rehearse(item("wheelchair_push manual_wheelchair semicircular"), ADULT, 3);
  const options = { equipment: aidsFor(["manual_wheelchair"], TALL.body), mirrored: false };
  const unseen = Object.fromEntries(["elbow", "wrist", "index", "pinky", "thumb"].map((name) => [`right_${name}`, 0.1]));
  let out = null;
  for (const now of reflect({ play, target: TALL, options, seconds: 6, change: () => ({ visibility: unseen }) })) out = now.out;
  assert.ok(out.state.wheels.left.travel_m > 2, JSON.stringify(out.state.wheels));
  assert.equal(out.state.wheels.right.travel_m, 0);
});

test("hands at rest and hands in the air roll nothing", () => {
  for (const name of ["wheelchair_rest manual_wheelchair lap", "wheelchair_rest manual_wheelchair rims", "wheelchair_weight_shift manual_wheelchair left"]) {
    const play = rehearse(item(name), ADULT, 3);
    const options = { equipment: aidsFor(["manual_wheelchair"], TALL.body) };
    let out = null;
    for (const now of reflect({ play, target: TALL, options, camera: { noise_m: 0.01 }, seconds: 10 })) out = now.out;
    assert.ok(Math.abs(out.state.wheels.left.travel_m) < CREEP_M, `${name}: ${out.state.wheels.left.travel_m}`);
  }
});

test("a chair that is let go rolls on, ever slower, and a hand on the rim stops it", () => {
  const push = rehearse(item("wheelchair_push manual_wheelchair semicircular"), ADULT, 3);
  const lap = rehearse(item("wheelchair_rest manual_wheelchair lap"), ADULT, 3);
  const rims = rehearse(item("wheelchair_rest manual_wheelchair rims"), ADULT, 3);
  for (const [after, stops] of [[lap, false], [rims, true]]) {
    const play = { ...push, at: (/** @type {number} */ t) => (t < 4.3 ? push : after).at(t) };
    const options = { equipment: aidsFor(["manual_wheelchair"], TALL.body) };
    const speeds = [];
    for (const { t, out } of reflect({ play, target: TALL, options, seconds: 7 })) if (t > 4.9) speeds.push(out.state.wheels.left.speed_m_s);
    assert.ok(speeds.every((speed, k) => k === 0 || speed <= speeds[k - 1] + 1e-9));
    const end = speeds[speeds.length - 1];
    assert.ok(stops ? end < 0.02 : end > 0.3, `${stops}: ${end}`);
  }
});

test("grips stay in the hands, frames stay level on the floor, and go where their user goes", () => {
  for (const one of REPERTOIRE.filter(({ motion }) => /^(walker|rollator|crutch|cane)/.test(motion))) {
    const equipment = aidsFor(one.kinds, TALL.body);
    const play = rehearse(one, ADULT, 3);
    const weak = one.options.weak_side ?? "left";
    const options = { equipment, cane_hand: weak === "left" ? "right" : "left" };
    for (const { t, out, frames } of reflect({ play, target: TALL, options, camera: { noise_m: 0.005 }, seconds: 6 })) {
      if (t < 0.7) continue;
      assert.equal(out.equipment.length, equipment.length);
      for (const place of out.equipment) {
        const aid = equipment[place.index];
        // Mirrored: the person's hands hold by the other side.
        const sides = !aid.parts.grip ? ["left", "right"] : equipment.length === 2 ? [place.index === 0 ? "left" : "right"] : [weak];
        for (const side of sides) {
          const part = aid.parts.grip ? "grip" : `${side}_grip`;
          const off = fromPart(aid, place, part, fist(frames, TALL.rig, /** @type {any} */ (side)));
          assert.ok(off < HELD_M, `${one.name} at ${t.toFixed(2)}: ${side} hand is ${(1000 * off).toFixed(0)} mm off`);
        }
        assert.ok(place.position[1] >= 0 && place.position[1] < 0.05, `${one.name}: ${place.position[1]} over the floor`);
        if (!aid.parts.grip) {
          const up = rotate(place.quaternion, [0, 1, 0]);
          assert.ok(up[1] > 1 - 1e-9, "level");
          const ahead = place.position[2] - out.pose.hips[2];
          assert.ok(ahead > 0.05 && ahead < 0.7, `${one.name}: ${ahead.toFixed(2)} m ahead`);
        }
      }
    }
  }
});

test("a hand that is missing grips nothing", () => {
  const options = { equipment: aidsFor(["manual_wheelchair"], TALL.body), absent: ["left_hand"], mirrored: false };
  const play = rehearse(item("wheelchair_push manual_wheelchair arc"), ADULT, 3);
  for (const { out } of reflect({ play, target: TALL, options, seconds: 4 })) {
    assert.equal(out.state.wheels.left.grip, "free");
    assert.equal(out.state.wheels.left.travel_m, 0);
  }
  const crutches = { equipment: aidsFor(["forearm_crutch", "forearm_crutch"], TALL.body), absent: ["left_forearm"], mirrored: false };
  const walk = rehearse(item("crutch_two_point forearm_crutch"), ADULT, 3);
  for (const { out } of reflect({ play: walk, target: TALL, options: crutches, seconds: 2 })) {
    const [, up] = rotate(out.equipment[0].quaternion, [0, 1, 0]);
    assert.ok(Math.abs(up) < 0.01 && out.equipment[0].position[1] < 0.05, "it lies on the floor");
  }
});
