/** Power wheelchair with joystick, mid- or rear-wheel drive. Metres; parameters in static/spec/equipment.json. */
import { Group } from "../../../vendor/three.js";
import { Equipment, placed } from "./assembly.js";
import { cushion, plate, sheet, tube, turned } from "./shapes.js";
import { addCaster, drum, smallWheel } from "./wheels.js";

/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {ReturnType<typeof layout>} Layout */

const DRIVE_WIDTH = 0.075;
const BASE_WIDTH = 0.4; // between the drive wheels: motors, batteries
const TRACK = 0.27; // drive wheels' middles left and right of the centre
const ARM_PAD = { width: 0.075, length: 0.36, height: 0.035 };

/** @param {Record<string, any>} p */
function layout(p) {
  const [rear, front] = [-p.seat_depth_m / 2, p.seat_depth_m / 2];
  const slope = Math.tan(p.seat_angle_rad);
  const seatTop = (/** @type {number} */ z) => p.seat_height_m + z * slope;
  const pan = (/** @type {number} */ z) => seatTop(z) - p.cushion_height_m - 0.015;
  const back = (/** @type {number} */ along) =>
    /** @type {Point} */ ([
      0,
      seatTop(rear) + along * Math.cos(p.backrest_angle_rad),
      rear - 0.01 - along * Math.sin(p.backrest_angle_rad),
    ]);
  const knee = front + 0.05;
  const foot = {
    y: seatTop(front) - p.footrest_length_m * Math.sin(p.hanger_angle_rad),
    z: knee + p.footrest_length_m * Math.cos(p.hanger_angle_rad),
  };
  const drive = p.drive === "mid" ? 0.02 : rear + 0.1;
  return { rear, front, seatTop, pan, back, knee, foot, drive };
}

/** Base with batteries, shrouds, drive wheels and casters. @param {Equipment} chair @param {Layout} at */
function base(chair, { rear, front, pan, drive }) {
  const p = chair.params;
  const mid = p.drive === "mid";
  const [from, to] = mid ? [rear - 0.06, front + 0.04] : [rear - 0.02, front + 0.02];
  const low = 0.075;
  const high = Math.min(pan(0) - 0.1, 0.36);
  const middle = (from + to) / 2;
  chair.frame.add(
    "dark_metal",
    cushion({ width: BASE_WIDTH, depth: to - from - 0.08, height: high - low, edge: 0.03 }),
    placed([0, high, middle]),
  );
  chair.frame.add(
    "paint",
    cushion({ width: BASE_WIDTH + 0.02, depth: to - from, height: 0.14, edge: 0.06, crown: 0.015 }),
    placed([0, high + 0.012, middle]),
  );
  // Fender over each drive wheel.
  const arc = p.wheel_radius_m + 0.018;
  chair.frame.addPair(
    "paint",
    sheet(
      (u, v, out) => {
        const angle = -0.75 + 1.7 * u;
        out.set(
          TRACK + (v - 0.5) * (DRIVE_WIDTH + 0.02),
          p.wheel_radius_m + arc * Math.cos(angle),
          drive + arc * Math.sin(angle),
        );
      },
      { columns: 14, rows: 2, thickness: 0.006 },
    ),
  );
  chair.frame.addPair("dark_metal", drum(0.05, 0.1, TRACK - 0.03, 16), placed([0, p.wheel_radius_m, drive])); // motors
  const wheel = smallWheel({ radius: p.wheel_radius_m, width: DRIVE_WIDTH, centre: "aluminium", arms: 5 });
  wheel.add(
    "plastic",
    turned(
      [
        [0, -0.01],
        [p.wheel_radius_m * 0.62, -0.01],
        [p.wheel_radius_m * 0.62, -0.006],
        [0, -0.006],
      ],
      24,
    ),
  );
  const built = wheel.build(chair.materials);
  for (const sign of [1, -1]) {
    const spinning = new Group();
    spinning.add(sign > 0 ? built : built.clone());
    const [name, side] = /** @type {[string, "left" | "right"]} */ (
      sign > 0 ? ["left_wheel", "left"] : ["right_wheel", "right"]
    );
    chair.wheel(name, spinning, {
      position: [sign * TRACK, p.wheel_radius_m, drive],
      radius_m: p.wheel_radius_m,
      side,
    });
    chair.contact(name, [sign * TRACK, 0, drive]);
    const look = {
      side,
      radius: p.caster_radius_m,
      width: 0.045,
      trail: 0.04,
      top: p.caster_radius_m * 2 + 0.03,
      centre: /** @type {const} */ ("light_grey"),
    };
    const x = sign * (BASE_WIDTH / 2 + 0.035);
    const casters = mid ? { front: drive + 0.31, rear: drive - 0.3 } : { front: drive + 0.5 };
    for (const [place, z] of Object.entries(casters)) {
      addCaster(chair, {
        name: `${side}_${place}_caster`,
        x: place === "front" ? sign * (BASE_WIDTH / 2 - 0.005) : x * 0.86,
        z,
        ...look,
      });
      const stem = place === "front" ? BASE_WIDTH / 2 - 0.005 : Math.abs(x) * 0.86;
      const crown = look.top + 0.028;
      chair.frame.add(
        "dark_metal",
        tube(
          [
            [sign * stem, crown, z],
            [sign * 0.15, crown + 0.02, z - Math.sign(z - drive) * 0.12],
            [sign * 0.15, p.wheel_radius_m + 0.03, drive],
          ],
          0.018,
          { bend: 0.05 },
        ),
      );
    }
  }
}

/** Seat pan, cushion, back shell, headrest. @param {Equipment} chair @param {Layout} at */
function seat(chair, { rear, seatTop, pan, back }) {
  const p = chair.params;
  const [tilt, lean] = [-p.seat_angle_rad, p.backrest_angle_rad];
  const { frame } = chair;
  const column = Math.min(pan(0) - 0.1, 0.36);
  frame.add(
    "dark_metal",
    cushion({ width: 0.16, depth: 0.2, height: pan(0) - column + 0.02, edge: 0.02 }),
    placed([0, pan(0), -0.02]),
  );
  frame.add(
    "dark_metal",
    cushion({ width: p.seat_width_m + 0.02, depth: p.seat_depth_m, height: 0.025, edge: 0.008 }),
    placed([0, pan(0), 0], [tilt, 0, 0]),
  );
  frame.add(
    "upholstery",
    cushion({ width: p.seat_width_m, depth: p.seat_depth_m, height: p.cushion_height_m, edge: 0.03, crown: -0.008 }),
    placed([0, p.seat_height_m, 0], [tilt, 0, 0]),
  );
  const height = p.backrest_height_m;
  const wrap = 0.045; // the shell's sides come forward
  frame.add(
    "upholstery",
    sheet(
      (u, v, out) => {
        const across = u * 2 - 1;
        const [, y, z] = back(0.03 + (height - 0.03) * v);
        const narrow = 1 - 0.12 * v ** 3;
        out.set(
          across * (p.seat_width_m / 2) * narrow,
          y,
          z - 0.035 + wrap * across ** 4 - 0.012 * Math.sin(Math.PI * v),
        );
      },
      { columns: 14, rows: 8, thickness: 0.05 },
    ),
  );
  frame.add(
    "plastic",
    sheet(
      (u, v, out) => {
        const across = u * 2 - 1;
        const [, y, z] = back(0.06 + (height - 0.1) * v);
        out.set(across * (p.seat_width_m / 2 - 0.02) * (1 - 0.12 * v ** 3), y, z - 0.068 + wrap * across ** 4);
      },
      { columns: 10, rows: 4, thickness: 0.012 },
    ),
  );
  frame.addPair(
    "dark_metal",
    tube(
      [
        [0.12, pan(rear), rear + 0.03],
        [0.12, pan(rear) + 0.01, rear - 0.085],
        back(height * 0.5).map((c, k) => c + [0.12, 0, -0.085][k]),
      ].map((c) => /** @type {Point} */ (c)),
      0.014,
    ),
  );
  const [, y, z] = back(height * 0.82);
  for (const sign of [1, -1]) {
    const grip = /** @type {Point} */ ([sign * 0.15, y + 0.0075, z - 0.16]);
    frame.add(
      "dark_metal",
      tube(
        [
          [sign * 0.15, y - 0.12, z - 0.07],
          [sign * 0.15, y, z - 0.085],
          [sign * 0.15, y + 0.01, z - 0.2],
        ],
        0.011,
      ),
    );
    frame.add(
      "foam",
      tube(
        [
          [sign * 0.15, y + 0.005, z - 0.11],
          [sign * 0.15, y + 0.01, z - 0.21],
        ],
        0.016,
      ),
    );
    chair.part(sign > 0 ? "left_push_handle" : "right_push_handle", grip, [0, 0, 0], { radius_m: 0.016 });
  }
  if (p.headrest) {
    const [, top, zTop] = back(height + 0.14);
    frame.add(
      "dark_metal",
      tube(
        [
          [0, top - 0.3, zTop - 0.04],
          [0, top, zTop - 0.075],
          [0, top, zTop - 0.03],
        ],
        0.008,
        { bend: 0.03 },
      ),
    );
    frame.add(
      "upholstery",
      sheet(
        (u, v, out) => {
          const across = u * 2 - 1;
          out.set(across * 0.13, top + (v - 0.5) * 0.12, zTop - 0.03 + 0.05 * across ** 2);
        },
        { columns: 10, rows: 3, thickness: 0.04 },
      ),
    );
  }
  chair.part("seat", [0, seatTop(0), 0], [tilt, 0, 0], { width_m: p.seat_width_m, depth_m: p.seat_depth_m });
  const [, yBack, zBack] = back(height / 2);
  chair.part("backrest", [0, yBack, zBack - 0.022], [Math.PI / 2 - lean, 0, 0], {
    height_m: height,
    top_m: back(height)[1],
  });
}

/** Armrests, and the joystick on one of them. @param {Equipment} chair @param {Layout} at */
function arms(chair, { rear, seatTop, pan }) {
  const p = chair.params;
  const x = p.seat_width_m / 2 + ARM_PAD.width / 2 + 0.008;
  const middle = rear + 0.05 + ARM_PAD.length / 2;
  const top = seatTop(middle) + p.armrest_height_m;
  const tilt = -p.seat_angle_rad;
  chair.frame.addPair(
    "plastic",
    cushion({ ...ARM_PAD, depth: ARM_PAD.length, edge: 0.014, crown: 0.004 }),
    placed([x, top, middle], [tilt, 0, 0]),
  );
  chair.frame.addPair(
    "dark_metal",
    tube(
      [
        [x - 0.02, pan(rear), rear + 0.06],
        [x, pan(rear) + 0.03, rear + 0.01],
        [x, top - ARM_PAD.height - 0.005, rear + 0.0],
        [x, top - ARM_PAD.height - 0.008, middle + 0.12],
      ],
      0.014,
      { bend: 0.05 },
    ),
  );
  chair.frame.addPair(
    "plastic",
    plate(
      [
        [rear + 0.05, pan(rear)],
        [middle + 0.08, pan(middle)],
        [middle + 0.04, top - 0.07],
        [rear + 0.05, top - 0.07],
      ],
      0.006,
      0.03,
    ),
    placed([p.seat_width_m / 2 + 0.014, 0, 0], [0, -Math.PI / 2, 0]),
  );
  for (const sign of [1, -1]) {
    chair.part(sign > 0 ? "left_armrest" : "right_armrest", [sign * x, top, middle], [tilt, 0, 0], {
      width_m: ARM_PAD.width,
      length_m: ARM_PAD.length,
    });
  }
  const hand = p.joystick_side === "left" ? 1 : -1;
  const z = middle + ARM_PAD.length / 2 + 0.055;
  const box = seatTop(z) + p.armrest_height_m;
  chair.frame.add(
    "plastic",
    cushion({ width: 0.075, depth: 0.11, height: 0.04, edge: 0.012 }),
    placed([hand * x, box, z], [tilt, 0, 0]),
  );
  chair.frame.add(
    "light_grey",
    cushion({ width: 0.055, depth: 0.035, height: 0.003, edge: 0.001 }),
    placed([hand * x, box + 0.003, z - 0.03], [tilt, 0, 0]),
  );
  chair.frame.add(
    "rubber",
    turned(
      [
        [0, 0],
        [0.02, 0.001],
        [0.012, 0.014],
        [0.006, 0.018],
        [0.005, 0.032],
        [0.0105, 0.04],
        [0.0105, 0.052],
        [0.006, 0.058],
        [0, 0.059],
      ],
      14,
    ),
    placed([hand * x, box, z + 0.018], [0, 0, Math.PI / 2]),
  );
  chair.part("joystick", [hand * x, box + 0.046, z + 0.018], [0, 0, 0], { radius_m: 0.0105 });
}

/** Centre-mounted leg rest. @param {Equipment} chair @param {Layout} at */
function legRest(chair, { front, pan, knee, foot }) {
  chair.frame.addPair(
    "dark_metal",
    tube(
      [
        [0.045, pan(front) - 0.012, front - 0.05],
        [0.045, pan(front) - 0.012, knee - 0.03],
        [0.045, foot.y - 0.01, foot.z - 0.045],
      ],
      0.013,
    ),
  );
  chair.frame.add(
    "upholstery",
    cushion({ width: 0.3, depth: 0.15, height: 0.03, edge: 0.012 }),
    placed([0, pan(front) - 0.16, knee - 0.01 + (foot.z - knee) * 0.4], [Math.PI / 2 - 0.15, 0, 0]),
  );
  for (const sign of [1, -1]) {
    chair.frame.add(
      "dark_metal",
      cushion({ width: 0.17, depth: 0.24, height: 0.014, edge: 0.006 }),
      placed([sign * 0.092, foot.y, foot.z + 0.03]),
    );
    chair.frame.add(
      "rubber",
      cushion({ width: 0.15, depth: 0.22, height: 0.003, edge: 0.001 }),
      placed([sign * 0.092, foot.y + 0.002, foot.z + 0.03]),
    );
    chair.part(
      sign > 0 ? "left_footrest" : "right_footrest",
      [sign * 0.092, foot.y + 0.002, foot.z + 0.03],
      [0, 0, 0],
      { width_m: 0.17, depth_m: 0.24 },
    );
  }
}

/** @param {Record<string, any>} params complete, see completeParams @returns {Equipment} */
export function buildPowerWheelchair(params) {
  const chair = new Equipment("power_wheelchair", "wheelchair", params);
  const at = layout(params);
  base(chair, at);
  seat(chair, at);
  arms(chair, at);
  legRest(chair, at);
  return chair.finish();
}
