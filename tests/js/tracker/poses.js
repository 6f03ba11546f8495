// A person of plain shape for tests: standing upright, torso 100 px, hip centre where it is asked for.
import { COUNT, NAMES, RAW_COUNT } from "../../../static/js/pose/landmarks.js";
import { imageToCrop, roiFromAlignment } from "../../../static/js/pose/roi.js";

const TORSO = 100;
const SPREAD = { left: 15, right: -15 };

/** @returns {[number, number]} image px of a landmark of a person whose hip centre is at x, y */
function place(name, x, y) {
  const side = name.startsWith("left") ? SPREAD.left : name.startsWith("right") ? SPREAD.right : 0;
  if (name.includes("hip")) return [x + side, y];
  if (name.includes("shoulder")) return [x + 2 * side, y - TORSO];
  if (/nose|eye|ear|mouth/.test(name)) return [x + side / 3, y - 1.5 * TORSO];
  if (/knee|ankle|heel|foot/.test(name)) return [x + side, y + TORSO];
  return [x + 3 * side, y - 0.3 * TORSO];
}

/** @returns {Pose} as projectPose gives it */
export function poseAt(x, y) {
  const landmarks = new Float64Array(3 * COUNT);
  for (const [i, name] of NAMES.entries()) landmarks.set(place(name, x, y), 3 * i);
  const next_roi = roiFromAlignment(x, y, x, y - 2 * TORSO);
  const world_landmarks = landmarks.map((value) => value / 200);
  const certain = new Float64Array(COUNT).fill(0.9);
  return { landmarks, world_landmarks, visibility: certain, presence: certain, next_roi };
}

/** What a network would say of a person at x, y when it looks at `roi`. @returns {RawPoseWithFlag} */
export function rawPoseAt(x, y, roi) {
  const landmarks = new Float32Array(5 * RAW_COUNT).fill(2);
  const points = [...NAMES.map((name) => place(name, x, y)), [x, y], [x, y - 2 * TORSO]];
  for (const [i, point] of points.entries()) {
    landmarks.set(imageToCrop(roi, ...point).map((share) => 256 * share), 5 * i);
  }
  return { landmarks, flag: 0.9, heatmap: new Float32Array(0), world: new Float32Array(3 * RAW_COUNT).fill(0.5) };
}
