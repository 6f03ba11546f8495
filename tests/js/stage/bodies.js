/**
 * Skeletons of typical people for tests, from published segment ratios; no character file is needed.
 *
 * Lengths per stature: Drillis and Contini 1966 as printed in Winter, "Biomechanics and motor control of human movement":
 * ankle .039, knee .285, hip .530, shoulder .818, elbow .630, wrist .485 over the floor; breadths: hips .191, shoulders .259. The joint
 * centres lie inward of the breadths.
 */
import { createRig, measureBody } from "../../../static/js/stage/rig.js";

const HEIGHTS = { hip: 0.53, knee: 0.285, ankle: 0.046, shoulder: 0.818 };
const ARM = { upper: 0.188, fore: 0.145, palm: 0.058 };

/** @param {number} h   stature, m @param {{legs?: number, arms?: number}} [shape]   factors on the limbs @returns {import("../../../static/js/stage/rig.js").Rig} */
export function syntheticRig(h, { legs = 1, arms = 1 } = {}) {
  const ankle = HEIGHTS.ankle * h;
  const knee = ankle + (HEIGHTS.knee - HEIGHTS.ankle) * h * legs;
  const hip = knee + (HEIGHTS.hip - HEIGHTS.knee) * h * legs;
  /** @param {number} share @returns {number} */
  const up = (share) => hip + (share - HEIGHTS.hip) * h;
  /** @type {Record<string, [number, number, number]>} */
  const heads = {
    Hips: [0, hip + 0.022 * h, 0.005 * h], Spine: [0, up(0.59), -0.01 * h], Spine1: [0, up(0.655), -0.012 * h],
    Spine2: [0, up(0.73), -0.02 * h], Neck: [0, up(0.845), -0.01 * h], Head: [0, up(0.888), 0],
  };
  for (const [side, s] of /** @type {const} */ ([["Left", 1], ["Right", -1]])) {
    const shoulder = s * 0.105 * h;
    const y = up(HEIGHTS.shoulder);
    heads[`${side}Shoulder`] = [s * 0.02 * h, y + 0.008 * h, 0.01 * h];
    heads[`${side}Arm`] = [shoulder, y, -0.008 * h];
    const elbow = shoulder + s * ARM.upper * arms * h;
    const wrist = elbow + s * ARM.fore * arms * h;
    heads[`${side}ForeArm`] = [elbow, y, -0.008 * h];
    heads[`${side}Hand`] = [wrist, y, -0.008 * h];
    for (const [finger, z, far] of /** @type {const} */ ([["Index", 0.014, 1], ["Middle", 0, 1], ["Ring", -0.012, 0.97], ["Pinky", -0.022, 0.92]])) {
      [0, 0.022, 0.036].forEach((along, joint) => {
        heads[`${side}Hand${finger}${joint + 1}`] = [wrist + s * (ARM.palm * far + along) * h, y, (z - 0.008) * h];
      });
    }
    [[0.018, -0.006, 0.012], [0.03, -0.01, 0.024], [0.044, -0.016, 0.034]].forEach(([x, dy, z], joint) => {
      heads[`${side}HandThumb${joint + 1}`] = [wrist + s * x * h, y + dy * h, (z - 0.008) * h];
    });
    const x = s * 0.052 * h;
    heads[`${side}UpLeg`] = [x, hip, 0];
    heads[`${side}Leg`] = [x, knee, 0];
    heads[`${side}Foot`] = [x, ankle, 0];
    heads[`${side}ToeBase`] = [x, 0.012 * h, 0.078 * h];
  }
  return createRig(heads);
}

/** People of all sizes: a child of seven, small to tall adults, and two with unusual limbs. */
export const PEOPLE = [
  { name: "child", stature_m: 1.22, shape: {} },
  { name: "small adult", stature_m: 1.5, shape: {} },
  { name: "adult", stature_m: 1.7, shape: {} },
  { name: "short arms", stature_m: 1.68, shape: { arms: 0.9 } },
  { name: "long legs", stature_m: 1.78, shape: { legs: 1.06 } },
  { name: "tall adult", stature_m: 1.95, shape: {} },
].map(({ name, stature_m, shape }) => {
  const rig = syntheticRig(stature_m, shape);
  return { name, rig, body: measureBody(rig, { stature_m }) };
});
