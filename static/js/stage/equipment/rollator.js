/** Four-wheel rollator with seat, basket and loop brakes. Metres; parameters in static/spec/equipment.json. */
import { Group } from "../../../vendor/three.js";
import { Equipment, placed } from "./assembly.js";
import { cushion, sheet, tube } from "./shapes.js";
import { addCaster, drum, smallWheel } from "./wheels.js";

/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {ReturnType<typeof layout>} Layout */

const TUBE = 0.0135;
const GRIP = { radius: 0.0175, length: 0.12 };
const WHEEL_WIDTH = 0.035;

/** @param {Record<string, any>} p */
function layout(p) {
  const [grip, base] = [p.grip_width_m / 2, p.base_width_m / 2];
  const frame = base - WHEEL_WIDTH / 2 - 0.028; // side frames stand inside the wheels
  const rear = -0.02; // rear axle about below the grips, so that pressing down does not tip it
  const front = rear + p.depth_m;
  const apex = { y: p.seat_height_m - 0.03, z: rear + p.depth_m * 0.46 };
  return { grip, base, frame, rear, front, apex, tube: p.height_m - GRIP.radius, stem: p.wheel_radius_m * 2 + 0.03 };
}

/** Side frames, handle posts, cross bars. @param {Equipment} rollator @param {Layout} at */
function sideFrames(rollator, { grip, frame: x, rear, front, apex, tube: top, stem }) {
  const { frame, params } = rollator;
  const post = { y: apex.y + 0.05, z: apex.z - 0.05 };
  // Front leg, over the apex, down to the rear wheel: one bent tube.
  frame.addPair(
    "paint",
    tube(
      [
        [x, stem + 0.02, front],
        [x, stem + 0.07, front - 0.02],
        [x, apex.y, apex.z + 0.06],
        [x, apex.y, apex.z - 0.09],
        [x, params.wheel_radius_m, rear],
      ],
      TUBE,
      { bend: 0.07, sides: 12 },
    ),
  );
  frame.addPair(
    "paint",
    tube(
      [
        [x, apex.y - 0.09, apex.z + 0.03],
        [x, post.y, post.z],
        [grip, top - 0.16, 0.075],
      ],
      TUBE,
      { bend: 0.1 },
    ),
  );
  frame.addPair(
    "aluminium",
    tube(
      [
        [x + (grip - x) * 0.35, post.y + (top - 0.16 - post.y) * 0.35, post.z + (0.075 - post.z) * 0.35],
        [grip, top - 0.1, 0.062],
        [grip, top, 0.045],
        [grip, top, -GRIP.length / 2],
      ],
      TUBE * 0.84,
      { bend: 0.06 },
    ),
  );
  frame.addPair(
    "plastic",
    tube(
      [
        [grip + (x - grip) * 0.1, top - 0.2, 0.09],
        [grip, top - 0.15, 0.073],
      ],
      TUBE + 0.005,
    ),
  );
  frame.addPair(
    "foam",
    tube(
      [
        [grip, top, -GRIP.length / 2 - 0.004],
        [grip, top, GRIP.length / 2 - 0.01],
      ],
      GRIP.radius,
      { sides: 14 },
    ),
  );
  const low = stem + 0.1;
  const share = (low - stem - 0.07) / (apex.y - stem - 0.07);
  frame.add(
    "paint",
    tube(
      [
        [x, low, front - 0.02 - (front - 0.08 - apex.z) * share],
        [-x, low, front - 0.02 - (front - 0.08 - apex.z) * share],
      ],
      TUBE * 0.8,
    ),
  );
  frame.add(
    "paint",
    tube(
      [
        [x, apex.y - 0.05, apex.z + 0.07],
        [-x, apex.y - 0.05, apex.z + 0.07],
      ],
      TUBE * 0.8,
    ),
  );
}

/** Loop brakes below the grips, cables, shoes at the rear wheels. @param {Equipment} rollator @param {Layout} at */
function brakes(rollator, { grip, base, frame: x, rear, apex, tube: top }) {
  const { frame, params } = rollator;
  const r = params.wheel_radius_m;
  frame.addPair(
    "plastic",
    cushion({ width: 0.03, depth: 0.05, height: 0.045, edge: 0.01 }),
    placed([grip, top - 0.012, GRIP.length / 2 + 0.005]),
  );
  frame.addPair(
    "dark_metal",
    tube(
      [
        [grip, top - 0.035, 0.06],
        [grip, top - 0.052, 0.02],
        [grip, top - 0.056, -0.05],
        [grip, top - 0.03, -0.075],
      ],
      0.0048,
      { bend: 0.03, sides: 8 },
    ),
  );
  frame.addPair(
    "rubber",
    tube(
      [
        [grip, top - 0.04, 0.07],
        [grip + 0.025, top - 0.12, 0.12],
        [x + 0.03, apex.y - 0.02, apex.z - 0.06],
        [x + 0.02, r * 2 + 0.08, rear + 0.08],
        [base - 0.01, r * 2 + 0.02, rear + 0.015],
      ],
      0.0028,
      { bend: 0.12, sides: 6 },
    ),
  );
  frame.addPair(
    "plastic",
    cushion({ width: 0.05, depth: 0.06, height: 0.03, edge: 0.008 }),
    placed([base - 0.02, r * 2 + 0.03, rear + 0.01], [0.2, 0, 0]),
  );
}

/** Seat, backrest strap, basket. @param {Equipment} rollator @param {Layout} at */
function furnish(rollator, { grip, frame: x, front, apex, stem }) {
  const { frame, params } = rollator;
  const depth = 0.26;
  const seat = { y: params.seat_height_m, z: apex.z - 0.02 };
  frame.add(
    "upholstery",
    cushion({ width: 2 * x - 0.02, depth, height: 0.032, edge: 0.013, crown: 0.004 }),
    placed([0, seat.y, seat.z]),
  );
  frame.addPair(
    "dark_metal",
    tube(
      [
        [x - 0.03, seat.y - 0.036, seat.z - depth / 2],
        [x - 0.03, seat.y - 0.036, seat.z + depth / 2],
      ],
      0.008,
    ),
  );
  // One sits facing the rear.
  rollator.part("seat", [0, seat.y, seat.z], [0, Math.PI, 0], { width_m: 2 * x - 0.02, depth_m: depth });
  if (params.backrest) {
    const y = Math.min(seat.y + 0.27, params.height_m - 0.12);
    const z = apex.z - 0.02;
    const bar = /** @type {Point[]} */ ([
      [grip, y - 0.02, 0.062],
      [x - 0.01, y, z + 0.09],
      [-x + 0.01, y, z + 0.09],
      [-grip, y - 0.02, 0.062],
    ]);
    frame.add("dark_metal", tube(bar, 0.009, { bend: 0.1 }));
    frame.add(
      "foam",
      tube(
        [
          [x - 0.09, y, z + 0.09],
          [-x + 0.09, y, z + 0.09],
        ],
        0.026,
      ),
    );
  }
  const [low, high] = [stem + 0.04, seat.y - 0.06];
  const [from, to] = [apex.z - 0.1, apex.z + 0.12];
  if (params.basket === "bag") {
    const round = 0.35; // the bag's bottom is narrower
    frame.add(
      "upholstery",
      sheet(
        (u, v, out) => {
          const angle = 2 * Math.PI * u;
          const square = (/** @type {number} */ c) => Math.sign(c) * Math.abs(c) ** round;
          const waist = 0.86 + 0.14 * v;
          out.set(
            square(Math.cos(angle)) * (x - 0.03) * waist,
            low + (high - low) * v,
            (from + to) / 2 - square(Math.sin(angle)) * ((to - from) / 2) * waist,
          );
        },
        { columns: 32, rows: 3, thickness: 0.005 },
      ),
    );
    frame.add(
      "upholstery",
      cushion({ width: 2 * (x - 0.03) * 0.88, depth: (to - from) * 0.88, height: 0.008, edge: 0.003 }),
      placed([0, low + 0.006, (from + to) / 2]),
    );
  } else if (params.basket === "wire") {
    const rings = [0, 0.33, 0.66, 1].map((v) => low + 0.05 + v * 0.2);
    const [near, far] = [apex.z + 0.1, front + 0.06];
    for (const y of rings)
      frame.add(
        "dark_metal",
        tube(
          [
            [0, y, near],
            [x - 0.04, y, near],
            [x - 0.04, y, far],
            [-x + 0.04, y, far],
            [-x + 0.04, y, near],
            [0, y, near],
          ],
          0.0028,
          { bend: 0.03, sides: 6 },
        ),
      );
    for (let k = 0; k <= 8; k++) {
      const across = (k / 4 - 1) * (x - 0.045);
      frame.add(
        "dark_metal",
        tube(
          [
            [across, rings[3], near],
            [across, rings[0], near],
            [across, rings[0], far],
            [across, rings[3], far],
          ],
          0.0018,
          { bend: 0.01, sides: 5 },
        ),
      );
    }
  }
}

/** @param {Record<string, any>} params complete, see completeParams @returns {Equipment} */
export function buildRollator(params) {
  const rollator = new Equipment("rollator", "walker", params);
  const at = layout(params);
  const radius = params.wheel_radius_m;
  sideFrames(rollator, at);
  brakes(rollator, at);
  furnish(rollator, at);
  for (const sign of [1, -1]) {
    const side = sign > 0 ? "left" : "right";
    rollator.part(`${side}_grip`, [sign * at.grip, at.tube, 0], [0, 0, 0], {
      radius_m: GRIP.radius,
      length_m: GRIP.length,
    });
    addCaster(rollator, {
      name: `${side}_front_wheel`,
      side,
      x: sign * at.frame,
      z: at.front,
      radius,
      width: WHEEL_WIDTH,
      trail: 0.035,
      top: at.stem,
      fork: "plastic",
      centre: "light_grey",
      arms: 5,
    });
    rollator.part(`${side}_front_tip`, [sign * at.frame, 0, at.front - 0.035]);
    const spinning = new Group();
    spinning.add(smallWheel({ radius, width: WHEEL_WIDTH, centre: "light_grey", arms: 5 }).build(rollator.materials));
    rollator.wheel(`${side}_rear_wheel`, spinning, {
      position: [sign * at.base, radius, at.rear],
      radius_m: radius,
      side,
    });
    rollator.frame.add(
      "steel",
      drum(0.008, at.frame - 0.014, at.base + 0.02, 10),
      placed([0, radius, at.rear], [0, sign > 0 ? 0 : Math.PI, 0]),
    );
    rollator.contact(`${side}_rear_tip`, [sign * at.base, 0, at.rear]);
    rollator.part(`${side}_rear_tip`, [sign * at.base, 0, at.rear]);
  }
  return rollator.finish();
}
