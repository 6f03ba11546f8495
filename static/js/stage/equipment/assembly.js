/** Putting an aid together: geometries by surface, merged per rigid part; wheels that turn; named parts for poses. */
import { Group, Matrix4, Mesh, Object3D } from "../../../vendor/three.js";
import { mergeGeometries } from "../../../vendor/three-addons/utils/BufferGeometryUtils.js";
import { createMaterials, paletteU } from "./surfaces.js";
import { mirrored } from "./shapes.js";

/** @typedef {import("../../../vendor/three.js").BufferGeometry} BufferGeometry */
/** @typedef {import("./surfaces.js").SurfaceName} SurfaceName */
/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {{name: string, side: "left" | "right" | null, radius_m: number, object: Object3D, axle: Object3D}} Wheel
 *   `object` holds tyre and spokes and turns about its x axis; `axle` carries it (camber, steering) and does not turn
 */
/** @typedef {{name: string, object: Object3D}} Contact a point of the aid that touches the floor at rest */

/** Geometry of one rigid part, by surface; becomes at most two meshes. */
export class Body {
  /** @type {BufferGeometry[]} */ #hard = [];
  /** @type {BufferGeometry[]} */ #cloth = [];

  /**
   * @param {SurfaceName} surface @param {BufferGeometry} geometry taken over; moved by `matrix` if given
   * @param {Matrix4} [matrix]
   */
  add(surface, geometry, matrix) {
    if (matrix) geometry.applyMatrix4(matrix);
    if (surface === "upholstery") {
      this.#cloth.push(geometry);
      return;
    }
    const uv = geometry.getAttribute("uv");
    const u = paletteU(surface);
    for (let k = 0; k < uv.count; k++) uv.setXY(k, u, 0.5);
    this.#hard.push(geometry);
  }

  /** The same on the left (as given, x > 0) and mirrored on the right.
   * @param {SurfaceName} surface @param {BufferGeometry} geometry @param {Matrix4} [matrix] */
  addPair(surface, geometry, matrix) {
    if (matrix) geometry.applyMatrix4(matrix);
    this.add(surface, mirrored(geometry));
    this.add(surface, geometry);
  }

  /** @param {ReturnType<typeof createMaterials>} materials @returns {Group} */
  build(materials) {
    const group = new Group();
    for (const [list, material] of /** @type {const} */ ([
      [this.#hard, materials.hard],
      [this.#cloth, materials.cloth],
    ])) {
      if (list.length === 0) continue;
      const mesh = new Mesh(mergeGeometries(list), material);
      for (const geometry of list) geometry.dispose();
      group.add(mesh);
    }
    return group;
  }
}

/** @param {Point} position @param {[number, number, number]} [rotation] Euler angles XYZ, radians @returns {Matrix4} */
export function placed(position, rotation) {
  const object = new Object3D();
  object.position.set(...position);
  if (rotation) object.rotation.set(...rotation);
  object.updateMatrix();
  return object.matrix;
}

/**
 * One piece of mobility equipment in the scene. Metres; y up, z forward, x to its user's left; the origin is on the
 * floor: below the seat's centre (chairs), between the grips (walkers, rollators), at the tip (sticks).
 */
export class Equipment {
  /** @type {Record<string, Object3D>} Named places with frames: y out of the contact surface, z forward. */
  parts = {};
  /** @type {Wheel[]} */
  wheels = [];
  /** @type {Contact[]} */
  contacts = [];
  object = new Group();
  frame = new Body();

  /**
   * @param {string} kind @param {string} kindClass one of static/spec/equipment.json's classes
   * @param {Record<string, any>} params
   */
  constructor(kind, kindClass, params) {
    this.kind = kind;
    this.class = kindClass;
    this.params = params;
    this.materials = createMaterials({
      paint: params.paint,
      upholstery: params.upholstery ?? "#22252a",
      paint_metalness: params.paint_metalness,
      paint_roughness: params.paint_roughness,
    });
    this.object.name = kind;
  }

  /**
   * Name a place.
   * @param {string} name @param {Point} position @param {[number, number, number]} [rotation]
   * @param {Record<string, number>} [data] goes to userData
   */
  part(name, position, rotation = [0, 0, 0], data = {}) {
    const object = new Object3D();
    object.name = name;
    object.position.set(...position);
    object.rotation.set(...rotation);
    Object.assign(object.userData, data);
    this.object.add(object);
    this.parts[name] = object;
  }

  /** A place that touches the floor. @param {string} name @param {Point} position */
  contact(name, position) {
    const object = new Object3D();
    object.position.set(...position);
    this.object.add(object);
    this.contacts.push({ name, object });
  }

  /**
   * Hang a wheel on its axle.
   * @param {string} name @param {Object3D} object turns about x; its centre is the origin
   * @param {{position: Point, rotation?: [number, number, number], radius_m: number, side: Wheel["side"]}} mounting
   */
  wheel(name, object, { position, rotation = [0, 0, 0], radius_m, side }) {
    const axle = new Group();
    axle.position.set(...position);
    axle.rotation.set(...rotation);
    axle.add(object);
    this.object.add(axle);
    this.wheels.push({ name, side, radius_m, object, axle });
  }

  /** Merge what was added to the frame; call once, last. @returns {this} */
  finish() {
    this.object.add(this.frame.build(this.materials));
    this.object.updateMatrixWorld(true);
    return this;
  }

  /**
   * Turn the wheels as far as each side has rolled. Wheels in the middle turn by the mean.
   * @param {number} left_m distance rolled by the left side, metres, forward positive @param {number} right_m
   */
  setTravel(left_m, right_m) {
    for (const { side, radius_m, object } of this.wheels) {
      const way = side === "left" ? left_m : side === "right" ? right_m : (left_m + right_m) / 2;
      object.rotation.x = way / radius_m; // +x is to the left: a positive turn moves the top forward
    }
  }

  /** Free what the GPU holds. The equipment cannot be drawn after that. */
  dispose() {
    this.object.traverse((object) => {
      if (object instanceof Mesh) object.geometry.dispose();
    });
    this.materials.dispose();
    this.object.removeFromParent();
  }
}
