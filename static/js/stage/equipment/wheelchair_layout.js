/** Where a manual wheelchair's seat, axles and foot plates are. Metres; parameters in static/spec/equipment.json. */

/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {ReturnType<typeof layout>} Layout */

export const TUBE = 0.0125; // 25 mm frame tubes
const FRAME_GAP = 0.012; // tube's middle beside the cushion
const WHEEL_GAP = 0.045; // wheel's plane outside the frame at the tyre's top: guard, fingers, half a tyre

/** Heights and places that several parts need. @param {Record<string, any>} p @returns chair's key points, left side */
export function layout(p) {
  const [rear, front] = [-p.seat_depth_m / 2, p.seat_depth_m / 2];
  const slope = Math.tan(p.seat_angle_rad);
  const seatTop = (/** @type {number} */ z) => p.seat_height_m + z * slope;
  const rail = (/** @type {number} */ z) => seatTop(z) - p.cushion_height_m - 0.02;
  const side = p.seat_width_m / 2 + FRAME_GAP;
  const axle = {
    x: side + WHEEL_GAP + p.wheel_radius_m * Math.sin(p.camber_rad),
    y: p.wheel_radius_m * Math.cos(p.camber_rad),
    z: rear + p.axle_forward_m,
  };
  const lower = p.caster_radius_m * 2 + 0.075;
  const back = (/** @type {number} */ along) =>
    /** @type {Point} */ ([
      side,
      seatTop(rear) + along * Math.cos(p.backrest_angle_rad),
      rear - 0.012 - along * Math.sin(p.backrest_angle_rad),
    ]);
  const knee = front + (p.frame === "rigid" ? 0.03 : 0.07);
  const foot = {
    x: side - 0.035,
    y: seatTop(front) - p.footrest_length_m * Math.sin(p.hanger_angle_rad),
    z: knee + p.footrest_length_m * Math.cos(p.hanger_angle_rad),
  };
  return { rear, front, seatTop, rail, side, axle, lower, back, knee, foot };
}
