// Prints box people as GLB files, base64 by name: what browser tests open. See own-people.js.
import { midStride, surroundings, vrm } from "./own-changes.js";
import { glb, lowerArms, people } from "./own-people.js";

const half = Math.SQRT1_2;
const files = {
  metres: glb(people("mixamo")),
  centimetres: glb(people("mixamo"), { unit: 100 }),
  "scaled armature": glb(people("mixamo_sanitised"), { unit: 100, armature: { scale: 0.01 } }),
  inches: glb(people("daz"), { unit: 1 / 0.0254 }),
  "z up, turned by the armature": glb(people("unreal"), {
    unit: 100,
    turn: [half, 0, 0, half],
    armature: { scale: 0.01, rotation: [-half, 0, 0, half] },
  }),
  "z up, lying": glb(people("rigify"), { turn: [half, 0, 0, half] }),
  "VRM 0, facing back": glb(people("unity"), { turn: [0, 1, 0, 0], change: vrm(people("unity"), 0) }),
  "VRM 1": glb(people("unity"), { change: vrm(people("unity"), 1) }),
  "facing aside": glb(people("biped"), { turn: [0, half, 0, half] }),
  "arms down": glb(lowerArms(people("ready_player_me"), 1.45)),
  "A-pose": glb(lowerArms(people("character_creator"), 0.7)),
  "mid-stride": glb(people("mixamo"), { unit: 100, armature: { scale: 0.01 }, change: midStride(people("mixamo")) }),
  "two skeletons": glb(people("mixamo"), { copy: true }),
  flat: glb(people("unreal").map((part) => ({ ...part, parent: null }))),
  "no fingers": glb(people("biped", { fingers: false })),
  "few bones": glb(
    people("unity", {
      fingers: false,
      without: ["Neck", "LeftShoulder", "RightShoulder", "Spine2", "LeftToeBase", "RightToeBase"],
    }),
  ),
  "among other things": glb(people("mixamo"), { change: surroundings(people("mixamo")) }),
  nameless: glb(people("numbered", { fingers: false })),
  "points beyond the end": glb(people("mixamo"), {
    change: (json) => {
      json.bufferViews[0].byteOffset = 1e6;
    },
  }),
};
process.stdout.write(
  JSON.stringify(
    Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")])),
  ),
);
