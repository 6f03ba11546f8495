/**
 * A character of the stage: loads a GLB or VRM, knows its skeleton and measures, and takes poses.
 *
 * Works with the bone names of `static/spec/rig.json`, with Mixamo's prefix before them, and with VRM 1.0 humanoids. What the file's
 * rest pose is and how its bones' axes are turned does not matter: the skeleton is brought to the T-pose form of `rig.js`, and
 * poses are turned back into the file's own axes.
 * @module
 */
import { Vector3 } from "../../vendor/three.js";
import { GLTFLoader } from "../../vendor/three-addons/loaders/GLTFLoader.js";
import spec from "../../spec/rig.json" with { type: "json" };
import { measureMesh } from "./flesh.js";
import { solve } from "./kinematics.js";
import { EmbeddedPictures } from "./pictures.js";
import { BONES, measureBody } from "./rig.js";
import { landmarksOf } from "../pose/limbs.js";
import { Skeleton } from "./skeleton.js";
import { shrinkLimbs } from "./stumps.js";

/** @typedef {import("../../vendor/three.js").Object3D} Object3D */
/** @typedef {import("../../vendor/three.js").Group} Group */
/** @typedef {import("./vectors.js").Vec3} Vec3 */
/** @typedef {import("./rig.js").Rig} Rig */
/** @typedef {import("./rig.js").Body} Body */
/** @typedef {import("./rig.js").Pose} Pose */
/** @typedef {import("./rig.js").BoneName} BoneName */
/** @typedef {import("./motion/placement.js").Placement} Placement */
/** @typedef {{bone: BoneName, position: Vec3}} LandmarkPlace position in the bone's frame, m */
/** @typedef {import("./skeleton.js").Nodes} Nodes */

/** Landmarks that lie on a joint: what any skeleton tells. */
const JOINT_LANDMARKS = Object.entries(spec.landmarks).filter(([, rule]) => "joint" in rule && !/index|toe/.test(rule.joint));
const MIXAMO = /^mixamorig\d*[:_]?/i;

/**
 * @param {string | ArrayBuffer} source address of a GLB or VRM file, or its bytes
 * @param {{stature_m?: number, landmarks?: Record<string, LandmarkPlace>}} [known] replaces what the file says or what is measured
 * @returns {Promise<Character>}
 * @throws {Error} when it cannot be fetched or is no glTF; RangeError when bones are missing, naming them
 */
export async function loadCharacter(source, known = {}) {
  const loader = new GLTFLoader().register((parser) => new EmbeddedPictures(parser));
  const gltf = typeof source === "string" ? await loader.loadAsync(source) : await loader.parseAsync(source, "");
  const extras = /** @type {{landmarks?: Record<string, LandmarkPlace>, not_applicable?: string[]}} */ (gltf.asset.extras ?? {});
  const nodes = await findBones(gltf);
  return new Character(gltf.scene, nodes, { ...extras, ...known });
}

/**
 * Which node is which bone: by the VRM extension, else by name.
 * @param {import("../../vendor/three-addons/loaders/GLTFLoader.js").GLTF} gltf @returns {Promise<Nodes>}
 */
async function findBones(gltf) {
  /** @type {Nodes} */
  const nodes = {};
  const human = gltf.parser.json.extensions?.VRMC_vrm?.humanoid?.humanBones;
  if (human) {
    for (const name of BONES) {
      const entry = human[spec.bones[name].vrm];
      if (entry) nodes[name] = await gltf.parser.getDependency("node", entry.node);
    }
    return nodes;
  }
  gltf.scene.traverse((node) => {
    const name = /** @type {BoneName} */ (node.name.replace(MIXAMO, ""));
    if (name in spec.bones) nodes[name] ??= node;
  });
  return nodes;
}

export class Character {
  /** What is put into the scene; its own transform is free to move the character as a whole. @type {Group} */ object;
  /** @type {Rig} */ rig;
  /** @type {Body} */ body;
  /**
   * Where landmarks are, for those that the character has.
   * @type {Record<string, {bone: Object3D, position: [number, number, number]}>}
   */
  landmarks;
  /** Landmarks of limbs that the character does not have, or is shown without. @type {string[]} */ not_applicable;
  /** Landmarks without a bone of their own, placed by the shape of the mesh. @type {string[]} */ estimated;
  /** Landmarks that the character has when nothing is left out. @type {Character["landmarks"]} */ #whole = {};
  /** What it does not have to begin with. @type {string[]} */ #lacks;
  /** @type {Map<Object3D, Vector3>} */ #sizes = new Map();
  /** @type {Nodes} */ #nodes;
  /** @type {Skeleton} */ #skeleton;

  /**
   * @param {Group} object at rest, not yet placed
   * @param {Nodes} nodes
   * @param {{stature_m?: number, landmarks?: Record<string, LandmarkPlace>, not_applicable?: string[], estimated?: string[]}} known
   */
  constructor(object, nodes, { stature_m, landmarks, not_applicable = [], estimated = [] }) {
    this.object = object;
    this.estimated = estimated;
    this.not_applicable = this.#lacks = not_applicable;
    this.#nodes = nodes;
    for (const node of Object.values(nodes)) this.#sizes.set(node, node.scale.clone());
    object.updateMatrixWorld(true);
    this.#skeleton = new Skeleton(nodes);
    this.rig = this.#skeleton.rig;
    const places = landmarks ?? Object.fromEntries(JOINT_LANDMARKS.map(([name, { bone }]) => [name, { bone, position: [0, 0, 0] }]));
    for (const [name, { bone, position }] of Object.entries(places)) {
      const node = nodes[/** @type {BoneName} */ (bone)];
      if (node) this.#whole[name] = { bone: node, position: [position[0], position[1], position[2]] };
    }
    this.landmarks = this.#whole;
    const eye = landmarks?.left_eye ? this.rig.heads.Head[1] + landmarks.left_eye.position[1] : undefined;
    const first = measureBody(this.rig, { stature_m, eye_height_m: eye });
    const flesh = measureMesh({ rig: this.rig, object, apply: (pose) => this.apply(pose) }, nodes, first);
    this.body = measureBody(this.rig, { ...flesh, stature_m, eye_height_m: eye });
    this.apply();
  }

  /** For the stage's truth. */
  get stature_m() {
    return this.body.stature_m;
  }

  /**
   * Show the character without some limbs: its mesh ends at the joint, and the landmarks of the limb are absent.
   * @param {string[]} limbs as in pose/limbs.js; empty: whole again
   * @throws {RangeError} when there is no such limb
   */
  setAbsent(limbs) {
    const gone = this.lackingWith(limbs);
    shrinkLimbs(this.#nodes, this.#sizes, limbs);
    this.landmarks = Object.fromEntries(Object.entries(this.#whole).filter(([name]) => !gone.has(name)));
    this.not_applicable = [...gone];
  }

  /**
   * @param {string[]} limbs @returns {Set<string>} landmarks that the character does not have when shown without them
   * @throws {RangeError} when there is no such limb
   */
  lackingWith(limbs) {
    return new Set([...this.#lacks, ...landmarksOf(limbs)]);
  }

  /**
   * Take a pose.
   * @param {Pose} [pose] as `solve` returns it; at rest (T-pose) when absent
   */
  apply(pose) {
    this.#skeleton.apply(pose);
  }

  /**
   * Go where a motion wants the character.
   * @param {Placement} placement
   * @returns {Record<string, number>} how far hands and feet are from their targets, m
   */
  place(placement) {
    const { pose, missed } = solve(this.rig, placement);
    this.apply(pose);
    return missed;
  }

  /** Free geometries, materials and textures. The character cannot be drawn after that. */
  dispose() {
    this.object.removeFromParent();
    this.object.traverse((node) => {
      const { geometry, material, skeleton } = /** @type {any} */ (node);
      geometry?.dispose();
      skeleton?.dispose();
      for (const one of material ? [material].flat() : []) {
        for (const value of Object.values(one)) {
          const texture = /** @type {any} */ (value);
          if (!texture?.isTexture) continue;
          texture.dispose();
          texture.image?.close?.(); // a decoded picture is memory that nobody else frees soon
        }
        one.dispose();
      }
    });
  }
}
