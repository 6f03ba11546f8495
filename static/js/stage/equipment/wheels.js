/** Wheels: spoked wheel with hand rim, caster with fork, solid wheel. They turn about their x axis; metres. */
import { Group } from "../../../vendor/three.js";
import { Body, placed } from "./assembly.js";
import { hoop, tube, turned } from "./shapes.js";

/** @typedef {import("./assembly.js").Equipment} Equipment */
/** @typedef {import("./surfaces.js").SurfaceName} SurfaceName */

export const TYRE = 0.0125; // radius of a 1 inch tyre's section
const HUB = 0.024;
const FLANGE = 0.021; // flanges lie this far to both sides of the wheel's plane
const SPOKE = 0.0011;
export const RIM_OFFSET = 0.036; // the hand rim's plane outside the wheel's plane
export const RIM_TUBE = 0.0095; // 19 mm tube
const RIM_TABS = 6;

/** A cylinder about x. @param {number} radius @param {number} from @param {number} to @param {number} [segments] */
export function drum(radius, from, to, segments = 16) {
  return turned(
    [
      [0, from],
      [radius, from],
      [radius, from],
      [radius, to],
      [radius, to],
      [0, to],
    ],
    segments,
  );
}

/** Spokes of a wheel: tangential pairs from alternating flanges, as laced in practice.
 * @param {Body} body @param {number} radius of the rim @param {number} count */
function lace(body, radius, count) {
  const turn = 0.9; // rad by which the hub's end is ahead of the rim's end
  for (let k = 0; k < count; k++) {
    const angle = (2 * Math.PI * k) / count;
    const hub = angle + (Math.floor(k / 2) % 2 ? turn : -turn);
    const x = k % 2 ? FLANGE : -FLANGE;
    body.add(
      "steel",
      tube(
        [
          [x, HUB * Math.cos(hub), HUB * Math.sin(hub)],
          [0, radius * Math.cos(angle), radius * Math.sin(angle)],
        ],
        SPOKE,
        { sides: 4 },
      ),
    );
  }
}

/**
 * A wheelchair's main wheel with its hand rim on the +x side.
 * @param {{radius: number, rim: number, spokes: number, tyre: SurfaceName}} size
 * @returns {Body}
 */
export function spokedWheel({ radius, rim, spokes, tyre }) {
  const body = new Body();
  const bed = radius - 2 * TYRE; // where the tyre sits
  body.add(tyre, hoop(radius - TYRE, TYRE, { segments: 56, sides: 10 }));
  body.add(
    "aluminium",
    turned(
      [
        [bed + 0.004, -0.0095],
        [bed + 0.001, 0],
        [bed + 0.004, 0.0095],
        [bed - 0.012, 0.0075],
        [bed - 0.017, 0],
        [bed - 0.012, -0.0075],
        [bed + 0.004, -0.0095],
      ],
      56,
    ),
  );
  body.add(
    "dark_metal",
    turned(
      [
        [0, -0.03],
        [0.014, -0.03],
        [0.014, -FLANGE],
        [HUB + 0.004, -FLANGE],
        [HUB + 0.004, -FLANGE + 0.004],
        [0.016, -FLANGE + 0.006],
        [0.016, FLANGE - 0.006],
        [HUB + 0.004, FLANGE - 0.004],
        [HUB + 0.004, FLANGE],
        [0.014, FLANGE],
        [0.014, 0.032],
        [0.009, 0.036],
        [0, 0.036],
      ],
      16,
    ),
  );
  lace(body, bed - 0.016, spokes);
  body.add("aluminium", hoop(rim, RIM_TUBE, { segments: 56, sides: 8 }).translate(RIM_OFFSET, 0, 0));
  for (let k = 0; k < RIM_TABS; k++) {
    const angle = (2 * Math.PI * k) / RIM_TABS;
    const [y, z] = [Math.cos(angle), Math.sin(angle)];
    const inner = bed - 0.01;
    body.add(
      "aluminium",
      tube(
        [
          [0.006, inner * y, inner * z],
          [RIM_OFFSET, (rim - 0.004) * y, (rim - 0.004) * z],
        ],
        0.0035,
        { sides: 6 },
      ),
    );
  }
  return body;
}

/**
 * A small wheel: rubber tread on a plastic or metal centre.
 * @param {{radius: number, width: number, tyre?: SurfaceName, centre?: SurfaceName, arms?: number}} size arms > 0: the
 *   centre
 *   is open, with that many arms
 * @returns {Body}
 */
export function smallWheel({ radius, width, tyre = "rubber", centre = "plastic", arms = 0 }) {
  const body = new Body();
  const w = width / 2;
  const inner = radius * 0.72;
  body.add(
    tyre,
    turned(
      [
        [inner, -w * 0.8],
        [radius * 0.93, -w],
        [radius * 0.985, -w * 0.72],
        [radius, 0],
        [radius * 0.985, w * 0.72],
        [radius * 0.93, w],
        [inner, w * 0.8],
        [inner, -w * 0.8],
      ],
      32,
    ),
  );
  if (arms === 0) {
    body.add(
      centre,
      turned(
        [
          [0, -w * 0.5],
          [inner * 0.85, -w * 0.5],
          [inner, -w * 0.8],
          [inner, w * 0.8],
          [inner * 0.85, w * 0.5],
          [0, w * 0.5],
        ],
        28,
      ),
    );
  } else {
    body.add(
      centre,
      turned(
        [
          [inner * 0.86, -w * 0.7],
          [inner, -w * 0.8],
          [inner, w * 0.8],
          [inner * 0.86, w * 0.7],
          [inner * 0.86, -w * 0.7],
        ],
        28,
      ),
    );
    for (let k = 0; k < arms; k++) {
      const angle = (2 * Math.PI * k) / arms;
      body.add(
        centre,
        tube(
          [
            [0, 0, 0],
            [0, inner * 0.9 * Math.cos(angle), inner * 0.9 * Math.sin(angle)],
          ],
          w * 0.55,
          { sides: 6 },
        ),
      );
    }
  }
  body.add("dark_metal", drum(radius * 0.2, -w * 1.05, w * 1.05, 12));
  return body;
}

/**
 * A steered caster below a stem: fork, wheel and bolt. It trails as when driving forward.
 * @param {Equipment} equipment
 * @param {{name: string, side: "left" | "right" | null, x: number, z: number, radius: number, width: number, trail:
 *   number, top: number,
 *   fork?: SurfaceName, tyre?: SurfaceName, centre?: SurfaceName, arms?: number}} caster x, z of the stem; top: height
 *   of the fork's crown
 */
export function addCaster(equipment, { name, side, x, z, radius, width, trail, top, fork = "dark_metal", ...look }) {
  const { frame } = equipment;
  const arm = width / 2 + 0.006;
  const crown = Math.max(top, radius * 2 + 0.012);
  for (const sign of [-1, 1]) {
    frame.add(
      fork,
      tube(
        [
          [x + sign * arm, radius, z - trail],
          [x + sign * arm, radius * 1.5, z - trail * 0.7],
          [x + sign * arm, crown, z],
        ],
        0.0075,
        { sides: 8, bend: 0.03 },
      ),
    );
  }
  frame.add(fork, drum(0.012, -arm - 0.006, arm + 0.006, 10), placed([x, crown, z]));
  frame.add("steel", drum(0.006, -arm - 0.009, arm + 0.009, 8), placed([x, radius, z - trail]));
  frame.add(
    "dark_metal",
    tube(
      [
        [x, crown, z],
        [x, crown + 0.02, z],
      ],
      0.011,
    ),
  );
  const spinning = new Group();
  spinning.add(smallWheel({ radius, width, ...look }).build(equipment.materials));
  equipment.wheel(name, spinning, { position: [x, radius, z - trail], radius_m: radius, side });
  equipment.contact(name, [x, 0, z - trail]);
}
