/** Frames of manual wheelchairs: rigid, or folding with a cross brace; back canes and push handles. Metres. */
import { placed } from "./assembly.js";
import { cushion, plate, sheet, tube } from "./shapes.js";
import { drum } from "./wheels.js";
import { TUBE } from "./wheelchair_layout.js";

/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {import("./assembly.js").Equipment} Equipment */
/** @typedef {import("./wheelchair_layout.js").Layout} Layout */

/** Back canes, push handles, the bar between the canes. @param {Equipment} chair @param {Layout} at */
export function back(chair, { rail, rear, side, lower, back: cane }) {
  const p = chair.params;
  const top = p.backrest_height_m;
  const foot = /** @type {Point} */ ([side, p.frame === "rigid" ? rail(rear) : lower, rear - 0.012]);
  const hinge = /** @type {Point} */ ([side, rail(rear), rear - 0.012]);
  const start = p.frame === "rigid" ? [hinge] : [foot, hinge];
  if (p.push_handles) {
    const [x, y, z] = cane(top + 0.055);
    chair.frame.addPair("paint", tube([...start, [x, y, z], [x, y + 0.004, z - 0.13]], TUBE * 0.92, { bend: 0.045 }));
    chair.frame.addPair(
      "foam",
      tube(
        [
          [x, y + 0.002, z - 0.035],
          [x, y + 0.004, z - 0.137],
        ],
        0.0165,
      ),
    );
    for (const sign of [1, -1]) {
      chair.part(sign > 0 ? "left_push_handle" : "right_push_handle", [sign * x, y + 0.003, z - 0.09], [0, 0, 0], {
        radius_m: 0.0165,
      });
    }
  } else {
    chair.frame.addPair("paint", tube([...start, cane(top + 0.008)], TUBE * 0.92));
    chair.frame.addPair("plastic", tube([cane(top + 0.002), cane(top + 0.014)], TUBE + 0.002));
  }
  if (p.frame === "rigid") {
    const [x, y, z] = cane(top * 0.45);
    chair.frame.add(
      "paint",
      tube(
        [
          [x, y, z],
          [x * 0.75, y, z - 0.06],
          [-x * 0.75, y, z - 0.06],
          [-x, y, z],
        ],
        TUBE * 0.8,
        { bend: 0.06 },
      ),
    );
  }
}

/** Tubes of the rigid frame. @param {Equipment} chair @param {Layout} at */
export function rigidFrame(chair, { rail, rear, side, axle, lower, knee, foot }) {
  const { frame } = chair;
  const hangerAt = (/** @type {number} */ y) => {
    const share = (rail(knee) - y) / (rail(knee) - foot.y);
    return /** @type {Point} */ ([side + (foot.x - side) * share, y, knee + (foot.z - knee) * share]);
  };
  frame.addPair(
    "paint",
    tube(
      [
        [side, rail(rear), rear - 0.03],
        [side, rail(knee), knee],
        [foot.x, foot.y - 0.008, foot.z],
      ],
      TUBE,
      { bend: 0.07 },
    ),
  );
  const join = hangerAt(Math.max(lower, foot.y + 0.03));
  frame.addPair(
    "paint",
    tube([[side, axle.y + 0.012, axle.z], [side, lower, axle.z + 0.16], join], TUBE * 0.92, { bend: 0.09 }),
  );
  frame.addPair(
    "paint",
    tube(
      [
        [side, rail(axle.z), axle.z],
        [side, axle.y, axle.z],
      ],
      TUBE,
    ),
  );
  frame.addPair(
    "dark_metal",
    tube(
      [
        [side, axle.y - 0.03, axle.z],
        [side, axle.y + 0.035, axle.z],
      ],
      0.021,
      { sides: 12 },
    ),
  );
  frame.add("dark_metal", drum(0.017, -(axle.x - 0.03), axle.x - 0.03, 14), placed([0, axle.y, axle.z]));
  frame.add(
    "upholstery",
    sheet(
      (u, v, out) => {
        // calf strap, so that the feet do not slip back under the casters
        const [x, y, z] = hangerAt(rail(knee) - 0.13 - 0.07 * v);
        const across = u * 2 - 1;
        out.set(across * x, y, z - 0.045 * (1 - across ** 2));
      },
      { columns: 8, rows: 1, thickness: 0.003 },
    ),
  );
  const brace = hangerAt(Math.max(foot.y + 0.1, lower + 0.03));
  frame.add(
    "paint",
    tube(
      [
        [brace[0], brace[1], brace[2]],
        [-brace[0], brace[1], brace[2]],
      ],
      TUBE * 0.8,
    ),
  );
  frame.add(
    "paint",
    tube(
      [
        [side, rail(knee - 0.06), knee - 0.06],
        [-side, rail(knee - 0.06), knee - 0.06],
      ],
      TUBE * 0.8,
    ),
  );
}

/**
 * Tubes of the folding frame: box sides, cross brace, hangers in receivers.
 * @param {Equipment} chair
 * @param {Layout} at
 */
export function foldingFrame(chair, { rail, rear, front, side, axle, lower, knee, foot }) {
  const { frame } = chair;
  frame.addPair(
    "paint",
    tube(
      [
        [side, lower, rear - 0.012],
        [side, lower, front],
        [side, rail(front), front],
      ],
      TUBE,
      { bend: 0.05 },
    ),
  );
  frame.addPair(
    "paint",
    tube(
      [
        [side, rail(rear), rear - 0.012],
        [side, rail(front) + 0.001, front],
      ],
      TUBE,
    ),
  );
  for (const [sign, z] of [
    [1, -0.014],
    [-1, 0.014],
  ]) {
    const middle = 0.02;
    frame.add(
      "paint",
      tube(
        [
          [-sign * side, lower + 0.01, z + middle],
          [sign * (side - 0.004), rail(middle) - 0.006, z + middle],
        ],
        TUBE * 0.9,
      ),
    );
  }
  frame.add("steel", drum(0.008, -0.03, 0.03, 10), placed([0, (lower + rail(0)) / 2, 0.02], [0, Math.PI / 2, 0]));
  const [low, high] = [lower - 0.02, Math.max(axle.y + 0.05, lower + 0.1)];
  frame.addPair(
    "dark_metal",
    plate(
      [
        [rear - 0.045, low],
        [Math.max(rear, axle.z) + 0.04, low],
        [Math.max(rear, axle.z) + 0.04, high],
        [rear - 0.045, high],
      ],
      0.008,
    ),
    placed([side + 0.014, 0, 0], [0, -Math.PI / 2, 0]),
  );
  frame.addPair("steel", drum(0.012, side, axle.x, 12), placed([0, axle.y, axle.z]));
  const hanger = front + 0.028;
  frame.addPair(
    "paint",
    tube(
      [
        [side, rail(front) - 0.13, hanger],
        [side, rail(front) + 0.004, hanger],
        [side, rail(front) - 0.004, knee],
        [foot.x, foot.y - 0.01, foot.z],
      ],
      TUBE * 0.9,
      { bend: 0.045 },
    ),
  );
  for (const y of [rail(front) - 0.1, rail(front) - 0.02]) {
    frame.addPair(
      "plastic",
      cushion({ width: 0.03, depth: 0.06, height: 0.018, edge: 0.006 }),
      placed([side, y, front + 0.014]),
    );
  }
}
