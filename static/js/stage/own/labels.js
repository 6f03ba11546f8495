/**
 * What bones are called in front of people: "left thigh" rather than LeftUpLeg.
 * @module
 */
import names from "../../../spec/bone_names.json" with { type: "json" };

/** @type {Record<string, string>} */
const LABELS = names.labels;

/** @param {string} bone a name of rig.json @returns {string} lower case */
export function boneLabel(bone) {
  const [, side = "", , part, joint = ""] = /** @type {RegExpExecArray} */ (
    /^(Left|Right)?(Hand(?=[A-Z]))?(Spine\d|[A-Za-z]+?)(\d?)$/.exec(bone)
  );
  return [side.toLowerCase(), LABELS[part] ?? part, joint].filter(Boolean).join(" ");
}

/** @param {readonly string[]} bones @returns {string} "left thigh, head and 3 more" */
export function boneList(bones) {
  const shown = bones.slice(0, bones.length > 4 ? 3 : 4).map(boneLabel);
  const rest = bones.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}
