import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectCharacter as inspect } from "../../../static/js/stage/own/inspect.js";
import { placeLandmarks } from "../../../static/js/stage/own/landmarks.js";
import { examine } from "../../../static/js/stage/own/study.js";
import { REQUIRED } from "../../../static/js/stage/rig.js";
import { syntheticRig } from "./bodies.js";
import { midStride, vrm } from "./own-changes.js";
import { CONVENTIONS, glb, people } from "./own-people.js";

/** Bone -> name of the node that was found. */
const namesOf = ({ nodes, guess }) => {
  const names = new Map(nodes.map(({ index, name }) => [index, name]));
  return Object.fromEntries(Object.entries(guess).map(([bone, index]) => [bone, names.get(index)]));
};
const truth = (parts) => Object.fromEntries(parts.map(({ bone, name }) => [bone, name]));

for (const convention of Object.keys(CONVENTIONS).filter((name) => name !== "numbered")) {
  test(`names as in ${convention}`, async () => {
    const parts = people(convention);
    const found = await inspect(glb(parts));
    assert.deepEqual(found.problems, []);
    assert.deepEqual(namesOf(found), truth(parts));
    assert.equal(found.kind, /^mixamo/.test(convention) ? "mixamo" : "named");
  });
}

/**
 * @param {import("./own-people.js").Part[]} parts
 * @param {string} bone
 * @param {string} name a node put between a bone and what it hangs on
 */
function between(parts, bone, name) {
  const k = parts.findIndex((part) => part.bone === bone);
  const added = { name, parent: parts[k].parent, head: parts[k].head.map((value) => value * 0.98) };
  return [...parts.slice(0, k), added, { ...parts[k], parent: name }, ...parts.slice(k + 1)];
}
/**
 * @param {import("./own-people.js").Part[]} parts
 * @param {string} above
 * @param {string} name a helper that hangs on a bone
 */
function helper(parts, above, name) {
  const { name: parent, head } = parts.find(({ bone }) => bone === above);
  return [...parts, { name, parent, head: [head[0], head[1] - 0.05, head[2] + 0.02] }];
}
const rehung = (parts, bone, above) =>
  parts.map((part) => (part.bone === bone ? { ...part, parent: parts.find((one) => one.bone === above).name } : part));

/**
 * Real skeletons hold more than the bones that are wanted.
 * @type {Record<string, () => import("./own-people.js").Part[]>}
 */
const SKELETONS = {
  "Biped: thighs on the spine, collar bones on the neck": () => {
    const hung = [
      ["LeftUpLeg", "Spine"],
      ["RightUpLeg", "Spine"],
      ["LeftShoulder", "Neck"],
      ["RightShoulder", "Neck"],
    ];
    return between(
      hung.reduce((parts, [bone, above]) => rehung(parts, bone, above), people("biped")),
      "Hips",
      "Bip01",
    );
  },
  "Unreal: root, twist and IK bones": () => {
    let parts = between(people("unreal"), "Hips", "root");
    for (const [above, name] of [
      ["LeftArm", "upperarm_twist_01_l"],
      ["LeftForeArm", "lowerarm_twist_01_l"],
      ["RightUpLeg", "thigh_twist_01_r"],
      ["Head", "head_cam"],
    ]) {
      parts = helper(parts, above, name);
    }
    return [
      ...parts,
      { name: "ik_foot_root", parent: "root", head: [0, 0, 0] },
      { name: "ik_foot_l", parent: "ik_foot_root", head: [0.1, 0.1, 0] },
      { name: "ik_hand_gun", parent: "root", head: [0, 1, 0.3] },
      { name: "ik_hand_l", parent: "ik_hand_gun", head: [0.5, 1, 0] },
    ];
  },
  "Character Creator: a pelvis below the hips, twist bones, an eye": () => {
    let parts = between(
      between(people("character_creator"), "LeftUpLeg", "CC_Base_Pelvis"),
      "Hips",
      "CC_Base_BoneRoot",
    );
    parts = parts.map((part) => (part.bone === "RightUpLeg" ? { ...part, parent: "CC_Base_Pelvis" } : part));
    for (const [above, name] of [
      ["LeftArm", "CC_Base_L_UpperarmTwist01"],
      ["RightUpLeg", "CC_Base_R_ThighTwist01"],
      ["Head", "CC_Base_FacialBone"],
    ])
      parts = helper(parts, above, name);
    return between(parts, "Head", "CC_Base_NeckTwist02");
  },
  "Daz: twist bones within the arms": () =>
    between(
      between(between(people("daz"), "LeftForeArm", "lShldrTwist"), "LeftHand", "lForearmTwist"),
      "LeftLeg",
      "lThighTwist",
    ),
  "MakeHuman: two bones in each limb": () => {
    let parts = people("makehuman");
    for (const [bone, name] of [
      ["LeftArm", "shoulder01.L"],
      ["LeftForeArm", "upperarm02.L"],
      ["LeftHand", "lowerarm02.L"],
      ["LeftLeg", "upperleg02.L"],
      ["LeftUpLeg", "pelvis.L"],
    ])
      parts = between(parts, bone, name);
    return parts;
  },
  "SMPL: hands beyond the wrists": () =>
    helper(helper(people("smpl", { fingers: false }), "LeftHand", "m_avg_L_Hand"), "RightHand", "m_avg_R_Hand"),
  "Mixamo: ends and eyes": () =>
    helper(
      helper(helper(people("mixamo"), "Head", "mixamorig:HeadTop_End"), "Head", "mixamorig:LeftEye"),
      "LeftToeBase",
      "mixamorig:LeftToe_End",
    ),
  "numbered throughout, as Sketchfab does": () => {
    const parts = people("biped");
    const numbered = new Map(parts.map(({ name }, k) => [name, `${name}_0${k}`]));
    return parts.map((part) => ({
      ...part,
      name: numbered.get(part.name),
      parent: part.parent && numbered.get(part.parent),
    }));
  },
  "no neck, collar bones, chest or toes": () =>
    people("unity", {
      fingers: false,
      without: ["Neck", "LeftShoulder", "RightShoulder", "Spine2", "LeftToeBase", "RightToeBase"],
    }),
};
for (const [title, make] of Object.entries(SKELETONS)) {
  test(`recognised: ${title}`, async () => {
    const parts = make();
    const found = await inspect(glb(parts));
    assert.deepEqual(found.problems, []);
    const expected = truth(parts.filter(({ bone }) => bone));
    assert.deepEqual(namesOf(found), expected);
  });
}

for (const version of /** @type {const} */ ([0, 1])) {
  test(`VRM ${version}: its own table counts, whatever the names`, async () => {
    const parts = people("unity").map((part, k) => ({ ...part, name: `n${k}`, parent: null }));
    const named = people("unity").map((part, k, all) => ({
      ...parts[k],
      parent: part.parent && `n${all.findIndex(({ name }) => name === part.parent)}`,
    }));
    const found = await inspect(glb(named, { change: vrm(named, version) }));
    assert.equal(found.kind, `vrm${version}`);
    assert.deepEqual(found.problems, []);
    assert.deepEqual(namesOf(found), truth(named));
  });
}

test("sides that are named the wrong way round are changed over: feet point ahead", async () => {
  const swap = (bone) => bone?.replace(/^(Left|Right)/, (side) => (side === "Left" ? "Right" : "Left"));
  const parts = people("mixamo");
  const wrong = people("mixamo").map((part) => ({ ...part, head: [-part.head[0], part.head[1], part.head[2]] }));
  const found = await inspect(glb(wrong));
  assert.deepEqual(found.problems, []);
  const expected = Object.fromEntries(parts.map(({ bone, name }) => [swap(bone), name]));
  assert.deepEqual(namesOf(found), expected);
});

test("names that tell nothing: suggested by shape, and asked for", async () => {
  const parts = people("numbered", { fingers: false });
  const found = await inspect(glb(parts));
  assert.equal(found.missing.length, REQUIRED.size);
  assert.equal(found.problems[0].code, "missing-bones");
  const guess = namesOf(found);
  const expected = truth(parts);
  for (const bone of REQUIRED) assert.equal(guess[bone], expected[bone], bone);
});

test("a missing bone is named", async () => {
  const found = await inspect(glb(people("unreal", { without: ["LeftForeArm"] })));
  assert.deepEqual(found.missing, ["LeftForeArm"]);
  assert.match(found.problems[0].words, /not found/);
});

test("a dog with the names of a person does not stand upright", async () => {
  // On all fours: the trunk turned ahead over the hips, the arms down from it like legs.
  const parts = people("mixamo", { fingers: false });
  const hips = parts[0].head;
  const trunk = /Spine|Neck|Head|Shoulder|Arm|Hand/;
  const dog = parts.map((part) => {
    if (!trunk.test(part.bone)) return part;
    const [x, y, z] = part.head;
    const lying = [x, hips[1] + z, hips[2] + (y - hips[1])];
    return { ...part, head: lying };
  });
  const found = await inspect(glb(dog));
  assert.deepEqual(
    found.problems.map(({ code }) => code),
    ["not-upright"],
  );
});

test("mirrored and stretched bones are refused", async () => {
  for (const scale of [
    [-1, 1, 1],
    [1, 1.3, 1],
    [0, 0, 0],
  ]) {
    const found = await inspect(
      glb(people("mixamo"), {
        change: (json) => {
          json.nodes.at(-1).scale = scale;
        },
      }),
    );
    assert.ok(
      found.problems.some(({ code }) => ["uneven-scale", "bones-in-disorder"].includes(code)),
      String(scale),
    );
  }
});

test("a choice by hand is checked: nothing twice, nothing upside down", async () => {
  const found = await inspect(glb(people("mixamo")));
  const { Spine, LeftLeg, LeftFoot, ...others } = found.guess;
  const wordsOf = (bones) =>
    examine(found.nodes, bones)
      .map(({ words }) => words)
      .join();
  assert.equal(wordsOf(found.guess), "");
  assert.match(wordsOf({ ...others, Spine, LeftLeg, LeftFoot: LeftLeg }), /lie where|twice/);
  assert.match(wordsOf({ ...others, Spine, LeftLeg: LeftFoot, LeftFoot: LeftLeg }), /hold what should hold/);
  assert.match(wordsOf({ ...others, LeftLeg, LeftFoot }), /needed/);
  assert.match(wordsOf({ ...found.guess, Neck: 9999 }), /not in the file/);
});

test("a file saved in mid-stride is opened as it was bound; a T-pose is left alone", async () => {
  const parts = people("mixamo");
  const straight = await inspect(glb(parts));
  assert.equal(straight.bound, null);
  const found = await inspect(glb(parts, { unit: 100, armature: { scale: 0.01 }, change: midStride(parts) }));
  assert.ok(found.bound);
  assert.deepEqual(found.problems, []);
  found.nodes.forEach(({ index, position, joint }, k) => {
    if (joint)
      position.forEach((value, axis) =>
        assert.ok(Math.abs(value - straight.nodes[k].position[axis]) < 1e-5, `node ${index}`),
      );
  });
});

test("where the eyes have bones, the nose is looked for below them, not in the hair over the forehead", () => {
  const stature_m = 1.6;
  const { heads } = syntheticRig(stature_m);
  const [x, y, z] = heads.Head;
  // A ball of a head, a nose on it, and a strand of hair above that stands out further.
  const ball = Array.from({ length: 400 }, (_, k) => {
    const [turn, rise] = [k * 2.4, (k / 400) * 2 - 1];
    const round = Math.sqrt(1 - rise * rise);
    return [x + 0.08 * round * Math.sin(turn), y + 0.1 + 0.11 * rise, z + 0.02 + 0.09 * round * Math.cos(turn)];
  });
  const [nose, strand] = [
    [x, y + 0.06, z + 0.13],
    [x, y + 0.078, z + 0.15],
  ];
  const flesh = new Map([["Head", [...ball, nose, strand]]]);
  const eyes = { left: [x + 0.035, y + 0.09, z + 0.09], right: [x - 0.035, y + 0.09, z + 0.09] };
  const bare = placeLandmarks({ heads, flesh, eyes: {}, stature_m });
  assert.deepEqual(bare.places.nose.point, strand);
  assert.ok(bare.estimated.includes("left_eye"));
  const { places, estimated } = placeLandmarks({ heads, flesh, eyes, stature_m });
  assert.deepEqual(places.nose.point, nose);
  assert.ok(!estimated.includes("left_eye") && estimated.includes("left_eye_inner"));
  assert.deepEqual(places.left_eye.point.slice(0, 2), eyes.left.slice(0, 2));
  assert.ok(places.left_eye.point[2] > eyes.left[2] && places.left_eye.point[2] < nose[2]);
  assert.equal(places.right_eye_outer.point[0] - x, -(places.left_eye_outer.point[0] - x));
  assert.equal(Object.keys(places).length, 33);
});
