/**
 * Pushing a manual wheelchair: the push cycle with its four stroke patterns.
 *
 * During the push the hand holds the rim and both turn together; wheels and hand are one function of time, so nothing slips.
 * The recovery tells the patterns apart (Boninger et al., Arch Phys Med Rehabil 2002;83:718-23, after Shimada et al. 1998):
 *   arc: back along the rim; semicircular: below it; single loop over propulsion: above it;
 *   double loop over propulsion: first above it, then crossing over and below it.
 * Push time is about 0.4 of the cycle, longer in the arc and semicircular patterns (as there); the hand is on the rim from some 20
 * degrees behind the top to 60 ahead of it; the trunk bends a few degrees with the push (Vanlandewijck et al. 2001).
 * @module
 */
import { createRandom } from "../random.js";
import { DEGREE, distance, rotate } from "../vectors.js";
import { bump, ease, quintic, sway, wrap } from "./curves.js";
import { checked, requireAid, shoulderEstimate } from "./placement.js";
import { seatedBody, sit } from "./seated.js";
import { rebased } from "./walking.js";

/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("./placement.js").Geometry} Geometry */
/** @typedef {import("./placement.js").HandTarget} HandTarget */
/** @typedef {import("./placement.js").Motion} Motion */
/** @typedef {"arc" | "semicircular" | "single_loop" | "double_loop"} Stroke */

/**
 * push: share of the cycle; radial: way of the hand from the rim outward over the recovery, per arm length; aside: how far it
 * swings out from the wheel, per arm length.
 * @type {Record<Stroke, {push: number, radial: (u: number) => number, aside: number}>}
 */
export const STROKES = {
  arc: { push: 0.44, radial: (u) => 0.045 * bump(u), aside: 0.03 },
  semicircular: { push: 0.43, radial: (u) => -0.22 * bump(u), aside: 0.085 },
  single_loop: { push: 0.37, radial: (u) => 0.16 * bump(u ** 0.75), aside: 0.03 },
  double_loop: { push: 0.38, radial: (u) => 0.14 * bump(2 * u) - 0.17 * bump(2 * u - 1), aside: 0.075 },
};

/** Pushes a second of an adult of 1.7 m on a level floor; smaller people push more often. */
const CADENCE = 1;
const TAKE = -20 * DEGREE;
const LET_GO = 60 * DEGREE;
/** Short arms make up at the rear for what they do not reach in front. */
const REARMOST = -30 * DEGREE;
/** Least push angle worth a push; who does not reach that far leans ahead for it, up to DEEPEST, radians. */
const LEAST = 52 * DEGREE;
const DEEPEST = 0.7;
const HOPELESS = 20 * DEGREE;
/** The wheels' speed swings by this share about its mean. */
const SURGE = 0.09;
/** Trunk: mean bend ahead and half its range over the cycle, radians. */
const LEAN = 0.13;
const ROCK = 0.075;
/** How hard the hand brakes where it leaves and meets the rim, so that it does not overshoot far. */
const BRAKE = 8;
/** Straightest arm on the rim, share of its length to the fist; the shoulder girdle gives a little more. */
const REACH = 0.975;
/** The same in the recovery, where the shoulder may follow the hand. */
const LOOSE = 1.05;

/** -1 when the hand takes the rim, 1 when it lets go, smooth and periodic. @param {number} phase @param {number} push */
function rocking(phase, push) {
  const at = wrap(phase);
  return at < push ? -Math.cos((Math.PI * at) / push) : Math.cos((Math.PI * (at - push)) / (1 - push));
}

/**
 * How far the wheel has turned, in units of its mean way per cycle.
 * @param {number} phase @param {number} push @returns {number}
 */
export function turned(phase, push) {
  const at = wrap(phase);
  const gain = at < push
    ? (-push / Math.PI) * Math.sin((Math.PI * at) / push)
    : ((1 - push) / Math.PI) * Math.sin((Math.PI * (at - push)) / (1 - push));
  return phase + SURGE * gain;
}

/**
 * Whether a hand reaches a place at the wheel.
 * @param {Body} body @param {Geometry} chair @param {import("./seated.js").Seat} seat
 * @returns {(at: {angle: number, radial?: number, aside?: number, lean: number, stretch?: number}) => boolean} as `onRim` takes them; lean of the trunk,
 *   radians; stretch: straightest arm, share of its length to the fist
 */
export function reachOf(body, chair, seat) {
  const arm = body.upper_arm_m + body.forearm_m + 0.8 * body.hand_m;
  return ({ angle, radial = 0, aside = 0, lean, stretch = REACH }) => {
    const { pelvis, spine } = seatedBody(seat, { lean });
    const shoulder = shoulderEstimate(body, pelvis, spine, "left");
    return distance(shoulder, onRim(chair, "left", angle, radial, aside)) <= stretch * arm;
  };
}

/**
 * The part of the rim that the hands reach: from the usual arc as much as the arms allow, leaning ahead where that is too little.
 * @param {ReturnType<typeof reachOf>} reaches
 * @returns {{take: number, letGo: number, lean: number}} radians: from the rim's top, forward positive; mean lean of the trunk
 * @throws {RangeError} when the rims are out of reach
 */
function pushArc(reaches) {
  const step = 0.02;
  let best = { take: 0, letGo: 0, lean: LEAN };
  for (let lean = LEAN; lean < DEEPEST; lean += step) {
    let [take, letGo] = [TAKE, LET_GO];
    while (!reaches({ angle: letGo, lean: lean + ROCK }) && letGo > take) letGo -= step;
    while (letGo - take < LET_GO - TAKE && take - step > REARMOST && reaches({ angle: take - step, lean: lean - ROCK })) take -= step;
    while (!reaches({ angle: take, lean: lean - ROCK }) && take < letGo) take += step;
    if (letGo - take >= LEAST) return { take, letGo, lean };
    if (letGo - take > best.letGo - best.take) best = { take, letGo, lean };
  }
  if (best.letGo - best.take < HOPELESS) throw new RangeError("wheelchair_push: the hands do not reach the rims of this chair");
  return best;
}

/**
 * A point at the rim.
 * @param {Geometry} chair @param {Side} side @param {number} angle   from the top, forward positive, radians
 * @param {number} radial   outward from the rim's circle, m @param {number} aside   away from the chair, m
 * @returns {Vec3} frame of the chair
 */
export function onRim(chair, side, angle, radial, aside) {
  const { position, quaternion, radius_m } = chair.parts[`${side}_rim`];
  const radius = /** @type {number} */ (radius_m) + radial;
  const local = /** @type {Vec3} */ ([side === "left" ? aside : -aside, radius * Math.cos(angle), radius * Math.sin(angle)]);
  const turnedOut = rotate(quaternion, local);
  return [position[0] + turnedOut[0], position[1] + turnedOut[1], position[2] + turnedOut[2]];
}

/**
 * @param {{body: Body, equipment: Geometry[], seed: number | string, stroke?: Stroke, speed_m_s?: number}} options
 * @returns {Motion}
 */
export function wheelchairPush({ body, equipment, seed, stroke = "semicircular", speed_m_s }) {
  const chair = requireAid(equipment, 0, ["seat", "backrest", "left_rim", "right_rim"], "wheelchair_push");
  if (!(stroke in STROKES)) throw new RangeError(`stroke: expected one of ${Object.keys(STROKES).join(", ")}, got ${stroke}`);
  const { push, radial, aside } = STROKES[stroke];
  const random = createRandom(seed).fork("wheelchair_push");
  const seat = sit(body, chair);
  const reaches = reachOf(body, chair, seat);
  const { take, letGo, lean: mean } = pushArc(reaches);
  const wheel = /** @type {{radius_m: number}} */ (chair.wheels.find(({ side }) => side === "left")).radius_m;
  const turn = (letGo - take) / push; // of the wheels per cycle; the surge adds nothing over a whole push
  const advance = turn * wheel;
  const cadence = CADENCE * Math.sqrt(1.7 / body.stature_m) * random.uniform(0.95, 1.05);
  const speed = checked(speed_m_s ?? advance * cadence, "speed_m_s", [0.2, 2.5]);
  const duration = advance / speed;
  const arm = body.upper_arm_m + body.forearm_m;
  const gazes = { pitch: sway(random.fork("pitch"), 1, 2), yaw: sway(random.fork("yaw"), 1, 2) };
  const own = Object.fromEntries(["left", "right"].map((side) => [side, random.fork(side).uniform(0.88, 1.12)]));

  /** The way back, from the rim's circle. @param {number} u   share of the recovery @param {number} size   of the loops, 1 as usual */
  const back = (u, size) => {
    const [fast, slow] = [turn * (1 - push) * (1 + SURGE), turn * (1 - push) * (1 - SURGE)];
    return {
      angle: quintic([letGo, fast, -BRAKE * fast], [take, slow, BRAKE * slow], u),
      radial: size * arm * radial(u), aside: size * arm * aside * Math.sqrt(bump(u)),
    };
  };
  /** Short arms draw smaller loops. */
  let loop = 1;
  const shares = Array.from({ length: 19 }, (_, k) => (k + 1) / 20);
  const leanAt = (/** @type {number} */ phase) => mean + ROCK * rocking(phase, push);
  const fits = () => shares.every((u) => reaches({ ...back(u, 1.1 * loop), lean: leanAt(push + u * (1 - push)), stretch: LOOSE }));
  while (loop > 0.3 && !fits()) loop -= 0.05;

  /** @param {Side} side @param {number} phase @returns {HandTarget & {holds: boolean}} */
  const hand = (side, phase) => {
    const at = wrap(phase);
    const s = side === "left" ? 1 : -1;
    const holds = at <= push;
    const { angle, radial: outward, aside: out } = holds
      ? { angle: take + turn * turned(at, push), radial: 0, aside: 0 }
      : back((at - push) / (1 - push), own[side] * loop);
    const grip = holds ? 1 : 1 - ease(Math.min(1, 6 * (at - push))) * ease(Math.min(1, 6 * (1 - at)));
    // The fist follows the rim's tangent as far as the wrist lets it: about half.
    const thumb = /** @type {Vec3} */ ([-0.15 * s, -Math.sin(0.6 * angle), Math.cos(0.6 * angle)]);
    const palm = /** @type {Vec3} */ ([-s, -0.55 * Math.cos(angle), -0.4 * Math.sin(angle)]);
    return {
      position: onRim(chair, side, angle, outward, out), quaternion: null, thumb, palm,
      elbow: [0.55 * s, -0.15, -0.9], closed: 0.3 + 0.5 * grip, holds,
    };
  };

  return {
    name: "wheelchair_push", duration_s: duration, cyclic: true, advance_m: advance,
    facts: {
      stroke, speed_m_s: speed, cadence_hz: 1 / duration, ptime_s: push * duration, ctime_s: duration, reltime: push,
      take_deg: take / DEGREE, let_go_deg: letGo / DEGREE, push_angle_deg: (letGo - take) / DEGREE,
    },
    at(t_s) {
      const phase = t_s / duration;
      const travel = advance * turned(phase, push);
      const left = hand("left", phase);
      const right = hand("right", phase);
      const base = seatedBody(seat, { lean: leanAt(phase), gaze: [0.06 + 0.04 * gazes.pitch(phase), 0.06 * gazes.yaw(phase)] });
      if (left.holds) base.contacts.push({ limb: "left_hand", part: "left_rim", equipment: 0 });
      if (right.holds) base.contacts.push({ limb: "right_hand", part: "right_rim", equipment: 0 });
      const moved = rebased({
        ...base, left_hand: left, right_hand: right,
        equipment: [{ index: 0, position: [0, 0, 0], quaternion: [0, 0, 0, 1], travel_left_m: travel, travel_right_m: travel }],
        phases: { cycle: left.holds ? "push" : "recovery" },
      }, -travel);
      return { ...moved, origin: [0, 0, advance * phase] };
    },
  };
}
