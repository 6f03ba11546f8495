/**
 * Axillary and forearm crutches, canes. Metres; the tip is the origin, the shaft goes up y, z is the walking direction.
 * Parameters in static/spec/equipment.json. */
import { Equipment, placed } from "./assembly.js";
import { cushion, sheet, tube, turned } from "./shapes.js";
import { rubberTip } from "./walker.js";

/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {import("./surfaces.js").SurfaceName} SurfaceName */

const SHAFT = 0.011; // 22 mm tube

/** A body of revolution about y. @param {[number, number][]} profile (radius, y) @param {number} [segments] */
function upright(profile, segments = 16) {
  return turned(profile, segments).applyMatrix4(placed([0, 0, 0], [0, 0, Math.PI / 2]));
}

/**
 * Push-button holes along a tube's rear.
 * @param {Equipment} stick
 * @param {number} from
 * @param {number} to
 * @param {number} radius of the tube
 */
function holes(stick, from, to, radius) {
  for (let y = from; y < to; y += 0.025) {
    stick.frame.add(
      "plastic",
      upright(
        [
          [0, 0],
          [0.0032, 0],
          [0.0032, 0.0012],
          [0, 0.0012],
        ],
        8,
      ),
      placed([0, y, -radius - 0.0004], [-Math.PI / 2, 0, 0]),
    );
  }
}

/** @param {Record<string, any>} params complete, see completeParams @returns {Equipment} */
export function buildAxillaryCrutch(params) {
  const stick = new Equipment("axillary_crutch", "crutch", { ...params, paint: "#c3c5c7" });
  const { frame } = stick;
  const { length_m: length, grip_height_m: grip } = params;
  if (length - grip < 0.25)
    throw new RangeError(
      `axillary_crutch: the pad must be at least 0.25 m above the grip, got ${(length - grip).toFixed(2)} m`,
    );
  const wood = params.material === "wood";
  const bar = /** @type {SurfaceName} */ (wood ? "wood" : "aluminium");
  const spread = 0.062; // half of the bow's width at the grip
  const fork = grip * 0.52;
  const side = /** @type {Point[]} */ ([
    [0, fork, 0.012],
    [0, grip - 0.12, spread * 0.8],
    [0, grip, spread],
    [0, length - 0.03, spread * 1.25],
  ]);
  const radius = wood ? 0.0125 : 0.0105;
  for (const sign of [1, -1]) {
    const points = side.map(([x, y, z]) => /** @type {Point} */ ([x, y, sign * z]));
    frame.add(bar, tube(points, radius, { bend: 0.25 }));
  }
  frame.add(
    bar,
    tube(
      [
        [0, 0.03, 0],
        [0, fork + 0.08, 0],
      ],
      wood ? 0.0125 : SHAFT,
    ),
  );
  for (const y of [fork + 0.02, fork + 0.07])
    frame.add(
      "steel",
      tube(
        [
          [0, y, -0.032],
          [0, y, 0.032],
        ],
        0.004,
        { sides: 8 },
      ),
    );
  if (!wood) holes(stick, 0.12, fork - 0.05, SHAFT);
  frame.add("grey_rubber", rubberTip(0.021, 0.055));
  frame.add(
    "foam",
    tube(
      [
        [0, grip, -spread + 0.006],
        [0, grip, spread - 0.006],
      ],
      0.0165,
      { sides: 14 },
    ),
  );
  const pad = { width: 0.042, depth: 2 * spread * 1.25 + 0.055, height: 0.05 };
  frame.add("foam", cushion({ ...pad, edge: 0.02, crown: -0.01 }), placed([0, length, 0]));
  stick.part("grip", [0, grip, 0], [0, 0, 0], { radius_m: 0.0165, length_m: 2 * spread });
  stick.part("pad", [0, length - 0.01, 0], [0, 0, 0], { length_m: pad.depth });
  stick.part("tip", [0, 0, 0]);
  stick.contact("tip", [0, 0, 0]);
  return stick.finish();
}

/** @param {Record<string, any>} params complete, see completeParams @returns {Equipment} */
export function buildForearmCrutch(params) {
  const stick = new Equipment("forearm_crutch", "crutch", params);
  const { frame } = stick;
  const { grip_height_m: grip, cuff_length_m: reach, cuff_angle_rad: angle } = params;
  const handle = /** @type {SurfaceName} */ (params.handle);
  const shaft = grip - 0.012;
  // The grip lies before the tube, so that the wrist is above the tip.
  const back = -0.055;
  const at = (/** @type {number} */ along) =>
    /** @type {Point} */ ([0, shaft + along * Math.cos(angle), back - along * Math.sin(angle)]);
  frame.add(
    "paint",
    tube([[0, 0.03, 0], [0, shaft - 0.12, back * 0.9], at(0), at(reach - 0.01)], SHAFT, { bend: 0.2, sides: 12 }),
  );
  frame.add(
    "aluminium",
    tube(
      [
        [0, 0.03, 0],
        [0, grip * 0.4, back * 0.42],
      ],
      SHAFT - 0.0014,
    ),
  );
  frame.add(
    "paint",
    tube(
      [
        [0, grip * 0.36, back * 0.41],
        [0, grip * 0.4, back * 0.455],
      ],
      SHAFT + 0.0025,
    ),
  );
  frame.add("grey_rubber", rubberTip(0.021, 0.05));
  frame.add(
    handle,
    tube(
      [
        [0, grip - 0.002, back - 0.005],
        [0, grip + 0.002, 0.07],
      ],
      0.0165,
      { end: 0.0145, sides: 14 },
    ),
  );
  frame.add(handle, tube([at(-0.05), at(0.04)], SHAFT + 0.005, { sides: 12 }));
  const [, cuffY, cuffZ] = at(reach);
  const open = 0.62; // rad: half of the cuff's opening, to the front
  frame.add(
    handle,
    sheet(
      (u, v, out) => {
        const turn = open + (2 * Math.PI - 2 * open) * u;
        const radius = 0.047 + 0.004 * v;
        const along = (v - 0.5) * 0.075;
        const centre = 0.047 * Math.cos(angle);
        const y = cuffY + along * Math.cos(angle) + 0.047 * Math.sin(angle);
        out.set(
          radius * Math.sin(turn),
          y - radius * Math.cos(turn) * -Math.sin(angle),
          cuffZ + centre - along * Math.sin(angle) + radius * Math.cos(turn) * Math.cos(angle),
        );
      },
      { columns: 22, rows: 3, thickness: 0.005 },
    ),
  );
  stick.part("grip", [0, grip, 0], [0, 0, 0], { radius_m: 0.016, length_m: 0.11 });
  stick.part("cuff", [0, cuffY + 0.047 * Math.sin(angle), cuffZ + 0.047 * Math.cos(angle)], [-angle, 0, 0], {
    radius_m: 0.047,
  });
  stick.part("tip", [0, 0, 0]);
  stick.contact("tip", [0, 0, 0]);
  return stick.finish();
}

const CROOK = 0.055; // radius of a crook's bend
const QUAD_POST = 0.1; // where a quad cane's shaft ends

/**
 * Handles of canes with their shafts, above the tip.
 * @type {Record<string, (cane: Equipment, grip: number, shaft: SurfaceName) => void>}
 */
const HANDLES = {
  derby: ({ frame }, grip, shaft) => {
    frame.add(
      shaft,
      tube(
        [
          [0, 0.03, 0],
          [0, grip - 0.03, 0],
        ],
        0.0095,
        { sides: 12 },
      ),
    );
    frame.add(
      "steel",
      tube(
        [
          [0, grip - 0.055, 0],
          [0, grip - 0.03, 0],
        ],
        0.0115,
        { sides: 12 },
      ),
    );
    frame.add(
      "wood",
      tube(
        [
          [0, grip - 0.032, 0.004],
          [0, grip - 0.012, 0.008],
          [0, grip - 0.002, -0.02],
          [0, grip - 0.004, -0.075],
        ],
        0.0145,
        { bend: 0.03, end: 0.011, sides: 14 },
      ),
    );
    frame.add(
      "wood",
      tube(
        [
          [0, grip - 0.014, -0.012],
          [0, grip, 0.02],
          [0, grip + 0.012, 0.05],
        ],
        0.0145,
        { bend: 0.05, end: 0.012, sides: 14 },
      ),
    );
  },
  crook: ({ frame }, grip, shaft) => {
    const arc = Array.from({ length: 13 }, (_, k) => {
      const angle = (Math.PI * 1.08 * k) / 12;
      return /** @type {Point} */ ([0, grip - 0.0115 - CROOK + CROOK * Math.sin(angle), CROOK * (Math.cos(angle) - 1)]);
    });
    frame.add(shaft, tube([[0, 0.03, 0], ...arc], 0.0115, { bend: 0.02, sides: 12 }));
  },
  offset: ({ frame, params }, grip, shaft) => {
    const foot = params.variant === "quad" ? QUAD_POST : 0.03;
    frame.add(
      shaft,
      tube(
        [
          [0, foot, 0],
          [0, grip - 0.13, 0],
          [0, grip - 0.085, 0.045],
          [0, grip - 0.012, 0.06],
          [0, grip - 0.012, -0.07],
        ],
        SHAFT,
        { bend: 0.035, sides: 12 },
      ),
    );
    frame.add(
      "foam",
      tube(
        [
          [0, grip - 0.012, 0.035],
          [0, grip - 0.012, -0.075],
        ],
        0.0165,
        { sides: 14 },
      ),
    );
  },
  white: ({ frame }, grip) => {
    frame.add(
      "white",
      tube(
        [
          [0, 0.03, 0],
          [0, grip - 0.1, 0],
        ],
        0.0062,
        { sides: 10 },
      ),
    );
    frame.add(
      "red",
      tube(
        [
          [0, 0.1, 0],
          [0, 0.32, 0],
        ],
        0.0065,
        { sides: 10 },
      ),
    );
    frame.add(
      "foam",
      tube(
        [
          [0, grip - 0.12, 0],
          [0, grip + 0.1, 0],
        ],
        0.0125,
        { sides: 12 },
      ),
    );
  },
};

/** Four small feet below a post. @param {Equipment} cane */
function quadBase(cane) {
  const { frame } = cane;
  frame.add(
    "dark_metal",
    tube(
      [
        [0, QUAD_POST - 0.015, 0],
        [0, QUAD_POST + 0.045, 0],
      ],
      0.015,
    ),
  );
  for (const [x, z] of [
    [0.07, 0.09],
    [-0.07, 0.09],
    [0.07, -0.09],
    [-0.07, -0.09],
  ]) {
    cane.contact("foot", [x, 0, z]);
    frame.add(
      "dark_metal",
      tube(
        [
          [0, QUAD_POST, 0],
          [x * 0.6, 0.09, z * 0.6],
          [x, 0.02, z],
        ],
        0.007,
        { bend: 0.03 },
      ),
    );
    frame.add("grey_rubber", rubberTip(0.014, 0.032), placed([x, 0, z]));
  }
}

/** @param {Record<string, any>} params complete, see completeParams @returns {Equipment} */
export function buildCane(params) {
  const cane = new Equipment("cane", "cane", params);
  const { grip_height_m: grip, variant } = params;
  const shaft = /** @type {SurfaceName} */ (
    variant === "quad" && params.material === "wood" ? "aluminium" : params.material
  );
  HANDLES[variant === "quad" ? "offset" : variant](cane, grip, shaft);
  if (variant === "quad") {
    quadBase(cane);
  } else if (variant === "white") {
    cane.frame.add(
      "white",
      upright([
        [0, 0],
        [0.012, 0.006],
        [0.014, 0.02],
        [0.011, 0.034],
        [0, 0.036],
      ]),
    );
  } else {
    cane.frame.add("rubber", rubberTip(0.017, 0.042));
  }
  cane.part("grip", [0, variant === "white" ? grip : grip - 0.012, variant === "crook" ? -CROOK : 0], [0, 0, 0], {
    radius_m: variant === "white" ? 0.0125 : 0.013,
    length_m: 0.1,
  });
  cane.part("tip", [0, 0, 0]);
  if (variant !== "quad") cane.contact("tip", [0, 0, 0]);
  return cane.finish();
}
