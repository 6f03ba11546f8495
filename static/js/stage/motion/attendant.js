/**
 * Somebody who walks behind a wheelchair and pushes it by its handles.
 *
 * The chair goes evenly: `wheelchair_pushed` with the same speed puts its user in the same place at every time.
 * @module
 */
import { createRandom } from "../random.js";
import { SIDES } from "../rig.js";
import { createGait } from "./gait.js";
import { fist, standoff } from "./holding.js";
import { checked, partPosition, requireAid } from "./placement.js";
import { pace, rebased, walkingBody, walkingTable } from "./walking.js";

/** @typedef {import("./placement.js").Motion} Motion */
/** @typedef {import("./placement.js").Contact} Contact */

/** Arms a little bent, trunk a little ahead: what pushing on a level floor asks for. */
const POSTURE = { stretch: 0.94, lean: 0.24 };
/** Steps are shorter than in free walking: the feet stay behind the chair's axle. */
const SHORTER = 0.78;

/**
 * @param {{body: import("../rig.js").Body, equipment: import("./placement.js").Geometry[], seed: number | string, speed_m_s?: number}} options
 * @returns {Motion}
 */
export function attendant({ body, equipment, seed, speed_m_s = 1 }) {
  const chair = requireAid(equipment, 0, SIDES.map((side) => `${side}_push_handle`), "attendant");
  checked(speed_m_s, "speed_m_s", [0.1, 1.8]);
  const start = createRandom(seed).fork("attendant").uniform();
  const { stride_m, cycle_s } = pace(body, speed_m_s);
  const table = { ...walkingTable(body, { stride_m: stride_m * SHORTER, cycle_s: cycle_s * SHORTER }), waits: 0 };
  const gait = createGait(body, table);
  const [across, height, z] = chair.parts.left_push_handle.position;
  const { ahead_m, lean } = standoff(body, height, across, POSTURE);
  const behind = ahead_m - z;
  const contacts = SIDES.map((side) => /** @type {Contact} */ ({ limb: `${side}_hand`, part: `${side}_push_handle`, equipment: 0 }));
  return {
    name: "attendant", duration_s: table.cycle_s, cyclic: true, advance_m: table.stride_m,
    facts: { speed_m_s, step_length_m: table.stride_m / 2, cadence_steps_min: 120 / table.cycle_s },
    at(t_s) {
      const travel = speed_m_s * t_s;
      const at = { position: /** @type {const} */ ([0, 0, travel]), quaternion: /** @type {const} */ ([0, 0, 0, 1]) };
      const [left_hand, right_hand] = SIDES.map((side) => (
        fist(side, partPosition(chair, `${side}_push_handle`, at), { extension: 0.4, thumb: [0, 0.5, 1] })));
      const walk = walkingBody(gait, t_s / table.cycle_s + start, { lean, counter: -0.3 });
      const moved = rebased({ ...walk, left_hand, right_hand, equipment: [] }, table.stride_m * start + behind);
      return {
        ...moved, left_hand, right_hand, equipment: [{ index: 0, ...at, travel_left_m: travel, travel_right_m: travel }],
        contacts: [...walk.contacts, ...contacts], origin: [0, 0, travel],
      };
    },
  };
}
