/**
 * Do the bones make a person? Which way is that person's up, left and front, as the file has it?
 *
 * Plain geometry of the bones' heads, so that names alone never decide: false matches come out here, and so do dogs.
 * @module
 */
import { bone, REQUIRED, SIDES } from "../rig.js";
import { add, clamp, cross, DEGREE, distance, dot, length, mix, normalize, scale, subtract } from "../vectors.js";

/** @typedef {import("../rig.js").BoneName} BoneName */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {Partial<Record<BoneName, Vec3>>} Heads   in any frame and unit */
/**
 * @typedef {{left: Vec3, up: Vec3, front: Vec3}} Axes   unit, at right angles, right-handed: left, up, front as x, y,
 *   z
 */
/**
 * @typedef {{code: "missing-bones" | "bones-in-disorder" | "not-upright" | "uneven-scale", words: string, bones:
 *   BoneName[]}} Problem
 */

/** A bone shorter than this share of the skeleton's height is no bone of a limb: two nodes in one place. */
const SHORTEST = 0.01;
/** The same bone, left and right: prostheses and growth differ less than this. */
const UNEQUAL = 2;
/** Thighs and shanks together may point this far from the trunk's line: a deep seat gives 60 degrees, four legs 90. */
const FOUR_LEGS = 75 * DEGREE;
/** Feet must point along a common way for this share of their length to say where the front is. */
const POINTING = 0.35;

const LIMBS = SIDES.flatMap((side) =>
  [
    ["Arm", "ForeArm", "Hand"],
    ["UpLeg", "Leg", "Foot"],
  ].map((parts) => parts.map((part) => bone(side, part))),
);

/** @param {Heads} heads @param {string} part @returns {Vec3} the middle between left and right */
const middle = (heads, part) => mix(at(heads, bone("left", part)), at(heads, bone("right", part)), 0.5);

/** @param {Heads} heads @param {BoneName} name @returns {Vec3} */
const at = (heads, name) => /** @type {Vec3} */ (heads[name]);

/** @param {Partial<Record<BoneName, unknown>>} bones @returns {BoneName[]} what motion needs and is not there */
export const missingBones = (bones) => [...REQUIRED].filter((name) => bones[name] === undefined);

/**
 * @param {Heads} heads of all required bones
 * @returns {Axes} by hips and shoulders and, where there are toes, by the feet
 */
export function axesOf(heads) {
  const up = trunkOf(heads);
  const across = (/** @type {string} */ part) =>
    normalize(subtract(at(heads, bone("left", part)), at(heads, bone("right", part))), [0, 0, 0]);
  const raw = add(across("UpLeg"), across("Arm"));
  const left = normalize(subtract(raw, scale(up, dot(raw, up))), [1, 0, 0]);
  return { left, up, front: cross(left, up) };
}

/**
 * @param {Heads} heads
 * @returns {Vec3} from the hips to the head, as the nearest axis of the file: people stand on floors
 */
function trunkOf(heads) {
  const way = subtract(at(heads, "Head"), middle(heads, "UpLeg"));
  const axis = [0, 1, 2].reduce((most, k) => (Math.abs(way[k]) > Math.abs(way[most]) ? k : most), 0);
  return /** @type {Vec3} */ (/** @type {unknown} */ ([0, 1, 2].map((k) => (k === axis ? Math.sign(way[k]) : 0))));
}

/**
 * How far a pose is from standing straight: the trunk's lean, bent elbows and knees, and limbs that differ from left
 * to right.
 * @param {Heads} heads of all required bones @returns {number} radians, summed up
 */
export function strainOf(heads) {
  const { left, up } = axesOf(heads);
  const way = (/** @type {BoneName} */ from, /** @type {BoneName} */ to) =>
    normalize(subtract(at(heads, to), at(heads, from)));
  const angle = (/** @type {Vec3} */ a, /** @type {Vec3} */ b) => Math.acos(clamp(dot(a, b), -1, 1));
  let strain = angle(normalize(subtract(at(heads, "Head"), middle(heads, "UpLeg"))), up);
  for (const [first, second, third] of LIMBS) strain += angle(way(first, second), way(second, third));
  for (const [from, to] of [
    ["Arm", "ForeArm"],
    ["UpLeg", "Leg"],
  ]) {
    const right = way(bone("right", from), bone("right", to));
    const mirrored = subtract(right, scale(left, 2 * dot(right, left)));
    strain += angle(way(bone("left", from), bone("left", to)), mirrored);
  }
  return strain;
}

/**
 * Whether the sides are named the wrong way round: the feet point where, by hips and shoulders, the back is.
 * @param {Heads} heads of all required bones @returns {boolean}
 */
export function isMirrored(heads) {
  const { up, front } = axesOf(heads);
  let ahead = 0;
  for (const side of SIDES) {
    const [foot, toes] = [heads[bone(side, "Foot")], heads[bone(side, "ToeBase")]];
    if (!foot || !toes) return false;
    const way = subtract(toes, foot);
    const level = subtract(way, scale(up, dot(way, up)));
    if (length(level) < POINTING * length(way)) return false;
    const share = dot(normalize(level), front);
    if (share > -POINTING) return false;
    ahead += share;
  }
  return ahead < 0;
}

/**
 * @template T
 * @param {Partial<Record<BoneName, T>>} bones
 * @returns {Partial<Record<BoneName, T>>} left and right changed over
 */
export function swapSides(bones) {
  const other = (/** @type {string} */ name) =>
    name.replace(/^(Left|Right)/, (side) => (side === "Left" ? "Right" : "Left"));
  return Object.fromEntries(Object.entries(bones).map(([name, value]) => [other(name), value]));
}

/**
 * @param {Heads} heads @returns {Problem[]} empty: a person's skeleton, in whatever pose
 */
export function problemsOf(heads) {
  const missing = missingBones(heads);
  if (missing.length > 0)
    return [{ code: "missing-bones", words: "These bones are needed and were not found", bones: missing }];
  const tall = distance(at(heads, "Head"), middle(heads, "Foot"));
  /** @type {Problem[]} */
  const problems = [];
  for (const limb of LIMBS) {
    const short = limb.slice(1).filter((name, k) => !(distance(at(heads, limb[k]), at(heads, name)) > SHORTEST * tall));
    if (short.length > 0)
      problems.push({ code: "bones-in-disorder", words: "These bones lie where the one above them is", bones: short });
  }
  const unequal = LIMBS.slice(0, 2).flatMap((limb) =>
    limb.slice(1).filter((name, k) => {
      const mirrored = (/** @type {BoneName} */ one) => /** @type {BoneName} */ (one.replace("Left", "Right"));
      const ratio =
        distance(at(heads, limb[k]), at(heads, name)) /
        distance(at(heads, mirrored(limb[k])), at(heads, mirrored(name)));
      return ratio > UNEQUAL || ratio < 1 / UNEQUAL;
    }),
  );
  if (unequal.length > 0)
    problems.push({ code: "bones-in-disorder", words: "Left and right differ too much in length", bones: unequal });
  if (problems.length > 0) return problems;
  return [...trunkProblems(heads), ...sideProblems(heads)];
}

/** @param {Heads} heads @returns {Problem[]} */
function trunkProblems(heads) {
  const hips = middle(heads, "UpLeg");
  const trunk = normalize(subtract(at(heads, "Head"), hips));
  const legs = normalize(subtract(hips, middle(heads, "Foot")));
  if (dot(trunk, legs) > Math.cos(FOUR_LEGS)) return [];
  const words =
    "This figure does not stand upright: its trunk lies across its legs. " +
    "The stage needs a person on two legs, standing in a T- or A-pose";
  return [{ code: "not-upright", words, bones: [] }];
}

/** Crossed limbs, or one that hangs on the other side. @param {Heads} heads @returns {Problem[]} */
function sideProblems(heads) {
  const { left } = axesOf(heads);
  const crossed = ["UpLeg", "Arm"].filter(
    (part) => dot(subtract(at(heads, bone("left", part)), at(heads, bone("right", part))), left) <= 0,
  );
  if (crossed.length === 0) return [];
  return [
    {
      code: "bones-in-disorder",
      words: "Left and right are mixed up",
      bones: crossed.map((part) => bone("left", part)),
    },
  ];
}
