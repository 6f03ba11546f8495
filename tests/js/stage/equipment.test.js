import assert from "node:assert/strict";
import { test } from "node:test";
import { Box3, Mesh, Raycaster, Vector3 } from "../../../static/vendor/three.js";
import { KINDS, buildEquipment, fitEquipment } from "../../../static/js/stage/equipment/index.js";
import { cushion, hoop, mirrored, plate, sheet, tube, turned } from "../../../static/js/stage/equipment/shapes.js";
import { createRandom } from "../../../static/js/stage/random.js";
import spec from "../../../static/spec/equipment.json" with { type: "json" };

const FLOOR_M = 0.002; // tyres are polygons, and a cambered tyre's section touches beside its middle
const TOUCH_M = 0.008; // cushions dip by up to 8 mm in the middle
const MOST_TRIANGLES = 24_000;
const MOST_DRAWS = 10; // chair: frame and cloth, four wheels of one mesh each, room for two more
const VARIANTS = [
  ["manual_wheelchair", {}],
  [
    "manual_wheelchair",
    { frame: "folding", footrests: "pair", armrest: "desk", anti_tippers: true, push_handles: false },
  ],
  ["power_wheelchair", {}],
  ["power_wheelchair", { drive: "rear", headrest: true, joystick_side: "left" }],
  ["walker", {}],
  ["walker", { front_wheels: true }],
  ["rollator", {}],
  ["rollator", { basket: "wire", backrest: false }],
  ["axillary_crutch", {}],
  ["axillary_crutch", { material: "wood" }],
  ["forearm_crutch", {}],
  ["cane", {}],
  ["cane", { variant: "crook" }],
  ["cane", { variant: "offset" }],
  ["cane", { variant: "quad" }],
  ["cane", { variant: "white" }],
];
const name = ([kind, params]) => `${kind} ${JSON.stringify(params)}`;

function meshes(object) {
  const found = [];
  object.traverse((child) => {
    if (child instanceof Mesh) found.push(child);
  });
  return found;
}

/** Volume inside a closed surface whose faces point outwards; negative if they point inwards. */
function volume(geometry) {
  const [p, index] = [geometry.getAttribute("position"), geometry.getIndex()];
  const corner = (k) => new Vector3().fromBufferAttribute(p, index.getX(k));
  let sum = 0;
  for (let k = 0; k < index.count; k += 3) sum += corner(k).dot(corner(k + 1).cross(corner(k + 2))) / 6;
  return sum;
}

/** First hit of a ray with an aid. */
function hit(equipment, from, direction) {
  equipment.object.updateMatrixWorld(true);
  const [first] = new Raycaster(from, direction, 0, 1).intersectObjects(meshes(equipment.object));
  return first?.point;
}

const close = (got, expected, tolerance, what) =>
  assert.ok(Math.abs(got - expected) <= tolerance, `${what}: got ${got}, expected ${expected} within ${tolerance}`);

test("shapes are closed, face outwards and have the volume of what they stand for", () => {
  const polygon = (sides) => (sides * Math.sin((2 * Math.PI) / sides)) / 2; // area of a unit circle's polygon
  const shapes = {
    tube: [
      tube(
        [
          [0, 0, 0],
          [0, 0.5, 0],
        ],
        0.02,
        { sides: 12 },
      ),
      polygon(12) * 0.02 ** 2 * 0.5,
    ],
    drum: [
      turned(
        [
          [0, -0.1],
          [0.3, -0.1],
          [0.3, 0.1],
          [0, 0.1],
        ],
        24,
      ),
      polygon(24) * 0.3 ** 2 * 0.2,
    ],
    hoop: [hoop(0.3, 0.01, { segments: 64, sides: 16 }), 2 * Math.PI * 0.3 * polygon(16) * 0.01 ** 2],
    plate: [
      plate(
        [
          [0, 0],
          [0.3, 0],
          [0.3, 0.2],
          [0, 0.2],
        ],
        0.01,
        0.001,
      ),
      0.3 * 0.2 * 0.01,
    ],
    sheet: [
      sheet((u, v, out) => out.set(u * 0.4, 0, -v * 0.3), { columns: 4, rows: 3, thickness: 0.01 }),
      0.4 * 0.3 * 0.01,
    ],
    cushion: [cushion({ width: 0.4, depth: 0.4, height: 0.06, edge: 0.004 }), 0.4 * 0.4 * 0.06],
  };
  for (const [shape, [geometry, expected]] of Object.entries(shapes)) {
    // 4 %: bevels and rounded edges take a little away.
    close(volume(geometry), expected, 0.04 * expected, shape);
    close(volume(mirrored(geometry)), expected, 0.04 * expected, `mirrored ${shape}`);
  }
});

test("a bent tube keeps its radius and ends where it should", () => {
  const p = tube(
    [
      [0, 0, 0],
      [0, 0.3, 0],
      [0.3, 0.3, 0],
    ],
    0.0125,
    { bend: 0.08, sides: 24 },
  ).getAttribute("position");
  for (let k = 0; k < p.count; k++)
    close(Math.abs(p.getZ(k)), 0.00625, 0.00626, "half width across the plane of the bend");
  const last = new Vector3().fromBufferAttribute(p, p.count - 1);
  assert.ok(last.distanceTo(new Vector3(0.3, 0.3, 0)) < 1e-6);
});

for (const variant of VARIANTS) {
  test(`${name(variant)} stands on the floor, has its parts and is cheap to draw`, () => {
    const [kind, params] = variant;
    const equipment = buildEquipment(kind, params);
    const { parts, optional_parts = [], class: kindClass } = spec.kinds[kind];
    assert.equal(equipment.class, kindClass);
    assert.deepEqual(
      Object.keys(equipment.parts).filter((part) => !parts.includes(part)),
      [],
    );
    assert.deepEqual(
      parts.filter((part) => !equipment.parts[part] && !optional_parts.includes(part)),
      [],
    );
    const box = new Box3().setFromObject(equipment.object, true);
    close(box.min.y, 0, FLOOR_M, "lowest point");
    for (const value of [...box.min.toArray(), ...box.max.toArray()])
      assert.ok(Math.abs(value) < 2, `a finite size, got ${value}`);
    assert.ok(equipment.contacts.length > 0);
    const all = meshes(equipment.object);
    assert.ok(all.length <= MOST_DRAWS, `${all.length} draw calls`);
    const triangles = all.reduce((sum, { geometry }) => sum + geometry.getIndex().count / 3, 0);
    assert.ok(triangles <= MOST_TRIANGLES, `${triangles} triangles`);
    for (const { geometry } of all) assert.ok(geometry.getAttribute("normal").array.every(Number.isFinite));
  });

  test(`${name(variant)}: left and right are mirror images`, () => {
    const { parts } = buildEquipment(...variant);
    for (const [part, object] of Object.entries(parts)) {
      if (!part.startsWith("left_")) continue;
      const other = parts[part.replace("left_", "right_")].position;
      assert.ok(object.position.distanceTo(other.clone().setX(-other.x)) < 1e-9, part);
      assert.ok(object.position.x > 0, `${part} is at +x`);
    }
  });
}

test("surfaces that carry somebody are where their parts say", () => {
  for (const variant of VARIANTS) {
    const equipment = buildEquipment(...variant);
    for (const [part, object] of Object.entries(equipment.parts)) {
      if (!/seat|footrest|armrest/.test(part)) continue;
      const up = new Vector3(0, 1, 0).applyQuaternion(object.quaternion);
      const point = hit(equipment, object.position.clone().addScaledVector(up, 0.05), up.clone().negate());
      assert.ok(point, `${name(variant)} ${part}: nothing there`);
      assert.ok(
        point.distanceTo(object.position) < TOUCH_M,
        `${name(variant)} ${part}: the surface is ${point.distanceTo(object.position)} m off`,
      );
    }
  }
});

test("the back upholstery is where the part says, facing the sitter", () => {
  for (const kind of ["manual_wheelchair", "power_wheelchair"]) {
    const equipment = buildEquipment(kind);
    const { position, quaternion } = equipment.parts.backrest;
    const out = new Vector3(0, 1, 0).applyQuaternion(quaternion);
    assert.ok(out.z > 0.9, "it faces ahead");
    const point = hit(equipment, position.clone().addScaledVector(out, 0.1), out.clone().negate());
    assert.ok(point.distanceTo(position) < 0.02, `${kind}: ${point.distanceTo(position)} m off`);
  }
});

test("grips and handles have the radius and direction that a hand closes around", () => {
  for (const variant of VARIANTS) {
    const equipment = buildEquipment(...variant);
    for (const [part, object] of Object.entries(equipment.parts)) {
      if (!/grip|push_handle/.test(part)) continue;
      const radius = object.userData.radius_m;
      const hits = [0.03, -0.03].map((z) =>
        hit(equipment, object.position.clone().add(new Vector3(0, 0.06, z)), new Vector3(0, -1, 0)),
      );
      const bent = variant[0] === "cane"; // a cane's handle is curved, a white cane's upright
      for (const point of bent ? [] : hits)
        close(point.y - object.position.y, radius, 0.005, `${name(variant)} ${part}`);
      if (variant[1].variant !== "white") {
        const middle = hit(equipment, object.position.clone().add(new Vector3(0, 0.06, 0)), new Vector3(0, -1, 0));
        close(middle.y - object.position.y, radius, 0.006, `${name(variant)} ${part} in the middle`);
      }
    }
  }
});

test("hand rims lie on the circle that their part describes", () => {
  for (const camber_rad of [0, 0.1, 0.3]) {
    const equipment = buildEquipment("manual_wheelchair", { camber_rad });
    for (const side of ["left", "right"]) {
      const rim = equipment.parts[`${side}_rim`];
      for (const angle of [0.3, 1.5, 4]) {
        const radial = new Vector3(0, Math.cos(angle), Math.sin(angle)).applyQuaternion(rim.quaternion);
        const outwards = new Vector3(side === "left" ? 1 : -1, 0, 0).applyQuaternion(rim.quaternion);
        const centre = rim.position.clone().addScaledVector(radial, rim.userData.radius_m);
        const point = hit(equipment, centre.clone().addScaledVector(outwards, 0.05), outwards.clone().negate());
        // 1 mm: 56 segments of a circle of 27 cm radius.
        close(
          point.distanceTo(centre),
          rim.userData.tube_radius_m,
          0.001,
          `${side} rim at ${angle} rad, camber ${camber_rad}`,
        );
      }
    }
  }
});

test("wheels roll: what touches the floor does not slide, the top goes ahead", () => {
  const equipment = buildEquipment("manual_wheelchair", { camber_rad: 0 });
  const way = 0.01;
  const wheel = equipment.wheels.find(({ name: wheelName }) => wheelName === "right_wheel");
  const [bottom, top] = [-1, 1].map((sign) => new Vector3(0, sign * wheel.radius_m, 0));
  equipment.setTravel(0, way);
  equipment.object.updateMatrixWorld(true);
  const moved = (point) => wheel.object.localToWorld(point.clone()).sub(wheel.axle.localToWorld(point.clone())).z;
  // Second order of the arc: way^3 / (6 r^2).
  close(moved(bottom), -way, 1e-5, "bottom against the axle");
  close(moved(top), way, 1e-5, "top against the axle");
  const left = equipment.wheels.find(({ name: wheelName }) => wheelName === "left_wheel");
  assert.equal(left.object.rotation.x, 0);
});

test("the same seed draws the same aid, another seed another", () => {
  for (const kind of KINDS) {
    const drawn = (seed) => buildEquipment(kind, {}, createRandom(seed)).params;
    assert.deepEqual(drawn(5), drawn(5));
    assert.notDeepEqual(drawn(5), drawn(6));
  }
});

test("naming one parameter does not change what is drawn for the others", () => {
  const free = buildEquipment("manual_wheelchair", {}, createRandom(1)).params;
  const { spokes, ...rest } = buildEquipment("manual_wheelchair", { spokes: 12 }, createRandom(1)).params;
  assert.equal(spokes, 12);
  for (const [key, value] of Object.entries(rest)) assert.equal(free[key], value);
});

test("whatever is drawn can be built and stands", () => {
  for (const kind of KINDS) {
    for (let seed = 0; seed < 25; seed++) {
      const equipment = buildEquipment(kind, {}, createRandom(seed));
      close(new Box3().setFromObject(equipment.object, true).min.y, 0, FLOOR_M, `${kind} ${seed}`);
      equipment.dispose();
    }
  }
});

test("bad requests are refused with what was expected and what came", () => {
  assert.throws(() => buildEquipment("unicycle"), /expected one of manual_wheelchair, .*got "unicycle"/);
  assert.throws(() => buildEquipment("cane", { colour: "red" }), /colour: unknown/);
  assert.throws(
    () => buildEquipment("manual_wheelchair", { camber_rad: 2 }),
    /camber_rad: got 2, expected a number in 0\.\.0\.35/,
  );
  assert.throws(
    () => buildEquipment("manual_wheelchair", { spokes: 20.5 }),
    /spokes: got 20\.5, expected a whole number/,
  );
  assert.throws(() => buildEquipment("manual_wheelchair", { seat_width_m: "wide" }), /seat_width_m: got "wide"/);
  assert.throws(
    () => buildEquipment("manual_wheelchair", { frame: "gold" }),
    /frame: got "gold", expected rigid, folding/,
  );
  assert.throws(() => buildEquipment("manual_wheelchair", { brakes: 1 }), /brakes: got 1, expected true or false/);
  assert.throws(() => buildEquipment("rollator", { paint: "red" }), /paint: got "red", expected a colour/);
  assert.throws(() => buildEquipment("axillary_crutch", { length_m: 1, grip_height_m: 0.9 }), /0\.25 m above the grip/);
});

/** Measures of people from a child of 1.15 m to a man of 2 m, in proportion; hips wider or narrower. */
const BODIES = [
  [1.15, 0.24],
  [1.5, 0.42],
  [1.75, 0.37],
  [2, 0.36],
].map(([stature, hip]) => ({
  stature_m: stature,
  hip_width_m: hip,
  thigh_m: 0.245 * stature,
  shank_m: 0.246 * stature,
  ankle_height_m: 0.045 * stature,
  buttock_clearance_m: 0.051 * stature,
  buttock_depth_m: 0.072 * stature,
  upper_arm_m: 0.17 * stature,
  forearm_m: 0.15 * stature,
  shoulder_height_m: 0.82 * stature,
  seat_height_m: 0.25 * stature,
  shoulder: [0.1 * stature, 0.29 * stature, 0],
}));

for (const body of BODIES) {
  test(`aids fit a person of ${body.stature_m} m`, () => {
    for (const kind of ["manual_wheelchair", "power_wheelchair"]) {
      const chair = buildEquipment(kind, fitEquipment(kind, body));
      assert.ok(chair.params.seat_width_m >= Math.min(body.hip_width_m, 0.65), "the hips fit in");
      assert.ok(
        chair.parts.left_footrest.position.y >= 0.045,
        `${kind}: feet clear the floor, got ${chair.parts.left_footrest.position.y}`,
      );
      const knee = -chair.params.seat_depth_m / 2 + body.buttock_depth_m + body.thigh_m;
      assert.ok(knee - 0.05 > chair.params.seat_depth_m / 2, "the seat ends before the hollow of the knee");
    }
    const wrist = body.shoulder_height_m - body.upper_arm_m - body.forearm_m;
    for (const kind of ["walker", "rollator", "forearm_crutch", "cane"]) {
      const aid = buildEquipment(kind, fitEquipment(kind, body));
      const grip = aid.parts.grip ?? aid.parts.left_grip;
      close(grip.position.y, Math.max(wrist, 0.5), 0.06, `${kind}: grip at the wrist`);
    }
    const crutch = buildEquipment("axillary_crutch", fitEquipment("axillary_crutch", body));
    assert.ok(crutch.parts.pad.position.y < body.shoulder_height_m - 0.04, "the pad stays below the armpit");
  });
}

test("fitting keeps what is wished for, and says which measure is missing", () => {
  assert.equal(fitEquipment("manual_wheelchair", BODIES[2], { seat_width_m: 0.5 }).seat_width_m, 0.5);
  const { hip_width_m: _, ...lacking } = BODIES[2];
  assert.throws(() => fitEquipment("manual_wheelchair", lacking), /the body gives no seat_width_m/);
});
