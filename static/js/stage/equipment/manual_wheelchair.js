/** Manual wheelchair: a rigid active chair or a cross-braced folding chair. Metres; parameters and their reasons are in
 * static/spec/equipment.json. Left is +x; everything is built for the left side and mirrored. */
import { Group } from "../../../vendor/three.js";
import { Equipment, placed } from "./assembly.js";
import { cushion, mirrored, plate, sheet, tube } from "./shapes.js";
import { RIM_OFFSET, RIM_TUBE, addCaster, drum, smallWheel, spokedWheel } from "./wheels.js";

/** @typedef {import("./shapes.js").Point} Point */

const TUBE = 0.0125; // 25 mm frame tubes
const FRAME_GAP = 0.012; // tube's middle beside the cushion
const WHEEL_GAP = 0.045; // wheel's plane outside the frame at the tyre's top: guard, fingers, half a tyre
const SLING = 0.03; // the back upholstery's middle lies this far behind its edges
const PLATE_REACH = 0.05; // middle of the foot plate ahead of the hanger's end

/** Heights and places that several parts need. @param {Record<string, any>} p @returns chair's key points, left side */
export function layout(p) {
  const [rear, front] = [-p.seat_depth_m / 2, p.seat_depth_m / 2];
  const slope = Math.tan(p.seat_angle_rad);
  const seatTop = (/** @type {number} */ z) => p.seat_height_m + z * slope;
  const rail = (/** @type {number} */ z) => seatTop(z) - p.cushion_height_m - 0.02;
  const side = p.seat_width_m / 2 + FRAME_GAP;
  const axle = { x: side + WHEEL_GAP + p.wheel_radius_m * Math.sin(p.camber_rad), y: p.wheel_radius_m * Math.cos(p.camber_rad), z: rear + p.axle_forward_m };
  const lower = p.caster_radius_m * 2 + 0.075;
  const back = (/** @type {number} */ along) => /** @type {Point} */ (
    [side, seatTop(rear) + along * Math.cos(p.backrest_angle_rad), rear - 0.012 - along * Math.sin(p.backrest_angle_rad)]);
  const knee = front + (p.frame === "rigid" ? 0.03 : 0.07);
  const foot = {
    x: side - 0.035, y: seatTop(front) - p.footrest_length_m * Math.sin(p.hanger_angle_rad),
    z: knee + p.footrest_length_m * Math.cos(p.hanger_angle_rad),
  };
  return { rear, front, seatTop, rail, side, axle, lower, back, knee, foot };
}

/** @typedef {ReturnType<typeof layout>} Layout */

/** Seat and back upholstery. @param {Equipment} chair @param {Layout} at */
function upholster(chair, { rear, front, rail, side, back }) {
  const p = chair.params;
  const tilt = -p.seat_angle_rad;
  chair.frame.add("upholstery", cushion({ width: p.seat_width_m, depth: p.seat_depth_m, height: p.cushion_height_m, edge: 0.018, crown: -0.006 }),
    placed([0, p.seat_height_m, 0], [tilt, 0, 0]));
  chair.frame.add("upholstery", sheet((u, v, out) => {
    const z = front + (rear - front) * v;
    out.set((u * 2 - 1) * side, rail(z) + 0.012 - 0.012 * Math.sin(Math.PI * u), z);
  }, { columns: 8, rows: 2, thickness: 0.004 }));
  const top = p.backrest_height_m;
  const [, , leanStart] = back(0);
  chair.frame.add("upholstery", sheet((u, v, out) => {
    const [, y, z] = back(top * v - 0.02 * (1 - v));
    const bow = Math.sin(Math.PI * u);
    out.set((u * 2 - 1) * side, y - 0.012 * bow * v, z - SLING * bow + 0.006);
  }, { columns: 12, rows: 6, thickness: 0.016 }));
  chair.frame.addPair("upholstery", tube([back(0), back(top)], TUBE + 0.0045));
  const [, y, z] = back(top / 2);
  chair.part("seat", [0, p.seat_height_m, 0], [tilt, 0, 0], { width_m: p.seat_width_m, depth_m: p.seat_depth_m });
  // y out of the surface, towards the sitter; z down along it.
  chair.part("backrest", [0, y, z - SLING + 0.014], [Math.PI / 2 - p.backrest_angle_rad, 0, 0], { height_m: top, top_m: back(top)[1], foot_z_m: leanStart });
}

/** Back canes, push handles, the bar between the canes. @param {Equipment} chair @param {Layout} at */
function back(chair, { rail, rear, side, lower, back: cane }) {
  const p = chair.params;
  const top = p.backrest_height_m;
  const foot = /** @type {Point} */ ([side, p.frame === "rigid" ? rail(rear) : lower, rear - 0.012]);
  const hinge = /** @type {Point} */ ([side, rail(rear), rear - 0.012]);
  const start = p.frame === "rigid" ? [hinge] : [foot, hinge];
  if (p.push_handles) {
    const [x, y, z] = cane(top + 0.055);
    chair.frame.addPair("paint", tube([...start, [x, y, z], [x, y + 0.004, z - 0.13]], TUBE * 0.92, { bend: 0.045 }));
    chair.frame.addPair("foam", tube([[x, y + 0.002, z - 0.035], [x, y + 0.004, z - 0.137]], 0.0165));
    for (const sign of [1, -1]) {
      chair.part(sign > 0 ? "left_push_handle" : "right_push_handle", [sign * x, y + 0.003, z - 0.09], [0, 0, 0], { radius_m: 0.0165 });
    }
  } else {
    chair.frame.addPair("paint", tube([...start, cane(top + 0.008)], TUBE * 0.92));
    chair.frame.addPair("plastic", tube([cane(top + 0.002), cane(top + 0.014)], TUBE + 0.002));
  }
  if (p.frame === "rigid") {
    const [x, y, z] = cane(top * 0.45);
    chair.frame.add("paint", tube([[x, y, z], [x * 0.75, y, z - 0.06], [-x * 0.75, y, z - 0.06], [-x, y, z]], TUBE * 0.8, { bend: 0.06 }));
  }
}

/** Tubes of the rigid frame. @param {Equipment} chair @param {Layout} at */
function rigidFrame(chair, { rail, rear, side, axle, lower, knee, foot }) {
  const { frame } = chair;
  const hangerAt = (/** @type {number} */ y) => {
    const share = (rail(knee) - y) / (rail(knee) - foot.y);
    return /** @type {Point} */ ([side + (foot.x - side) * share, y, knee + (foot.z - knee) * share]);
  };
  frame.addPair("paint", tube([[side, rail(rear), rear - 0.03], [side, rail(knee), knee], [foot.x, foot.y - 0.008, foot.z]], TUBE, { bend: 0.07 }));
  const join = hangerAt(Math.max(lower, foot.y + 0.03));
  frame.addPair("paint", tube([[side, axle.y + 0.012, axle.z], [side, lower, axle.z + 0.16], join], TUBE * 0.92, { bend: 0.09 }));
  frame.addPair("paint", tube([[side, rail(axle.z), axle.z], [side, axle.y, axle.z]], TUBE));
  frame.addPair("dark_metal", tube([[side, axle.y - 0.03, axle.z], [side, axle.y + 0.035, axle.z]], 0.021, { sides: 12 }));
  frame.add("dark_metal", drum(0.017, -(axle.x - 0.03), axle.x - 0.03, 14), placed([0, axle.y, axle.z]));
  frame.add("upholstery", sheet((u, v, out) => { // calf strap, so that the feet do not slip back under the casters
    const [x, y, z] = hangerAt(rail(knee) - 0.13 - 0.07 * v);
    const across = u * 2 - 1;
    out.set(across * x, y, z - 0.045 * (1 - across ** 2));
  }, { columns: 8, rows: 1, thickness: 0.003 }));
  const brace = hangerAt(Math.max(foot.y + 0.1, lower + 0.03));
  frame.add("paint", tube([[brace[0], brace[1], brace[2]], [-brace[0], brace[1], brace[2]]], TUBE * 0.8));
  frame.add("paint", tube([[side, rail(knee - 0.06), knee - 0.06], [-side, rail(knee - 0.06), knee - 0.06]], TUBE * 0.8));
}

/** Tubes of the folding frame: box sides, cross brace, hangers in receivers. @param {Equipment} chair @param {Layout} at */
function foldingFrame(chair, { rail, rear, front, side, axle, lower, knee, foot }) {
  const { frame } = chair;
  frame.addPair("paint", tube([[side, lower, rear - 0.012], [side, lower, front], [side, rail(front), front]], TUBE, { bend: 0.05 }));
  frame.addPair("paint", tube([[side, rail(rear), rear - 0.012], [side, rail(front) + 0.001, front]], TUBE));
  for (const [sign, z] of [[1, -0.014], [-1, 0.014]]) {
    const middle = 0.02;
    frame.add("paint", tube([[-sign * side, lower + 0.01, z + middle], [sign * (side - 0.004), rail(middle) - 0.006, z + middle]], TUBE * 0.9));
  }
  frame.add("steel", drum(0.008, -0.03, 0.03, 10), placed([0, (lower + rail(0)) / 2, 0.02], [0, Math.PI / 2, 0]));
  const [low, high] = [lower - 0.02, Math.max(axle.y + 0.05, lower + 0.1)];
  frame.addPair("dark_metal", plate([[rear - 0.045, low], [Math.max(rear, axle.z) + 0.04, low], [Math.max(rear, axle.z) + 0.04, high], [rear - 0.045, high]], 0.008),
    placed([side + 0.014, 0, 0], [0, -Math.PI / 2, 0]));
  frame.addPair("steel", drum(0.012, side, axle.x, 12), placed([0, axle.y, axle.z]));
  const hanger = front + 0.028;
  frame.addPair("paint", tube([[side, rail(front) - 0.13, hanger], [side, rail(front) + 0.004, hanger], [side, rail(front) - 0.004, knee],
    [foot.x, foot.y - 0.01, foot.z]], TUBE * 0.9, { bend: 0.045 }));
  for (const y of [rail(front) - 0.1, rail(front) - 0.02]) {
    frame.addPair("plastic", cushion({ width: 0.03, depth: 0.06, height: 0.018, edge: 0.006 }), placed([side, y, front + 0.014]));
  }
}

/** Foot plates and their parts. @param {Equipment} chair @param {Layout} at */
function footrests(chair, { foot }) {
  const p = chair.params;
  const deep = 0.15;
  const z = foot.z + PLATE_REACH;
  const one = p.footrests === "plate";
  const inner = one ? 0 : 0.012;
  const width = foot.x - inner;
  const middle = (foot.x + inner) / 2;
  if (one) {
    chair.frame.add("plastic", cushion({ width: 2 * foot.x + 0.02, depth: deep, height: 0.012, edge: 0.005 }), placed([0, foot.y, z]));
    for (const x of [-0.5, 0, 0.5]) chair.frame.add("grey_rubber", cushion({ width: 0.05, depth: deep * 0.8, height: 0.002, edge: 0.0008 }), placed([x * foot.x, foot.y + 0.001, z]));
  } else {
    chair.frame.addPair("plastic", cushion({ width, depth: deep + 0.02, height: 0.012, edge: 0.005 }), placed([middle, foot.y, z]));
    chair.frame.addPair("dark_metal", drum(0.01, middle + 0.02, foot.x + 0.012, 10), placed([0, foot.y - 0.012, foot.z]));
    chair.frame.addPair("upholstery", sheet((u, v, out) => { // heel loop
      const across = u * 2 - 1;
      out.set(middle + across * width * 0.48, foot.y + 0.035 + 0.04 * v, z - deep / 2 + 0.005 - 0.03 * (1 - across * across));
    }, { columns: 8, rows: 1, thickness: 0.003 }));
  }
  for (const sign of [1, -1]) {
    chair.part(sign > 0 ? "left_footrest" : "right_footrest", [sign * Math.min(middle, foot.x * 0.52), foot.y + 0.001, z], [0, 0, 0], { width_m: width, depth_m: deep });
  }
}

/** Side guards or armrests. @param {Equipment} chair @param {Layout} at */
function sides(chair, { rear, front, rail, seatTop, side, axle, back: cane }) {
  const p = chair.params;
  if (p.armrest === "none") return;
  const outside = placed([side + 0.017, 0, 0], [0, -Math.PI / 2, 0]);
  if (p.armrest === "side_guard") {
    const high = Math.min(2 * p.wheel_radius_m - 0.005, seatTop(axle.z) + 0.16);
    chair.frame.addPair("plastic", plate([[rear + 0.012, rail(rear)], [front - 0.1, rail(front - 0.1)], [front - 0.13, seatTop(front - 0.13) + 0.025],
      [axle.z + 0.1, high - 0.02], [axle.z - 0.02, high], [rear + 0.012, high - 0.03]], 0.005, 0.03), outside);
    return;
  }
  const top = (/** @type {number} */ z) => seatTop(z) + p.armrest_height_m;
  const post = front - 0.1;
  const [, , caneZ] = cane(p.armrest_height_m);
  const beam = (/** @type {number} */ z) => top(z) - 0.04;
  const x = side + 0.006;
  chair.frame.addPair("paint", tube([[x, rail(post) - 0.03, post], [x, beam(post), post], [x, beam(caneZ), caneZ]], TUBE * 0.85, { bend: 0.06 }));
  const length = Math.min(0.34, post - rear + 0.06);
  const middle = post + 0.03 - length / 2;
  chair.frame.addPair("plastic", cushion({ width: 0.055, depth: length, height: 0.028, edge: 0.012, crown: 0.003 }), placed([x, top(middle), middle], [-p.seat_angle_rad, 0, 0]));
  chair.frame.addPair("plastic", plate([[rear + 0.03, rail(rear) + 0.01], [post - 0.012, rail(post) + 0.01], [post - 0.012, beam(post) - 0.02], [rear + 0.03, beam(rear) - 0.02]], 0.004, 0.02),
    placed([x - 0.002, 0, 0], [0, -Math.PI / 2, 0]));
  for (const sign of [1, -1]) {
    chair.part(sign > 0 ? "left_armrest" : "right_armrest", [sign * x, top(middle), middle], [-p.seat_angle_rad, 0, 0], { width_m: 0.055, length_m: length });
  }
}

/** Push-to-lock brakes before the tyres. @param {Equipment} chair @param {Layout} at */
function brakes(chair, { rail, side, axle }) {
  const { wheel_radius_m: radius } = chair.params;
  const above = Math.min(rail(0) - axle.y - 0.01, radius * 0.8);
  const z = axle.z + Math.sqrt(radius ** 2 - above ** 2) + 0.022;
  const y = axle.y + above;
  chair.frame.addPair("dark_metal", cushion({ width: 0.026, depth: 0.07, height: 0.03, edge: 0.006 }), placed([side + 0.018, y + 0.02, z + 0.02]));
  chair.frame.addPair("steel", drum(0.008, side + 0.01, axle.x + 0.018, 10), placed([0, y, z]));
  chair.frame.addPair("dark_metal", tube([[side + 0.034, y, z + 0.02], [side + 0.036, y + 0.045, z + 0.05], [side + 0.042, y + 0.12, z + 0.055]], 0.0055, { bend: 0.02 }));
  chair.frame.addPair("foam", tube([[side + 0.0395, y + 0.085, z + 0.054], [side + 0.0425, y + 0.128, z + 0.056]], 0.0105));
}

/** Main wheels with hand rims, and the parts that name the rims. @param {Equipment} chair @param {Layout} at */
function mainWheels(chair, { axle }) {
  const p = chair.params;
  const size = { radius: p.wheel_radius_m, rim: p.rim_radius_m, spokes: p.spokes, tyre: p.tyre };
  const wheel = spokedWheel(size).build(chair.materials);
  for (const sign of [1, -1]) {
    const name = sign > 0 ? "left_wheel" : "right_wheel";
    const facing = sign > 0 ? wheel : wheel.clone(); // same geometry, hand rim outwards
    facing.rotation.y = sign > 0 ? 0 : Math.PI;
    const spinning = new Group();
    spinning.add(facing);
    const lean = sign * p.camber_rad;
    chair.wheel(name, spinning, { position: [sign * axle.x, axle.y, axle.z], rotation: [0, 0, lean], radius_m: p.wheel_radius_m, side: sign > 0 ? "left" : "right" });
    chair.part(sign > 0 ? "left_rim" : "right_rim",
      [sign * (axle.x + RIM_OFFSET * Math.cos(lean)), axle.y + RIM_OFFSET * Math.sin(p.camber_rad), axle.z], [0, 0, lean],
      { radius_m: p.rim_radius_m, camber_rad: p.camber_rad, tube_radius_m: RIM_TUBE, wheel_radius_m: p.wheel_radius_m });
    chair.contact(name, [sign * (axle.x + p.wheel_radius_m * Math.sin(p.camber_rad)), 0, axle.z]);
  }
}

/** Casters, and the small wheels behind where wanted. @param {Equipment} chair @param {Layout} at */
function smallWheels(chair, { front, rear, side, lower }) {
  const p = chair.params;
  const z = front + (p.frame === "rigid" ? 0.05 : -0.005);
  const top = lower - 0.04;
  for (const sign of [1, -1]) {
    const x = sign * (side + 0.006);
    addCaster(chair, { name: sign > 0 ? "left_caster" : "right_caster", side: sign > 0 ? "left" : "right", x, z, top,
      radius: p.caster_radius_m, width: 0.03, trail: 0.036, centre: "plastic", arms: p.frame === "rigid" ? 0 : 5 });
    chair.frame.add("dark_metal", tube([[x, top + 0.014, z], [x, lower + 0.04, z]], 0.0165, { sides: 12 }));
    if (!p.anti_tippers) continue;
    const outrigger = tube([[side - 0.02, lower + 0.02, rear], [side - 0.02, 0.1, rear - 0.06], [side - 0.02, 0.06, rear - 0.17]], 0.009);
    chair.frame.add("dark_metal", sign > 0 ? outrigger : mirrored(outrigger));
    const roller = new Group();
    roller.add(smallWheel({ radius: 0.025, width: 0.02 }).build(chair.materials));
    roller.position.set(sign * (side - 0.02), 0.055, rear - 0.17);
    chair.object.add(roller);
  }
}

/** @param {Record<string, any>} params complete, see completeParams @returns {Equipment} */
export function buildManualWheelchair(params) {
  const chair = new Equipment("manual_wheelchair", "wheelchair", params);
  const at = layout(params);
  mainWheels(chair, at);
  smallWheels(chair, at);
  (params.frame === "rigid" ? rigidFrame : foldingFrame)(chair, at);
  upholster(chair, at);
  back(chair, at);
  sides(chair, at);
  footrests(chair, at);
  if (params.brakes) brakes(chair, at);
  return chair.finish();
}
