/**
 * Hands that touch each other or the face do so in the mirror, whatever the proportions; and the guide's example runs.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { buildEquipment, fitEquipment } from "../../../static/js/stage/equipment/index.js";
import { solve } from "../../../static/js/stage/kinematics.js";
import { ANATOMICAL } from "../../../static/js/stage/mirror/habits.js";
import { Mirror } from "../../../static/js/stage/mirror/index.js";
import { geometryOf } from "../../../static/js/stage/motion/index.js";
import { forward } from "../../../static/js/stage/rig.js";
import { add, distance, rotate } from "../../../static/js/stage/vectors.js";
import { PEOPLE } from "./bodies.js";
import { createCamera, landmarksOn, RATE } from "./looking.js";
import { rehearse, repertoire } from "./rehearsal.js";

const [CHILD, SMALL, ADULT, SHORT_ARMS, , TALL] = PEOPLE;
/** How much further or nearer hands may be than the person's, at the character's size, m. */
const TOUCH_M = 0.03;

/** @param {any} person @param {(at: {chest: any, head: any}) => Record<string, any>} hands in metres of the person */
function posed(person, hands) {
  const stand = rehearse(/** @type {any} */ (repertoire().find(({ name }) => name === "standing")), person, 3);
  const placement = stand.motion.at(0);
  const frames = stand.at(0).frames;
  const target = (/** @type {any} */ position, /** @type {number} */ s) => ({ position, quaternion: null, thumb: null, elbow: [0.8 * s, -0.6, -0.1], closed: 0.1 });
  const at = hands({ chest: frames.Spine2.position, head: frames.Head.position });
  const wished = Object.fromEntries(Object.entries(at).map(([side, position]) => [`${side}_hand`, target(position, side === "left" ? 1 : -1)]));
  return forward(person.rig, solve(person.rig, { ...placement, ...wished }).pose);
}

/** @param {any} source frames of the person @param {any} person @param {any} target @returns {any} frames */
function image(source, person, target) {
  const mirror = new Mirror({ rig: target.rig, body: target.body, habits: ANATOMICAL, mirrored: false });
  const look = createCamera();
  const marks = landmarksOn(source, person.body.stature_m);
  let out = null;
  for (let k = 0; k < RATE; k++) out = mirror.update(look(marks), k / RATE);
  return forward(target.rig, out.pose);
}

/** @param {any} person */
const arm = ({ body }) => body.upper_arm_m + body.forearm_m;

for (const [person, target] of [[ADULT, TALL], [TALL, CHILD], [SMALL, SHORT_ARMS]]) {
  test(`${target.name} folds the hands as ${person.name} does`, () => {
    const size = person.body.stature_m;
    const source = posed(person, ({ chest }) => ({
      left: add(chest, [0.03 * size, 0, 0.17 * size]), right: add(chest, [-0.03 * size, 0, 0.17 * size]),
    }));
    const shown = image(source, person, target);
    const gap = (/** @type {any} */ frames) => distance(frames.LeftHand.position, frames.RightHand.position);
    const wanted = (gap(source) * arm(target)) / arm(person);
    assert.ok(Math.abs(gap(shown) - wanted) < TOUCH_M, `${gap(shown).toFixed(3)} m, wanted ${wanted.toFixed(3)}`);
  });

  test(`${target.name} touches the cheek as ${person.name} does`, () => {
    const size = person.body.stature_m;
    const source = posed(person, ({ head }) => ({ left: add(head, [0.06 * size, 0.02 * size, 0.06 * size]) }));
    const shown = image(source, person, target);
    // Between the ears, from the head's joint, as in static/characters/manifest.json.
    const off = (/** @type {any} */ frames, /** @type {number} */ stature) => distance(
      frames.LeftHand.position, add(frames.Head.position, rotate(frames.Head.quaternion, [0, 0.047 * stature, 0.029 * stature])));
    const wanted = (off(source, size) * arm(target)) / arm(person);
    const found = off(shown, target.body.stature_m);
    assert.ok(Math.abs(found - wanted) < TOUCH_M, `${found.toFixed(3)} m, wanted ${wanted.toFixed(3)}`);
  });
}

const guide = await readFile(new URL("../../../docs/mirror.md", import.meta.url), "utf8");

test("the guide's example runs as it stands, and its tables name what there is", async () => {
  const code = /```js\n([\s\S]*?)```/.exec(guide)?.[1];
  const { rig, body } = ADULT;
  let applied = null;
  const loadCharacter = async () => ({ rig, body, apply: (/** @type {any} */ pose) => (applied = pose) });
  const person = createCamera()(landmarksOn(forward(rig), body.stature_m));
  const names = { assets: "", loadCharacter, buildEquipment, fitEquipment, geometryOf, Mirror, person, time_s: 0 };
  const Run = Object.getPrototypeOf(async () => {}).constructor;
  const { pose, equipment, state } = await new Run(...Object.keys(names), code)(...Object.values(names));
  assert.equal(pose, applied);
  assert.equal(equipment.length, 1);
  assert.deepEqual(state.absent, ["right_forearm"]);
  for (const key of Object.keys(state)) assert.match(guide, new RegExp(`\`${key}\``), `the guide does not say what ${key} is`);
});
