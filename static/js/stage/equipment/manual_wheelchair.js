/**
 * Manual wheelchair: a rigid active chair or a cross-braced folding chair. Metres; parameters and their reasons are in
 * static/spec/equipment.json. Left is +x; everything is built for the left side and mirrored.
 */
import { Group } from "../../../vendor/three.js";
import { Equipment } from "./assembly.js";
import { mirrored, tube } from "./shapes.js";
import { brakes, footrests, sides, upholster } from "./wheelchair_fittings.js";
import { back, foldingFrame, rigidFrame } from "./wheelchair_frame.js";
import { layout } from "./wheelchair_layout.js";
import { RIM_OFFSET, RIM_TUBE, addCaster, smallWheel, spokedWheel } from "./wheels.js";

/** @typedef {import("./wheelchair_layout.js").Layout} Layout */

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
    chair.wheel(name, spinning, {
      position: [sign * axle.x, axle.y, axle.z],
      rotation: [0, 0, lean],
      radius_m: p.wheel_radius_m,
      side: sign > 0 ? "left" : "right",
    });
    chair.part(
      sign > 0 ? "left_rim" : "right_rim",
      [sign * (axle.x + RIM_OFFSET * Math.cos(lean)), axle.y + RIM_OFFSET * Math.sin(p.camber_rad), axle.z],
      [0, 0, lean],
      { radius_m: p.rim_radius_m, camber_rad: p.camber_rad, tube_radius_m: RIM_TUBE, wheel_radius_m: p.wheel_radius_m },
    );
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
    addCaster(chair, {
      name: sign > 0 ? "left_caster" : "right_caster",
      side: sign > 0 ? "left" : "right",
      x,
      z,
      top,
      radius: p.caster_radius_m,
      width: 0.03,
      trail: 0.036,
      centre: "plastic",
      arms: p.frame === "rigid" ? 0 : 5,
    });
    chair.frame.add(
      "dark_metal",
      tube(
        [
          [x, top + 0.014, z],
          [x, lower + 0.04, z],
        ],
        0.0165,
        { sides: 12 },
      ),
    );
    if (!p.anti_tippers) continue;
    const outrigger = tube(
      [
        [side - 0.02, lower + 0.02, rear],
        [side - 0.02, 0.1, rear - 0.06],
        [side - 0.02, 0.06, rear - 0.17],
      ],
      0.009,
    );
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
