/** Last changes to box people's files: poses, what lies about, VRM's tables. For `change` of `glb` in own-people.js. */
import { axisAngle, multiply } from "../../../static/js/stage/vectors.js";

/** @typedef {import("./own-people.js").Part} Part */

/**
 * Bends a person as an animation's frame does, its bones only: the pose of binding stays.
 * @param {Part[]} parts
 * @returns {(json: any) => void} for `change`
 */
export function midStride(parts) {
  const turns = {
    Spine: [[1, 0, 0], 0.5],
    LeftUpLeg: [[1, 0, 0], -0.8],
    LeftLeg: [[1, 0, 0], 0.9],
    RightLeg: [[1, 0, 0], 0.6],
    LeftArm: [[0, 0, 1], -1.2],
    RightForeArm: [[0, 1, 0], 1.1],
  };
  return (json) => {
    parts.forEach(({ bone }, k) => {
      if (turns[bone]) json.nodes[k].rotation = multiply(json.nodes[k].rotation, axisAngle(...turns[bone]));
    });
  };
}

/**
 * What lies about in files: a floor, a coarser copy of the body, and a hat on the head, which stays.
 * @param {Part[]} parts
 * @returns {(json: any) => void}
 */
export function surroundings(parts) {
  return (json) => {
    json.meshes.push({ primitives: [{ attributes: { POSITION: 0 }, indices: 3 }] });
    const head = json.nodes[parts.findIndex(({ bone }) => bone === "Head")];
    const first = json.nodes.length;
    json.nodes.push({ name: "Floor", mesh: 1 }, { name: "Hat", mesh: 1 }, { name: "Body_LOD1", mesh: 0, skin: 0 });
    json.nodes.find(({ mesh }) => mesh === 0).name = "Body_LOD0";
    head.children = [...(head.children ?? []), first + 1];
    json.scenes[0].nodes.push(first, first + 2);
  };
}

/**
 * The tables of VRM for people named as in unity.
 * @param {Part[]} parts
 * @param {0 | 1} version
 * @returns {(json: any) => void} for `change`
 */
export function vrm(parts, version) {
  const part = (bone) =>
    bone
      .replace(/Hand(?=[A-Z])/, "")
      .replace("UpLeg", "UpperLeg")
      .replace(/^(Left|Right)Leg/, "$1LowerLeg")
      .replace("ForeArm", "LowerArm")
      .replace(/^(Left|Right)Arm/, "$1UpperArm")
      .replace("ToeBase", "Toes")
      .replace("Spine2", "UpperChest")
      .replace("Spine1", "Chest")
      .replace("Pinky", "Little");
  const joint = (name) =>
    /Thumb/.test(name) ? ["Proximal", "Intermediate", "Distal"] : ["Proximal", "Intermediate", "Distal"];
  const modern = { ThumbProximal: "ThumbMetacarpal", ThumbIntermediate: "ThumbProximal" };
  const entries = parts.map(({ bone }, node) => {
    const named = part(bone).replace(/(\d)$/, (digit) => joint(bone)[Number(digit) - 1]);
    const vrmName = version === 1 ? named.replace(/Thumb(Proximal|Intermediate)$/, (old) => modern[old]) : named;
    return [vrmName[0].toLowerCase() + vrmName.slice(1), node];
  });
  return (json) => {
    json.extensionsUsed = [version === 1 ? "VRMC_vrm" : "VRM"];
    json.extensions =
      version === 1
        ? {
            VRMC_vrm: {
              specVersion: "1.0",
              humanoid: { humanBones: Object.fromEntries(entries.map(([name, node]) => [name, { node }])) },
            },
          }
        : { VRM: { specVersion: "0.0", humanoid: { humanBones: entries.map(([bone, node]) => ({ bone, node })) } } };
  };
}
