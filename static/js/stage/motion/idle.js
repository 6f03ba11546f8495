/** Standing, reaching, and sitting on a chair. */
import { createRandom } from "../random.js";
import { SIDES } from "../rig.js";
import { add, distance, fromPitchYawRoll, mix, normalize, rotate, scale } from "../vectors.js";
import { bump, ease, sway } from "./curves.js";
import { hangingArm, shoulderEstimate, within } from "./placement.js";
import { lapHand, plainChair, seatedBody, sit } from "./seated.js";
import { chairAt, fidget } from "./wheelchair.js";

/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("./placement.js").Geometry} Geometry */
/** @typedef {import("./placement.js").HandTarget} HandTarget */
/** @typedef {import("./placement.js").Motion} Motion */
/** @typedef {import("./placement.js").Placement} Placement */

const IDLE_S = 12;
/** Quiet standing: the body sways by about a centimetre over the feet (Winter 1995). */
const SWAY_M = 0.011;
/** Standing, weight goes from leg to leg by this much, m. */
const SHIFT_M = 0.022;

/**
 * Feet, pelvis and trunk of somebody who stands.
 * @param {Body} body @param {import("../random.js").Random} random
 * @returns {(phase: number) => Omit<Placement, "left_hand" | "right_hand" | "equipment">} phase of IDLE_S
 */
function stand(body, random) {
  const moves = fidget(random.fork("fidget"));
  const [across, along] = [sway(random.fork("across"), 1, 3), sway(random.fork("along"), 1, 4)];
  const legs = 0.994 * (body.thigh_m + body.shank_m);
  const half = body.hip_joint_distance_m / 2;
  const [width, open] = [half * random.uniform(1, 1.25), random.uniform(0.08, 0.2)];
  const stagger = random.uniform(-0.02, 0.02);
  /** @param {Side} side */
  const foot = (side) => {
    const s = side === "left" ? 1 : -1;
    const quaternion = fromPitchYawRoll(0, s * open, 0);
    const position = /** @type {Vec3} */ ([s * width, 0, s * stagger - 0.35 * body.foot_ball_m]);
    return { position, quaternion, toes: 0, knee: rotate(quaternion, [0, 0.2, 1]) };
  };
  const feet = { left: foot("left"), right: foot("right") };
  return (phase) => {
    const x = SHIFT_M * across(phase);
    const z = SWAY_M * along(phase);
    const roll = 1.1 * x; // the side that carries is higher
    // As high as the leg that is stretched more allows.
    const up = Math.min(...SIDES.map((side) => {
      const s = side === "left" ? 1 : -1;
      const [dx, dz] = [x + s * half - feet[side].position[0], z - feet[side].position[2]];
      return body.ankle_height_m + Math.sqrt(legs ** 2 - dx ** 2 - dz ** 2) - s * half * Math.sin(roll);
    }));
    const { lean, side, turn, gaze } = moves(phase);
    return {
      pelvis: { position: [x, up, z], quaternion: fromPitchYawRoll(0.06, 0.3 * turn, roll) },
      spine: { flexion: lean - 0.04, lateral: side + 0.8 * roll, rotation: turn },
      head: fromPitchYawRoll(gaze[0], gaze[1], 0),
      left_foot: feet.left, right_foot: feet.right, origin: [0, 0, 0], phases: {},
      contacts: SIDES.map((limb) => ({ limb: /** @type {"left_foot" | "right_foot"} */ (`${limb}_foot`), part: "floor", equipment: null, point: "flat" })),
    };
  };
}

/**
 * Quiet standing with hanging arms.
 * @param {{body: Body, seed: number | string}} options
 * @returns {Motion}
 */
export function standing({ body, seed }) {
  const random = createRandom(seed).fork("standing");
  const pose = stand(body, random);
  const arms = SIDES.map((side) => {
    const own = random.fork(side);
    const drift = sway(own, 1, 3);
    const [elbow, abduction] = [own.uniform(0.18, 0.42), own.uniform(0.12, 0.2)];
    return (/** @type {number} */ phase) => hangingArm({ flexion: 0.02 + 0.03 * drift(phase), abduction, elbow: elbow + 0.03 * drift(phase) });
  });
  return {
    name: "standing", duration_s: IDLE_S, cyclic: true, advance_m: 0, facts: {},
    at(t_s) {
      const phase = t_s / IDLE_S;
      return { ...pose(phase), left_hand: arms[0](phase), right_hand: arms[1](phase), equipment: [] };
    },
  };
}

/** Phases of a reach, shares of the cycle: go, stay, come back; the rest is rest. */
const REACH = { go: 0.25, stay: 0.15, back: 0.28 };
const REACH_S = 4.5;
/** How straight the reaching arm gets, share of its length. */
const STRETCH = 0.93;

/** @param {number} phase @returns {number} 0 at rest .. 1 there */
function reached(phase) {
  const at = phase - Math.floor(phase);
  return ease(at / REACH.go) * (1 - ease((at - REACH.go - REACH.stay) / REACH.back));
}

/**
 * Reaching for something in front with one hand and back, the trunk going along.
 * @param {{body: Body, seed: number | string, target?: Vec3, side?: Side}} options target: stage frame, m; by default somewhere within reach, by
 *   seed
 * @returns {Motion}
 */
export function reaching({ body, seed, target, side }) {
  const random = createRandom(seed).fork("reaching");
  const hand = side ?? random.pick(SIDES);
  if (!SIDES.includes(hand)) throw new RangeError(`side: expected left or right, got ${String(side)}`);
  const s = hand === "left" ? 1 : -1;
  const pose = stand(body, random);
  const arm = STRETCH * (body.upper_arm_m + body.forearm_m + 0.8 * body.hand_m);
  const [up, aside] = [random.uniform(-0.55, 0.75), random.uniform(-0.35, 0.9)];
  const far = random.uniform(0.95, 1.15);
  const at0 = pose(0);
  const shoulder0 = shoulderEstimate(body, at0.pelvis, at0.spine, hand);
  const direction = normalize([s * Math.sin(aside) * Math.cos(up), Math.sin(up), Math.cos(aside) * Math.cos(up)]);
  const wished = target ?? add(shoulder0, scale(direction, far * arm));
  // The trunk brings the shoulder nearer where the arm alone is too short.
  const missing = Math.max(0, distance(shoulder0, wished) / arm - 0.85);
  const low = Math.max(0, (shoulder0[1] - wished[1]) / body.stature_m - 0.1);
  const lean = Math.min(0.7, 0.06 + 0.9 * missing + 0.8 * low);
  const turn = -s * Math.min(0.5, 0.12 + 0.6 * missing) + 0.35 * Math.atan2(wished[0], Math.max(0.1, wished[2]));
  return {
    name: "reaching", duration_s: REACH_S, cyclic: true, advance_m: 0, facts: { side: hand },
    at(t_s) {
      const phase = t_s / REACH_S;
      const amount = reached(phase);
      const base = pose(phase);
      const spine = { ...base.spine, flexion: base.spine.flexion + lean * amount, rotation: base.spine.rotation + turn * amount };
      const shoulder = shoulderEstimate(body, base.pelvis, spine, hand);
      const hanging = 0.96 * (body.upper_arm_m + body.forearm_m + body.hand_m);
      const rest = add(shoulder, [s * 0.06 * body.stature_m, -hanging, 0.05 * body.stature_m]);
      const goal = within(shoulder, wished, arm);
      const path = add(mix(rest, goal, amount), [s * 0.06 * bump(amount), 0, 0.1 * bump(amount)]);
      /** @type {HandTarget} */
      const going = {
        position: path, quaternion: null, thumb: null, elbow: [(0.25 + 0.35 * amount) * s, -0.3 - 0.5 * amount, -1 + 0.7 * amount],
        closed: 0.25 - 0.15 * bump(amount) + 0.3 * (amount > 0.5 ? ease(2 * amount - 1) : 0),
      };
      const yaw = Math.atan2(wished[0], wished[2]) * 0.6 * amount;
      const pitch = Math.atan2(shoulder0[1] + 0.2 - wished[1], Math.hypot(wished[0], wished[2])) * 0.6 * amount;
      const other = hangingArm({ flexion: 0.05 - 0.12 * amount });
      const hands = hand === "left" ? { left_hand: going, right_hand: other } : { left_hand: other, right_hand: going };
      return {
        ...base, ...hands, spine, head: fromPitchYawRoll(pitch + 0.04, yaw, 0), equipment: [],
        phases: { reach: amount > 0.999 ? "there" : amount < 0.001 ? "rest" : "moving" },
      };
    },
  };
}

/**
 * Sitting on a chair, hands on the thighs.
 * @param {{body: Body, equipment?: Geometry[], seed: number | string}} options equipment: what to sit on (parts `seat` and perhaps `backrest`); by
 *   default a plain chair that fits, whose parts `facts` gives
 * @returns {Motion}
 */
export function sitting({ body, equipment = [], seed }) {
  const random = createRandom(seed).fork("sitting");
  const chair = equipment[0] ?? plainChair(body);
  const seat = sit(body, chair);
  const moves = fidget(random);
  const forward = random.uniform(0, 0.06); // not everybody leans back
  const hands = SIDES.map((side) => lapHand(body, seat, side, 0.55 + random.uniform(0, 0.2)));
  return {
    name: "sitting", duration_s: IDLE_S, cyclic: true, advance_m: 0,
    facts: { seat_height_m: chair.parts.seat.position[1] },
    at(t_s) {
      const idle = moves(t_s / IDLE_S);
      const base = seatedBody(seat, { ...idle, lean: idle.lean + forward });
      for (const side of SIDES) base.contacts.push({ limb: `${side}_hand`, part: `${side}_thigh`, equipment: null });
      return { ...base, left_hand: hands[0], right_hand: hands[1], equipment: [chairAt()] };
    },
  };
}

