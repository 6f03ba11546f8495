/** Curves over time that motions are made of. Phases count cycles: 0..1 is one. */

/** @param {number} u @returns {number} 0..1 without a jerk at either end (minimum jerk, Flash and Hogan 1985) */
export function ease(u) {
  const x = Math.min(1, Math.max(0, u));
  return x * x * x * (10 - 15 * x + 6 * x * x);
}

/** @param {number} u @returns {number} 0 up to 1 at u = 1/2 and back, with flat ends up to the second derivative */
export function bump(u) {
  if (u <= 0 || u >= 1) return 0;
  return 64 * (u * (1 - u)) ** 3;
}

/** @param {number} phase @returns {number} within 0..1 */
export const wrap = (phase) => phase - Math.floor(phase);

/**
 * The curve of fifth degree with given ends.
 * @param {readonly [number, number, number]} start value, first and second derivative by u
 * @param {readonly [number, number, number]} end
 * @param {number} u 0..1
 * @returns {number}
 */
export function quintic([p, v, a], [q, w, b], u) {
  const [c3, c4, c5] = [
    10 * (q - p) - 6 * v - 4 * w - 1.5 * a + 0.5 * b,
    -15 * (q - p) + 8 * v + 7 * w + 1.5 * a - b,
    6 * (q - p) - 3 * (v + w) - 0.5 * (a - b),
  ];
  return p + u * (v + u * (a / 2 + u * (c3 + u * (c4 + u * c5))));
}

/**
 * A smooth periodic curve: the lowest harmonics of sampled values.
 * @param {(phase: number) => number} values over one cycle @param {number} harmonics how many to keep @param {number} [samples]
 * @returns {(phase: number) => number}
 */
export function harmonic(values, harmonics, samples = 128) {
  const sampled = Array.from({ length: samples }, (_, k) => values(k / samples));
  const mean = sampled.reduce((sum, value) => sum + value, 0) / samples;
  const terms = Array.from({ length: harmonics }, (_, index) => {
    const order = 2 * Math.PI * (index + 1);
    let [cosine, sine] = [0, 0];
    sampled.forEach((value, k) => {
      cosine += (2 / samples) * value * Math.cos((order * k) / samples);
      sine += (2 / samples) * value * Math.sin((order * k) / samples);
    });
    // Lanczos' sigma factors keep the cut-off from ringing.
    const x = (Math.PI * (index + 1)) / (harmonics + 1);
    const damp = Math.sin(x) / x;
    return { order, cosine: cosine * damp, sine: sine * damp };
  });
  return (phase) =>
    terms.reduce((sum, { order, cosine, sine }) => sum + cosine * Math.cos(order * phase) + sine * Math.sin(order * phase), mean);
}

/**
 * Slow irregular movement that repeats after one cycle: what a body at rest does.
 * @param {import("../random.js").Random} random @param {number} [slowest] periods per cycle @param {number} [terms]
 * @returns {(phase: number) => number} about -1..1
 */
export function sway(random, slowest = 1, terms = 4) {
  const parts = Array.from({ length: terms }, (_, k) => ({
    order: 2 * Math.PI * (slowest + k),
    size: random.uniform(0.5, 1) / (k + 1.5),
    shift: random.uniform(0, 2 * Math.PI),
  }));
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  return (phase) => parts.reduce((sum, { order, size, shift }) => sum + (size / total) * Math.sin(order * phase + shift), 0);
}

/**
 * Derivatives of a curve by central differences.
 * @param {(u: number) => number} curve @param {number} at @param {number} [step] @returns {[number, number, number]} value, first, second
 */
export function jet(curve, at, step = 1e-3) {
  const [before, here, after] = [curve(at - step), curve(at), curve(at + step)];
  return [here, (after - before) / (2 * step), (after - 2 * here + before) / step ** 2];
}
