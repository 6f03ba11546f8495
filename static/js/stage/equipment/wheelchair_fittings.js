/** What is fitted to a manual wheelchair's frame: upholstery, foot plates, guards or armrests, brakes. Metres. */
import { placed } from "./assembly.js";
import { cushion, plate, sheet, tube } from "./shapes.js";
import { drum } from "./wheels.js";
import { TUBE } from "./wheelchair_layout.js";

/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {import("./assembly.js").Equipment} Equipment */
/** @typedef {import("./wheelchair_layout.js").Layout} Layout */

const SLING = 0.03; // the back upholstery's middle lies this far behind its edges
const PLATE_REACH = 0.05; // middle of the foot plate ahead of the hanger's end

/** Seat and back upholstery. @param {Equipment} chair @param {Layout} at */
export function upholster(chair, { rear, front, rail, side, back }) {
  const p = chair.params;
  const tilt = -p.seat_angle_rad;
  chair.frame.add(
    "upholstery",
    cushion({ width: p.seat_width_m, depth: p.seat_depth_m, height: p.cushion_height_m, edge: 0.018, crown: -0.006 }),
    placed([0, p.seat_height_m, 0], [tilt, 0, 0]),
  );
  chair.frame.add(
    "upholstery",
    sheet(
      (u, v, out) => {
        const z = front + (rear - front) * v;
        out.set((u * 2 - 1) * side, rail(z) + 0.012 - 0.012 * Math.sin(Math.PI * u), z);
      },
      { columns: 8, rows: 2, thickness: 0.004 },
    ),
  );
  const top = p.backrest_height_m;
  chair.frame.add(
    "upholstery",
    sheet(
      (u, v, out) => {
        const [, y, z] = back(top * v - 0.02 * (1 - v));
        const bow = Math.sin(Math.PI * u);
        out.set((u * 2 - 1) * side, y - 0.012 * bow * v, z - SLING * bow + 0.006);
      },
      { columns: 12, rows: 6, thickness: 0.016 },
    ),
  );
  chair.frame.addPair("upholstery", tube([back(0), back(top)], TUBE + 0.0045));
  const [, y, z] = back(top / 2);
  chair.part("seat", [0, p.seat_height_m, 0], [tilt, 0, 0], { width_m: p.seat_width_m, depth_m: p.seat_depth_m });
  // y out of the surface, towards the sitter; z down along it.
  chair.part("backrest", [0, y, z - SLING + 0.014], [Math.PI / 2 - p.backrest_angle_rad, 0, 0], {
    height_m: top,
    top_m: back(top)[1],
  });
}

/** Foot plates and their parts. @param {Equipment} chair @param {Layout} at */
export function footrests(chair, { foot }) {
  const p = chair.params;
  const deep = 0.15;
  const z = foot.z + PLATE_REACH;
  const one = p.footrests === "plate";
  const inner = one ? 0 : 0.012;
  const width = foot.x - inner;
  const middle = (foot.x + inner) / 2;
  if (one) {
    chair.frame.add(
      "plastic",
      cushion({ width: 2 * foot.x + 0.02, depth: deep, height: 0.012, edge: 0.005 }),
      placed([0, foot.y, z]),
    );
    for (const x of [-0.5, 0, 0.5])
      chair.frame.add(
        "grey_rubber",
        cushion({ width: 0.05, depth: deep * 0.8, height: 0.002, edge: 0.0008 }),
        placed([x * foot.x, foot.y + 0.001, z]),
      );
  } else {
    chair.frame.addPair(
      "plastic",
      cushion({ width, depth: deep + 0.02, height: 0.012, edge: 0.005 }),
      placed([middle, foot.y, z]),
    );
    chair.frame.addPair(
      "dark_metal",
      drum(0.01, middle + 0.02, foot.x + 0.012, 10),
      placed([0, foot.y - 0.012, foot.z]),
    );
    chair.frame.addPair(
      "upholstery",
      sheet(
        (u, v, out) => {
          // heel loop
          const across = u * 2 - 1;
          out.set(
            middle + across * width * 0.48,
            foot.y + 0.035 + 0.04 * v,
            z - deep / 2 + 0.005 - 0.03 * (1 - across * across),
          );
        },
        { columns: 8, rows: 1, thickness: 0.003 },
      ),
    );
  }
  for (const sign of [1, -1]) {
    chair.part(
      sign > 0 ? "left_footrest" : "right_footrest",
      [sign * Math.min(middle, foot.x * 0.52), foot.y + 0.001, z],
      [0, 0, 0],
      { width_m: width, depth_m: deep },
    );
  }
}

/** Side guards or armrests. @param {Equipment} chair @param {Layout} at */
export function sides(chair, { rear, front, rail, seatTop, side, axle, back: cane }) {
  const p = chair.params;
  if (p.armrest === "none") return;
  const outside = placed([side + 0.017, 0, 0], [0, -Math.PI / 2, 0]);
  if (p.armrest === "side_guard") {
    const high = Math.min(2 * p.wheel_radius_m - 0.005, seatTop(axle.z) + 0.16);
    chair.frame.addPair(
      "plastic",
      plate(
        [
          [rear + 0.012, rail(rear)],
          [front - 0.1, rail(front - 0.1)],
          [front - 0.13, seatTop(front - 0.13) + 0.025],
          [axle.z + 0.1, high - 0.02],
          [axle.z - 0.02, high],
          [rear + 0.012, high - 0.03],
        ],
        0.005,
        0.03,
      ),
      outside,
    );
    return;
  }
  const top = (/** @type {number} */ z) => seatTop(z) + p.armrest_height_m;
  const post = front - 0.1;
  const [, , caneZ] = cane(p.armrest_height_m);
  const beam = (/** @type {number} */ z) => top(z) - 0.04;
  const x = side + 0.006;
  chair.frame.addPair(
    "paint",
    tube(
      [
        [x, rail(post) - 0.03, post],
        [x, beam(post), post],
        [x, beam(caneZ), caneZ],
      ],
      TUBE * 0.85,
      { bend: 0.06 },
    ),
  );
  const length = Math.min(0.34, post - rear + 0.06);
  const middle = post + 0.03 - length / 2;
  chair.frame.addPair(
    "plastic",
    cushion({ width: 0.055, depth: length, height: 0.028, edge: 0.012, crown: 0.003 }),
    placed([x, top(middle), middle], [-p.seat_angle_rad, 0, 0]),
  );
  chair.frame.addPair(
    "plastic",
    plate(
      [
        [rear + 0.03, rail(rear) + 0.01],
        [post - 0.012, rail(post) + 0.01],
        [post - 0.012, beam(post) - 0.02],
        [rear + 0.03, beam(rear) - 0.02],
      ],
      0.004,
      0.02,
    ),
    placed([x - 0.002, 0, 0], [0, -Math.PI / 2, 0]),
  );
  for (const sign of [1, -1]) {
    chair.part(
      sign > 0 ? "left_armrest" : "right_armrest",
      [sign * x, top(middle), middle],
      [-p.seat_angle_rad, 0, 0],
      { width_m: 0.055, length_m: length },
    );
  }
}

/** Push-to-lock brakes before the tyres. @param {Equipment} chair @param {Layout} at */
export function brakes(chair, { rail, side, axle }) {
  const { wheel_radius_m: radius } = chair.params;
  const above = Math.min(rail(0) - axle.y - 0.01, radius * 0.8);
  const z = axle.z + Math.sqrt(radius ** 2 - above ** 2) + 0.022;
  const y = axle.y + above;
  chair.frame.addPair(
    "dark_metal",
    cushion({ width: 0.026, depth: 0.07, height: 0.03, edge: 0.006 }),
    placed([side + 0.018, y + 0.02, z + 0.02]),
  );
  chair.frame.addPair("steel", drum(0.008, side + 0.01, axle.x + 0.018, 10), placed([0, y, z]));
  chair.frame.addPair(
    "dark_metal",
    tube(
      [
        [side + 0.034, y, z + 0.02],
        [side + 0.036, y + 0.045, z + 0.05],
        [side + 0.042, y + 0.12, z + 0.055],
      ],
      0.0055,
      { bend: 0.02 },
    ),
  );
  chair.frame.addPair(
    "foam",
    tube(
      [
        [side + 0.0395, y + 0.085, z + 0.054],
        [side + 0.0425, y + 0.128, z + 0.056],
      ],
      0.0105,
    ),
  );
}
