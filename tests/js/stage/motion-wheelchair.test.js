/** Is it wheelchair propulsion as the literature describes it? */
import assert from "node:assert/strict";
import { test } from "node:test";
import { jointAngles } from "../../../static/js/stage/angles.js";
import { buildEquipment, fitEquipment } from "../../../static/js/stage/equipment/index.js";
import { solve } from "../../../static/js/stage/kinematics.js";
import { createMotion, geometryOf } from "../../../static/js/stage/motion/index.js";
import { STROKES, turned } from "../../../static/js/stage/motion/push.js";
import { conjugate, DEGREE, distance, rotate, subtract } from "../../../static/js/stage/vectors.js";
import { PEOPLE } from "./bodies.js";
import { rehearse } from "./rehearsal.js";

/** A hand that holds the rim moves with it: slip along the rim, m. */
const SLIP_M = 0.005;
const SHOTS = 200;

const push = (person, stroke, options = {}) =>
  rehearse({ name: stroke, motion: "wheelchair_push", kinds: ["manual_wheelchair"], options: { stroke, ...options } }, person, "push");

/** The fist in the plane of the rim: angle from its top and distance from its circle, and out of that plane. */
function onWheel({ aids }, shot, side) {
  const { position, quaternion, radius_m } = aids[0].parts[`${side}_rim`];
  const local = subtract(subtract(shot.fist(side), shot.placement.equipment[0].position), position);
  const [x, y, z] = rotate(conjugate(quaternion), local);
  return { angle: Math.atan2(z, y), radial: Math.hypot(y, z) - radius_m, aside: side === "left" ? x : -x };
}

/** One cycle, solved. */
function cycle(play) {
  return Array.from({ length: SHOTS }, (_, k) => {
    const shot = play.at((k / SHOTS) * play.motion.duration_s);
    return { k, shot, push: shot.placement.phases.cycle === "push", left: onWheel(play, shot, "left"), right: onWheel(play, shot, "right") };
  });
}

test("during the push hand and rim turn as one, and the chair goes as far as its tyres roll", () => {
  for (const person of PEOPLE) {
    for (const stroke of Object.keys(STROKES)) {
      const play = push(person, stroke);
      const { radius_m: rim, wheel_radius_m: wheel } = play.aids[0].parts.left_rim;
      const held = cycle(play).filter((item) => item.push);
      for (const side of ["left", "right"]) {
        const marks = held.map((item) => item[side].angle - item.shot.placement.equipment[0][`travel_${side}_m`] / wheel);
        const slip = (Math.max(...marks) - Math.min(...marks)) * rim;
        assert.ok(slip <= SLIP_M, `${side} hand of ${person.name} slips ${(slip * 1000).toFixed(1)} mm in ${stroke}`);
      }
      for (const { shot } of held) {
        const { position, travel_left_m } = shot.placement.equipment[0];
        assert.ok(Math.abs(position[2] - travel_left_m) < 1e-9);
      }
    }
  }
});

test("timing and angles are those of everyday propulsion", () => {
  for (const person of PEOPLE) {
    for (const stroke of Object.keys(STROKES)) {
      const play = push(person, stroke);
      const facts = play.motion.facts;
      const shots = cycle(play);
      const held = shots.filter((item) => item.push);
      const share = held.length / SHOTS;
      assert.ok(Math.abs(share - facts.reltime) < 0.02 && share > 0.33 && share < 0.47, `${stroke}: push is ${share} of the cycle`);
      assert.ok(facts.cadence_hz > 0.8 && facts.cadence_hz < 1.35, `${person.name} pushes ${facts.cadence_hz} times a second`);
      const angles = held.map(({ left }) => left.angle / DEGREE);
      assert.ok(angles[0] > -38 && angles[0] < -15, `the hand takes the rim at ${angles[0]} degrees`);
      assert.ok(angles.at(-1) > 20 && angles.at(-1) < 62, `${person.name} lets go at ${angles.at(-1)} degrees`);
      assert.ok(facts.push_angle_deg >= 50 && facts.push_angle_deg <= 82, `${person.name} pushes over ${facts.push_angle_deg} degrees`);
      const trunk = shots.map(({ shot }) => jointAngles(shot.pose).trunk_flexion / DEGREE);
      const range = Math.max(...trunk) - Math.min(...trunk);
      assert.ok(range > 3 && range < 12, `the trunk rocks by ${range} degrees`);
      const most = trunk.indexOf(Math.max(...trunk)) / SHOTS;
      assert.ok(Math.abs(most - share) < 0.06, `it is bent most at ${most}, when the hands let go at ${share}`);
    }
  }
});

test("the wheels gain speed in the push and lose it in the recovery", () => {
  for (const share of [0.35, 0.44]) {
    const speed = (phase) => (turned(phase + 1e-4, share) - turned(phase - 1e-4, share)) / 2e-4;
    assert.ok(speed(share) > 1.05 && speed(0) < 0.95);
    for (let phase = 0.02; phase < share - 0.02; phase += 0.02) assert.ok(speed(phase + 0.01) > speed(phase));
    for (let phase = share + 0.02; phase < 0.97; phase += 0.02) assert.ok(speed(phase + 0.01) < speed(phase));
    assert.ok(Math.abs(turned(1, share) - 1) < 1e-12 && Math.abs(turned(share, share) - share) < 1e-12);
  }
});

/** Where the recovery goes, from the rim's circle: highest and lowest, and in which order; m. */
function recovery(person, stroke) {
  const path = cycle(push(person, stroke)).filter((item) => !item.push).map(({ left }) => left.radial);
  const [high, low] = [Math.max(...path), Math.min(...path)];
  return { high, low, first: path.indexOf(high) < path.indexOf(low) ? "above" : "below" };
}

test("the recovery draws the four stroke patterns", () => {
  for (const person of PEOPLE) {
    const size = person.body.stature_m / 1.7;
    const arc = recovery(person, "arc");
    assert.ok(arc.low > -0.005 && arc.high < 0.045 * size + 0.01, `arc: back along the rim, got ${arc.low}..${arc.high}`);
    const below = recovery(person, "semicircular");
    assert.ok(below.low < -0.055 * size && below.high < 0.005, `semicircular: below the rim, got ${below.low}..${below.high}`);
    const above = recovery(person, "single_loop");
    assert.ok(above.high > 0.06 * size && above.low > -0.005, `single loop: above the rim, got ${above.low}..${above.high}`);
    const both = recovery(person, "double_loop");
    assert.ok(both.high > 0.05 * size && both.low < -0.05 * size && both.first === "above", `double loop: above, then below, got ${both.low}..${both.high}`);
  }
});

test("below the rim the hand swings clear of the wheel", () => {
  for (const stroke of ["semicircular", "double_loop"]) {
    for (const { left } of cycle(push(PEOPLE[2], stroke))) {
      // The rim lies 3.6 cm outside the wheel's plane, and half a fist is about 4 cm.
      if (left.radial < -0.04) assert.ok(left.aside > 0.01, `${left.aside} m beside the rim, ${-left.radial} m below it`);
    }
  }
});

test("a wished speed is kept", () => {
  const { motion } = push(PEOPLE[2], "arc", { speed_m_s: 0.6 });
  assert.ok(Math.abs(motion.advance_m / motion.duration_s - 0.6) < 1e-9);
});

test("an attendant holds the handles of the very chair in which the other sits", () => {
  const kinds = ["manual_wheelchair"];
  const [sitter, pusher] = ["wheelchair_pushed", "attendant"].map((motion) =>
    rehearse({ name: motion, motion, kinds, options: { speed_m_s: 0.9 } }, PEOPLE[2], 3));
  for (const t_s of [0, 0.4, 1.7, 13]) {
    const [one, two] = [sitter.at(t_s).placement.equipment[0], pusher.at(t_s).placement.equipment[0]];
    assert.ok(distance(one.position, two.position) < 1e-9 && one.travel_left_m === two.travel_left_m);
  }
  for (let t_s = 0; t_s < 2; t_s += 0.05) {
    const { frames, placement } = pusher.at(t_s);
    const chair = placement.equipment[0].position[2] + pusher.aids[0].parts.left_push_handle.position[2];
    assert.ok(frames.Hips.position[2] < chair - 0.1, "the attendant walks behind the handles");
  }
});

test("an attendant of any size holds the handles of a chair of any size", () => {
  for (const sitter of [PEOPLE[0], PEOPLE[5]]) {
    const kind = "manual_wheelchair";
    const chair = geometryOf(buildEquipment(kind, fitEquipment(kind, sitter.body)));
    for (const pusher of PEOPLE) {
      const motion = createMotion("attendant", { body: pusher.body, equipment: [chair], seed: 1 });
      for (let t_s = 0; t_s < motion.duration_s; t_s += 0.1) {
        const { left_hand, right_hand } = solve(pusher.rig, motion.at(t_s)).missed;
        assert.ok(Math.max(left_hand, right_hand) < 0.01, `${pusher.name} behind ${sitter.name}: ${left_hand}, ${right_hand} m`);
      }
    }
  }
});

test("leaning ahead frees the seat's rear, leaning aside the other buttock; both come back", () => {
  /** From the hips to the neck, in the plane of the lean, degrees from upright. */
  const lean = ({ frames }, axis) => {
    const way = subtract(frames.Neck.position, frames.Hips.position);
    return Math.atan2(way[axis], way[1]) / DEGREE;
  };
  for (const [direction, axis, least] of /** @type {const} */ ([["forward", 2, 40], ["left", 0, 15], ["right", 0, 15]])) {
    const item = { name: direction, motion: "wheelchair_weight_shift", kinds: ["manual_wheelchair"], options: { direction } };
    const play = rehearse(item, PEOPLE[2], 1);
    const angles = Array.from({ length: 50 }, (_, k) => lean(play.at((k / 50) * play.motion.duration_s), axis) * (direction === "right" ? -1 : 1));
    assert.ok(Math.max(...angles) - Math.min(...angles) > least, `${direction}: ${Math.max(...angles)}`);
    const hold = play.at(0.45 * play.motion.duration_s);
    assert.equal(hold.placement.phases.shift, "hold");
    if (direction !== "forward") {
      const [near, far] = direction === "left" ? ["Left", "Right"] : ["Right", "Left"];
      assert.ok(hold.frames[`${far}UpLeg`].position[1] - hold.frames[`${near}UpLeg`].position[1] > 0.015, "the far hip is raised");
    }
  }
});
