import assert from "node:assert/strict";
import { test } from "node:test";
import { Vector2 } from "../../../static/vendor/three.js";
import { Belt } from "../../../static/js/stage/belt.js";

const EXTENT = { low: [-0.4, 0, -0.5], high: [0.4, 1.7, 0.7] };
const ROUNDING_M = 1e-6; // positions are float32

/** Texture coordinate (v) that is seen at a place of the belt, m along z. */
function seenAt(belt, z) {
  const [{ geometry, material }] = belt.object.children;
  const { position, uv } = geometry.attributes;
  const ends = [0, position.count - 1].map((k) => [position.getZ(k), uv.getY(k)]);
  const share = (z - ends[0][0]) / (ends[1][0] - ends[0][0]);
  const v = ends[0][1] + share * (ends[1][1] - ends[0][1]);
  material.map.updateMatrix();
  const { y } = new Vector2(0, v).applyMatrix3(material.map.matrix);
  return y - Math.floor(y);
}

test("the belt goes back as far as whoever is on it goes ahead", () => {
  const belt = new Belt(EXTENT);
  for (const advanced of [0, 0.1, 0.37, 12.3, 1000.05]) {
    belt.move(0);
    const before = seenAt(belt, 0.2);
    belt.move(advanced);
    const there = seenAt(belt, 0.2 - advanced);
    const apart = Math.abs(before - there);
    assert.ok(Math.min(apart, 1 - apart) < ROUNDING_M / 0.01, `${advanced} m: ${before} is at ${there}`);
  }
  belt.dispose();
});

test("the belt reaches beyond all that happens on it and is part of the room", () => {
  const belt = new Belt(EXTENT);
  const { geometry } = belt.object.children[0];
  geometry.computeBoundingBox();
  const { min, max } = geometry.boundingBox;
  assert.ok(min.z < EXTENT.low[2] && max.z > EXTENT.high[2] && min.x < EXTENT.low[0] && max.x > EXTENT.high[0]);
  assert.ok(max.y < 0.01, "flush with the floor");
  assert.equal(belt.object.userData.is_room, true);
  belt.dispose();
});
