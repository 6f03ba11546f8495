import assert from "node:assert/strict";
import { test } from "node:test";
import { Object3D, Vector3 } from "../../../static/vendor/three.js";
import { LIMBS } from "../../../static/js/pose/limbs.js";
import { shrinkLimbs } from "../../../static/js/stage/stumps.js";

/** A chain of bones along an axis, with a node of the file's between two of them. */
function chain(names, axis, scale = 1) {
  const nodes = {};
  let above = new Object3D();
  for (const name of names) {
    const node = new Object3D();
    node.position.setComponent(axis, 0.3);
    node.scale.setScalar(scale);
    above.add(new Object3D(), node);
    nodes[name] = above = node;
  }
  return nodes;
}
const body = (scale) => ({
  ...chain(["LeftArm", "LeftForeArm", "LeftHand", "LeftHandIndex1"], 0, scale),
  ...chain(["RightArm", "RightForeArm", "RightHand", "RightHandIndex1"], 0, scale),
  ...chain(["LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase"], 1, scale),
  ...chain(["RightUpLeg", "RightLeg", "RightFoot", "RightToeBase"], 1, scale),
});
const sizesOf = (nodes) => new Map(Object.values(nodes).map((node) => [node, node.scale.clone()]));
const lengthOf = (node) => Math.max(...node.getWorldScale(new Vector3()).toArray());

for (const limb of LIMBS) {
  test(`without ${limb}: what hangs below is gone, what is above and the other side stay, and it comes back`, () => {
    const nodes = body(2);
    const sizes = sizesOf(nodes);
    shrinkLimbs(nodes, sizes, [limb]);
    const changed = Object.entries(nodes).filter(([, node]) => !node.scale.equals(sizes.get(node))).map(([name]) => name);
    const side = limb.startsWith("left") ? "Left" : "Right";
    assert.ok(changed.length > 0 && changed.every((name) => name.startsWith(side)), String(changed));
    const end = nodes[`${side}${/leg|foot/.test(limb) ? "ToeBase" : "HandIndex1"}`];
    assert.ok(lengthOf(end) / 16 < 0.02, "fingers and toes are next to nothing"); // four bones of scale 2
    shrinkLimbs(nodes, sizes, []);
    for (const [node, scale] of sizes) assert.ok(node.scale.equals(scale));
  });
}

test("a stump is short along the limb, whatever axis that is in the file, and nearly as thick as the limb", () => {
  const nodes = body(1);
  shrinkLimbs(nodes, sizesOf(nodes), ["left_forearm", "left_lower_leg"]);
  assert.ok(nodes.LeftForeArm.scale.x < 0.2 && nodes.LeftForeArm.scale.y > 0.5);
  assert.ok(nodes.LeftLeg.scale.y < 0.2 && nodes.LeftLeg.scale.x > 0.5);
});

test("a limb that the skeleton or the list does not have", () => {
  const nodes = chain(["LeftArm", "LeftForeArm", "LeftHand"], 0);
  shrinkLimbs(nodes, sizesOf(nodes), ["right_leg", "left_hand"]);
  assert.ok(nodes.LeftHand.scale.x < 0.01);
  assert.throws(() => shrinkLimbs(nodes, sizesOf(nodes), ["tail"]), /RangeError: limb: expected one of/);
});
