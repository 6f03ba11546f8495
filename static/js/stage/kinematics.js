/**
 * Inverse kinematics: from where pelvis, hands and feet are to the rotation of every bone.
 *
 * Limbs are solved in closed form (two bones, law of cosines; the pole says to which side elbow or knee goes). A hand that
 * holds something is solved for the tunnel of its fist, not for the wrist: wrist and forearm depend on each other, which a
 * short fixed-point iteration settles.
 * Frames: stage (metres, y up, the character's rest faces +z). Bone rotations are local to the T-pose of `rig.js`.
 * @module
 */
import { hang, LIMITS, sign } from "./angles.js";
import { bone, forward, gripPoint, hipCentre, SIDES, spineShares } from "./rig.js";
import {
  add, addScaled, axisAngle, clamp, conjugate, cross, DEGREE, distance, fromAxes, fromRotationVector, length, mix, multiply,
  normalize, perpendicular, rotate, scale, subtract, swingTwist, toRotationVector, unit, unrotate, X, Y, Z, IDENTITY,
} from "./vectors.js";

/** @typedef {import("./vectors.js").Vec3} Vec3 */
/** @typedef {import("./vectors.js").Quat} Quat */
/** @typedef {import("./rig.js").Rig} Rig */
/** @typedef {import("./rig.js").Pose} Pose */
/** @typedef {import("./rig.js").Frame} Frame */
/** @typedef {import("./rig.js").Side} Side */
/** @typedef {import("./rig.js").BoneName} BoneName */
/** @typedef {import("./motion/placement.js").Placement} Placement */
/** @typedef {import("./motion/placement.js").HandTarget} HandTarget */
/** @typedef {import("./motion/placement.js").FreeArm} FreeArm */
/** @typedef {import("./motion/placement.js").FootTarget} FootTarget */
/** @typedef {{pose: Pose, missed: Record<string, number>}} Solution   missed: limb -> how far from its target, m */

/** A limb is never straightened further than this share of its length: at 1 the middle joint would snap. */
export const STRAIGHTEST = 0.9995;
/** Hand and forearm are settled when the fist moves less than this from round to round, m. */
const SETTLED = 1e-6;
const ROUNDS = 60;
/** Share of each correction that is made: the whole of it may swing to and fro where the wrist is at its limit. */
const DAMPING = 0.65;
/** Share of the forearm's turn that its own bone takes; the rest is the hand's. Halves keep the skin from wringing. */
export const FOREARM_TWIST = 0.5;
/** Up to this share of its range a joint follows freely; beyond, it resists, so that reaching the limit is no jolt. */
const FREE_SHARE = 0.75;

/**
 * Where the middle joint of a two-bone limb goes.
 * @param {Vec3} root @param {Vec3} end target of the far joint
 * @param {readonly [number, number]} bones lengths of the near and the far bone, m
 * @param {Vec3} pole direction to which the middle joint goes
 * @param {number} [fold] greatest angle of the middle joint, radians from straight
 * @returns {{middle: Vec3, end: Vec3, hinge: Vec3}} `end` differs from the target where that is out of reach; `hinge` is
 *   the unit axis about which the far bone turns, right-handed, when the joint bends
 */
export function twoBones(root, end, [near, far], pole, fold = 150 * DEGREE) {
  const way = subtract(end, root);
  const along = normalize(way, [0, -1, 0]);
  const shortest = Math.sqrt(near ** 2 + far ** 2 + 2 * near * far * Math.cos(fold));
  const reach = clamp(length(way), shortest, (near + far) * STRAIGHTEST);
  const foot = (near ** 2 - far ** 2 + reach ** 2) / (2 * reach);
  const side = perpendicular(pole, along);
  const middle = addScaled(addScaled(root, along, foot), side, Math.sqrt(Math.max(0, near ** 2 - foot ** 2)));
  return { middle, end: addScaled(root, along, reach), hinge: cross(side, along) };
}

/**
 * @param {number} value @param {readonly [number, number]} limits around zero
 * @returns {number} the same within most of the range, then ever less, and never beyond
 */
export function softLimit(value, [low, high]) {
  const limit = value < 0 ? -low : high;
  const free = FREE_SHARE * limit;
  const excess = Math.abs(value) - free;
  if (excess <= 0) return value;
  return Math.sign(value) * (free + (limit - free) * Math.tanh(excess / (limit - free)));
}

/**
 * What a hand's wish becomes at a given forearm: within the reach of pronation and wrist.
 * @param {Quat} forearm frame without pronation @param {Quat} wish hand frame @param {Side} side
 * @returns {{pronation: number, wrist: Quat}} wrist: local to the pronated forearm
 */
export function limitHand(forearm, wish, side) {
  const s = sign(side);
  const { swing, twist } = swingTwist(conjugate(multiply(conjugate(forearm), wish)), X);
  const [, deviation, flexion] = toRotationVector(conjugate(swing));
  return {
    pronation: softLimit(-twist, LIMITS.pronation),
    wrist: fromRotationVector([
      0, s * softLimit(s * deviation, LIMITS.wrist_deviation), -s * softLimit(-s * flexion, LIMITS.wrist_flexion),
    ]),
  };
}

/**
 * The hand's wish: thumb along what it holds, palm as asked or, where nothing is asked, as the forearm comes.
 * @param {HandTarget} target @param {Vec3} along direction of the forearm, unit @param {Quat} relaxed the hand in line with it
 * @param {Side} side @returns {Quat}
 */
function wishedHand({ quaternion, thumb, palm, extension = 0 }, along, relaxed, side) {
  if (quaternion) return quaternion;
  if (!thumb) return relaxed;
  const s = sign(side);
  const z = normalize(thumb);
  if (palm) {
    const y = scale(perpendicular(palm, z), -1);
    return fromAxes(cross(y, z), y, z);
  }
  const x = scale(perpendicular(along, z, scale(rotate(relaxed, X), s)), s);
  // Extension bends the hand to its back, which turns about the thumb's axis.
  return multiply(axisAngle(z, s * extension), fromAxes(x, cross(z, x), z));
}

/**
 * How the collar bone follows the hand: it rises with a raised arm (scapulohumeral rhythm) and gives a few centimetres to
 * a far reach.
 * @param {Vec3} offset clavicle's head to shoulder joint @param {Vec3} way shoulder to wrist; both in the chest's frame
 * @param {number} arm length, m @param {Side} side @returns {Quat}
 */
export function collar(offset, way, arm, side) {
  const to = normalize(way, [0, -1, 0]);
  const raised = Math.acos(clamp(-to[1], -1, 1));
  const lift = 0.22 * Math.max(0, raised - 40 * DEGREE) ** 2 / (raised + 20 * DEGREE);
  const stretch = clamp((length(way) / arm - 0.9) / 0.2, 0, 1);
  const pull = 14 * DEGREE * stretch * stretch * (3 - 2 * stretch);
  const turn = scale(cross(normalize(offset), to), pull);
  return unit(multiply(axisAngle(Z, sign(side) * lift), fromRotationVector(turn)));
}

/** @param {Side} side @param {number} closed   0 open .. 1 fist @returns {[BoneName, Quat][]} */
export function fingers(side, closed) {
  const s = sign(side);
  const curl = 0.18 + 0.82 * closed; // a hand at ease is a little bent
  /** @type {[BoneName, Quat][]} */
  const turns = [];
  for (const finger of ["Index", "Middle", "Ring", "Pinky"]) {
    for (const [joint, most] of /** @type {const} */ ([[1, 72], [2, 92], [3, 45]])) {
      turns.push([bone(side, `Hand${finger}${joint}`), axisAngle(Z, -s * most * DEGREE * curl)]);
    }
  }
  // The thumb comes round under the palm, against the fingers.
  turns.push([bone(side, "HandThumb1"), fromRotationVector([0.5 * closed, 0.35 * s * closed, -0.35 * s * closed])]);
  turns.push([bone(side, "HandThumb2"), fromRotationVector([0, 0.45 * s * closed, 0])]);
  turns.push([bone(side, "HandThumb3"), fromRotationVector([0, 0.5 * s * closed, 0])]);
  return turns;
}

/**
 * Solves one character: holds the frames found so far and the rotations they came from.
 */
class Solver {
  /** @type {Pose} */ pose;
  /** @type {Record<string, number>} */ missed = {};

  /** @param {Rig} rig @param {Placement} placement */
  constructor(rig, placement) {
    this.rig = rig;
    this.placement = placement;
    const { position, quaternion } = placement.pelvis;
    this.pose = { hips: subtract(position, rotate(quaternion, hipCentre(rig))), rotations: { Hips: quaternion } };
  }

  /** @param {BoneName} child @param {BoneName} parent @returns {Vec3} between heads at rest */
  offset(child, parent) {
    return subtract(this.rig.heads[child], this.rig.heads[parent]);
  }

  /** @param {Side} side @param {[string, string]} parts @returns {number} m */
  span(side, [from, to]) {
    return distance(this.rig.heads[bone(side, from)], this.rig.heads[bone(side, to)]);
  }

  trunk() {
    const { spine, head } = this.placement;
    const rotations = this.pose.rotations;
    for (const [name, share] of spineShares(this.rig)) {
      rotations[name] = fromRotationVector(scale([spine.flexion, spine.rotation, -spine.lateral], share));
    }
    this.frames = forward(this.rig, this.pose);
    const chest = this.frames[this.rig.chest].quaternion;
    const [nod, turn, tilt] = toRotationVector(multiply(conjugate(chest), head));
    const limited = scale([
      softLimit(nod, LIMITS.neck_flexion), softLimit(turn, LIMITS.neck_rotation), -softLimit(-tilt, LIMITS.neck_lateral),
    ], this.rig.heads.Neck ? 0.5 : 1);
    rotations.Head = fromRotationVector(limited);
    if (this.rig.heads.Neck) rotations.Neck = rotations.Head;
  }

  /** @param {Side} side @param {FootTarget} target */
  leg(side, { position, quaternion, toes, knee }) {
    const frames = /** @type {Record<BoneName, Frame>} */ (this.frames);
    const rotations = this.pose.rotations;
    const pelvis = frames.Hips;
    const hip = add(pelvis.position, rotate(pelvis.quaternion, this.offset(bone(side, "UpLeg"), "Hips")));
    const ankle = add(position, rotate(quaternion, [0, this.rig.heads[bone(side, "Foot")][1], 0]));
    const lengths = /** @type {const} */ ([this.span(side, ["UpLeg", "Leg"]), this.span(side, ["Leg", "Foot"])]);
    const found = twoBones(hip, ankle, lengths, knee, LIMITS.knee_flexion[1]);
    const thigh = hinged(subtract(hip, found.middle), found.hinge);
    const shank = hinged(subtract(found.middle, found.end), found.hinge);
    rotations[bone(side, "UpLeg")] = multiply(conjugate(pelvis.quaternion), thigh);
    rotations[bone(side, "Leg")] = multiply(conjugate(thigh), shank);
    rotations[bone(side, "Foot")] = multiply(conjugate(shank), quaternion);
    if (this.rig.heads[bone(side, "ToeBase")]) rotations[bone(side, "ToeBase")] = axisAngle(X, -toes);
    this.missed[`${side}_foot`] = distance(found.end, ankle);
  }

  /** @param {Side} side @param {FreeArm} arm   hanging and swinging, by its angles */
  freeArm(side, { angles, closed }) {
    const s = sign(side);
    const { flexion, abduction, rotation = 0, elbow, pronation = 0 } = angles;
    const upper = multiply(axisAngle(X, -flexion), axisAngle(Z, s * abduction));
    const rotations = this.pose.rotations;
    rotations[bone(side, "Arm")] = multiply(multiply(upper, axisAngle(Y, -s * rotation)), hang(side));
    rotations[bone(side, "ForeArm")] = multiply(axisAngle(Y, -s * elbow), axisAngle(X, pronation * FOREARM_TWIST));
    rotations[bone(side, "Hand")] = axisAngle(X, pronation * (1 - FOREARM_TWIST));
    this.#setFingers(side, closed);
    this.missed[`${side}_hand`] = 0;
  }

  /** @param {Side} side @param {HandTarget} target */
  heldArm(side, target) {
    const s = sign(side);
    const chest = /** @type {Record<BoneName, Frame>} */ (this.frames)[this.rig.chest];
    // Without a collar bone the shoulder joint is fixed to the chest.
    const clavicleBone = this.rig.heads[bone(side, "Shoulder")] ? bone(side, "Shoulder") : null;
    const hinge = clavicleBone ?? bone(side, "Arm");
    const root = add(chest.position, rotate(chest.quaternion, this.offset(hinge, this.rig.chest)));
    const offset = this.offset(bone(side, "Arm"), hinge);
    const lengths = /** @type {const} */ ([this.span(side, ["Arm", "ForeArm"]), this.span(side, ["ForeArm", "Hand"])]);
    const grip = gripPoint(this.rig, side);
    const shrugged = clavicleBone ? axisAngle(Z, s * (target.shrug ?? 0)) : IDENTITY;
    let girdle = shrugged;
    let wrist = target.position;
    for (let round = 0; ; round++) {
      const clavicle = multiply(chest.quaternion, girdle);
      const shoulder = add(root, rotate(clavicle, offset));
      const found = twoBones(shoulder, wrist, lengths, target.elbow, LIMITS.elbow_flexion[1]);
      const along = normalize(subtract(found.end, found.middle));
      const upper = armFrame(subtract(found.middle, shoulder), found.hinge, side);
      const forearm = armFrame(along, found.hinge, side);
      const limited = limitHand(forearm, wishedHand(target, along, forearm, side), side);
      const hand = multiply(multiply(forearm, axisAngle(X, limited.pronation)), limited.wrist);
      const reached = add(found.end, rotate(hand, grip));
      const next = subtract(target.position, rotate(hand, grip));
      if (round === ROUNDS || (round > 2 && distance(next, wrist) < SETTLED)) {
        this.#setArm(side, { girdle, clavicle, upper, forearm, ...limited }, target.closed);
        this.missed[`${side}_hand`] = distance(reached, target.position);
        return;
      }
      wrist = mix(wrist, next, DAMPING);
      const way = unrotate(chest.quaternion, subtract(wrist, add(root, rotate(chest.quaternion, offset))));
      if (clavicleBone) girdle = multiply(shrugged, collar(offset, way, lengths[0] + lengths[1], side));
    }
  }

  /** @param {Side} side @param {number} closed */
  #setFingers(side, closed) {
    for (const [name, turn] of fingers(side, closed)) if (this.rig.heads[name]) this.pose.rotations[name] = turn;
  }

  /**
   * @param {Side} side @param {{girdle: Quat, clavicle: Quat, upper: Quat, forearm: Quat, pronation: number, wrist: Quat}} arm
   * @param {number} closed
   */
  #setArm(side, { girdle, clavicle, upper, forearm, pronation, wrist }, closed) {
    const rotations = this.pose.rotations;
    if (this.rig.heads[bone(side, "Shoulder")]) rotations[bone(side, "Shoulder")] = girdle;
    rotations[bone(side, "Arm")] = multiply(conjugate(clavicle), upper);
    rotations[bone(side, "ForeArm")] = multiply(multiply(conjugate(upper), forearm), axisAngle(X, pronation * FOREARM_TWIST));
    rotations[bone(side, "Hand")] = multiply(axisAngle(X, pronation * (1 - FOREARM_TWIST)), wrist);
    this.#setFingers(side, closed);
  }
}

/** @param {Vec3} up   from the far to the near joint @param {Vec3} hinge   unit, at right angles @returns {Quat} frame of a leg's bone */
export function hinged(up, hinge) {
  const y = normalize(up);
  return fromAxes(hinge, y, cross(hinge, y));
}

/** @param {Vec3} along   towards the hand @param {Vec3} hinge   unit @param {Side} side @returns {Quat} frame of an arm's bone */
export function armFrame(along, hinge, side) {
  const x = scale(normalize(along), sign(side));
  const y = scale(hinge, -sign(side));
  return fromAxes(x, y, cross(x, y));
}

/**
 * The pose in which a character is where a placement wants it. Joints that cannot reach stop at their limit; how far a hand or
 * foot then is from its target is told, not hidden.
 * @param {Rig} rig
 * @param {Placement} placement
 * @returns {Solution}
 */
export function solve(rig, placement) {
  const solver = new Solver(rig, placement);
  solver.trunk();
  for (const side of SIDES) {
    solver.leg(side, placement[`${side}_foot`]);
    const hand = placement[`${side}_hand`];
    if ("angles" in hand) solver.freeArm(side, hand);
    else solver.heldArm(side, hand);
  }
  return { pose: solver.pose, missed: solver.missed };
}
