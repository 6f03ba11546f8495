/**
 * Somebody's own file as a character of the stage: read here, sent nowhere.
 * @module
 */
import { Box3, Group, Matrix4, SkinnedMesh, Vector3 } from "../../../vendor/three.js";
import { GLTFLoader } from "../../../vendor/three-addons/loaders/GLTFLoader.js";
import { Character } from "../character.js";
import { fleshOf, quantile } from "../flesh.js";
import { EmbeddedPictures } from "../pictures.js";
import { Skeleton } from "../skeleton.js";
import { conjugate, fromAxes } from "../vectors.js";
import { withoutExtras } from "./check.js";
import { list, packGlb } from "./container.js";
import { OwnCharacterError } from "./error.js";
import { openChecked } from "./inspect.js";
import { placeLandmarks } from "./landmarks.js";
import { axesOf } from "./posture.js";
import { dropStrays, joinSkeletons, rehang, supplyCollars } from "./puppet.js";
import { examine, headsOf, study } from "./study.js";

/** @typedef {import("../../../vendor/three.js").Object3D} Object3D */
/** @typedef {import("../rig.js").BoneName} BoneName */
/** @typedef {import("../skeleton.js").Nodes} Nodes */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("./recognise.js").BoneMap} BoneMap */
/** @typedef {import("./study.js").Found} Found */
/** @typedef {import("./container.js").Container} Container */

/** People's statures, m: what is between is believed, other files are in another unit. */
const STATURES = [0.5, 2.5];
/** What a file in no known unit becomes, m. */
const USUAL_STATURE = 1.7;
/** Metres per unit of files that are not in metres: cm, mm, inches, dm, feet; and what scaling twice leaves. */
const UNITS = [0.01, 0.001, 0.0254, 0.1, 0.3048, 10, 100, 1000];
/** Joints lie this far below the crown and above the soles: the head's bone to the ankles is 0.8 of the stature. */
const HEAD_TO_ANKLES = 0.83;

/**
 * @param {Blob | ArrayBuffer} file GLB, VRM or self-contained .gltf
 * @param {{bones?: BoneMap}} [choice] bones: as the owner chose them (bone -> index of its node); recognised when
 *   absent
 * @returns {Promise<Character>} standing on the floor, facing +z, in metres; `estimated` names landmarks without a bone
 * @throws {OwnCharacterError} with a code and plain words; `mappable` when choosing bones by hand may help
 */
export async function openOwnCharacter(file, { bones: chosen } = {}) {
  const container = await openChecked(file);
  const found = study(container);
  const bones = chosen ?? recognised(found);
  const problems = chosen ? examine(found.nodes, bones) : found.problems;
  if (problems.length > 0) {
    const [{ code, words, bones: named }] = problems;
    throw new OwnCharacterError(code, named.length > 0 ? `${words}: ${named.join(", ")}.` : `${words}.`, {
      bones: named,
    });
  }
  const gltf = await load(container);
  const nodes = /** @type {Nodes} */ (await nodesOf(gltf, bones));
  const eyes = await nodesOf(gltf, found.eyes);
  try {
    if (found.bound) await poseAs(gltf, found.bound);
    return build(gltf.scene, nodes, { heads: headsOf(found.nodes, bones), eyes });
  } catch (cause) {
    release(gltf.scene);
    throw cause;
  }
}

/** Suggestions are not used unasked. @param {Found} found @returns {BoneMap} */
function recognised({ guess, missing }) {
  if (missing.length === 0) return guess;
  const words =
    missing.length > 8 ? "no human skeleton was recognised" : `these bones were not found: ${missing.join(", ")}`;
  const code = missing.length > 12 ? "no-skeleton" : "missing-bones";
  throw new OwnCharacterError(code, `In this file ${words}. Choose the bones by hand.`, { bones: missing });
}

/**
 * @param {Container} container
 * @returns {Promise<import("../../../vendor/three-addons/loaders/GLTFLoader.js").GLTF>}
 */
async function load(container) {
  const loader = new GLTFLoader().register((parser) => new EmbeddedPictures(parser));
  if (
    list(container.json.bufferViews).some(({ extensions }) =>
      Object.keys(extensions ?? {}).some((name) => /meshopt/.test(name)),
    )
  ) {
    const { MeshoptDecoder } = await import("../../../vendor/three-addons/libs/meshopt_decoder.module.js");
    loader.setMeshoptDecoder(MeshoptDecoder);
  }
  try {
    return await loader.parseAsync(packGlb(withoutExtras(container)), "");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace("THREE.GLTFLoader: ", "") : String(cause);
    throw new OwnCharacterError("broken", `This file is damaged (${why}). Export it again.`, { cause });
  }
}

/**
 * @template {string} K @param {import("../../../vendor/three-addons/loaders/GLTFLoader.js").GLTF} gltf
 * @param {Partial<Record<K, number>>} indices @returns {Promise<Partial<Record<K, Object3D>>>}
 */
async function nodesOf(gltf, indices) {
  const known = /** @type {[K, number][]} */ (Object.entries(indices).filter(([, index]) => index !== undefined));
  const pairs = await Promise.all(
    known.map(async ([name, index]) => [name, await gltf.parser.getDependency("node", index)]),
  );
  return Object.fromEntries(pairs);
}

/**
 * @param {import("../../../vendor/three-addons/loaders/GLTFLoader.js").GLTF} gltf
 * @param {Map<number, import("./tree.js").Matrix>} bound
 */
async function poseAs(gltf, bound) {
  /** @type {Map<Object3D, import("./tree.js").Matrix>} */
  const places = new Map();
  for (const [index, matrix] of bound) places.set(await gltf.parser.getDependency("node", index), matrix);
  gltf.scene.traverse((node) => {
    const place = places.get(node);
    node.updateWorldMatrix(false, false);
    if (!place || !node.parent) return;
    node.matrix.copy(node.parent.matrixWorld).invert().multiply(new Matrix4().fromArray(place));
    node.matrix.decompose(node.position, node.quaternion, node.scale);
    node.updateWorldMatrix(false, false);
  });
}

/**
 * @param {Group} scene @param {Nodes} nodes
 * @param {{heads: Partial<Record<BoneName, Vec3>>, eyes: {left?: Object3D, right?: Object3D}}} known heads in the
 *   file's frame
 * @returns {Character}
 */
function build(scene, nodes, { heads, eyes }) {
  const object = new Group();
  const stand = new Group(); // turns, scales and lifts the file, so that `object` is free to be placed
  object.add(stand.add(scene));
  object.updateMatrixWorld(true);
  joinSkeletons(scene, nodes);
  supplyCollars(nodes);
  rehang(nodes);
  dropStrays(scene, /** @type {Object3D} */ (nodes.Hips));
  const { left, up, front } = axesOf(heads);
  stand.quaternion.set(...conjugate(fromAxes(left, up, front)));
  object.updateMatrixWorld(true);
  stand.scale.setScalar(metresPerUnit(spanOf(nodes)));
  object.updateMatrixWorld(true);
  new Skeleton(nodes).apply();
  object.updateMatrixWorld(true);
  const stature_m = toFloor(stand, object, nodes);
  const { places, estimated } = placeLandmarks({
    heads: placesOf(nodes),
    flesh: fleshOf(object, nodes),
    eyes: placesOf(eyes),
    stature_m,
  });
  const landmarks = Object.fromEntries(
    Object.entries(places).map(([name, { bone, point }]) => {
      const local = /** @type {Object3D} */ (nodes[bone]).worldToLocal(new Vector3(...point));
      return [name, { bone, position: /** @type {Vec3} */ (local.toArray()) }];
    }),
  );
  return new Character(object, nodes, { stature_m, landmarks, estimated });
}

/**
 * @template {string} K
 * @param {Partial<Record<K, Object3D>>} nodes
 * @returns {Partial<Record<K, Vec3>>} where they are on the stage
 */
function placesOf(nodes) {
  const entries = /** @type {[K, Object3D][]} */ (Object.entries(nodes));
  return /** @type {any} */ (
    Object.fromEntries(entries.map(([name, node]) => [name, node.getWorldPosition(new Vector3()).toArray()]))
  );
}

/** @param {Nodes} nodes turned upright @returns {number} what the stature should be by the bones, in the file's unit */
function spanOf(nodes) {
  const { Head, LeftUpLeg, LeftLeg, LeftFoot } = /** @type {Record<BoneName, Vec3>} */ (placesOf(nodes));
  const span = (/** @type {Vec3} */ a, /** @type {Vec3} */ b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  // Along the leg: bent knees shorten nobody.
  return (Head[1] - LeftUpLeg[1] + span(LeftUpLeg, LeftLeg) + span(LeftLeg, LeftFoot)) / HEAD_TO_ANKLES;
}

/** @param {number} stature in the file's unit @returns {number} 1 where the file's metres are believed */
function metresPerUnit(stature) {
  const [low, high] = STATURES;
  if (stature >= low && stature <= high) return 1;
  const odds = (/** @type {number} */ unit) => Math.abs(Math.log((unit * stature) / USUAL_STATURE));
  const unit = UNITS.reduce((best, one) => (odds(one) < odds(best) ? one : best));
  return unit * stature >= low && unit * stature <= high ? unit : USUAL_STATURE / stature;
}

/**
 * Puts the figure on the floor, its hips over the origin.
 * @param {Group} stand @param {Group} object in the T-pose @param {Nodes} nodes @returns {number} stature, m
 */
function toFloor(stand, object, nodes) {
  const flesh = fleshOf(object, nodes, ["Head", "LeftFoot", "LeftToeBase", "RightFoot", "RightToeBase"]);
  const feet = ["LeftFoot", "LeftToeBase", "RightFoot", "RightToeBase"].flatMap(
    (name) => flesh.get(/** @type {BoneName} */ (name)) ?? [],
  );
  const head = flesh.get("Head") ?? [];
  const box = new Box3();
  for (const place of Object.values(placesOf(nodes))) box.expandByPoint(new Vector3(.../** @type {Vec3} */ (place)));
  const ankles = box.min.y;
  const reach = (box.max.y - ankles) / HEAD_TO_ANKLES;
  const sole =
    feet.length > 0
      ? quantile(
          feet.map(([, y]) => y),
          0.002,
        )
      : ankles - 0.04 * reach;
  const crown =
    head.length > 0
      ? quantile(
          head.map(([, y]) => y),
          0.998,
        )
      : sole + reach;
  const hips = /** @type {Object3D} */ (nodes.Hips).getWorldPosition(new Vector3());
  stand.position.sub(new Vector3(hips.x, sole, hips.z));
  object.updateMatrixWorld(true);
  return crown - sole;
}

/** @param {Object3D} scene */
function release(scene) {
  scene.traverse((node) => {
    if (!(node instanceof SkinnedMesh)) return;
    node.geometry.dispose();
    node.skeleton.dispose();
  });
}
