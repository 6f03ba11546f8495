/**
 * The mirror against the truth: who plays a motion is known by forward kinematics, and so is the image that a perfect
 * mirror shows.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { jointAngles, limitsOf } from "../../../static/js/stage/angles.js";
import { Mirror } from "../../../static/js/stage/mirror/index.js";
import { PEOPLE } from "./bodies.js";
import { aidsFor, degreesApart, directions, quantile, reflect } from "./looking.js";
import { rehearse, repertoire } from "./rehearsal.js";

const DEGREE = Math.PI / 180;
const [, SMALL, ADULT, SHORT_ARMS, , TALL] = PEOPLE;
const REPERTOIRE = repertoire();
/** @param {string} name */
const item = (name) => {
  const found = REPERTOIRE.find((one) => one.name.startsWith(name));
  assert.ok(found, name);
  return found;
};

/** Median error of directions that a person would not notice, degrees; the issue's own figure. */
const MEDIAN_DEG = 5;
/** Walking, the legs are put where the floor is and carried to the stage's middle: that costs a few degrees. */
const WALKING_LEGS_DEG = 8;
/**
 * A hand on the rim is put exactly on the character's own rim, which is elsewhere than a larger or smaller person's.
 */
const PUSHING_ARMS_DEG = 9;
/** Ranges of joints may be overstepped by so much where inverse kinematics keeps a foot on its spot, degrees. */
const OVER_DEG = 8;

/**
 * @param {string} name
 * @param {any} source
 * @param {any} target
 * @param {object} [view]
 * @returns {Record<string, number[]>} degrees by part
 */
function errors(name, source, target, { camera = {}, options = {} } = {}) {
  const play = rehearse(item(name), source, 3);
  const mirrored = options.mirrored ?? true;
  const seen = { mirrored, azimuth_rad: camera.azimuth_rad };
  /** @type {Record<string, number[]>} */
  const parts = {};
  for (const { t, shot, frames } of reflect({ play, target, camera, options, seconds: 8 })) {
    if (t < 1) continue;
    const [want, got] = [directions(shot.frames, seen), directions(frames)];
    for (const key of Object.keys(want)) (parts[key.replace(/^(left|right)_/, "")] ??= []).push(degreesApart(want[key], got[key]));
  }
  return parts;
}

for (const azimuth_deg of [0, 30]) {
  for (const [source, target] of [[ADULT, TALL], [TALL, SMALL], [SMALL, SHORT_ARMS]]) {
    test(`${target.name} mirrors ${source.name} from ${azimuth_deg} degrees`, () => {
      const camera = { azimuth_rad: azimuth_deg * DEGREE };
      for (const name of ["standing", "reaching left", "sitting", "walking", "walker_step_to", "crutch_four_point", "cane_walk"]) {
        const parts = errors(name, source, target, { camera });
        for (const [part, values] of Object.entries(parts)) {
          const leg = (part === "thigh" || part === "shank") && !/standing|reaching|sitting/.test(name);
          const median = quantile(values, 0.5);
          assert.ok(median < (leg ? WALKING_LEGS_DEG : MEDIAN_DEG), `${name}: ${part} is off by ${median.toFixed(1)} degrees`);
        }
      }
    });
  }
}

test("in a wheelchair that fits, all directions are the person's", () => {
  for (const name of ["wheelchair_push manual_wheelchair semicircular", "wheelchair_rest manual_wheelchair lap", "wheelchair_weight_shift manual_wheelchair forward"]) {
    const options = { equipment: aidsFor(["manual_wheelchair"], TALL.body) };
    for (const [part, values] of Object.entries(errors(name, ADULT, TALL, { options }))) {
      const most = name.includes("push") && part.endsWith("arm") ? PUSHING_ARMS_DEG : MEDIAN_DEG;
      assert.ok(quantile(values, 0.5) < most, `${name}: ${part} ${quantile(values, 0.5).toFixed(1)}`);
    }
  }
});

test("a looking-glass exchanges the sides; without it left stays left", () => {
  const play = rehearse(item("reaching left"), ADULT, 3);
  for (const mirrored of [true, false]) {
    let highest = { left: -Infinity, right: -Infinity };
    for (const { frames } of reflect({ play, target: TALL, options: { mirrored }, seconds: 2 })) {
      highest = { left: Math.max(highest.left, frames.LeftHand.position[1]), right: Math.max(highest.right, frames.RightHand.position[1]) };
    }
    assert.equal(highest.left > highest.right + 0.2, !mirrored, JSON.stringify(highest));
    const parts = errors("reaching left", ADULT, TALL, { options: { mirrored } });
    assert.ok(quantile(parts.forearm, 0.5) < MEDIAN_DEG);
  }
});

test("joints stay within their range, with noise too", () => {
  for (const one of REPERTOIRE.filter(({ name }) => !/attendant|right|axillary/.test(name))) {
    const play = rehearse(one, ADULT, 5);
    const options = { equipment: aidsFor(one.kinds, TALL.body) };
    for (const { t, out } of reflect({ play, target: TALL, camera: { noise_m: 0.01 }, options, seconds: 3 })) {
      for (const [joint, angle] of Object.entries(jointAngles(out.pose))) {
        assert.ok(Number.isFinite(angle), `${one.name} ${joint}`);
        const [low, high] = limitsOf(joint);
        const over = Math.max(low - angle, angle - high) / DEGREE;
        assert.ok(over < OVER_DEG, `${one.name} at ${t.toFixed(2)}: ${joint} is ${over.toFixed(1)} degrees over`);
      }
    }
  }
});

test("what cannot be used is refused", () => {
  const { rig, body } = ADULT;
  assert.throws(() => new Mirror({ rig, body, seated: /** @type {any} */ ("sometimes") }), /seated: expected "auto", true or false/);
  assert.throws(() => new Mirror({ rig, body, absent: ["tail"] }), /limb/);
  assert.throws(() => new Mirror({ rig, body, cane_hand: /** @type {any} */ ("both") }), /cane_hand/);
  const mirror = new Mirror({ rig, body });
  const short = { world_landmarks: new Float32Array(9), visibility: new Float32Array(33) };
  assert.throws(() => mirror.update(short, 0), /expected 99 numbers in world_landmarks, got 9/);
  assert.throws(() => mirror.update(null, NaN), /expected a time in seconds/);
});
