/** What every motion promises, for people of all sizes with aids that fit: contacts, no slide, no sinking, whole joints, no jumps. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jointAngles, limitsOf } from "../../../static/js/stage/angles.js";
import { buildEquipment, fitEquipment } from "../../../static/js/stage/equipment/index.js";
import { createMotion, geometryOf, MOTIONS } from "../../../static/js/stage/motion/index.js";
import { plainChair } from "../../../static/js/stage/motion/seated.js";
import { add, conjugate, DEGREE, distance, rotate, scale, subtract, Y } from "../../../static/js/stage/vectors.js";
import { PEOPLE } from "./bodies.js";
import { fromPart, rehearse, repertoire, sole } from "./rehearsal.js";

/** A hand is on what it holds: what the project promises, m. */
const HOLDS_M = 0.01;
/** A standing foot's point does not slide faster than this: what the project promises, m/s. */
const SLIDE_M_S = 0.005;
/** A foot's sole against the floor or its rest, m: what an eye cannot see. */
const STANDS_M = 0.002;
/** Rounding in degrees where soft limits approach a joint's limit. */
const ROUNDING_DEG = 0.05;
/** The fastest joints of people who walk and push are about this fast, rad/s (elbow extension in propulsion, toes at push-off). */
const FASTEST = 14;
/** Bound on joint acceleration, rad/s²: a child's toes at push-off come to about 620; a jump of 1 degree in 5 ms is 700. */
const JERKIEST = 700;
/** Seats press soft tissue in, but the pelvis does not come lower than measured, m. */
const SINKS_M = 0.001;

const CASES = repertoire();
const SHOTS = 24;
const LIMBS = /** @type {const} */ (["left", "right"]);
const seats = (item) => item.motion === "sitting" || item.motion === "power_drive" || (item.motion.startsWith("wheelchair"));

/** Every shot of a motion's cycle, solved. */
function* shots(item, person, count = SHOTS) {
  const play = rehearse(item, person, "promise");
  for (let k = 0; k < count; k++) yield { play, t_s: (k / count) * play.motion.duration_s, ...play.at((k / count) * play.motion.duration_s) };
}

test("the repertoire holds every motion that was asked for", () => {
  for (const name of ["standing", "walking", "reaching", "sitting", "wheelchair_push", "wheelchair_rest", "wheelchair_weight_shift", "wheelchair_pushed",
    "attendant", "power_drive", "walker_step_to", "rollator_walk", "crutch_two_point", "crutch_three_point", "crutch_four_point", "crutch_swing_to",
    "crutch_swing_through", "cane_walk"]) assert.ok(name in MOTIONS, name);
  assert.ok(CASES.length > 50, "with all choices");
});

for (const item of CASES) {
  describe(item.name, () => {
    test("hands hold, feet stand, nothing sinks, joints stay within their limits", () => {
      for (const person of PEOPLE) {
        let touching = 0;
        for (const shot of shots(item, person)) {
          const where = `${person.name} at ${shot.t_s.toFixed(2)} s`;
          for (const { limb, part, equipment, point } of shot.placement.contacts) {
            touching++;
            const side = /** @type {"left" | "right"} */ (limb.slice(0, limb.indexOf("_")));
            if (limb.endsWith("hand") && equipment !== null) {
              const place = shot.placement.equipment.find(({ index }) => index === equipment);
              const off = fromPart(shot.play.aids[equipment], place, part, shot.fist(side));
              assert.ok(off <= HOLDS_M, `${limb} is ${(off * 1000).toFixed(1)} mm from ${part}: ${where}`);
            } else if (limb.endsWith("hand")) {
              assert.ok(shot.missed[limb] <= HOLDS_M, `${limb} misses ${part}: ${where}`);
            } else if (limb.endsWith("foot")) {
              footStands(shot, { side, part, point }, where);
            }
          }
          for (const side of LIMBS) {
            for (const [name, corner] of Object.entries(sole(shot, person.body, side))) {
              assert.ok(corner[1] >= -STANDS_M, `${side} ${name} is ${corner[1]} m under the floor: ${where}`);
            }
          }
          for (const [name, angle] of Object.entries(jointAngles(shot.pose))) {
            const [low, high] = limitsOf(name);
            const over = Math.max(low - angle, angle - high) / DEGREE;
            assert.ok(over <= ROUNDING_DEG, `${name} is ${over.toFixed(1)} degrees beyond its limit: ${where}`);
          }
          if (seats(item)) sitsOn(shot, person, where);
        }
        assert.ok(item.motion === "reaching" || touching >= SHOTS, "something is touched at all times");
      }
    });

    test("standing feet do not slide", () => {
      const step_s = 1e-3;
      for (const person of [PEOPLE[0], PEOPLE[2], PEOPLE[5]]) {
        for (const shot of shots(item, person)) {
          const next = shot.play.at(shot.t_s + step_s);
          for (const side of LIMBS) {
            const stands = ({ placement }) => placement.contacts.find(({ limb, part }) => limb === `${side}_foot` && part === "floor");
            const [before, after] = [stands(shot), stands(next)];
            if (!before || !after) continue;
            const points = before.point === after.point && before.point !== "flat" ? [before.point] : before.point === after.point ? ["heel", "ball"] : [];
            for (const point of points) {
              const [a, b] = [sole(shot, person.body, side)[point], sole(next, person.body, side)[point]];
              const speed = Math.hypot(b[0] - a[0], b[2] - a[2]) / step_s;
              assert.ok(speed <= SLIDE_M_S, `${side} ${point} slides at ${(speed * 1000).toFixed(1)} mm/s: ${person.name} at ${shot.t_s.toFixed(2)} s`);
            }
          }
        }
      }
    });

    test("it goes on without a jump, also from one cycle to the next", () => {
      // The smallest are the quickest.
      for (const person of [PEOPLE[0]]) {
        const { motion, at } = rehearse(item, person, "promise");
        const count = Math.round(motion.duration_s / 0.005);
        const dt = motion.duration_s / count;
        let [before, here] = [jointAngles(at(0).pose), jointAngles(at(dt).pose)];
        for (let k = 2; k <= count + 2; k++) {
          const after = jointAngles(at(k * dt).pose);
          for (const name of Object.keys(after)) {
            const speed = Math.abs(after[name] - here[name]) / dt;
            const acceleration = Math.abs(after[name] - 2 * here[name] + before[name]) / dt ** 2;
            const where = `${name} of ${person.name} at ${(k * dt).toFixed(3)} s`;
            assert.ok(speed <= FASTEST, `${speed.toFixed(1)} rad/s: ${where}`);
            assert.ok(acceleration <= JERKIEST, `${acceleration.toFixed(0)} rad/s²: ${where}`);
          }
          [before, here] = [here, after];
        }
      }
    });

    test("a cycle later everything is the same, further ahead", () => {
      const { motion, at } = rehearse(item, PEOPLE[2], "promise");
      assert.ok(motion.cyclic && motion.duration_s > 0);
      for (const share of [0, 0.31, 0.77]) {
        const [now, later] = [at(share * motion.duration_s), at((share + 1) * motion.duration_s)];
        for (const [name, { position }] of Object.entries(now.frames)) {
          const moved = add(position, [0, 0, motion.advance_m]);
          assert.ok(distance(later.frames[name].position, moved) < 1e-5, `${name}: ${later.frames[name].position} is not ${moved}`);
        }
        now.placement.equipment.forEach((aid, k) => {
          const after = later.placement.equipment[k];
          assert.ok(distance(after.position, add(aid.position, [0, 0, motion.advance_m])) < 1e-9);
          if (aid.travel_left_m !== 0) assert.ok(Math.abs(after.travel_left_m - aid.travel_left_m - motion.advance_m) < 1e-9, "wheels turn as far as they go");
        });
        assert.ok(Math.abs(later.placement.origin[2] - now.placement.origin[2] - motion.advance_m) < 1e-9);
      }
    });

    test("the same seed gives the same motion, and no time changes another", () => {
      const [one, two] = [rehearse(item, PEOPLE[1], 5), rehearse(item, PEOPLE[1], 5)];
      two.at(3.21);
      two.at(0.4);
      assert.deepEqual(one.at(1.7).placement, two.at(1.7).placement);
      assert.notDeepEqual(one.at(1.7).placement, rehearse(item, PEOPLE[1], 6).at(1.7).placement, "another seed gives another motion");
    });
  });
}

/** @param {any} shot @param {{side: "left" | "right", part: string, point?: "heel" | "flat" | "ball"}} contact @param {string} where */
function footStands(shot, { side, part, point }, where) {
  const corners = sole(shot, shot.play.body, side);
  const touching = point === "flat" ? Object.values(corners) : [corners[/** @type {"heel" | "ball"} */ (point)]];
  const aid = shot.play.aids[0];
  for (const corner of touching) {
    let height = corner[1];
    if (part !== "floor") {
      const place = shot.placement.equipment[0];
      const rest = aid.parts[part];
      const local = rotate(conjugate(place.quaternion), subtract(corner, place.position));
      height = rotate(conjugate(rest.quaternion), subtract(local, rest.position))[1];
    }
    assert.ok(Math.abs(height) <= STANDS_M, `${side} ${point} is ${(height * 1000).toFixed(1)} mm off the ${part}: ${where}`);
  }
  assert.ok(shot.missed[`${side}_foot`] <= STANDS_M, `${side} leg does not reach: ${where}`);
}

/** Pelvis and thighs lie on the seat. @param {any} shot @param {typeof PEOPLE[number]} person @param {string} where */
function sitsOn(shot, { body }, where) {
  const aid = shot.play.aids[0] ?? plainChair(body);
  const place = shot.placement.equipment[0];
  const { position, quaternion, depth_m } = aid.parts.seat;
  const up = rotate(quaternion, Y);
  /** Straight up from the seat's surface. @param {any} point */
  const above = (point) => {
    const [x, y, z] = subtract(subtract(point, place.position), position);
    return y + (x * up[0] + z * up[2]) / up[1];
  };
  for (const side of ["Left", "Right"]) {
    const [hip, knee] = [shot.frames[`${side}UpLeg`].position, shot.frames[`${side}Leg`].position];
    assert.ok(above(hip) >= body.buttock_clearance_m - SINKS_M, `the ${side} hip sinks to ${above(hip)} m above the seat: ${where}`);
    assert.ok(above(hip) <= body.buttock_clearance_m + 0.06, `the ${side} hip hovers ${above(hip)} m above the seat: ${where}`);
    // The thigh tapers from the buttock to the hollow of the knee; at the seat's edge it is between the two.
    const edge = place.position[2] + position[2] + depth_m / 2;
    const share = Math.min(1, (edge - hip[2]) / (knee[2] - hip[2]));
    const axis = add(hip, scale(subtract(knee, hip), share));
    const flesh = (1 - share) * body.buttock_clearance_m + share * body.knee_clearance_m;
    assert.ok(above(axis) >= flesh - 0.01, `the ${side} thigh cuts the seat's edge by ${((flesh - above(axis)) * 1000).toFixed(0)} mm: ${where}`);
  }
}

test("what does not fit is refused by name", () => {
  const { body } = PEOPLE[2];
  const chair = geometryOf(buildEquipment("manual_wheelchair", fitEquipment("manual_wheelchair", body)));
  const cane = geometryOf(buildEquipment("cane", fitEquipment("cane", body)));
  const refused = (name, options, message) => assert.throws(() => createMotion(name, { body, ...options }), message);
  refused("flying", {}, /motion: expected one of standing, .*got "flying"/);
  refused("wheelchair_push", {}, /equipment 0 must be one of manual_wheelchair, got none/);
  refused("wheelchair_push", { equipment: [cane] }, /got cane/);
  refused("wheelchair_push", { equipment: [chair], stroke: "butterfly" }, /stroke: expected one of arc, .*got butterfly/);
  refused("wheelchair_push", { equipment: [chair], speed_m_s: 30 }, /speed_m_s: expected a number in 0.2..2.5, got 30/);
  refused("wheelchair_rest", { equipment: [chair], hands: "armrests" }, /has no left_armrest, right_armrest/);
  refused("wheelchair_weight_shift", { equipment: [chair], direction: "up" }, /direction: expected/);
  refused("walking", { speed_m_s: 9 }, /speed_m_s/);
  refused("cane_walk", { equipment: [cane], weak_side: "both" }, /weak_side/);
  const { left_rim, ...rimless } = chair.parts;
  refused("wheelchair_push", { equipment: [{ ...chair, parts: rimless }] }, /the manual_wheelchair has no left_rim/);
  assert.ok(left_rim);
});

test("a hand that somebody does not have holds nothing", () => {
  const { body } = PEOPLE[2];
  const equipment = [geometryOf(buildEquipment("walker", fitEquipment("walker", body)))];
  const placement = createMotion("walker_step_to", { body, equipment, absent: ["right"] }).at(1);
  assert.ok("angles" in placement.right_hand && "position" in placement.left_hand);
  assert.deepEqual(placement.contacts.filter(({ limb }) => limb.endsWith("hand")).map(({ limb }) => limb), ["left_hand"]);
});
