/**
 * Which node is which bone: by VRM's own table, else by names, and what the names leave open by how bones hang on each
 * other.
 * @module
 */
import names from "../../../spec/bone_names.json" with { type: "json" };
import rig from "../../../spec/rig.json" with { type: "json" };
import { bone, BONES, SIDES } from "../rig.js";
import { commonPrefix, fingerOf, readName, unnumbered } from "./names.js";
import { Family } from "./tree.js";
import { distance } from "../vectors.js";

/** @typedef {import("../rig.js").BoneName} BoneName */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("./tree.js").TreeNode} TreeNode */
/** @typedef {Partial<Record<BoneName, number>>} BoneMap   bone -> index of the node in the file */
/** @typedef {{left?: number, right?: number}} Eyes */
/** @typedef {"vrm1" | "vrm0" | "mixamo" | "named" | "unknown"} Kind   named: by another convention's names */
/** @typedef {{node: TreeNode, reading: import("./names.js").Reading}} Named */

/** VRM 0 calls the thumb's bones otherwise: its proximal is VRM 1's metacarpal. */
const VRM0_THUMB = /** @type {Record<string, string>} */ ({
  ThumbMetacarpal: "ThumbProximal",
  ThumbProximal: "ThumbIntermediate",
});

/**
 * @param {import("./container.js").Gltf} json checked
 * @param {TreeNode[]} tree of the same file
 * @returns {{kind: Kind, bones: BoneMap, eyes: Eyes}} the bones found, not yet verified
 */
export function recognise(json, tree) {
  const known = new Set(tree.map(({ index }) => index));
  const vrm1 = json.extensions?.VRMC_vrm?.humanoid?.humanBones;
  if (vrm1) return { kind: "vrm1", ...fromVrm(vrm1, known, false) };
  const listed = json.extensions?.VRM?.humanoid?.humanBones;
  if (Array.isArray(listed)) {
    const table = Object.fromEntries(listed.map((entry) => [String(entry?.bone), entry]));
    return { kind: "vrm0", ...fromVrm(table, known, true) };
  }
  const found = byNames(tree);
  const kind = tree.some(({ name }) => /^mixamorig/i.test(name))
    ? "mixamo"
    : Object.keys(found.bones).length > 0
      ? "named"
      : "unknown";
  return { kind, ...found };
}

/**
 * @param {Record<string, {node?: unknown}>} table by VRM's names
 * @param {Set<number>} known nodes
 * @param {boolean} old VRM 0
 * @returns {{bones: BoneMap, eyes: Eyes}}
 */
function fromVrm(table, known, old) {
  const node = (/** @type {string} */ name) => {
    const index = table[name]?.node;
    return typeof index === "number" && known.has(index) ? index : undefined;
  };
  /** @type {BoneMap} */
  const bones = {};
  for (const name of BONES) {
    const vrm = /** @type {string} */ (rig.bones[name].vrm);
    const index = node(old ? vrm.replace(/Thumb(Metacarpal|Proximal)$/, (part) => VRM0_THUMB[part]) : vrm);
    if (index !== undefined) bones[name] = index;
  }
  return { bones, eyes: { left: node("leftEye"), right: node("rightEye") } };
}

/** @param {TreeNode[]} tree @returns {{bones: BoneMap, eyes: Eyes}} */
function byNames(tree) {
  const family = new Family(tree);
  const joints = tree.filter(({ joint }) => joint);
  const plain = unnumbered(joints.map(({ name }) => name));
  const common = commonPrefix(joints.map(({ name }) => plain(name)));
  // Nodes that move skin, and those above them; meshes and helpers that have no part in it are left out.
  const bearing = new Set(joints.flatMap(({ index }) => family.lineage(index)));
  const named = tree
    .filter(({ index }) => bearing.has(index))
    .map((node) => ({ node, reading: readName(plain(node.name), common) }));
  /** @type {BoneMap} */
  const bones = {};
  for (const side of SIDES) Object.assign(bones, limbBones(named, side, family));
  Object.assign(bones, trunkBones(named, bones, family));
  for (const side of SIDES) Object.assign(bones, fingerBones(named, side, bones, family));
  const eye = (/** @type {Side} */ side) => {
    const candidates = named.filter(({ reading }) => reading.side === side && names.face.eye.includes(reading.text));
    return candidates.find(({ node }) => bones.Head !== undefined && family.holds(bones.Head, node.index))?.node.index;
  };
  return { bones, eyes: { left: eye("left"), right: eye("right") } };
}

/**
 * The one that is meant, of several nodes with the same words: the one that moves skin and on which the others hang;
 * of siblings the
 * middle one (toes), which lies on the limb's axis.
 * @param {Named[]} candidates not empty @param {Family} family @returns {TreeNode}
 */
function foremost(candidates, family) {
  const moving = candidates.filter(({ node }) => node.joint);
  const all = moving.length > 0 ? moving : candidates;
  const set = new Set(all.map(({ node }) => node.index));
  const top = all.filter(({ node }) => !family.lineage(node.parent).some((index) => set.has(index)));
  const siblings = top.filter(({ node }) => node.parent === top[0].node.parent);
  const sorted = siblings.toSorted((a, b) => a.reading.digits.localeCompare(b.reading.digits));
  // A second skeleton of the same name comes later in the file, and is not asked.
  const chain = new Set(sorted.map(({ reading }) => reading.numbers[0]));
  const isRow = sorted.every(({ reading }) => /^(toes?|ball)/.test(reading.text)) && chain.size > 2;
  return sorted[isRow ? Math.floor((sorted.length - 1) / 2) : 0].node;
}

/** @param {Named[]} named @param {Side} side @param {Family} family @returns {BoneMap} */
function limbBones(named, side, family) {
  const own = named.filter(({ reading }) => reading.side === side);
  const taken = new Set();
  /** @type {BoneMap} */
  const bones = {};
  for (const [part, words] of Object.entries(names.sided)) {
    const word = words.find((text) => !taken.has(text) && own.some(({ reading }) => reading.text === text));
    if (!word) continue;
    taken.add(word);
    bones[bone(side, part)] = foremost(
      own.filter(({ reading }) => reading.text === word),
      family,
    ).index;
  }
  return bones;
}

/** @param {Named[]} named @param {string[]} words @returns {Named[]} those with the clearest of the words */
function central(named, words) {
  const own = named.filter(({ reading }) => reading.side === null);
  for (const word of words) {
    const found = own.filter(({ reading }) => reading.text === word);
    if (found.length > 0) return found;
  }
  return [];
}

/** @param {(number | undefined)[]} indices @returns {number[]} */
const present = (indices) => indices.filter((index) => index !== undefined);

/**
 * Hips, spine, neck and head: names give both ends, the way between them the rest.
 * @param {Named[]} named @param {BoneMap} limbs @param {Family} family @returns {BoneMap}
 */
function trunkBones(named, limbs, family) {
  const thighs = present([limbs.LeftUpLeg, limbs.RightUpLeg]);
  const arms = present(SIDES.map((side) => limbs[bone(side, "Shoulder")] ?? limbs[bone(side, "Arm")]));
  const text = new Map(named.map(({ node, reading }) => [node.index, reading.side ? "" : reading.text]));
  const heads = central(named, names.central.Head);
  const head = heads.length > 0 ? foremost(heads, family).index : lastOfSpine(named, arms, family);
  const hips = hipsOf(named, thighs, head, family);
  /** @type {BoneMap} */
  const bones = {};
  if (hips !== undefined) bones.Hips = hips;
  if (head === undefined) return bones;
  bones.Head = head;
  if (hips === undefined) return bones;
  if (!family.holds(hips, head)) return { ...bones, ...looseTrunk(named, hips, family) };
  const line = family.lineage(head);
  const way = line.slice(1, line.indexOf(hips)).toReversed();
  const isNeck = (/** @type {number} */ index) => names.central.Neck.includes(text.get(index) ?? "");
  const forks = way.indexOf(arms.length > 1 ? (family.meeting(arms) ?? -1) : -1);
  const called = way.findIndex(isNeck);
  const neck = called >= 0 ? called : forks >= 0 ? forks + 1 : way.length;
  if (neck < way.length) bones.Neck = way[neck];
  return { ...bones, ...spread(way.slice(0, neck)) };
}

/**
 * @param {number[]} chain from the hips up
 * @returns {BoneMap} three of them, evenly, the last one always: neck and shoulders hang on it
 */
export function spread(chain) {
  const n = chain.length;
  if (n === 0) return {};
  if (n === 1) return { Spine: chain[0] };
  if (n === 2) return { Spine: chain[0], Spine1: chain[1] };
  return { Spine: chain[0], Spine1: chain[Math.floor(n / 2)], Spine2: chain[n - 1] };
}

/**
 * @param {Named[]} named @param {number[]} thighs @param {number | undefined} head @param {Family} family
 * @returns {number | undefined} the named one on which legs and head hang; else the node where they meet
 */
function hipsOf(named, thighs, head, family) {
  const hanging = present([...thighs, head]);
  for (const word of names.central.Hips) {
    const found = central(named, [word]).map(({ node }) => node.index);
    const holding = found.find((index) => hanging.length > 0 && hanging.every((below) => family.holds(index, below)));
    if (holding !== undefined && word !== "root") return holding;
    if (holding !== undefined && family.meeting(hanging) === holding) return holding;
  }
  const meeting = hanging.length > 2 ? family.meeting(hanging) : null;
  // Biped: the thighs hang on the spine, and the pelvis above it.
  const pelvis = central(
    named,
    names.central.Hips.filter((word) => word !== "root"),
  );
  if (meeting !== null && !(pelvis.length > 0 && family.at(meeting).parent === -1)) return meeting;
  return pelvis.length > 0 ? foremost(pelvis, family).index : undefined;
}

/**
 * "spine.006" is the head where nothing is called head (Rigify).
 * @param {Named[]} named
 * @param {number[]} arms
 * @param {Family} family
 */
function lastOfSpine(named, arms, family) {
  const chain = named
    .filter(({ reading }) => reading.side === null && names.trunk.includes(reading.text))
    .map(({ node }) => node.index);
  const last = chain.findLast((index) => chain.every((other) => family.holds(other, index)));
  const chest = family.meeting(arms);
  return last !== undefined && chest !== null && last !== chest && family.holds(chest, last) ? last : undefined;
}

/**
 * Bones that do not hang on each other: in the order in which they lie above the hips.
 * @param {Named[]} named @param {number} hips @param {Family} family @returns {BoneMap}
 */
function looseTrunk(named, hips, family) {
  const chain = named.filter(
    ({ node, reading }) => node.joint && reading.side === null && names.trunk.includes(reading.text),
  );
  const far = (/** @type {Named} */ { node }) => distance(node.position, family.at(hips).position);
  const up = chain.toSorted((a, b) => far(a) - far(b)).filter(({ node }) => node.index !== hips);
  const necks = central(named, names.central.Neck);
  return {
    ...spread(up.map(({ node }) => node.index)),
    ...(necks.length > 0 ? { Neck: foremost(necks, family).index } : {}),
  };
}

/** @param {Named[]} named @param {Side} side @param {BoneMap} bones @param {Family} family @returns {BoneMap} */
function fingerBones(named, side, bones, family) {
  const hand = bones[bone(side, "Hand")];
  /** @type {BoneMap} */
  const found = {};
  if (hand === undefined) return found;
  // In flat skeletons nothing hangs on the hand.
  const flat = family.children.get(hand)?.length === 0;
  for (const finger of Object.keys(names.fingers)) {
    const own = named.flatMap(({ node, reading }) => {
      const read = reading.side === side ? fingerOf(reading) : null;
      if (read?.finger !== finger || !(flat || family.holds(hand, node.index))) return [];
      return [{ node, segment: read.segment }];
    });
    const row = own.toSorted((a, b) => a.segment - b.segment);
    // A metacarpal is a joint of the thumb; in the other fingers it lies in the palm. Who counts three joints from 0
    // has none.
    const all = finger === "Thumb" || row.length <= 3 ? row : row.filter(({ segment }) => segment > 0);
    all.slice(0, 3).forEach(({ node }, k) => {
      found[/** @type {BoneName} */ (`${bone(side, "Hand")}${finger}${k + 1}`)] = node.index;
    });
  }
  return found;
}
