/**
 * The skeleton over the picture: which parts of a person are drawn, and how.
 *
 * A joint that the network holds for absent (out of the frame) is left out, and so is one of a limb that the person does
 * not have (NaN); one that is present but not certainly seen (visibility below `certain_visibility`) is a ghost: hollow,
 * dashed and translucent. Limbs are not invented.
 */
import { CERTAIN_VISIBILITY, EDGES, NAMES, index } from "../../pose/landmarks.js";

/** @typedef {import("../../tracker/tracker.js").Person} Person */
/** @typedef {"left" | "right" | "centre"} Side */
/** @typedef {{x: number, y: number, side: Side, certain: boolean, minor: boolean}} Joint   image px */
/** @typedef {{from: Joint, to: Joint, side: Side, certain: boolean, minor: boolean}} Edge */
/**
 * Where an image lies on a canvas. `scale`: canvas px per image px; `left`, `top`, `width`: its box, canvas px.
 * @typedef {{scale: number, left: number, top: number, mirrored: boolean, width: number}} View
 */

/** Below this presence (probability of being in the frame) nothing is drawn: more likely absent than there. */
const DRAWN_PRESENCE = 0.5;

/** Okabe and Ito's orange and sky blue, lightened: told apart under every common colour blindness, legible on video. */
const COLOURS = { left: "#f0a830", right: "#6cc1f2", centre: "#ffffff" };
export const HALO = "rgb(0 0 0 / 55%)";
const GHOST_ALPHA = 0.6;

const SIDES = NAMES.map(sideOf);
/** The face and the fingers are drawn thinner, so that they do not crowd the limbs. */
const MINOR = NAMES.map((name) => /eye|ear|mouth|pinky|index$|thumb/.test(name) && !name.includes("foot"));

/** @param {string} name @returns {Side} */
function sideOf(name) {
  const side = name.match(/left|right/)?.[0];
  return side === "left" || side === "right" ? side : "centre";
}

/**
 * The joints and edges to draw.
 * @param {Pick<Person, "landmarks" | "visibility" | "presence">} person   landmarks: 33*3, px in the image
 * @returns {{joints: Joint[], edges: Edge[]}}
 */
export function skeletonOf({ landmarks, visibility, presence }) {
  const all = NAMES.map((_, i) => ({
    x: landmarks[3 * i],
    y: landmarks[3 * i + 1],
    side: SIDES[i],
    certain: visibility[i] >= CERTAIN_VISIBILITY,
    minor: MINOR[i],
  }));
  const drawn = all.map(({ x, y }, i) => presence[i] >= DRAWN_PRESENCE && Number.isFinite(x + y));
  const edges = EDGES.filter(([a, b]) => drawn[a] && drawn[b]).map(([a, b]) => ({
    from: all[a],
    to: all[b],
    side: SIDES[a] === SIDES[b] ? SIDES[a] : /** @type {Side} */ ("centre"),
    certain: all[a].certain && all[b].certain,
    minor: MINOR[a] || MINOR[b],
  }));
  return { joints: all.filter((_, i) => drawn[i]), edges };
}

/**
 * How an image lies on a canvas that shows all of it, centred (CSS `object-fit: contain`).
 * @param {[number, number]} image   width, height, px
 * @param {[number, number]} canvas   width, height, px
 * @param {boolean} [mirrored]
 * @returns {View}
 */
export function fit(image, canvas, mirrored = false) {
  const scale = Math.min(canvas[0] / image[0], canvas[1] / image[1]);
  const width = image[0] * scale;
  return { scale, left: (canvas[0] - width) / 2, top: (canvas[1] - image[1] * scale) / 2, mirrored, width };
}

/**
 * Place an image point on the canvas.
 * @param {View} view
 * @param {number} x   image px
 * @param {number} y   image px
 * @returns {[number, number]} canvas px
 */
export function place({ scale, left, top, mirrored, width }, x, y) {
  return [left + (mirrored ? width - x * scale : x * scale), top + y * scale];
}

/**
 * Draw people over a cleared canvas.
 * @param {CanvasRenderingContext2D} context
 * @param {readonly Person[]} people
 * @param {View} view
 * @param {number} ratio   canvas px per CSS px at the usual text size
 */
export function drawPeople(context, people, view, ratio) {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.lineCap = "round";
  for (const person of people) {
    const skeleton = skeletonOf(person);
    const torso = torsoLength(person.landmarks) * view.scale;
    const width = lineWidth(torso, ratio);
    for (const edge of skeleton.edges) drawEdge(context, edge, view, edge.minor ? width * 0.55 : width);
    for (const joint of skeleton.joints) drawJoint(context, joint, view, joint.minor ? width * 0.5 : width * 0.95);
    drawLabel(context, person.id, skeleton.joints, view, { torso, ratio });
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}

/**
 * A twentieth of the torso, so that near and far people look alike.
 * @param {number} torso   canvas px @param {number} ratio   canvas px per CSS px @returns {number} canvas px
 */
export const lineWidth = (torso, ratio) => Math.min(9, Math.max(2.5, torso / ratio / 20)) * ratio;

/**
 * Shoulder centre to hip centre.
 * @param {Float32Array} landmarks   33*3, px @returns {number} px; 0 where one of the four is absent
 */
export function torsoLength(landmarks) {
  const middle = (/** @type {string} */ part, /** @type {number} */ axis) =>
    (landmarks[3 * index(`left_${part}`) + axis] + landmarks[3 * index(`right_${part}`) + axis]) / 2;
  const length = Math.hypot(middle("shoulder", 0) - middle("hip", 0), middle("shoulder", 1) - middle("hip", 1));
  return Number.isFinite(length) ? length : 0;
}

/** @param {CanvasRenderingContext2D} context @param {Edge} edge @param {View} view @param {number} width */
function drawEdge(context, edge, view, width) {
  context.beginPath();
  context.moveTo(...place(view, edge.from.x, edge.from.y));
  context.lineTo(...place(view, edge.to.x, edge.to.y));
  context.globalAlpha = edge.certain ? 1 : GHOST_ALPHA;
  context.setLineDash(edge.certain ? [] : [width * 0.6, width * 1.6]);
  context.strokeStyle = HALO;
  context.lineWidth = (edge.certain ? width : width * 0.6) + width * 0.5;
  context.stroke();
  context.strokeStyle = COLOURS[edge.side];
  context.lineWidth = edge.certain ? width : width * 0.6;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Joint} joint @param {View} view @param {number} radius */
function drawJoint(context, joint, view, radius) {
  const [x, y] = place(view, joint.x, joint.y);
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.setLineDash([]);
  context.globalAlpha = joint.certain ? 1 : GHOST_ALPHA;
  context.lineWidth = radius * 0.5;
  context.strokeStyle = joint.certain ? HALO : COLOURS[joint.side];
  if (joint.certain) {
    context.fillStyle = COLOURS[joint.side];
    context.fill();
  }
  context.stroke();
}

/**
 * The person's id above the head: no landmark lies on top of it, but it ends about a third of a torso above the eyes.
 * @param {CanvasRenderingContext2D} context @param {number} id @param {Joint[]} joints @param {View} view
 * @param {{torso: number, ratio: number}} size   canvas px, and canvas px per CSS px
 */
function drawLabel(context, id, joints, view, { torso, ratio }) {
  if (joints.length === 0) return;
  const highest = joints.reduce((best, joint) => (joint.y < best.y ? joint : best));
  const [x, y] = place(view, highest.x, highest.y);
  const size = 13 * ratio;
  context.font = `650 ${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const text = `Person ${id}`;
  const width = context.measureText(text).width + size;
  const top = Math.max(size, y - Math.max(2.6 * size, torso * 0.42));
  context.globalAlpha = 1;
  context.fillStyle = "rgb(11 16 15 / 80%)";
  context.beginPath();
  context.roundRect(x - width / 2, top - size * 0.85, width, size * 1.7, size);
  context.fill();
  context.fillStyle = "#ffffff";
  context.fillText(text, x, top);
}
