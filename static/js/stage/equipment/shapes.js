/** Shapes that mobility equipment is made of: bent tubes, wheels, slings, cushions. Metres; each returns an indexed
 * geometry with position, normal and uv (uv in metres along the surface where a cloth goes on it, else unused). */
import {
  BufferGeometry,
  Float32BufferAttribute,
  LatheGeometry,
  Matrix4,
  Shape,
  ExtrudeGeometry,
  Vector2,
  Vector3,
} from "../../../vendor/three.js";
import { mergeVertices } from "../../../vendor/three-addons/utils/BufferGeometryUtils.js";
import { RoundedBoxGeometry } from "../../../vendor/three-addons/geometries/RoundedBoxGeometry.js";

/** @typedef {[number, number, number]} Point */

const STRAIGHT = 1e-4; // rad: below it, two directions are taken as one
const BEND_STEP = Math.PI / 10; // rad of a bend that one ring of a tube covers

/**
 * Round a polyline's corners off with arcs.
 * @param {Point[]} points @param {number} radius bend radius of the centre line; less where a leg is too short
 * @returns {Vector3[]}
 */
function roundedPath(points, radius) {
  const corners = points.map((p) => new Vector3(...p));
  const path = [corners[0]];
  for (let k = 1; k < corners.length - 1; k++) {
    const [before, corner, after] = [corners[k - 1], corners[k], corners[k + 1]];
    const incoming = corner.clone().sub(before);
    const outgoing = after.clone().sub(corner);
    const turn = incoming.angleTo(outgoing);
    if (turn < STRAIGHT) continue;
    const reach = Math.min(radius * Math.tan(turn / 2), incoming.length() * 0.49, outgoing.length() * 0.49);
    const start = corner.clone().addScaledVector(incoming.normalize(), -reach);
    const end = corner.clone().addScaledVector(outgoing.normalize(), reach);
    const steps = Math.max(2, Math.ceil(turn / BEND_STEP));
    for (let i = 0; i <= steps; i++) {
      const t = i / steps; // a quadratic curve is within 2 % of the arc for bends up to a right angle
      const a = start.clone().lerp(corner, t);
      path.push(a.lerp(corner.clone().lerp(end, t), t));
    }
  }
  path.push(corners[corners.length - 1]);
  return path;
}

/**
 * @param {number[]} positions @param {number[]} normals @param {number[]} uvs @param {number[]} indices
 * @returns {BufferGeometry}
 */
function geometryOf(positions, normals, uvs, indices) {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new Float32BufferAttribute(positions, 3));
  geometry.setAttribute("normal", new Float32BufferAttribute(normals, 3));
  geometry.setAttribute("uv", new Float32BufferAttribute(uvs, 2));
  geometry.setIndex(indices);
  return geometry;
}

/**
 * A round tube with closed ends along a polyline whose corners are bent like a tube's.
 * @param {Point[]} points at least two
 * @param {number} radius of the tube; `options.end` gives another one at the last point (a taper)
 * @param {{bend?: number, sides?: number, end?: number}} [options] bend: radius of the bends, metres
 * @returns {BufferGeometry}
 */
export function tube(points, radius, { bend = 0.05, sides = 10, end = radius } = {}) {
  const path = roundedPath(points, bend);
  const lengths = [0];
  for (let k = 1; k < path.length; k++) lengths.push(lengths[k - 1] + path[k].distanceTo(path[k - 1]));
  const total = lengths[lengths.length - 1];
  /** @type {number[]} */ const positions = [],
    /** @type {number[]} */ normals = [],
    /** @type {number[]} */ uvs = [];
  /** @type {number[]} */ const indices = [];
  const tangent = path[1].clone().sub(path[0]).normalize();
  // Any vector across the first tangent will do; it is then carried along without twist.
  const side = new Vector3(Math.abs(tangent.y) < 0.9 ? 0 : 1, Math.abs(tangent.y) < 0.9 ? 1 : 0, 0)
    .cross(tangent)
    .normalize();
  const up = new Vector3();
  const normal = new Vector3();
  const ring = (
    /** @type {Vector3} */ centre,
    /** @type {number} */ r,
    /** @type {number} */ v,
    /** @type {Vector3 | null} */ facing,
  ) => {
    for (let i = 0; i <= sides; i++) {
      const angle = (2 * Math.PI * i) / sides;
      normal.copy(side).multiplyScalar(Math.cos(angle)).addScaledVector(up, Math.sin(angle));
      positions.push(centre.x + normal.x * r, centre.y + normal.y * r, centre.z + normal.z * r);
      const n = facing ?? normal;
      normals.push(n.x, n.y, n.z);
      uvs.push(angle * radius, v);
    }
  };
  const stitch = (/** @type {number} */ a, /** @type {number} */ b) => {
    for (let i = 0; i < sides; i++) indices.push(a + i, a + i + 1, b + i, a + i + 1, b + i + 1, b + i);
  };
  for (let k = 0; k < path.length; k++) {
    const next = path[Math.min(k + 1, path.length - 1)];
    const direction = next
      .clone()
      .sub(path[Math.max(k - 1, 0)])
      .normalize();
    side.addScaledVector(direction, -side.dot(direction)).normalize();
    up.crossVectors(direction, side);
    const r = radius + ((end - radius) * lengths[k]) / total;
    const cap = k === 0 || k === path.length - 1;
    const facing = cap ? direction.clone().multiplyScalar(k === 0 ? -1 : 1) : null;
    if (k === 0) {
      ring(path[k], 0, 0, facing);
      ring(path[k], r, 0, facing);
      stitch(0, sides + 1);
    }
    ring(path[k], r, lengths[k], null);
    const here = positions.length / 3 - (sides + 1);
    if (k > 0) stitch(here - (sides + 1), here);
    if (k === path.length - 1) {
      ring(path[k], r, total, facing);
      ring(path[k], 0, total, facing);
      stitch(here + sides + 1, here + 2 * (sides + 1));
    }
  }
  return geometryOf(positions, normals, uvs, indices);
}

/**
 * A body of revolution about the x axis: tyres, rims, hubs, casters.
 * @param {[number, number][]} profile (radius, x) pairs, the outside walked along +x; closed by itself if first and
 *   last are equal
 * @param {number} [segments]
 * @returns {BufferGeometry}
 */
export function turned(profile, segments = 40) {
  const lathe = new LatheGeometry(
    profile.map(([r, x]) => new Vector2(r, x)),
    segments,
  );
  return lathe.applyMatrix4(new Matrix4().makeRotationZ(-Math.PI / 2)); // lathe turns about y; y -> x
}

/**
 * A ring of round section in the plane across the x axis: hand rims, tyres.
 * @param {number} radius of the centre line @param {number} thickness radius of the section
 * @param {{segments?: number, sides?: number}} [options]
 * @returns {BufferGeometry}
 */
export function hoop(radius, thickness, { segments = 48, sides = 8 } = {}) {
  /** @type {[number, number][]} */
  const profile = [];
  for (let i = 0; i <= sides; i++) {
    const angle = (2 * Math.PI * i) / sides; // so that the outer side is walked along +x, which turns faces outwards
    profile.push([radius + thickness * Math.cos(angle), thickness * Math.sin(angle)]);
  }
  return turned(profile, segments);
}

/**
 * A cushion or pad: a box with round edges, its top pressed in or bulging. Centre of the top surface at the origin
 * before the bulge.
 * @param {{width: number, depth: number, height: number, edge?: number, crown?: number}} size metres; crown > 0
 *   raises the middle of the top, < 0 sinks it
 * @returns {BufferGeometry}
 */
export function cushion({ width, depth, height, edge = Math.min(width, depth, height) * 0.4, crown = 0 }) {
  const box = new RoundedBoxGeometry(width, height, depth, 2, edge);
  for (const name of ["normal", "uv"]) box.deleteAttribute(name);
  const geometry = mergeVertices(box, 1e-5); // one surface, so that the normals flow over the edges
  const position = geometry.getAttribute("position");
  const uv = new Float32Array(position.count * 2);
  for (let k = 0; k < position.count; k++) {
    const [x, y, z] = [position.getX(k), position.getY(k), position.getZ(k)];
    const dome = (1 - ((2 * x) / width) ** 2) * (1 - ((2 * z) / depth) ** 2);
    position.setY(k, y - height / 2 + (y > 0 ? crown * dome : 0));
    uv.set([x, z + y], 2 * k);
  }
  geometry.setAttribute("uv", new Float32BufferAttribute(uv, 2));
  geometry.computeVertexNormals();
  return geometry;
}

/**
 * A sheet with thickness over a parametric surface: slings, guards, shells, cuffs.
 * @param {(u: number, v: number, out: Vector3) => void} surface writes the point at u, v in 0..1
 * @param {{columns: number, rows: number, thickness: number}} options columns along u, rows along v; the sheet grows
 *   to both sides of the surface
 * @returns {BufferGeometry}
 */
export function sheet(surface, { columns, rows, thickness }) {
  const width = columns + 1;
  const count = width * (rows + 1);
  const middle = Array.from({ length: count }, (_, k) => {
    const point = new Vector3();
    surface((k % width) / columns, Math.floor(k / width) / rows, point);
    return point;
  });
  /** @type {number[]} */ const positions = [],
    /** @type {number[]} */ uvs = [],
    /** @type {number[]} */ indices = [];
  const along = new Vector3(),
    across = new Vector3();
  const normalAt = (/** @type {number} */ k) => {
    const [i, j] = [k % width, Math.floor(k / width)];
    along.subVectors(middle[i < columns ? k + 1 : k], middle[i > 0 ? k - 1 : k]);
    across.subVectors(middle[j < rows ? k + width : k], middle[j > 0 ? k - width : k]);
    return along.clone().cross(across).normalize();
  };
  const lengthU = middle[0].distanceTo(middle[columns]);
  const lengthV = middle[0].distanceTo(middle[count - width]);
  for (const sign of [1, -1]) {
    for (let k = 0; k < count; k++) {
      const p = middle[k].clone().addScaledVector(normalAt(k), (sign * thickness) / 2);
      positions.push(p.x, p.y, p.z);
      uvs.push(((k % width) / columns) * lengthU, (Math.floor(k / width) / rows) * lengthV);
    }
  }
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const a = j * width + i;
      indices.push(a, a + 1, a + width, a + 1, a + width + 1, a + width);
      const b = a + count;
      indices.push(b, b + width, b + 1, b + 1, b + width, b + width + 1);
    }
  }
  const edge = [
    ...Array.from({ length: columns }, (_, i) => i),
    ...Array.from({ length: rows }, (_, j) => columns + j * width),
    ...Array.from({ length: columns }, (_, i) => count - 1 - i),
    ...Array.from({ length: rows }, (_, j) => (rows - j) * width),
  ];
  for (let k = 0; k < edge.length; k++) {
    const [a, b] = [edge[k], edge[(k + 1) % edge.length]];
    const base = positions.length / 3;
    // Edges get vertices of their own, so that their normals stay sharp.
    for (const v of [a, b, a + count, b + count]) {
      positions.push(...positions.slice(3 * v, 3 * v + 3));
      uvs.push(...uvs.slice(2 * v, 2 * v + 2));
    }
    indices.push(base, base + 2, base + 1, base + 1, base + 2, base + 3);
  }
  const geometry = geometryOf(positions, new Array(positions.length).fill(0), uvs, indices);
  geometry.computeVertexNormals();
  return geometry;
}

/**
 * A flat plate with an outline and a bevel, in the x-y plane, centred on z = 0: guards, foot plates, brackets.
 * @param {[number, number][]} outline counter-clockwise @param {number} thickness @param {number} [round] corner radius
 * @returns {BufferGeometry}
 */
export function plate(outline, thickness, round = 0.015) {
  const path = roundedPath(
    outline
      .map(([x, y]) => [x, y, 0])
      .concat([
        [...outline[0], 0],
        [...outline[1], 0],
      ])
      .map((p) => /** @type {Point} */ (p)),
    round,
  );
  // The outline is walked once and a side more, so that its first corner is rounded as well.
  const shape = new Shape(path.slice(1, -1).map((p) => new Vector2(p.x, p.y)));
  const bevel = Math.min(thickness * 0.3, 0.003);
  const geometry = new ExtrudeGeometry(shape, {
    depth: thickness - 2 * bevel,
    bevelEnabled: true,
    bevelThickness: bevel,
    bevelSize: bevel,
    bevelOffset: -bevel,
    bevelSegments: 1,
    steps: 1,
  });
  geometry.translate(0, 0, -(thickness / 2 - bevel));
  const count = geometry.getAttribute("position").count;
  geometry.setIndex(Array.from({ length: count }, (_, k) => k));
  return geometry;
}

/**
 * Mirror a geometry at x = 0, keeping its faces outside out.
 * @param {BufferGeometry} geometry
 * @returns {BufferGeometry} a new one
 */
export function mirrored(geometry) {
  const copy = geometry.clone();
  for (const name of ["position", "normal"]) {
    const attribute = copy.getAttribute(name);
    for (let k = 0; k < attribute.count; k++) attribute.setX(k, -attribute.getX(k));
  }
  const index = /** @type {import("../../../vendor/three.js").BufferAttribute} */ (copy.getIndex());
  for (let k = 0; k < index.count; k += 3) {
    const a = index.getX(k);
    index.setX(k, index.getX(k + 1));
    index.setX(k + 1, a);
  }
  return copy;
}
