/**
 * Seeded random numbers: the only source of chance on the stage, so that a seed gives the same scene on every machine.
 *
 * Generator: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021).
 * Seeding: a text is hashed with 32-bit FNV-1a (Fowler, Noll, Vo), and the state is filled from there by
 * splitmix32 (the 32-bit finaliser of MurmurHash3 over a Weyl sequence), as its authors advise.
 * @module
 */

/**
 * @typedef {object} Random
 * @property {() => number} integer the next 32 bits, 0..2^32 - 1
 * @property {(low?: number, high?: number) => number} uniform in [low, high), by default [0, 1)
 * @property {(mean?: number, deviation?: number) => number} normal Gaussian, by default standard
 * @property {<T>(list: readonly T[]) => T} pick one item, each equally likely
 * @property {(name: string) => Random} fork an independent stream; it depends on the seed and the name alone, not on how
 *   many numbers were drawn, so that a new user of chance does not change what the others get
 */

const WEYL = 0x9e3779b9;

/** @param {string} text @returns {number} FNV-1a over the UTF-16 units' two bytes */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    value = Math.imul(value ^ (unit & 0xff), 0x01000193);
    value = Math.imul(value ^ (unit >>> 8), 0x01000193);
  }
  return value >>> 0;
}

/** @param {number} seed @returns {Uint32Array} four words of state, not all zero */
function expand(seed) {
  let weyl = seed;
  return Uint32Array.from({ length: 4 }, () => {
    weyl = (weyl + WEYL) | 0;
    let z = weyl;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  });
}

/** @param {number} value @param {number} by @returns {number} */
const rotateLeft = (value, by) => (value << by) | (value >>> (32 - by));

/** @param {Uint32Array} s   state, advanced @returns {number} 32 bits */
function next(s) {
  const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
  const t = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotateLeft(s[3], 11);
  return result;
}

/**
 * @param {number | string} seed a finite number or a text; 7 and "7" are the same seed
 * @returns {Random}
 * @throws {TypeError} for anything else
 */
export function createRandom(seed) {
  const valid = typeof seed === "string" || (typeof seed === "number" && Number.isFinite(seed));
  if (!valid) throw new TypeError(`a seed must be a finite number or a text, got ${String(seed)}`);
  const name = String(seed);
  return fromState(expand(hash(name)), name);
}

/**
 * A generator at a given state, for comparison with the published algorithm.
 * @param {Uint32Array} state four words, not all zero; advanced in place
 * @param {string} name what forks derive from
 * @returns {Random}
 */
export function fromState(state, name) {
  const integer = () => next(state);
  // 53 random bits, so that every double in [0, 1) of that grid may come up.
  const unit = () => ((integer() >>> 5) * 67108864 + (integer() >>> 6)) / 9007199254740992;
  return {
    integer,
    uniform: (low = 0, high = 1) => low + (high - low) * unit(),
    // Box and Muller (1958); 1 - unit() is never 0.
    normal: (mean = 0, deviation = 1) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    pick(list) {
      if (list.length === 0) throw new RangeError("cannot pick from an empty list");
      return list[Math.floor(unit() * list.length)];
    },
    fork: (branch) => createRandom(`${name}/${branch}`),
  };
}
