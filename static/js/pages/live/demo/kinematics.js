/**
 * How the drawn figures move: a wheelchair user on the way, a companion walking along.
 *
 * Simple kinematics in metres: x forward (right), y up, the floor at 0; both figures keep their place and the floor
 * moves. The push cycle follows the literature's picture: hand on the rim from behind the top to well ahead of it, then
 * a semicircular recovery below the rim; the wheel slows while nobody pushes.
 */
/** @typedef {[number, number]} Point   metres */

const CYCLE_S = 1.5;
const PUSH_S = 0.6;
/** Wheel speed when the hand takes the rim and when it lets go, rad/s; between the two it grows evenly. */
const SLOW = 2.0;
const FAST = 2.65;
const TAKE = -0.66;
const PUSH_ANGLE = ((SLOW + FAST) / 2) * PUSH_S;
const CYCLE_ANGLE = PUSH_ANGLE + ((SLOW + FAST) / 2) * (CYCLE_S - PUSH_S);
/** Radii of the tyre and of the push rim, m. */
export const WHEEL = 0.305;
export const RIM = 0.262;
export const HUB = /** @type {Point} */ ([0, WHEEL]);
/** Of the wheelchair user, m. */
const UPPER_ARM = 0.31;
const FOREARM = 0.28;
/** Mean speed over the floor, m/s. */
export const SPEED = (CYCLE_ANGLE * WHEEL) / CYCLE_S;

/** @param {number} time   s @returns {number} angle of the wheel since the start, rad */
export function wheelAngle(time) {
  const cycles = Math.floor(time / CYCLE_S);
  const t = time - cycles * CYCLE_S;
  const push = Math.min(t, PUSH_S);
  const coast = Math.max(0, t - PUSH_S);
  const pushed = SLOW * push + ((FAST - SLOW) / (2 * PUSH_S)) * push ** 2;
  const coasted = FAST * coast - ((FAST - SLOW) / (2 * (CYCLE_S - PUSH_S))) * coast ** 2;
  return cycles * CYCLE_ANGLE + pushed + coasted;
}

/** @param {number} time   s @returns {{point: Point, pushing: number}} the hand; how far into the push, 0..1 */
export function handOnRim(time) {
  const t = time % CYCLE_S;
  const turned = wheelAngle(t);
  if (t < PUSH_S) return { point: onWheel(TAKE + turned, RIM), pushing: t / PUSH_S };
  const back = (t - PUSH_S) / (CYCLE_S - PUSH_S);
  const eased = back * back * (3 - 2 * back);
  const dip = Math.sin(Math.PI * back);
  return { point: onWheel(TAKE + PUSH_ANGLE * (1 - eased), RIM - 0.06 * dip), pushing: 1 - eased };
}

/** @param {number} angle   rad from the top, forward positive @param {number} radius   m @returns {Point} */
function onWheel(angle, radius) {
  return [HUB[0] + radius * Math.sin(angle), HUB[1] + radius * Math.cos(angle)];
}

/**
 * Two-bone inverse kinematics: where the middle joint goes. A target out of reach straightens the limb towards it.
 * @param {Point} from   root, m
 * @param {Point} to   target of the end, m
 * @param {number} first   length of the first bone, m
 * @param {number} second   length of the second bone, m
 * @param {1 | -1} side   1: the joint bends to the left of the way from root to target
 * @returns {Point}
 */
export function middleJoint(from, to, first, second, side) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const reach = Math.min(Math.hypot(dx, dy), (first + second) * 0.999);
  const along = (first ** 2 - second ** 2 + reach ** 2) / (2 * reach);
  const away = side * Math.sqrt(Math.max(0, first ** 2 - along ** 2));
  const [ux, uy] = [dx / Math.hypot(dx, dy), dy / Math.hypot(dx, dy)];
  return [from[0] + ux * along - uy * away, from[1] + uy * along + ux * away];
}

/**
 * @param {number} time   s
 * @returns {Record<string, Point>} joints of the wheelchair user, hub above x = 0; `far_`: away from the viewer
 */
export function seatedPose(time) {
  const near = handOnRim(time);
  const lean = 0.05 + 0.25 * near.pushing;
  const hip = /** @type {Point} */ ([-0.05, 0.57]);
  const shoulder = /** @type {Point} */ ([hip[0] + 0.48 * Math.sin(lean), hip[1] + 0.48 * Math.cos(lean)]);
  const far = handOnRim(time + 0.04).point;
  const nod = 0.05 + lean * 0.5;
  return {
    hip,
    shoulder,
    head: [shoulder[0] + 0.208 * Math.sin(nod) + 0.012, shoulder[1] + 0.208 * Math.cos(nod)],
    knee: [0.37, 0.595],
    ankle: [0.5, 0.2],
    toe: [0.67, 0.15],
    elbow: middleJoint(shoulder, near.point, UPPER_ARM, FOREARM, -1),
    wrist: near.point,
    far_elbow: middleJoint(shoulder, far, UPPER_ARM, FOREARM, -1),
    far_wrist: far,
  };
}

/**
 * A foot of somebody walking at the chair's speed: flat on the moving floor for 62 % of the cycle, then swung ahead.
 * @param {number} phase   0..1, 0 at heel contact
 * @returns {{ankle: Point, pitch: number}} relative to the point below the hip, m; pitch: rad, toes down positive
 */
export function walkingFoot(phase) {
  const STANCE = 0.62;
  const step = SPEED * CYCLE_S * STANCE;
  if (phase < STANCE) {
    const p = phase / STANCE;
    const rise = Math.max(0, (p - 0.62) / 0.38) ** 2;
    return {
      ankle: [step * (0.52 - p) + 0.05 * rise, 0.085 + 0.07 * rise],
      pitch: 0.75 * rise - 0.2 * Math.max(0, 1 - p * 6),
    };
  }
  const p = (phase - STANCE) / (1 - STANCE);
  const eased = p * p * (3 - 2 * p);
  const start = -0.48 * step + 0.05;
  return {
    ankle: [start + (0.52 * step - start) * eased, 0.155 - 0.07 * p + 0.05 * Math.sin(Math.PI * p)],
    pitch: 0.75 * (1 - p) ** 2 - 0.2 * p,
  };
}

/** @param {number} time @returns {Record<string, Point>} joints of the walking companion, hip above x = 0 */
export function walkingPose(time) {
  const phase = (time / CYCLE_S) % 1;
  const hip = /** @type {Point} */ ([0, 0.852 + 0.012 * Math.cos(4 * Math.PI * (phase - 0.31))]);
  const shoulder = /** @type {Point} */ ([0.03, hip[1] + 0.5]);
  /** @type {Record<string, Point>} */
  const pose = { hip, shoulder, head: [0.052, shoulder[1] + 0.222] };
  for (const [side, offset] of /** @type {[string, number][]} */ ([
    ["", 0],
    ["far_", 0.5],
  ])) {
    const { ankle, pitch } = walkingFoot((phase + offset) % 1);
    const swing = -0.38 * Math.cos(2 * Math.PI * (phase + offset - 0.04)) + 0.04;
    const elbow = /** @type {Point} */ ([shoulder[0] + 0.3 * Math.sin(swing), shoulder[1] - 0.3 * Math.cos(swing)]);
    const bent = swing + 0.35 + 0.2 * Math.max(0, swing);
    pose[`${side}ankle`] = ankle;
    pose[`${side}knee`] = middleJoint(hip, ankle, 0.425, 0.41, 1);
    pose[`${side}toe`] = [ankle[0] + 0.19 * Math.cos(pitch + 0.28), ankle[1] - 0.19 * Math.sin(pitch + 0.28)];
    pose[`${side}elbow`] = elbow;
    pose[`${side}wrist`] = [elbow[0] + 0.26 * Math.sin(bent), elbow[1] - 0.26 * Math.cos(bent)];
  }
  return pose;
}
