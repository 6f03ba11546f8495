/**
 * Writes rigged box people as GLB files, in the ways in which tools name, turn, scale and nest their bones.
 *
 * A person is a list of nodes with heads in the stage's frame (metres, y up, facing +z); options bring it to a file's
 * frame.
 */
import { packGlb } from "../../../static/js/stage/own/container.js";
import { axisAngle, conjugate, multiply, rotate, subtract, unit } from "../../../static/js/stage/vectors.js";
import { syntheticRig } from "./bodies.js";

/** @typedef {[number, number, number]} Vec3 */
/** @typedef {{name: string, parent: string | null, head: Vec3, bone?: string}} Part */

const CORE = [
  "Hips",
  "Spine",
  "Spine1",
  "Spine2",
  "Neck",
  "Head",
  "Shoulder",
  "Arm",
  "ForeArm",
  "Hand",
  "UpLeg",
  "Leg",
  "Foot",
  "ToeBase",
];
const FINGERS = ["Thumb", "Index", "Middle", "Ring", "Pinky"];
const PARENTS = {
  Hips: null,
  Spine: "Hips",
  Spine1: "Spine",
  Spine2: "Spine1",
  Neck: "Spine2",
  Head: "Neck",
  Shoulder: "Spine2",
  Arm: "Shoulder",
  ForeArm: "Arm",
  Hand: "ForeArm",
  UpLeg: "Hips",
  Leg: "UpLeg",
  Foot: "Leg",
  ToeBase: "Foot",
};

/**
 * Core names in CORE's order with S for the side; how a finger's joint (1 to 3) is called; which sides S stands for.
 */
export const CONVENTIONS = {
  mixamo: {
    core: "Hips Spine Spine1 Spine2 Neck Head SShoulder SArm SForeArm SHand SUpLeg SLeg SFoot SToeBase",
    sides: ["Left", "Right"],
    prefix: "mixamorig:",
    finger: (s, f, k) => `${s}Hand${f}${k}`,
  },
  mixamo_numbered: { like: "mixamo", prefix: "mixamorig7:" },
  mixamo_sanitised: { like: "mixamo", prefix: "mixamorig" },
  ready_player_me: { like: "mixamo", prefix: "" },
  human_ik: { like: "mixamo", prefix: "Character1_" },
  named_after_its_owner: { like: "mixamo", prefix: "Anna_rig|" },
  unreal: {
    core:
      "pelvis spine_01 spine_02 spine_03 neck_01 head clavicle_S upperarm_S " +
      "lowerarm_S hand_S thigh_S calf_S foot_S ball_S",
    sides: ["l", "r"],
    finger: (s, f, k) => `${f.toLowerCase()}_0${k}_${s}`,
  },
  rigify: {
    core:
      "spine spine.001 spine.002 spine.003 spine.004 spine.006 shoulder.S upper_arm.S " +
      "forearm.S hand.S thigh.S shin.S foot.S toe.S",
    sides: ["L", "R"],
    finger: (s, f, k) => `${f === "Thumb" ? "" : "f_"}${f.toLowerCase()}.0${k}.${s}`,
  },
  rigify_deform: { like: "rigify", prefix: "DEF-" },
  rigify_sanitised: {
    core:
      "spine spine001 spine002 spine003 spine004 spine006 shoulderS upper_armS " +
      "forearmS handS thighS shinS footS toeS",
    sides: ["L", "R"],
    finger: (s, f, k) => `${f === "Thumb" ? "" : "f_"}${f.toLowerCase()}0${k}${s}`,
  },
  biped: {
    core: "Pelvis Spine Spine1 Spine2 Neck Head S_Clavicle S_UpperArm S_Forearm S_Hand S_Thigh S_Calf S_Foot S_Toe0",
    sides: ["L", "R"],
    prefix: "Bip01 ",
    space: true,
    finger: (s, f, k) => `${s} Finger${FINGERS.indexOf(f)}${k > 1 ? k - 1 : ""}`,
  },
  character_creator: {
    core:
      "Hip Waist Spine01 Spine02 NeckTwist01 Head S_Clavicle S_Upperarm " +
      "S_Forearm S_Hand S_Thigh S_Calf S_Foot S_ToeBase",
    sides: ["L", "R"],
    prefix: "CC_Base_",
    finger: (s, f, k) => `${s}_${f === "Middle" ? "Mid" : f}${k}`,
  },
  daz: {
    core:
      "hip abdomenLower abdomenUpper chestLower neckLower head SCollar SShldrBend " +
      "SForearmBend SHand SThighBend SShin SFoot SToe",
    sides: ["l", "r"],
    finger: (s, f, k) => `${s}${f === "Middle" ? "Mid" : f}${k}`,
  },
  unity: {
    core: "Hips Spine Chest UpperChest Neck Head SShoulder SUpperArm SLowerArm SHand SUpperLeg SLowerLeg SFoot SToes",
    sides: ["Left", "Right"],
    finger: (s, f, k) => `${s}${f === "Pinky" ? "Little" : f}${["Proximal", "Intermediate", "Distal"][k - 1]}`,
  },
  makehuman: {
    core:
      "root spine05 spine03 spine01 neck01 head clavicle.S upperarm01.S " +
      "lowerarm01.S wrist.S upperleg01.S lowerleg01.S foot.S toe1-1.S",
    sides: ["L", "R"],
    finger: (s, f, k) => `finger${FINGERS.indexOf(f) + 1}-${k}.${s}`,
  },
  smpl: {
    core: "Pelvis Spine1 Spine2 Spine3 Neck Head S_Collar S_Shoulder S_Elbow S_Wrist S_Hip S_Knee S_Ankle S_Foot",
    sides: ["L", "R"],
    prefix: "m_avg_",
    finger: (s, f, k) => `${s}_${f}${k}`,
  },
  vrchat: {
    core: "Hips Spine Chest Upper_Chest Neck Head S_shoulder S_arm S_elbow S_wrist S_leg S_knee S_ankle S_toe",
    sides: ["Left", "Right"],
    space: true,
    finger: (s, f, k) => `${f}${k}_${s[0]}`,
  },
  vroid: {
    core:
      "C_Hips C_Spine C_Chest C_UpperChest C_Neck C_Head S_Shoulder S_UpperArm " +
      "S_LowerArm S_Hand S_UpperLeg S_LowerLeg S_Foot S_ToeBase",
    sides: ["L", "R"],
    prefix: "J_Bip_",
    finger: (s, f, k) => `${s}_${f === "Pinky" ? "Little" : f}${k}`,
  },
  glued: {
    core: "hips spine chest upperchest neck head Sshoulder Supperarm Sforearm Shand Sthigh Scalf Sfoot Stoe",
    sides: ["l", "r"],
    finger: (s, f, k) => `${s}${f.toLowerCase()}${k}`,
  },
  numbered: {
    core: CORE.map((name, k) => (PARENTS[name] && k > 5 ? `jointS${k}` : `joint${k}`)).join(" "),
    sides: ["A", "B"],
    finger: (s, f, k) => `${s}${FINGERS.indexOf(f)}${k}`,
  },
};

/**
 * @param {string} convention
 * @param {{fingers?: boolean, height?: number, without?: string[]}} [options] without: bones by rig.json's names
 * @returns {Part[]} parents first
 */
export function people(convention, { fingers = true, height = 1.7, without = [] } = {}) {
  const chosen = CONVENTIONS[convention];
  const { core, sides, finger, prefix = "", space = false } = { ...CONVENTIONS[chosen.like], ...chosen };
  const { heads } = syntheticRig(height);
  const named = (text) => prefix + (space ? text.replaceAll("_", " ") : text);
  const parts = [];
  const called = new Map();
  const add = (bone, name, parent) => {
    if (!heads[bone] || without.includes(bone)) return;
    let above = parent;
    while (above && !called.has(above)) above = parentOf(above);
    called.set(bone, name);
    parts.push({ name, parent: above ? called.get(above) : null, head: [...heads[bone]], bone });
  };
  core.split(" ").forEach((text, k) => {
    const part = CORE[k];
    if (k < 6) add(part, named(text), PARENTS[part]);
  });
  for (const [side, word] of [
    ["Left", sides[0]],
    ["Right", sides[1]],
  ]) {
    core.split(" ").forEach((text, k) => {
      if (k < 6) return;
      const above = PARENTS[CORE[k]];
      add(side + CORE[k], named(text.replace("S", word)), ["Hips", "Spine2"].includes(above) ? above : side + above);
    });
    for (const name of fingers ? FINGERS : []) {
      for (const joint of [1, 2, 3])
        add(
          `${side}Hand${name}${joint}`,
          named(finger(word, name, joint)),
          joint > 1 ? `${side}Hand${name}${joint - 1}` : `${side}Hand`,
        );
    }
  }
  return parts;
}

/** @param {string} bone @returns {string | null} */
function parentOf(bone) {
  const [, side, part] = /^(Left|Right)?(.*)$/.exec(bone);
  const above = PARENTS[part];
  return above && side && !["Hips", "Spine2"].includes(above) ? side + above : (above ?? null);
}

/** Turn arms down from the T-pose. @param {Part[]} parts @param {number} angle radians @returns {Part[]} */
export function lowerArms(parts, angle) {
  return parts.map((part) => {
    const side = /^(Left|Right)(Arm|ForeArm|Hand)/.exec(part.bone ?? "")?.[1];
    if (!side) return part;
    const shoulder = parts.find(({ bone }) => bone === `${side}Arm`).head;
    const turn = axisAngle([0, 0, 1], side === "Left" ? -angle : angle);
    const head = rotate(turn, subtract(part.head, shoulder)).map((value, k) => value + shoulder[k]);
    return { ...part, head };
  });
}

/**
 * Corners of a box that is a bone's flesh.
 * @param {Vec3} from
 * @param {Vec3} to
 * @param {number} thick
 * @returns {Vec3[]}
 */
function boxCorners(from, to, thick) {
  const corners = [];
  for (const end of [from, to])
    for (const [i, j] of [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ]) {
      const way = subtract(to, from).map(Math.abs);
      const main = way.indexOf(Math.max(...way));
      const corner = [...end];
      corner[(main + 1) % 3] += i * thick;
      corner[(main + 2) % 3] += j * thick;
      corners.push(corner);
    }
  return corners;
}
const FACES = [
  0, 1, 2, 0, 2, 3, 4, 6, 5, 4, 7, 6, 0, 4, 5, 0, 5, 1, 1, 5, 6, 1, 6, 2, 2, 6, 7, 2, 7, 3, 3, 7, 4, 3, 4, 0,
];

/**
 * @param {Part[]} parts
 * @param {object} [options]
 * @param {number} [options.unit] file units per metre
 * @param {[number, number, number, number]} [options.turn] of the whole person in the file
 * @param {{scale?: number, rotation?: number[]}} [options.armature] a node above the bones, whose transform undoes
 *   unit and turn
 * @param {boolean} [options.copy] a second skeleton with the same names and a piece of mesh of its own
 * @param {(json: any) => void} [options.change] last change to the description
 * @returns {{json: any, binary: Uint8Array}}
 */
export function figure(parts, { unit: perMetre = 1, turn = [0, 0, 0, 1], armature, copy = false, change } = {}) {
  const place = (head) => rotate(turn, head).map((value) => value * perMetre);
  // Local axes as tools leave them: turned from bone to bone.
  const worlds = parts.map((_, k) => unit([Math.sin(k), Math.cos(2 * k), Math.sin(3 * k + 1), 1.5]));
  const index = new Map(parts.map(({ name }, k) => [name, k]));
  const skeleton = (offset, suffix) =>
    parts.map(({ name, parent, head }, k) => {
      const above = parent === null ? null : index.get(parent);
      const [from, outer] =
        above === null
          ? [
              [0, 0, 0],
              [0, 0, 0, 1],
            ]
          : [place(parts[above].head), worlds[above]];
      const children = parts.flatMap((part, j) => (part.parent === name ? [j + offset] : []));
      return {
        name: name + suffix,
        translation: rotate(conjugate(outer), subtract(place(head), from)),
        rotation: multiply(conjugate(outer), worlds[k]),
        ...(children.length > 0 ? { children } : {}),
      };
    });
  const nodes = [...skeleton(0, ""), ...(copy ? skeleton(parts.length, ".001") : [])];
  const roots = parts.flatMap(({ parent }, k) => (parent === null ? (copy ? [k, k + parts.length] : [k]) : []));
  const [buffer, meshes, accessors, bufferViews] = meshOf(parts, place, worlds);
  const skins = [0, ...(copy ? [parts.length] : [])].map((offset) => ({
    joints: parts.map((_, k) => k + offset),
    inverseBindMatrices: 4,
  }));
  const top = nodes.length;
  nodes.push(...skins.map((_, k) => ({ name: `Body${k}`, mesh: 0, skin: k })));
  nodes.push({
    name: "Armature",
    children: roots,
    ...(armature?.scale ? { scale: [armature.scale, armature.scale, armature.scale] } : {}),
    ...(armature?.rotation ? { rotation: armature.rotation } : {}),
  });
  const json = {
    asset: { version: "2.0", generator: "test" },
    scene: 0,
    scenes: [{ nodes: [...skins.map((_, k) => top + k), nodes.length - 1] }],
    nodes,
    skins,
    meshes,
    accessors,
    bufferViews,
    buffers: [{ byteLength: buffer.length }],
  };
  change?.(json);
  return { json, binary: buffer };
}

/** @param {Part[]} parts @param {(head: Vec3) => number[]} place @param {number[][]} worlds */
function meshOf(parts, place, worlds) {
  const index = new Map(parts.map(({ name }, k) => [name, k]));
  const [positions, joints, faces] = [[], [], []];
  const body = (owner, corners) => {
    faces.push(...FACES.map((corner) => corner + positions.length));
    for (const corner of corners) {
      positions.push(place(corner));
      joints.push(owner);
    }
  };
  for (const { parent, head, bone } of parts) {
    if (parent !== null)
      body(index.get(parent), boxCorners(parts[index.get(parent)].head, head, /Hand/.test(bone ?? "") ? 0.008 : 0.04));
    if (bone === "Head")
      body(
        index.get(parts.find((part) => part.bone === "Head").name),
        boxCorners(head, [head[0], head[1] + 0.2, head[2] + 0.02], 0.07),
      );
    if (/^(Left|Right)Foot$/.test(bone ?? ""))
      body(
        index.get(parts.find((part) => part.bone === bone).name),
        boxCorners([head[0], 0.04, head[2] - 0.06], [head[0], 0.04, head[2] + 0.18], 0.04),
      );
  }
  const inverse = parts.flatMap(({ head }, k) => {
    const back = conjugate(worlds[k]);
    const columns = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ].flatMap((axis) => [...rotate(back, axis), 0]);
    return [...columns, ...rotate(back, place(head)).map((value) => -value), 1];
  });
  const views = [
    new Float32Array(positions.flat()),
    new Uint16Array(joints.flatMap((joint) => [joint, 0, 0, 0])),
    new Float32Array(joints.flatMap(() => [1, 0, 0, 0])),
    new Uint16Array(faces),
    new Float32Array(inverse),
  ];
  const buffer = new Uint8Array(views.reduce((sum, view) => sum + Math.ceil(view.byteLength / 4) * 4, 0));
  const bufferViews = [];
  let at = 0;
  for (const view of views) {
    buffer.set(new Uint8Array(view.buffer), at);
    bufferViews.push({ buffer: 0, byteOffset: at, byteLength: view.byteLength });
    at += Math.ceil(view.byteLength / 4) * 4;
  }
  const [low, high] = [Math.min, Math.max].map((pick) =>
    [0, 1, 2].map((axis) => pick(...positions.map((point) => point[axis]))),
  );
  const accessors = [
    { bufferView: 0, componentType: 5126, count: positions.length, type: "VEC3", min: low, max: high },
    { bufferView: 1, componentType: 5123, count: joints.length, type: "VEC4" },
    { bufferView: 2, componentType: 5126, count: joints.length, type: "VEC4" },
    { bufferView: 3, componentType: 5123, count: faces.length, type: "SCALAR" },
    { bufferView: 4, componentType: 5126, count: parts.length, type: "MAT4" },
  ];
  return [
    buffer,
    [{ primitives: [{ attributes: { POSITION: 0, JOINTS_0: 1, WEIGHTS_0: 2 }, indices: 3 }] }],
    accessors,
    bufferViews,
  ];
}

/** @param {Part[]} parts @param {Parameters<typeof figure>[1]} [options] @returns {ArrayBuffer} */
export const glb = (parts, options) => packGlb(figure(parts, options));
