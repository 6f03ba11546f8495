/**
 * A character's skeleton as plain numbers: forward kinematics and body measures.
 *
 * All skeletons are held in one form, the T-pose of `static/spec/rig.json`: every bone's rotation is the identity at
 * rest, so that a bone's axes are the stage's axes. `character.js` translates from and to what a file holds.
 * @module
 */
import spec from "../../spec/rig.json" with { type: "json" };
import { add, distance, IDENTITY, multiply, rotate, scale, subtract } from "./vectors.js";

/** @typedef {import("./vectors.js").Vec3} Vec3 */
/** @typedef {import("./vectors.js").Quat} Quat */
/** @typedef {keyof typeof spec.bones} BoneName */
/** @typedef {"left" | "right"} Side */
/** @typedef {{name: BoneName, parent: BoneName | null, offset: Vec3}} Bone   offset: of the head from the parent's, m */
/**
 * @typedef {object} Rig
 * @property {Bone[]} bones parents come first
 * @property {Record<BoneName, Vec3>} heads at rest, stage frame, m
 * @property {BoneName} chest the last bone of the spine, which carries neck and shoulders
 */
/** @typedef {{position: Vec3, quaternion: Quat}} Frame */
/**
 * @typedef {object} Pose
 * @property {Vec3} hips position of the root bone's head, stage frame, m
 * @property {Partial<Record<BoneName, Quat>>} rotations local; a bone that is not named is at rest
 */

/**
 * What motions need to know of a person. Lengths in metres, between joint centres unless said otherwise. "Sitting" is
 * upright with level thighs.
 * @typedef {object} Body
 * @property {number} stature_m floor to crown, shoes included
 * @property {number} hip_height_m floor to hip joints, standing
 * @property {number} hip_joint_distance_m
 * @property {number} hip_width_m breadth over the hips, sitting: what a seat must hold
 * @property {number} thigh_m
 * @property {number} shank_m
 * @property {number} ankle_height_m
 * @property {number} foot_back_m ankle to the heel's rear end, level
 * @property {number} foot_ball_m ankle to the joint of the toes, level
 * @property {number} foot_tip_m ankle to the toes' end, level
 * @property {number} seat_height_m sole to the underside of the thigh behind the knee (popliteal height), sitting
 * @property {number} knee_clearance_m seat surface to knee joints, sitting: the flesh above the hollow of the knee
 * @property {number} buttock_clearance_m seat surface to hip joints, sitting
 * @property {number} buttock_depth_m hip joints to the rear of the buttocks, level, sitting
 * @property {number} thigh_clearance_m seat surface to the top of the thigh, sitting
 * @property {number} upper_arm_m
 * @property {number} forearm_m
 * @property {number} hand_m wrist to the middle of a closed fist's tunnel, along the hand
 * @property {number} palm_m from the hand's plane to the middle of that tunnel
 * @property {number} shoulder_height_m floor to shoulder joints, standing
 * @property {Vec3} shoulder left shoulder joint from the middle between the hip joints, standing
 * @property {number} waist_m middle between the hip joints to where the spine bends on average
 */

export const SIDES = /** @type {const} */ (["left", "right"]);

/** @param {Side} side @returns {"Left" | "Right"} */
const prefix = (side) => (side === "left" ? "Left" : "Right");

/** @param {Side} side @param {string} part   as in "UpLeg" @returns {BoneName} */
export const bone = (side, part) => /** @type {BoneName} */ (prefix(side) + part);

/** How far each bone of the spine takes part in bending the trunk; they sum to one. */
const SPINE_SHARES = /** @type {const} */ ({ Spine: 0.35, Spine1: 0.4, Spine2: 0.25 });

/** @param {{heads: Partial<Record<string, Vec3>>}} rig @returns {[BoneName, number][]} the spine's bones that it has, with their shares */
export function spineShares({ heads }) {
  const present = Object.entries(SPINE_SHARES).filter(([name]) => heads[name]);
  const total = present.reduce((sum, [, share]) => sum + share, 0);
  return present.map(([name, share]) => [/** @type {BoneName} */ (name), share / total]);
}

/** Where the fist's tunnel lies, as a share of wrist to knuckle, and its depth below the hand's plane per that length. */
const GRIP_ALONG = 0.86;
const GRIP_DEPTH = 0.3;

/**
 * Typical measures per stature where a skeleton does not tell: breadths and soft tissue (Drillis and Contini 1966; Pheasant,
 * "Bodyspace", seated 50th percentiles). Measures of the mesh, where there are any, replace them.
 */
const PER_STATURE = {
  hip_width_m: 0.215, buttock_clearance_m: 0.051, buttock_depth_m: 0.072, thigh_clearance_m: 0.088, knee_clearance_m: 0.032,
};
/** Eye height per stature (Drillis and Contini 1966). */
const EYE_HEIGHT = 0.936;

/**
 * @param {Partial<Record<string, Vec3>>} heads each bone's head in the T-pose, stage frame, m. VRM's optional bones (chest, neck,
 *   shoulders, fingers, toes) may be absent: what hangs on them hangs on the next one above then
 * @returns {Rig}
 * @throws {RangeError} when a bone that motion needs is missing
 */
export function createRig(heads) {
  /** @type {Bone[]} */
  const bones = [];
  const missing = [...REQUIRED].filter((name) => !heads[name]);
  if (missing.length > 0) throw new RangeError(`the skeleton has no ${missing.join(", ")}`);
  for (const name of BONES) {
    const head = heads[name];
    if (!head) continue;
    const parent = parentIn(heads, name);
    bones.push({ name, parent, offset: parent ? subtract(head, /** @type {Vec3} */ (heads[parent])) : head });
  }
  const chest = /** @type {BoneName} */ (["Spine2", "Spine1", "Spine"].find((name) => heads[name]));
  return { bones, heads: /** @type {Record<BoneName, Vec3>} */ (heads), chest };
}

/** All bones that a skeleton may have, parents first. */
export const BONES = /** @type {BoneName[]} */ (Object.keys(spec.bones));

/**
 * @param {Partial<Record<string, unknown>>} present what there is, by bone @param {BoneName} name
 * @returns {BoneName | null} the nearest bone above that is there
 */
export function parentIn(present, name) {
  let parent = /** @type {BoneName | null} */ (spec.bones[name].parent);
  while (parent && !present[parent]) parent = /** @type {BoneName | null} */ (spec.bones[parent].parent);
  return parent;
}

const LIMBS = ["Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot"];
/** Bones that motion cannot do without. @type {ReadonlySet<BoneName>} */
export const REQUIRED = new Set([
  "Hips", "Spine", "Head",
  ...LIMBS.flatMap((part) => SIDES.map((side) => bone(side, part))),
]);

/**
 * Forward kinematics.
 * @param {Rig} rig
 * @param {Pose} [pose] rest when absent
 * @returns {Record<BoneName, Frame>} stage frame
 */
export function forward(rig, pose = { hips: rig.heads.Hips, rotations: {} }) {
  const frames = /** @type {Record<BoneName, Frame>} */ ({});
  for (const { name, parent, offset } of rig.bones) {
    const local = pose.rotations[name] ?? IDENTITY;
    if (!parent) {
      frames[name] = { position: pose.hips, quaternion: local };
      continue;
    }
    const above = frames[parent];
    frames[name] = {
      position: add(above.position, rotate(above.quaternion, offset)),
      quaternion: multiply(above.quaternion, local),
    };
  }
  return frames;
}

/** @param {Rig} rig @returns {Vec3} the middle between the hip joints, from the head of the Hips bone, at rest */
export function hipCentre({ heads }) {
  return subtract(scale(add(heads.LeftUpLeg, heads.RightUpLeg), 0.5), heads.Hips);
}

/**
 * Middle of the closed fist's tunnel, which is what holds things, in the hand bone's frame.
 * @param {Rig} rig @param {Side} side @returns {Vec3} m
 */
export function gripPoint({ heads }, side) {
  const wrist = heads[bone(side, "Hand")];
  const knuckle = heads[bone(side, "HandMiddle1")];
  // Without fingers: the hand's length to the knuckle is about 0.4 of the forearm.
  const palm = knuckle ? distance(wrist, knuckle) : 0.4 * distance(wrist, heads[bone(side, "ForeArm")]);
  return [(side === "left" ? 1 : -1) * GRIP_ALONG * palm, -GRIP_DEPTH * palm, 0];
}

/**
 * Measures of a skeleton's owner. `known` replaces what a skeleton alone can only guess.
 * @param {Rig} rig
 * @param {Partial<Body> & {eye_height_m?: number}} [known] measures from the mesh or from landmarks
 * @returns {Body}
 */
export function measureBody(rig, known = {}) {
  const { heads } = rig;
  const { eye_height_m, ...others } = known;
  const measured = /** @type {Partial<Body>} */ (Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)));
  const stature = measured.stature_m ?? (eye_height_m ?? heads.Head[1] * 1.055) / EYE_HEIGHT;
  const hips = scale(add(heads.LeftUpLeg, heads.RightUpLeg), 0.5);
  const ankle = heads.LeftFoot;
  const toe = heads.LeftToeBase ?? add(ankle, [0, 0, 0.08 * stature]);
  const grip = gripPoint(rig, "left");
  const waist = spineShares(rig).reduce((sum, [name, share]) => sum + share * (heads[name][1] - hips[1]), 0);
  const typical = Object.fromEntries(Object.entries(PER_STATURE).map(([name, share]) => [name, share * stature]));
  const knee_clearance = measured.knee_clearance_m ?? PER_STATURE.knee_clearance_m * stature;
  return /** @type {Body} */ ({
    stature_m: stature,
    seat_height_m: heads.LeftLeg[1] - knee_clearance,
    hip_height_m: hips[1],
    hip_joint_distance_m: distance(heads.LeftUpLeg, heads.RightUpLeg),
    thigh_m: distance(heads.LeftUpLeg, heads.LeftLeg),
    shank_m: distance(heads.LeftLeg, heads.LeftFoot),
    ankle_height_m: ankle[1],
    foot_back_m: 0.034 * stature,
    foot_ball_m: toe[2] - ankle[2],
    foot_tip_m: toe[2] - ankle[2] + 0.038 * stature,
    upper_arm_m: distance(heads.LeftArm, heads.LeftForeArm),
    forearm_m: distance(heads.LeftForeArm, heads.LeftHand),
    hand_m: grip[0],
    palm_m: -grip[1],
    shoulder_height_m: heads.LeftArm[1],
    shoulder: subtract(heads.LeftArm, hips),
    waist_m: waist,
    ...typical,
    ...measured,
  });
}
