/** Mobility equipment for the stage: `buildEquipment(kind, params, random?)`. */
import { completeParams } from "./params.js";
import { buildManualWheelchair } from "./manual_wheelchair.js";
import { buildPowerWheelchair } from "./power_wheelchair.js";
import { buildRollator } from "./rollator.js";
import { buildAxillaryCrutch, buildCane, buildForearmCrutch } from "./sticks.js";
import { buildWalker } from "./walker.js";

export { KINDS, CLASSES } from "./params.js";
export { fitEquipment } from "./fit.js";
/** @typedef {import("./assembly.js").Equipment} Equipment */

/** @type {Record<string, (params: Record<string, any>) => Equipment>} */
const BUILDERS = {
  manual_wheelchair: buildManualWheelchair,
  power_wheelchair: buildPowerWheelchair,
  walker: buildWalker,
  rollator: buildRollator,
  axillary_crutch: buildAxillaryCrutch,
  forearm_crutch: buildForearmCrutch,
  cane: buildCane,
};

/**
 * Build one piece of equipment.
 * @param {string} kind a kind of static/spec/equipment.json
 * @param {Record<string, unknown>} [params] metres, radians; those left out take their default
 * @param {import("./params.js").Random} [random] draws what is left out from the usual range instead
 * @returns {Equipment}
 * @throws {RangeError} naming what was expected and what came
 */
export function buildEquipment(kind, params = {}, random) {
  return BUILDERS[kind](completeParams(kind, params, random));
}
