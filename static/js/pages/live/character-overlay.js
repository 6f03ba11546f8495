/**
 * The rig's joints beside the tracked ones. Tracked joints are round, filled and thick (overlay.js); the rig's are thin
 * diamonds joined by thin lines, of another colour, so that shape alone tells them apart. What the rig has no bone for
 * (estimated) is dashed, what the picture does not show (hidden) is fainter; a line leads from each true joint to where
 * the tracker sees it.
 */
import { EDGES, NAMES } from "../../pose/landmarks.js";
import { HALO, drawPeople, lineWidth, place, torsoLength } from "./overlay.js";

/** @typedef {import("./overlay.js").View} View */
/** @typedef {import("../../tracker/tracker.js").Person} Person */
/** @typedef {import("../../stage/truth.js").PersonTruth} PersonTruth */
/** @typedef {{x: number, y: number, seen: boolean, estimated: boolean, minor: boolean}} Joint   image px */
/** @typedef {{from: Joint, to: Joint}} Edge */
/** @typedef {Joint & {tracked_x: number, tracked_y: number}} Miss   image px */

/** Okabe and Ito's yellow for the rig, their vermilion for errors: light and dark beside orange and blue. */
const RIG = "#f7ec59";
const ERROR = "#ff5a2e";
const HIDDEN_ALPHA = 0.5;
/** Face and fingers crowd each other: their errors are in the table, not on the picture. */
const MINOR = NAMES.map((name) => /eye|ear|mouth|pinky|index$|thumb/.test(name) && !name.includes("foot"));
/** Errors shorter than this share of the torso are under the joints' own discs. */
const SHORTEST_SHARE = 0.03;

/**
 * What to draw of a character's truth.
 * @param {Pick<PersonTruth, "landmarks" | "visibility" | "presence">} truth   landmarks: 33*3, px in the image
 * @param {readonly string[]} estimated   landmarks without a bone of their own
 * @returns {{joints: Joint[], edges: Edge[]}} without what lies outside the picture or is absent
 */
export function rigOf({ landmarks, visibility, presence }, estimated = []) {
  const all = NAMES.map((name, i) => ({
    x: landmarks[3 * i],
    y: landmarks[3 * i + 1],
    seen: visibility[i] >= 0.5,
    estimated: estimated.includes(name),
    minor: MINOR[i],
  }));
  const there = all.map(({ x, y }, i) => presence[i] >= 0.5 && Number.isFinite(x + y));
  const edges = EDGES.filter(([a, b]) => there[a] && there[b]).map(([a, b]) => ({ from: all[a], to: all[b] }));
  return { joints: all.filter((_, i) => there[i]), edges };
}

/**
 * From where joints are to where they are tracked.
 * @param {Pick<PersonTruth, "landmarks" | "visibility" | "presence">} truth
 * @param {Pick<Person, "landmarks">} tracked   of the same person
 * @returns {Miss[]} limbs only, and only what is worth a line
 */
export function missesOf(truth, tracked) {
  const shortest = SHORTEST_SHARE * torsoLength(truth.landmarks);
  return NAMES.flatMap((_, i) => {
    const [x, y, tracked_x, tracked_y] = [truth.landmarks, tracked.landmarks].flatMap((at) => [at[3 * i], at[3 * i + 1]]);
    const length = Math.hypot(tracked_x - x, tracked_y - y);
    if (MINOR[i] || truth.presence[i] < 0.5 || !(length > shortest)) return [];
    return [{ x, y, tracked_x, tracked_y, seen: truth.visibility[i] >= 0.5, estimated: false, minor: false }];
  });
}

/**
 * Both over a cleared canvas.
 * @param {CanvasRenderingContext2D} context
 * @param {object} what
 * @param {readonly Person[]} what.people   tracked
 * @param {readonly PersonTruth[]} what.truth
 * @param {readonly (number | null)[]} what.matches   for each truth the place of who is tracked there, null: nobody
 * @param {readonly (readonly string[])[]} what.estimated   for each truth
 * @param {{tracked: boolean, rig: boolean}} what.shown
 * @param {View} view
 * @param {number} ratio   canvas px per CSS px at the usual text size
 */
export function drawBoth(context, { people, truth, matches, estimated, shown }, view, ratio) {
  drawPeople(context, shown.tracked ? people : [], view, ratio);
  if (!shown.rig) return;
  truth.forEach((person, k) => {
    const torso = torsoLength(person.landmarks) * view.scale;
    const width = lineWidth(torso, ratio) * 0.42;
    const { joints, edges } = rigOf(person, estimated[k]);
    for (const { from, to } of edges) {
      const dashed = from.estimated || to.estimated;
      line(context, view, from, to, { colour: RIG, width, dashed, faint: !(from.seen && to.seen) });
    }
    const match = matches[k];
    if (shown.tracked && match !== null && match !== undefined) {
      for (const miss of missesOf(person, people[match])) {
        const to = { x: miss.tracked_x, y: miss.tracked_y };
        line(context, view, miss, to, { colour: ERROR, width: width * 1.3, dashed: false, faint: !miss.seen });
      }
    }
    for (const joint of joints) diamond(context, view, joint, joint.minor ? width * 1.5 : width * 2.9);
  });
  context.globalAlpha = 1;
  context.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} context @param {View} view
 * @param {{x: number, y: number}} from @param {{x: number, y: number}} to
 * @param {{colour: string, width: number, dashed: boolean, faint: boolean}} style
 */
function line(context, view, from, to, { colour, width, dashed, faint }) {
  context.beginPath();
  context.moveTo(...place(view, from.x, from.y));
  context.lineTo(...place(view, to.x, to.y));
  context.globalAlpha = faint ? HIDDEN_ALPHA : 1;
  stroke(context, colour, width, dashed);
}

/** @param {CanvasRenderingContext2D} context @param {View} view @param {Joint} joint @param {number} radius */
function diamond(context, view, joint, radius) {
  const [x, y] = place(view, joint.x, joint.y);
  context.beginPath();
  context.moveTo(x, y - radius);
  context.lineTo(x + radius, y);
  context.lineTo(x, y + radius);
  context.lineTo(x - radius, y);
  context.closePath();
  context.globalAlpha = joint.seen ? 1 : HIDDEN_ALPHA;
  stroke(context, RIG, radius * 0.4, joint.estimated);
}

/** @param {CanvasRenderingContext2D} context @param {string} colour @param {number} width @param {boolean} dashed */
function stroke(context, colour, width, dashed) {
  context.setLineDash(dashed ? [width * 1.5, width * 2.2] : []);
  context.strokeStyle = HALO;
  context.lineWidth = width * 2.2;
  context.stroke();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}
