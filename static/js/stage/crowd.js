/**
 * Bystanders: people who are in the picture too, behind the subject, beside, or a little in front. Plain data; no
 * three.js. Lengths in metres, angles in radians; the floor's x and z, the subject at the origin.
 */

/** @typedef {import("./random.js").Random} Random */
/**
 * @typedef {object} Bystander
 * @property {string} character @property {string} motion @property {number} phase share of the motion's duration, 0..1
 * @property {[number, number]} place x, z of where the person stands or sits
 * @property {number} turn_rad which way the person faces, 0: as the subject
 */

/** What bystanders do, and how often. */
const MOTIONS = { standing: 4, walking: 3, sitting: 2 };
/**
 * Where they are: away from the direction to the camera (either way round), and how far from the subject.
 * @type {{weight: number, off_rad: [number, number], distance_m: [number, number]}[]}
 */
const ZONES = [
  { weight: 6, off_rad: [2.3, Math.PI], distance_m: [1.25, 4] }, // behind
  { weight: 3, off_rad: [1.2, 2.3], distance_m: [0.95, 2] }, // beside
  { weight: 2, off_rad: [0.3, 0.8], distance_m: [1.1, 1.7] }, // in front, to the side
];
/** How often there are two. */
const TWO = 0.3;
/** What an aid needs around its user, and who pushes a wheelchair behind it. */
const ROOM_M = { aid: 0.3, attendant: 0.9 };
/** Between two bystanders. */
const APART_M = 0.75;

/** One of a table by chance. @template T @param {Random} random @param {[T, number][]} table value and weight @returns {T} */
export function drawn(random, table) {
  let left = random.uniform(0, table.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [value, weight] of table) {
    left -= weight;
    if (left < 0) return value;
  }
  return table[table.length - 1][0];
}

/**
 * Choose who else is there.
 * @param {Random} random
 * @param {string[]} others names of characters who are not in the picture yet
 * @param {{azimuth_rad: number, aids: boolean, attendant: boolean}} scene azimuth: of the camera
 * @returns {Bystander[]} one or two, fewer where nobody is left
 */
export function chooseBystanders(random, others, { azimuth_rad, aids, attendant }) {
  const free = [...others];
  /** @type {Bystander[]} */
  const chosen = [];
  const count = random.uniform() < TWO ? 2 : 1;
  for (let k = 0; k < count && free.length > 0; k++) {
    const own = random.fork(`bystander ${k}`);
    const [character] = free.splice(Math.floor(own.uniform(0, free.length)), 1);
    const motion = drawn(own, Object.entries(MOTIONS));
    const phase = own.uniform();
    const { off_rad, distance_m } = drawn(own, ZONES.map((zone) => [zone, zone.weight]));
    const bearing = azimuth_rad + own.uniform(...off_rad) * (own.uniform() < 0.5 ? 1 : -1);
    const more = (aids ? ROOM_M.aid : 0) + (attendant ? ROOM_M.attendant : 0);
    const distance = own.uniform(...distance_m) + more;
    // Most face the camera's half of the world or the subject's; anybody may face anywhere.
    const turn_rad = own.pick([own.uniform(-Math.PI, Math.PI), azimuth_rad + own.normal(0, 0.9), own.normal(0, 0.5)]);
    /** @type {[number, number]} */
    const place = [distance * Math.sin(bearing), distance * Math.cos(bearing)];
    if (chosen.some((one) => Math.hypot(one.place[0] - place[0], one.place[1] - place[1]) < APART_M)) continue;
    chosen.push({ character, motion, phase, place, turn_rad });
  }
  return chosen;
}
