/** Parameters of equipment, checked against static/spec/equipment.json. No three.js here. */
import spec from "../../../spec/equipment.json" with { type: "json" };

/**
 * @typedef {{default: any, choices?: string[], colours?: string[], usual?: number[], range?: number[], integer?:
 *   boolean, reason: string}} Rule
 */
/** @typedef {{uniform: (low: number, high: number) => number, pick: (list: any[]) => any}} Random see ../random.js */
/** @typedef {keyof typeof spec.kinds} Kind */

export const KINDS = /** @type {Kind[]} */ (Object.keys(spec.kinds));
export const CLASSES = spec.classes;
const COLOUR = /^#[0-9a-f]{6}$/i;

/**
 * @param {string} kind
 * @returns {{class: string, parts: string[], optional_parts?: string[], params: Record<string, Rule>}}
 */
export function kindSpec(kind) {
  const found = /** @type {Record<string, any>} */ (spec.kinds)[kind];
  if (!found) throw new RangeError(`equipment: expected one of ${KINDS.join(", ")}, got "${kind}"`);
  return found;
}

/** @param {string} name @param {Rule} rule @param {unknown} value @returns {string | null} what is wrong */
function complaint(name, rule, value) {
  const got = `${name}: got ${JSON.stringify(value)}, expected `;
  if (rule.choices) return rule.choices.includes(/** @type {string} */ (value)) ? null : got + rule.choices.join(", ");
  if (rule.colours) return COLOUR.test(String(value)) ? null : `${got}a colour #rrggbb`;
  if (typeof rule.default === "boolean") return typeof value === "boolean" ? null : `${got}true or false`;
  const [low, high] = rule.range ?? [-Infinity, Infinity];
  const fits = typeof value === "number" && value >= low && value <= high && (!rule.integer || Number.isInteger(value));
  return fits ? null : `${got}${rule.integer ? "a whole number" : "a number"} in ${low}..${high}`;
}

/** @param {Rule} rule @param {Random} random */
function draw(rule, random) {
  if (rule.choices) return random.pick(rule.choices);
  if (rule.colours) return random.pick(rule.colours);
  if (typeof rule.default === "boolean") return random.uniform(0, 1) < 0.5;
  const [low, high] = rule.usual ?? [rule.default, rule.default];
  const value = random.uniform(low, high);
  return rule.integer ? Math.round(value) : value;
}

/**
 * All parameters of an aid: those given, the rest by default, or drawn where a generator is given.
 * @param {string} kind @param {Record<string, unknown>} [given] @param {Random} [random]
 * @returns {Record<string, any>}
 * @throws {RangeError} on an unknown kind or parameter, or a value out of range
 */
export function completeParams(kind, given = {}, random) {
  const { params } = kindSpec(kind);
  const wrong = Object.keys(given)
    .filter((name) => !(name in params))
    .map((name) => `${name}: unknown`);
  /** @type {Record<string, any>} */
  const complete = {};
  for (const [name, rule] of Object.entries(params)) {
    // Drawn even when given, so that naming one parameter does not change the others.
    const drawn = random ? draw(rule, random) : rule.default;
    complete[name] = given[name] ?? drawn;
    const reason = complaint(name, rule, complete[name]);
    if (reason) wrong.push(reason);
  }
  if (wrong.length > 0) throw new RangeError(`${kind}: ${wrong.join("; ")}`);
  return complete;
}
