/**
 * Cameras of the stage, and the numbers that describe them. Stage frame: metres, y up. Images: pixels, x right, y down,
 * the left upper corner of the left upper pixel is 0, 0. */
import { PerspectiveCamera, Vector3 } from "../../vendor/three.js";

/** @typedef {[number, number, number]} Point */
/**
 * @typedef {object} Projection a pinhole without distortion
 * @property {number} width px @property {number} height px
 * @property {number} fx px @property {number} fy px @property {number} cx px @property {number} cy px
 * @property {number[]} world_to_camera 3x4, row by row: stage metres -> camera axes (x right, y down, z ahead), metres
 */
/**
 * @typedef {object} View where from a subject is seen
 * @property {number} azimuth_rad 0: from the front (+z), positive: from the subject's left (+x)
 * @property {number} elevation_rad above the horizon
 */
/** @typedef {{low: Point, high: Point}} Extent axis-aligned, stage metres */

/** Views by name. The subject faces +z. @type {Record<string, View>} */
export const VIEWS = {
  front: { azimuth_rad: 0, elevation_rad: 0.06 },
  quarter: { azimuth_rad: 0.7, elevation_rad: 0.12 },
  left: { azimuth_rad: Math.PI / 2, elevation_rad: 0.06 },
  right: { azimuth_rad: -Math.PI / 2, elevation_rad: 0.06 },
  side: { azimuth_rad: -Math.PI / 2, elevation_rad: 0.06 },
  back: { azimuth_rad: Math.PI, elevation_rad: 0.1 },
  above: { azimuth_rad: 0.35, elevation_rad: 0.75 },
};

/** Vertical field of view, radians. Laptop webcams see 60-80 degrees across at 16:9, telephones' main cameras 65-70. */
export const LENSES = { webcam: 0.8, phone: 0.95, wide: 1.2, portrait: 0.45 };

const NEAR = 0.05;
const FAR = 60; // m; id masks hold depths up to 65 m

/**
 * A camera that sees an extent from a view, just filling the picture but for a margin.
 * @param {object} wish
 * @param {View} wish.view @param {Extent} wish.extent what must be seen, stage metres
 * @param {[number, number]} wish.size px @param {number} [wish.fov_rad] vertical field of view
 * @param {number} [wish.margin] share of the picture that stays free on each side; < 0 cuts the subject off
 * @param {[number, number]} [wish.shift] where the subject's centre lies off the picture's, in shares of the picture's
 *   size
 * @param {number} [wish.roll_rad] the camera held askew
 * @param {number} [wish.zoom] how many times nearer to the subject's centre
 * @returns {PerspectiveCamera}
 */
export function frameCamera({
  view,
  extent,
  size: [width, height],
  fov_rad = LENSES.webcam,
  margin = 0.08,
  shift = [0, 0],
  roll_rad = 0,
  zoom = 1,
}) {
  if (!(fov_rad > 0 && fov_rad < Math.PI)) throw new RangeError(`fov_rad: expected 0..pi, got ${fov_rad}`);
  if (!(zoom > 0)) throw new RangeError(`zoom: expected more than 0, got ${zoom}`);
  if (!(margin < 0.5)) throw new RangeError(`margin: expected less than 0.5, got ${margin}`);
  const camera = new PerspectiveCamera((fov_rad * 180) / Math.PI, width / height, NEAR, FAR);
  const centre = new Vector3(...extent.low).add(new Vector3(...extent.high)).multiplyScalar(0.5);
  const { azimuth_rad: azimuth, elevation_rad: elevation } = view;
  const way = new Vector3(
    Math.sin(azimuth) * Math.cos(elevation),
    Math.sin(elevation),
    Math.cos(azimuth) * Math.cos(elevation),
  );
  camera.position.copy(way);
  camera.lookAt(0, 0, 0);
  camera.updateMatrixWorld();
  const right = new Vector3().setFromMatrixColumn(camera.matrixWorld, 0);
  const up = new Vector3().setFromMatrixColumn(camera.matrixWorld, 1);
  const half = {
    x: Math.tan(fov_rad / 2) * camera.aspect * (1 - 2 * margin),
    y: Math.tan(fov_rad / 2) * (1 - 2 * margin),
  };
  let distance = 0;
  const corner = new Vector3();
  for (let k = 0; k < 8; k++) {
    corner
      .set(
        (k & 1 ? extent.high : extent.low)[0],
        (k & 2 ? extent.high : extent.low)[1],
        (k & 4 ? extent.high : extent.low)[2],
      )
      .sub(centre);
    const ahead = corner.dot(way); // towards the camera
    distance = Math.max(
      distance,
      ahead + Math.abs(corner.dot(right)) / half.x,
      ahead + Math.abs(corner.dot(up)) / half.y,
    );
  }
  distance /= zoom;
  const reach = Math.tan(fov_rad / 2) * distance * 2;
  const aim = centre
    .clone()
    .addScaledVector(right, -shift[0] * reach * camera.aspect)
    .addScaledVector(up, shift[1] * reach);
  camera.position.copy(aim).addScaledVector(way, distance);
  // Not below the floor: a camera lying on it looks up instead.
  camera.position.y = Math.max(camera.position.y, 0.15);
  camera.up.set(0, 1, 0);
  camera.lookAt(aim);
  camera.rotateZ(roll_rad);
  camera.updateMatrixWorld();
  return camera;
}

/**
 * A three.js camera as plain numbers.
 * @param {PerspectiveCamera} camera its world matrix must be up to date
 * @param {[number, number]} size picture, px
 * @returns {Projection}
 */
export function projectionOf(camera, [width, height]) {
  const p = camera.projectionMatrix.elements;
  const m = camera.matrixWorldInverse.copy(camera.matrixWorld).invert().elements;
  // Rows of the view matrix; three's camera looks along -z with y up, ours along +z with y down.
  const row = (/** @type {number} */ k, /** @type {number} */ sign) =>
    [m[k], m[k + 4], m[k + 8], m[k + 12]].map((value) => sign * value);
  return {
    width,
    height,
    fx: (p[0] * width) / 2,
    fy: (p[5] * height) / 2,
    cx: ((1 - p[8]) * width) / 2,
    cy: ((1 + p[9]) * height) / 2,
    world_to_camera: [...row(0, 1), ...row(1, -1), ...row(2, -1)],
  };
}

/**
 * @param {Projection} projection @param {Point} point stage metres
 * @returns {Point} camera axes, metres
 */
export function toCamera({ world_to_camera: m }, [x, y, z]) {
  return [
    m[0] * x + m[1] * y + m[2] * z + m[3],
    m[4] * x + m[5] * y + m[6] * z + m[7],
    m[8] * x + m[9] * y + m[10] * z + m[11],
  ];
}

/**
 * @param {Projection} projection @param {Point} point camera axes, metres, z > 0
 * @returns {[number, number]} px
 */
export function toPixels({ fx, fy, cx, cy }, [x, y, z]) {
  return [cx + (fx * x) / z, cy + (fy * y) / z];
}
