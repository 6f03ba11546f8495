/**
 * The similarity (turn, scale, move; no reflection) that lays one set of points on another best, by least squares.
 *
 * Rotation as a quaternion: Horn, "Closed-form solution of absolute orientation using unit quaternions", JOSA A 4(4),
 * 1987. It is the eigenvector of the largest eigenvalue of a symmetric 4x4 matrix; that eigenvalue is the numerator of
 * the scale, which is Umeyama's (PAMI 13(4), 1991): errors count in the target alone.
 * @module
 */

/** @typedef {ArrayLike<number>} Numbers */

/** Two points can be laid on any two. */
const LEAST_POINTS = 3;
/** Off-diagonal rest, relative to the matrix, at which Jacobi's sweeps end; far above rounding, far below any use. */
const CONVERGED = 1e-15;
/** Sweeps end by themselves after five or six: convergence is quadratic. */
const MOST_SWEEPS = 50;

/**
 * @param {Numbers} source n*3; NaN: absent
 * @param {Numbers} target n*3; NaN: absent
 * @returns {((points: Numbers) => Float64Array) | null} moves points of the source's frame into the target's; null
 *   with fewer than three common points, or where the source's are all in one place
 */
export function similarity(source, target) {
  const common = [];
  for (let k = 0; k < source.length; k += 3) {
    const known = [0, 1, 2].every((axis) => Number.isFinite(source[k + axis] + target[k + axis]));
    if (known) common.push(k);
  }
  if (common.length < LEAST_POINTS) return null;
  const [from, to] = [centre(source, common), centre(target, common)];
  const sums = new Float64Array(9); // of source axis times target axis, row by row
  let size = 0;
  for (const k of common) {
    for (let i = 0; i < 3; i += 1) {
      size += (source[k + i] - from[i]) ** 2;
      for (let j = 0; j < 3; j += 1) sums[3 * i + j] += (source[k + i] - from[i]) * (target[k + j] - to[j]);
    }
  }
  if (!(size > 0)) return null;
  const { value, vector } = largestEigen(hornMatrix(sums));
  const rows = rotation(vector);
  const scale = value / size;
  return (points) =>
    Float64Array.from({ length: points.length }, (_, k) => {
      const axis = k % 3;
      const at = k - axis;
      const turned = [0, 1, 2].reduce((sum, j) => sum + rows[axis][j] * (points[at + j] - from[j]), 0);
      return scale * turned + to[axis];
    });
}

/** @param {Numbers} points @param {number[]} places @returns {number[]} */
function centre(points, places) {
  return [0, 1, 2].map((axis) => places.reduce((sum, k) => sum + points[k + axis], 0) / places.length);
}

/**
 * @param {Float64Array} sums 3x3 by rows, S[source axis][target axis]
 * @returns {number[][]} Horn's N: q' N q is the sum of products for the rotation q (w, x, y, z)
 */
function hornMatrix([xx, xy, xz, yx, yy, yz, zx, zy, zz]) {
  return [
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ];
}

/** @param {number[]} quaternion w, x, y, z, of length 1 @returns {number[][]} rows of the rotation matrix */
function rotation([w, x, y, z]) {
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

/**
 * By Jacobi's rotations (Golub and Van Loan, "Matrix computations", 8.5), which lose no accuracy on close eigenvalues.
 * @param {number[][]} matrix symmetric; is used up
 * @returns {{value: number, vector: number[]}} of the largest eigenvalue; the vector has length 1
 */
function largestEigen(matrix) {
  const n = matrix.length;
  const vectors = matrix.map((_, i) => matrix.map((_, j) => Number(i === j)));
  const enough = CONVERGED * Math.hypot(...matrix.flat());
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep += 1) {
    let rest = 0;
    for (let p = 0; p < n; p += 1) {
      for (let q = p + 1; q < n; q += 1) {
        rest = Math.max(rest, Math.abs(matrix[p][q]));
        if (Math.abs(matrix[p][q]) > enough) turn(matrix, vectors, p, q);
      }
    }
    if (rest <= enough) break;
  }
  const best = matrix.reduce((most, row, i) => (row[i] > matrix[most][most] ? i : most), 0);
  return { value: matrix[best][best], vector: vectors.map((row) => row[best]) };
}

/**
 * Make matrix[p][q] 0 by a turn in that plane.
 * @param {number[][]} matrix
 * @param {number[][]} vectors columns turn along
 * @param {number} p
 * @param {number} q
 */
function turn(matrix, vectors, p, q) {
  const theta = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cos = 1 / Math.hypot(t, 1);
  const sin = t * cos;
  const mix = (/** @type {number} */ a, /** @type {number} */ b) => [cos * a - sin * b, sin * a + cos * b];
  for (const row of [...matrix, ...vectors]) [row[p], row[q]] = mix(row[p], row[q]);
  for (let k = 0; k < matrix.length; k += 1) [matrix[p][k], matrix[q][k]] = mix(matrix[p][k], matrix[q][k]);
}
