/**
 * Which node might be which bone, by shape alone: where names tell nothing. A suggestion to be confirmed, never used
 * unasked.
 * @module
 */
import { bone } from "../rig.js";
import { distance, dot, scale, subtract } from "../vectors.js";
import { spread } from "./recognise.js";
import { Family } from "./tree.js";

/** @typedef {import("./recognise.js").BoneMap} BoneMap */
/** @typedef {import("./tree.js").TreeNode} TreeNode */
/** @typedef {import("../vectors.js").Vec3} Vec3 */

/** A fork is where at least this many branches of some length leave. */
const BRANCHES = 3;
/** Branches shorter than this share of the skeleton's size are helpers, or hair. */
const SHORT = 0.15;

/**
 * The hips are the node from which two like branches and a third leave; the third forks again, into the arms and the
 * head.
 * @param {TreeNode[]} nodes @param {BoneMap} known @returns {BoneMap} nothing where there is no such shape
 */
export function guessBones(nodes, known) {
  const family = new Family(nodes);
  const joints = nodes.filter(({ joint }) => joint);
  if (joints.length === 0) return {};
  const size = Math.max(...[0, 1, 2].map((axis) => spanOf(joints.map(({ position }) => position[axis]))));
  const forks = joints
    .map(({ index }) => ({ index, arms: branches(family, index, SHORT * size) }))
    .filter(({ arms }) => arms.length >= BRANCHES);
  const hips = forks.find(({ index }) => index === known.Hips) ?? forks[0];
  if (!hips) return {};
  const [legs, trunk] = pairOf(hips.arms, family);
  const chest = forks.find(
    ({ index }) => trunk.includes(index) || (trunk[0] !== undefined && family.holds(trunk[0], index)),
  );
  if (!legs || !chest) return { Hips: hips.index };
  const [arms, neck] = pairOf(chest.arms, family);
  const way = family.lineage(chest.index);
  const chain = way.slice(0, way.indexOf(hips.index)).toReversed();
  /** @type {BoneMap} */
  const bones = { Hips: hips.index, ...spread(chain) };
  const head = neck.at(-1);
  if (head !== undefined) bones.Head = neck.length > 2 ? neck[neck.length - 2] : head;
  if (neck.length > 1 && neck[0] !== bones.Head) bones.Neck = neck[0];
  if (!arms) return bones;
  const left = leftOf(family, hips.index, chest.index, legs);
  for (const [limbs, parts] of /** @type {const} */ ([
    [legs, ["UpLeg", "Leg", "Foot", "ToeBase"]],
    [arms, ["Shoulder", "Arm", "ForeArm", "Hand"]],
  ])) {
    const sorted = limbs.toSorted(
      (a, b) => dot(family.at(b[1] ?? b[0]).position, left) - dot(family.at(a[1] ?? a[0]).position, left),
    );
    sorted.forEach((limb, k) => Object.assign(bones, limbOf(limb, parts, k === 0 ? "left" : "right")));
  }
  return bones;
}

/** @param {number[]} values */
const spanOf = (values) => Math.max(...values) - Math.min(...values);

/**
 * Chains that leave a node, each by its longest way down to a fork or an end.
 * @param {Family} family
 * @param {number} index
 * @param {number} least length, in the file's unit
 * @returns {number[][]} the longest first
 */
function branches(family, index, least) {
  const found = (family.children.get(index) ?? []).map((child) => {
    const chain = [child];
    let length = distance(family.at(index).position, family.at(child).position);
    for (let next = child; ;) {
      const below = (family.children.get(next) ?? []).filter((one) => family.at(one).joint);
      if (below.length === 0) break;
      const longest = below.reduce((most, one) => (family.below(one).length > family.below(most).length ? one : most));
      length += distance(family.at(next).position, family.at(longest).position);
      chain.push(longest);
      next = longest;
    }
    return { chain, length };
  });
  return found
    .filter(({ length }) => length > least)
    .toSorted((a, b) => b.length - a.length)
    .map(({ chain }) => chain);
}

/**
 * The two branches that are most alike, left and right, and the one of the others that reaches furthest.
 * @param {number[][]} arms @param {Family} family @returns {[[number[], number[]] | null, number[]]}
 */
function pairOf(arms, family) {
  const reach = (/** @type {number[]} */ chain) =>
    chain
      .slice(1)
      .reduce((sum, index, k) => sum + distance(family.at(index).position, family.at(chain[k]).position), 0);
  /** @type {{pair: [number[], number[]], odds: number} | null} */
  let best = null;
  for (let i = 0; i < arms.length; i++) {
    for (let j = i + 1; j < arms.length; j++) {
      const [a, b] = [reach(arms[i]), reach(arms[j])];
      const odds =
        Math.abs(a - b) / Math.max(a, b) +
        Math.abs(arms[i].length - arms[j].length) / Math.max(arms[i].length, arms[j].length);
      if (!best || odds < best.odds - 1e-6) best = { pair: [arms[i], arms[j]], odds };
    }
  }
  const pair = best?.pair ?? null;
  return [pair, arms.find((chain) => !pair?.includes(chain)) ?? []];
}

/**
 * The person's left, if the person faces +z or the way in which the feet point.
 * @param {Family} family @param {number} hips @param {number} chest @param {[number[], number[]]} legs @returns {Vec3}
 */
function leftOf(family, hips, chest, legs) {
  const place = (/** @type {number} */ index) => family.at(index).position;
  const up = subtract(place(chest), place(hips));
  const ends = legs.map((leg) => subtract(place(leg[leg.length - 1]), place(leg[Math.min(2, leg.length - 1)])));
  const ahead = /** @type {Vec3} */ (/** @type {unknown} */ ([0, 1, 2].map((axis) => ends[0][axis] + ends[1][axis])));
  const left = /** @type {Vec3} */ ([
    up[1] * ahead[2] - up[2] * ahead[1],
    up[2] * ahead[0] - up[0] * ahead[2],
    up[0] * ahead[1] - up[1] * ahead[0],
  ]);
  return Math.hypot(...left) > 1e-9 ? scale(left, 1 / Math.hypot(...left)) : [1, 0, 0];
}

/**
 * @param {number[]} chain
 * @param {readonly string[]} parts
 * @param {import("../rig.js").Side} side
 * @returns {BoneMap}
 */
function limbOf(chain, parts, side) {
  // Without a collar bone the arm starts at once: five joints or more from the chest are collar, arm, forearm, hand
  // and fingers.
  const named = parts[0] === "Shoulder" && chain.length < 4 ? parts.slice(1) : parts;
  return Object.fromEntries(named.slice(0, chain.length).map((part, k) => [bone(side, part), chain[k]]));
}
