/**
 * Playing motions for tests: every motion with real equipment that fits, solved on a skeleton, and what then touches what.
 *
 * All measures are taken from the solved skeleton by forward kinematics, never from what the motion wished.
 */
import { buildEquipment, fitEquipment } from "../../../static/js/stage/equipment/index.js";
import { solve } from "../../../static/js/stage/kinematics.js";
import { createMotion, geometryOf, MOTIONS } from "../../../static/js/stage/motion/index.js";
import { forward, gripPoint } from "../../../static/js/stage/rig.js";
import { add, conjugate, distance, rotate, subtract } from "../../../static/js/stage/vectors.js";

/** Every motion with every choice of its options. @returns {{name: string, motion: string, kinds: string[], options: Record<string, string>, params?: Record<string, string>}[]} */
export function repertoire() {
  const cases = [];
  for (const [motion, { equipment, choices = {} }] of Object.entries(MOTIONS)) {
    let options = [{}];
    for (const [key, values] of Object.entries(choices)) options = options.flatMap((set) => values.map((value) => ({ ...set, [key]: value })));
    const kits = equipment.length === 0 ? [[]] : equipment[0].map((kind) => equipment.map(() => kind));
    for (const kinds of kits) {
      for (const set of options) {
        if (set.hands === "rims" && kinds[0] !== "manual_wheelchair") continue;
        const params = set.hands === "armrests" && kinds[0] === "manual_wheelchair" ? { armrest: "desk", frame: "folding" } : undefined;
        const name = [motion, ...kinds.slice(0, 1), ...Object.values(set)].join(" ");
        cases.push({ name, motion, kinds, options: set, params });
      }
    }
  }
  return cases;
}

/** @param {ReturnType<typeof repertoire>[number]} item @param {{rig: any, body: any}} person @param {number | string} seed */
export function rehearse(item, { rig, body }, seed) {
  const aids = item.kinds.map((kind) => geometryOf(buildEquipment(kind, fitEquipment(kind, body, item.params ?? {}))));
  const motion = createMotion(item.motion, { body, equipment: aids, seed, ...item.options });
  const grips = { left: gripPoint(rig, "left"), right: gripPoint(rig, "right") };
  /** @param {number} t_s */
  const at = (t_s) => {
    const placement = motion.at(t_s);
    const { pose, missed } = solve(rig, placement);
    const frames = forward(rig, pose);
    /** @param {"left" | "right"} side */
    const fist = (side) => {
      const hand = frames[side === "left" ? "LeftHand" : "RightHand"];
      return add(hand.position, rotate(hand.quaternion, grips[side]));
    };
    return { placement, pose, missed, frames, fist };
  };
  return { motion, aids, at, rig, body };
}

/**
 * How far a hand is from the part that it is said to hold.
 * @param {any} aid geometry @param {any} place of the aid @param {string} part @param {readonly [number, number, number]} point the fist, stage frame
 * @returns {number} m
 */
export function fromPart(aid, place, part, point) {
  const local = rotate(conjugate(place.quaternion), subtract(point, place.position));
  const { position, quaternion, radius_m, length_m } = aid.parts[part];
  const [x, y, z] = rotate(conjugate(quaternion), subtract(local, position));
  if (part.endsWith("rim")) return Math.hypot(x, Math.hypot(y, z) - radius_m);
  // An armrest is a surface: anywhere on its length; the rest are held at their middle.
  if (part.endsWith("armrest")) return Math.hypot(Math.max(0, Math.abs(z) - length_m / 2), x, y - 0.012);
  return distance([x, y, z], [0, 0, 0]);
}

/** Corners of a sole from the solved skeleton: heel, ball. @param {any} shot @param {any} body @param {"left" | "right"} side */
export function sole(shot, body, side) {
  const { position, quaternion } = shot.frames[side === "left" ? "LeftFoot" : "RightFoot"];
  const corner = (z) => add(position, rotate(quaternion, [0, -body.ankle_height_m, z]));
  return { heel: corner(-body.foot_back_m), ball: corner(body.foot_ball_m) };
}
