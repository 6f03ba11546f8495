/** Are the gaits what physiotherapists call by these names? */
import assert from "node:assert/strict";
import { test } from "node:test";
import { jointAngles, limitsOf } from "../../../static/js/stage/angles.js";
import { buildEquipment, fitEquipment } from "../../../static/js/stage/equipment/index.js";
import { add, addScaled, clamp, DEGREE, distance, dot, rotate, subtract } from "../../../static/js/stage/vectors.js";
import { PEOPLE } from "./bodies.js";
import { rehearse, sole } from "./rehearsal.js";

const SHOTS = 240;
const play = (motion, person = PEOPLE[2], kinds = [], options = {}) => rehearse({ name: motion, motion, kinds, options }, person, "gait");
const CRUTCHES = ["forearm_crutch", "forearm_crutch"];

/** One cycle: shots with what is off the floor in each. */
function cycle(performance) {
  return Array.from({ length: SHOTS }, (_, k) => {
    const shot = performance.at((k / SHOTS) * performance.motion.duration_s);
    const phases = shot.placement.phases;
    const off = Object.keys(phases).filter((limb) => /swing|lifted/.test(phases[limb]));
    return { share: k / SHOTS, shot, off: new Set(off) };
  });
}

/** In which order limbs leave the floor over a cycle, those within 5 % of it together. */
function order(shots) {
  const lifts = [];
  shots.forEach(({ off, share }, k) => {
    const before = shots.at(k - 1).off;
    for (const limb of off) if (!before.has(limb)) lifts.push({ limb, share });
  });
  /** @type {string[][]} */
  const groups = [];
  let last = -1;
  for (const { limb, share } of lifts) {
    if (share - last <= 0.05 && groups.length > 0) groups.at(-1)?.push(limb);
    else groups.push([limb]);
    last = share;
  }
  return groups.map((group) => group.sort().join(" + "));
}

/** The same round, whatever it begins with. */
function sameRound(actual, expected) {
  const turned = expected.map((_, k) => [...expected.slice(k), ...expected.slice(0, k)].join(", "));
  assert.ok(turned.includes(actual.join(", ")), `got ${actual.join(", ")}; expected ${expected.join(", ")}`);
}

test("walking: proportions and joint angles of healthy gait", () => {
  for (const person of PEOPLE) {
    const performance = play("walking", person);
    const shots = cycle(performance);
    const { motion, body } = performance;
    const step = motion.advance_m / 2;
    assert.ok(Math.abs(step / body.stature_m - 0.41) < 0.015, `${person.name}: a step is ${step / body.stature_m} of the stature`);
    const stance = shots.filter(({ off }) => !off.has("left_foot")).length / SHOTS;
    assert.ok(Math.abs(stance - 0.61) < 0.015, `stance ${stance}`);
    const double = shots.filter(({ off }) => off.size === 0).length / SHOTS;
    assert.ok(double > 0.17 && double < 0.27, `both feet on the floor for ${double} of the cycle`);
    assert.ok(shots.every(({ off }) => off.size < 2), "never both feet in the air");
    const angles = shots.map(({ shot }) => jointAngles(shot.pose));
    const range = (name) => [Math.min(...angles.map((a) => a[name])) / DEGREE, Math.max(...angles.map((a) => a[name])) / DEGREE];
    // Perry and Burnfield's curves, with 12 degrees of room: knee 0..60, hip -10..35 (pelvic tilt apart), ankle -18..12.
    const [[kneeLow, knee], [hipLow, hip], [ankleLow, ankle]] = ["left_knee_flexion", "left_hip_flexion", "left_ankle_dorsiflexion"].map(range);
    assert.ok(kneeLow < 18 && knee > 50 && knee < 72, `${person.name}: knee ${kneeLow}..${knee}`);
    assert.ok(hipLow < -5 && hipLow > -25 && hip > 25 && hip < 47, `hip ${hipLow}..${hip}`);
    assert.ok(ankleLow < -8 && ankleLow > -32 && ankle > 8 && ankle < 28, `ankle ${ankleLow}..${ankle}`);
    const heights = shots.map(({ shot }) => shot.placement.pelvis.position[1]);
    const bob = (Math.max(...heights) - Math.min(...heights)) / body.stature_m;
    assert.ok(bob > 0.01 && bob < 0.035, `the pelvis goes up and down by ${bob} of the stature`);
    const [arm, leg] = ["left_shoulder_flexion", "left_hip_flexion"].map((name) => angles.map((a) => a[name]));
    const mean = (list) => list.reduce((a, b) => a + b) / list.length;
    const together = arm.reduce((sum, value, k) => sum + (value - mean(arm)) * (leg[k] - mean(leg)), 0);
    assert.ok(together < 0, "arms swing against the legs of their side");
  }
});

test("a wished walking speed is kept; step and cadence share it", () => {
  for (const speed_m_s of [0.6, 1.5]) {
    const { motion } = play("walking", PEOPLE[2], [], { speed_m_s });
    assert.ok(Math.abs(motion.advance_m / motion.duration_s - speed_m_s) < 1e-9);
  }
  const [slow, fast] = [0.6, 1.5].map((speed_m_s) => play("walking", PEOPLE[2], [], { speed_m_s }).motion);
  assert.ok(fast.advance_m > slow.advance_m && fast.duration_s < slow.duration_s);
});

test("wished speeds are kept with aids too, and strides stay within reach of the arms", () => {
  for (const [motion, kinds, speed_m_s] of [["crutch_two_point", CRUTCHES, 0.4], ["crutch_two_point", CRUTCHES, 1.2], ["cane_walk", ["cane"], 0.5],
    ["rollator_walk", ["rollator"], 0.5], ["walker_step_to", ["walker"], 0.15]]) {
    const performance = play(motion, PEOPLE[2], kinds, { speed_m_s });
    assert.ok(Math.abs(performance.motion.advance_m / performance.motion.duration_s - speed_m_s) < 1e-9, `${motion}`);
    for (const { shot } of cycle(performance).filter((_, k) => k % 12 === 0)) {
      assert.ok(Math.max(shot.missed.left_hand, shot.missed.right_hand) < 0.01, `${motion} at ${speed_m_s} m/s`);
    }
  }
});

test("the foot rolls: heel first, then flat, then the ball", () => {
  const seen = cycle(play("walking")).map(({ shot }) => shot.placement.phases.left_foot).filter((phase, k, all) => phase !== all.at(k - 1));
  sameRound(seen, ["stance: heel", "stance: flat", "stance: ball", "swing"]);
});

test("four-point: crutch, opposite foot, other crutch, other foot, one at a time", () => {
  const shots = cycle(play("crutch_four_point", PEOPLE[2], CRUTCHES, { weak_side: "left" }));
  sameRound(order(shots), ["right_stick", "left_foot", "left_stick", "right_foot"]);
  assert.ok(shots.every(({ off }) => off.size <= 1), "three points stay on the floor");
});

test("two-point: each crutch with the opposite foot", () => {
  const shots = cycle(play("crutch_two_point", PEOPLE[2], CRUTCHES, { weak_side: "right" }));
  sameRound(order(shots), ["left_foot + right_stick", "left_stick + right_foot"]);
  assert.ok(shots.every(({ off }) => !(off.has("left_stick") && off.has("right_stick"))), "one crutch always stands");
});

test("three-point: both crutches, with the affected foot or with it held up, then the other foot", () => {
  for (const [weak_side, strong] of [["left", "right"], ["right", "left"]]) {
    const partial = cycle(play("crutch_three_point", PEOPLE[2], CRUTCHES, { weak_side, bearing: "partial" }));
    sameRound(order(partial), [["left_stick", "right_stick", `${weak_side}_foot`].sort().join(" + "), `${strong}_foot`]);
    const performance = play("crutch_three_point", PEOPLE[2], CRUTCHES, { weak_side, bearing: "none" });
    const none = cycle(performance);
    for (const { shot, off } of none) {
      assert.ok(off.has(`${weak_side}_foot`), "the affected foot is never put down");
      const corners = Object.values(sole(shot, performance.body, weak_side));
      assert.ok(Math.min(...corners.map(([, y]) => y)) > 0.03, "it is held clear of the floor");
      assert.ok(!(off.has(`${strong}_foot`) && (off.has("left_stick") || off.has("right_stick"))), "what bears weight swings only while the rest stands");
    }
  }
});

/** The foot's and the tips' way ahead when the feet have landed, m. */
function landing(motion) {
  const performance = play(motion, PEOPLE[2], CRUTCHES);
  const shots = cycle(performance);
  sameRound(order(shots), ["left_stick + right_stick", "left_foot + right_foot"]);
  assert.ok(shots.every(({ off }) => !(off.has("left_foot") && off.has("left_stick"))), "feet swing while the crutches stand");
  const { shot } = shots.find(({ off }, k) => shots.at(k - 1).off.has("left_foot") && !off.has("left_foot"));
  const foot = sole(shot, performance.body, "left");
  return { heel: foot.heel[2], ball: foot.ball[2], tip: shot.placement.equipment[0].position[2] };
}

test("swing-through: both feet swing past the crutches; swing-to: up to them", () => {
  const through = landing("crutch_swing_through");
  assert.ok(through.heel > through.tip + 0.05, `heels land ${through.heel - through.tip} m beyond the tips`);
  const to = landing("crutch_swing_to");
  assert.ok(to.heel < to.tip && to.tip - to.ball < 0.15, `tips at ${to.tip}, feet from ${to.heel} to ${to.ball}`);
});

test("a cane is in the hand opposite the weaker leg and goes with it", () => {
  for (const [weak_side, strong] of [["left", "right"], ["right", "left"]]) {
    const shots = cycle(play("cane_walk", PEOPLE[2], ["cane"], { weak_side }));
    assert.ok(shots.every(({ shot }) => shot.placement.contacts.some(({ limb, part }) => limb === `${strong}_hand` && part === "grip")));
    sameRound(order(shots), [[`${strong}_stick`, `${weak_side}_foot`].sort().join(" + "), `${strong}_foot`]);
    const share = (limb) => shots.filter(({ off }) => !off.has(limb)).length;
    assert.ok(share(`${weak_side}_foot`) < share(`${strong}_foot`), "the weaker leg stands for a shorter time");
  }
});

test("a white cane feels the way: its tip touches ahead, on the side away from the foot that lands", () => {
  for (const person of PEOPLE) {
    const performance = rehearse({ name: "white", motion: "cane_walk", kinds: ["cane"], params: { variant: "white" }, options: {} }, person, "gait");
    const touches = [];
    for (const { shot, off } of cycle(performance)) {
      const [{ position }] = shot.placement.equipment;
      assert.ok(position[1] > -0.005 && position[1] < 0.04, `the tip is ${position[1]} m over the floor`);
      assert.ok(position[2] - shot.frames.Hips.position[2] > 0.5 * person.body.stature_m, "a step and more ahead");
      assert.ok(distance(shot.fist("right"), add(position, rotate(shot.placement.equipment[0].quaternion, performance.aids[0].parts.grip.position))) < 0.01);
      for (const [name, angle] of Object.entries(jointAngles(shot.pose))) assert.ok(angle >= limitsOf(name)[0] - 1e-3 && angle <= limitsOf(name)[1] + 1e-3, name);
      if (shot.placement.phases.right_stick === "touch" && off.size === 0) {
        const [left, right] = ["Left", "Right"].map((side) => shot.frames[`${side}Foot`].position[2]);
        touches.push([Math.sign(position[0]), left > right ? 1 : -1]);
      }
    }
    assert.ok(touches.length > 4 && touches.every(([tip, foot]) => tip === -foot), `${person.name}: ${touches}`);
  }
});

test("sticks are rigid, stand still on their tips, and lean as far as sticks do", () => {
  for (const [motion, kinds] of [["crutch_two_point", CRUTCHES], ["crutch_swing_through", ["axillary_crutch", "axillary_crutch"]], ["cane_walk", ["cane"]]]) {
    const shots = cycle(play(motion, PEOPLE[2], kinds));
    shots.forEach(({ shot, off }, k) => {
      for (const { index, position, quaternion } of shot.placement.equipment) {
        const side = kinds.length === 1 ? "right" : ["left", "right"][index];
        const lean = Math.acos(clamp(rotate(quaternion, [0, 1, 0])[1], -1, 1)) / DEGREE;
        assert.ok(lean < 35, `${motion}: the ${side} stick leans ${lean} degrees`);
        if (off.has(`${side}_stick`)) continue;
        assert.ok(Math.abs(position[1]) < 1e-9, "the tip is on the floor");
        const before = shots[k - 1];
        if (before && !before.off.has(`${side}_stick`)) assert.ok(distance(before.shot.placement.equipment.find((aid) => aid.index === index).position, position) < 1e-9);
      }
    });
  }
});

test("forearms lie in the cuffs of forearm crutches, pads are under the armpits", () => {
  for (const person of PEOPLE) {
    for (const { shot } of cycle(play("crutch_four_point", person, CRUTCHES)).filter((_, k) => k % 6 === 0)) {
      shot.placement.equipment.forEach(({ position, quaternion }, index) => {
        const side = ["Left", "Right"][index];
        const crutch = geometry("forearm_crutch", person);
        const cuff = add(position, rotate(quaternion, crutch.cuff));
        const [elbow, wrist] = [shot.frames[`${side}ForeArm`].position, shot.frames[`${side}Hand`].position];
        const along = subtract(wrist, elbow);
        const share = clamp(dot(subtract(cuff, elbow), along) / dot(along, along), 0, 1);
        const off = distance(cuff, addScaled(elbow, along, share)) / person.body.stature_m;
        // A cuff is open to the front and the arm moves in it: 4.7 cm of radius against 4 cm of forearm.
        assert.ok(off < 0.038, `${person.name}: the ${side} forearm is ${off * person.body.stature_m} m from the cuff's middle`);
      });
    }
    for (const { shot } of cycle(play("crutch_swing_through", person, ["axillary_crutch", "axillary_crutch"])).filter((_, k) => k % 6 === 0)) {
      shot.placement.equipment.forEach(({ position, quaternion }, index) => {
        const pad = add(position, rotate(quaternion, geometry("axillary_crutch", person).pad));
        const shoulder = shot.frames[`${["Left", "Right"][index]}Arm`].position;
        const [dx, dy, dz] = subtract(pad, shoulder).map((value) => value / person.body.stature_m);
        assert.ok(dy < -0.02 && dy > -0.14 && Math.hypot(dx, dz) < 0.07, `${person.name}: pad ${[dx, dy, dz]} statures from the shoulder`);
      });
    }
  }
});

/** Places of a fitted stick. */
function geometry(kind, { body }) {
  const { parts } = buildEquipment(kind, fitEquipment(kind, body));
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, /** @type {[number, number, number]} */ (part.position.toArray())]));
}

test("step-to with a walker: frame, weaker foot, other foot; steps only while all four tips stand", () => {
  const shots = cycle(play("walker_step_to", PEOPLE[2], ["walker"], { weak_side: "right" }));
  sameRound(order(shots), ["frame", "right_foot", "left_foot"]);
  let highest = 0;
  for (const { shot, off } of shots) {
    assert.ok(!(off.has("frame") && off.size > 1), "the frame is lifted with both feet down");
    highest = Math.max(highest, shot.placement.equipment[0].position[1]);
    if (!off.has("frame")) assert.ok(Math.abs(shot.placement.equipment[0].position[1]) < 1e-9);
  }
  assert.ok(highest > 0.02 && highest < 0.06, `lifted by ${highest} m`);
});

test("a rollator never leaves the floor and rolls evenly", () => {
  const performance = play("rollator_walk", PEOPLE[2], ["rollator"]);
  const ways = cycle(performance).map(({ shot }) => shot.placement.equipment[0]);
  const step = performance.motion.advance_m / SHOTS;
  ways.slice(1).forEach((aid, k) => {
    assert.ok(Math.abs(aid.position[2] - ways[k].position[2] - step) < 1e-9 && aid.position[1] === 0);
    assert.ok(Math.abs(aid.travel_left_m - ways[k].travel_left_m - step) < 1e-9);
  });
});

test("reaching: the hand comes to a target within reach and stays for a while", () => {
  const target = /** @type {[number, number, number]} */ ([0.25, 1.25, 0.5]);
  const performance = play("reaching", PEOPLE[2], [], { target, side: "left" });
  const there = cycle(performance).filter(({ shot }) => shot.placement.phases.reach === "there");
  assert.ok(there.length > 0.1 * SHOTS);
  for (const { shot } of there) assert.ok(distance(shot.fist("left"), target) < 0.01, `${shot.fist("left")}`);
});
