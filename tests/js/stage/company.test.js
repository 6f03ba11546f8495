import assert from "node:assert/strict";
import { test } from "node:test";
import { Group } from "../../../static/vendor/three.js";
import { landmarksOf } from "../../../static/js/pose/limbs.js";
import { assemble } from "../../../static/js/stage/company.js";
import { geometryOf } from "../../../static/js/stage/motion/index.js";
import { Mirror } from "../../../static/js/stage/mirror/index.js";
import { DEFAULTS, complete } from "../../../static/js/stage/wishes.js";
import { measureBody } from "../../../static/js/stage/rig.js";
import { syntheticRig } from "./bodies.js";

const rig = syntheticRig(1.7);
const user = {
  rig, body: measureBody(rig), object: new Group(), lackingWith: landmarksOf, apply() {}, place() {}, setAbsent() {},
};

test("placements count all aids, also the crutch that no hand holds: a mirror's are those of the company", () => {
  const company = assemble(complete(DEFAULTS, { equipment: ["forearm_crutch"], absent: ["left_hand"] }), user, null);
  const [left, right] = company.aids;
  assert.deepEqual(company.equipment, [right], "only the right one is seen");
  // Of the person's right hand, which is the character's left one in a looking-glass.
  const mirror = new Mirror({ rig, body: user.body, equipment: company.aids.map(geometryOf), absent: ["right_hand"] });
  const moment = mirror.update(null, 0);
  company.pose(0.3);
  company.take(moment);
  const placed = moment.equipment.find(({ index }) => index === 1);
  assert.deepEqual(right.object.position.toArray(), placed.position);
  assert.ok(right.object.position.x < 0, "beside the character's right hand");
  right.object.updateMatrixWorld(true);
  const held = right.object.localToWorld(right.object.position.clone().fromArray(geometryOf(right).parts.grip.position));
  assert.ok(held.y > 0.5, "it stands");
  assert.ok(left.object.position.y < 0.1);
  company.dispose();
});
