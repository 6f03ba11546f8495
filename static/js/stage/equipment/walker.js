/** Walking frame with four tips, or two fixed front wheels. Metres; parameters in static/spec/equipment.json. */
import { Group } from "../../../vendor/three.js";
import { Equipment, placed } from "./assembly.js";
import { tube, turned } from "./shapes.js";
import { drum, smallWheel } from "./wheels.js";

/** @typedef {import("./shapes.js").Point} Point */

const TUBE = 0.0127; // 1 inch tubes
const GRIP = { radius: 0.0165, length: 0.11 };
const REAR_SHARE = 0.3; // this share of the depth lies behind the grips: the user walks inside

/** A rubber tip that stands on the floor. @returns {import("../../../vendor/three.js").BufferGeometry} */
export function rubberTip(radius = 0.0185, height = 0.05) {
  return turned(
    [
      [0, 0],
      [radius * 0.92, 0],
      [radius, 0.004],
      [radius * 0.9, 0.012],
      [radius * 0.82, height * 0.6],
      [radius * 0.78, height],
      [0, height],
    ],
    16,
  ).applyMatrix4(placed([0, 0, 0], [0, 0, Math.PI / 2]));
}

/** @param {Record<string, any>} params complete, see completeParams @returns {Equipment} */
export function buildWalker(params) {
  const walker = new Equipment("walker", "walker", params);
  const { frame } = walker;
  const { height_m: height, depth_m: depth, wheel_radius_m: radius } = params;
  const [grip, base] = [params.grip_width_m / 2, params.base_width_m / 2];
  const rear = -depth * REAR_SHARE;
  const front = depth + rear;
  const tube1 = height - GRIP.radius; // middle of the tube below the palm
  const shoulder = front - depth * 0.32; // where the top tube turns down
  const spread = (/** @type {number} */ y) => grip + (base - grip) * (1 - y / tube1); // legs lean outwards
  const leg = (/** @type {number} */ y) => shoulder + (front - shoulder) * (1 - y / (tube1 - 0.03));
  const foot = params.front_wheels ? radius : 0.05;
  frame.addPair(
    "paint",
    tube(
      [
        [base, 0.05, rear],
        [grip, tube1, rear + 0.03],
        [grip, tube1, shoulder],
        [base, foot, front],
      ],
      TUBE,
      { bend: 0.07, sides: 12 },
    ),
  );
  frame.addPair(
    "foam",
    tube(
      [
        [grip, tube1, -GRIP.length / 2],
        [grip, tube1, GRIP.length / 2],
      ],
      GRIP.radius,
      { sides: 14 },
    ),
  );
  for (const y of [height * 0.3, height * 0.55]) {
    const back = rear + 0.03 * (y / tube1);
    frame.addPair(
      "paint",
      tube(
        [
          [spread(y), y, back],
          [spread(y), y, leg(y)],
        ],
        TUBE * 0.75,
      ),
    );
  }
  // The front: a bowed bar and a straight one, with the folding hinges.
  for (const [y, bow] of [
    [height * 0.82, 0.05],
    [height * 0.56, 0.03],
  ]) {
    const [x, z] = [spread(y), leg(y)];
    frame.add(
      "paint",
      tube(
        [
          [x, y, z],
          [x * 0.6, y, z + bow],
          [-x * 0.6, y, z + bow],
          [-x, y, z],
        ],
        TUBE * 0.9,
        { bend: 0.08 },
      ),
    );
    frame.addPair(
      "plastic",
      tube(
        [
          [x, y - 0.035, leg(y - 0.035)],
          [x, y + 0.035, leg(y + 0.035)],
        ],
        TUBE + 0.005,
      ),
    );
  }
  frame.addPair(
    "red",
    drum(0.014, -0.01, 0.01, 14),
    placed([spread(height * 0.82) * 0.62, height * 0.82 + 0.012, leg(height * 0.82) + 0.045], [0, 0, Math.PI / 2]),
  );
  for (const place of ["front", "rear"]) {
    // leg extensions with their push buttons
    const z = place === "front" ? leg : () => rear;
    frame.addPair(
      "aluminium",
      tube(
        [
          [spread(0.22), 0.22, z(0.22) + (place === "rear" ? 0.007 : 0)],
          [base, foot, z(0)],
        ],
        TUBE + 0.0022,
      ),
    );
  }
  for (const sign of [1, -1]) {
    const side = sign > 0 ? "left" : "right";
    walker.part(`${side}_grip`, [sign * grip, tube1, 0], [0, 0, 0], { radius_m: GRIP.radius, length_m: GRIP.length });
    walker.part(`${side}_rear_tip`, [sign * base, 0, rear]);
    walker.contact(`${side}_rear_tip`, [sign * base, 0, rear]);
    frame.add("grey_rubber", rubberTip(), placed([sign * base, 0, rear]));
    walker.contact(`${side}_front_tip`, [sign * (base + (params.front_wheels ? 0.035 : 0)), 0, front]);
    walker.part(`${side}_front_tip`, [sign * (base + (params.front_wheels ? 0.035 : 0)), 0, front]);
    if (!params.front_wheels) {
      frame.add("grey_rubber", rubberTip(), placed([sign * base, 0, front]));
      continue;
    }
    const spinning = new Group();
    spinning.add(smallWheel({ radius, width: 0.028, tyre: "grey_rubber", centre: "plastic" }).build(walker.materials));
    walker.wheel(`${side}_front_wheel`, spinning, {
      position: [sign * (base + 0.035), radius, front],
      radius_m: radius,
      side,
    });
    frame.add(
      "steel",
      drum(0.006, -0.022, 0.055, 8),
      placed([sign * base, radius, front], [0, sign > 0 ? 0 : Math.PI, 0]),
    );
  }
  return walker.finish();
}
