/**
 * Vectors and rotations as plain arrays: what the stage's motion computes with, without three and without a page.
 *
 * Frame of the stage: metres, y up, right-handed; a character at rest faces +z, so that its left is +x.
 * Quaternions are [x, y, z, w] of unit length, as in three.js and glTF; `multiply(a, b)` turns by b first, then by a.
 * @module
 */

/** @typedef {readonly [number, number, number]} Vec3 */
/** @typedef {readonly [number, number, number, number]} Quat   x, y, z, w */

export const X = /** @type {Vec3} */ ([1, 0, 0]);
export const Y = /** @type {Vec3} */ ([0, 1, 0]);
export const Z = /** @type {Vec3} */ ([0, 0, 1]);
export const IDENTITY = /** @type {Quat} */ ([0, 0, 0, 1]);
/** One degree in radians. */
export const DEGREE = Math.PI / 180;

/** Below this length, in the unit of the vector, a direction means nothing. */
const TINY = 1e-9;

/** @param {Vec3} a @param {Vec3} b @returns {Vec3} */
export const add = (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

/** @param {Vec3} a @param {Vec3} b @returns {Vec3} a - b */
export const subtract = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** @param {Vec3} a @param {number} factor @returns {Vec3} */
export const scale = (a, factor) => [a[0] * factor, a[1] * factor, a[2] * factor];

/** @param {Vec3} a @param {Vec3} b @param {number} factor @returns {Vec3} a + factor b */
export const addScaled = (a, b, factor) => [a[0] + b[0] * factor, a[1] + b[1] * factor, a[2] + b[2] * factor];

/** @param {Vec3} a @param {Vec3} b @returns {number} */
export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** @param {Vec3} a @param {Vec3} b @returns {Vec3} */
export const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

/** @param {Vec3} a @returns {number} */
export const length = (a) => Math.hypot(a[0], a[1], a[2]);

/** @param {Vec3} a @param {Vec3} b @returns {number} */
export const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** @param {Vec3} a @param {Vec3} b @param {number} share   0 is a, 1 is b @returns {Vec3} */
export const mix = (a, b, share) => addScaled(scale(a, 1 - share), b, share);

/**
 * @param {Vec3} a
 * @param {Vec3} [fallback] what a vector without direction becomes
 * @returns {Vec3} of length 1
 */
export function normalize(a, fallback = Y) {
  const size = length(a);
  return size < TINY ? fallback : scale(a, 1 / size);
}

/**
 * The part of `a` at right angles to the unit vector `axis`, of length 1.
 * @param {Vec3} a @param {Vec3} axis @param {Vec3} [fallback] @returns {Vec3}
 */
export const perpendicular = (a, axis, fallback = anyPerpendicular(axis)) =>
  normalize(addScaled(a, axis, -dot(a, axis)), fallback);

/** @param {Vec3} axis   unit @returns {Vec3} some unit vector at right angles */
export function anyPerpendicular(axis) {
  const helper = Math.abs(axis[1]) < 0.9 ? Y : X;
  return normalize(cross(helper, axis), Z);
}

/** @param {Vec3} axis   unit @param {number} angle   radians, right-handed @returns {Quat} */
export function axisAngle(axis, angle) {
  const s = Math.sin(angle / 2);
  return [axis[0] * s, axis[1] * s, axis[2] * s, Math.cos(angle / 2)];
}

/** @param {Quat} a @param {Quat} b @returns {Quat} b first, then a */
export const multiply = (a, b) => [
  a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1],
  a[3] * b[1] - a[0] * b[2] + a[1] * b[3] + a[2] * b[0],
  a[3] * b[2] + a[0] * b[1] - a[1] * b[0] + a[2] * b[3],
  a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2],
];

/** @param {Quat} q @returns {Quat} the opposite turn */
export const conjugate = (q) => [-q[0], -q[1], -q[2], q[3]];

/** @param {Quat} q @param {Vec3} v @returns {Vec3} */
export function rotate(q, v) {
  const t = scale(cross([q[0], q[1], q[2]], v), 2);
  return add(addScaled(v, t, q[3]), cross([q[0], q[1], q[2]], t));
}

/** @param {Quat} q @param {Vec3} v @returns {Vec3} turned back */
export const unrotate = (q, v) => rotate(conjugate(q), v);

/** @param {Quat} q @returns {Quat} of length 1 and with w >= 0 */
export function unit(q) {
  const size = Math.hypot(q[0], q[1], q[2], q[3]) * (q[3] < 0 ? -1 : 1);
  return [q[0] / size, q[1] / size, q[2] / size, q[3] / size];
}

/**
 * The rotation whose columns are the given axes, which must be of length 1 and at right angles (right-handed).
 * @param {Vec3} x @param {Vec3} y @param {Vec3} z   where the frame's axes point @returns {Quat}
 */
export function fromAxes(x, y, z) {
  // Shepperd (1978): the largest of the four squares keeps the root away from zero.
  const trace = x[0] + y[1] + z[2];
  if (trace > 0) return unit([y[2] - z[1], z[0] - x[2], x[1] - y[0], 1 + trace]);
  if (x[0] >= y[1] && x[0] >= z[2]) return unit([1 + x[0] - y[1] - z[2], x[1] + y[0], x[2] + z[0], y[2] - z[1]]);
  if (y[1] >= z[2]) return unit([x[1] + y[0], 1 - x[0] + y[1] - z[2], y[2] + z[1], z[0] - x[2]]);
  return unit([x[2] + z[0], y[2] + z[1], 1 - x[0] - y[1] + z[2], x[1] - y[0]]);
}

/**
 * The shortest turn that takes one direction to another.
 * @param {Vec3} from   unit @param {Vec3} to   unit @returns {Quat}
 */
export function between(from, to) {
  const cosine = dot(from, to);
  if (cosine < -1 + 1e-12) return axisAngle(anyPerpendicular(from), Math.PI);
  const axis = cross(from, to);
  return unit([axis[0], axis[1], axis[2], 1 + cosine]);
}

/** @param {Quat} q @returns {Vec3} axis times angle, radians, the shorter way round */
export function toRotationVector(q) {
  const [x, y, z, w] = unit(q);
  const sine = Math.hypot(x, y, z);
  return scale([x, y, z], sine < TINY ? 2 : (2 * Math.atan2(sine, w)) / sine);
}

/** @param {Vec3} v   axis times angle, radians @returns {Quat} */
export function fromRotationVector(v) {
  const angle = length(v);
  return angle < TINY ? unit([v[0] / 2, v[1] / 2, v[2] / 2, 1]) : axisAngle(scale(v, 1 / angle), angle);
}

/**
 * Split a rotation into a turn about `axis` and the shortest turn of that axis: q = multiply(swing, twist).
 * @param {Quat} q @param {Vec3} axis   unit
 * @returns {{swing: Quat, twist: number}} twist in radians, within -pi..pi
 */
export function swingTwist(q, axis) {
  const [x, y, z, w] = unit(q);
  const along = dot([x, y, z], axis);
  const twist = 2 * Math.atan2(along, w);
  const turn = axisAngle(axis, twist);
  return { swing: unit(multiply(q, conjugate(turn))), twist: wrapAngle(twist) };
}

/** @param {Quat} a @param {Quat} b @param {number} share   0 is a, 1 is b @returns {Quat} the even turn between */
export function slerp(a, b, share) {
  return unit(multiply(fromRotationVector(scale(toRotationVector(multiply(b, conjugate(a))), share)), a));
}

/** @param {number} angle   radians @returns {number} the same angle within [-pi, pi) */
export const wrapAngle = (angle) => angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));

/**
 * Turns about the frame's axes: first about z (roll: the left side up), then x (pitch: forward), then y (yaw: to the left).
 * @param {number} pitch   radians @param {number} yaw @param {number} roll @returns {Quat}
 */
export const fromPitchYawRoll = (pitch, yaw, roll) =>
  multiply(axisAngle(Y, yaw), multiply(axisAngle(X, pitch), axisAngle(Z, roll)));

/** @param {number} value @param {number} low @param {number} high @returns {number} */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
