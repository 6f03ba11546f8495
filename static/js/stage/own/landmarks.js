/**
 * Where the landmarks are that have no bone: estimated from the shape of head, hands and feet.
 *
 * The shares are those of the shipped characters' heads, hands and feet (CC0, hm08), where all 33 landmarks are known;
 * the tests hold how well
 * they do. All in the stage's frame, the figure in the T-pose, metres.
 * @module
 */
import rig from "../../../spec/rig.json" with { type: "json" };
import { quantile } from "../flesh.js";
import { bone, SIDES } from "../rig.js";
import { add, clamp } from "../vectors.js";

/** @typedef {import("../rig.js").BoneName} BoneName */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {{bone: BoneName, point: Vec3}} Place */
/**
 * @typedef {object} Shape
 * @property {Partial<Record<BoneName, Vec3>>} heads of the bones
 * @property {Map<BoneName, Vec3[]>} flesh skin and cloth by bone
 * @property {{left?: Vec3, right?: Vec3}} eyes the eyes' bones
 * @property {number} stature_m
 */

/** A head with fewer vertices tells nothing about its face. */
const FEW = 40;
/** Where the tip of the nose is looked for: shares of the head's height above its bone, and to both sides. */
const NOSE_BAND = { low: 0.05, high: 0.38, side: 0.05 };
/** The tip of the nose lies this far below the eyes, in the same heights. */
const BELOW_EYES = { least: 0.08, most: 0.32 };
/** The head's bone to the tip of the nose, level, per stature: mean, and what no face goes beyond. */
const FACE_DEPTH = { typical: 0.085, least: 0.055, most: 0.13 };
/** From the tip of the nose, in face depths: to the side, up, ahead. */
const FACE = /** @type {Record<string, Vec3>} */ ({
  eye: [0.189, 0.278, -0.222],
  eye_inner: [0.115, 0.265, -0.22],
  eye_outer: [0.343, 0.267, -0.23],
  ear: [0.477, 0.176, -0.677],
  mouth: [0.178, -0.132, -0.201],
});
/** An eye's bone lies in the middle of the ball; its surface is this far ahead, in face depths. */
const EYEBALL = 0.085;
/** From the wrist, in hand lengths (wrist to the longest finger's end): out, up, ahead, the palm down. */
const HAND = /** @type {Record<string, Vec3>} */ ({
  index: [0.568, -0.021, 0.144],
  pinky: [0.479, -0.032, -0.207],
  thumb: [0.405, -0.224, 0.354],
});
const HAND_LENGTH = { per_forearm: 0.768, least: 0.5, most: 1.1 };
/** Shares of the foot's length from its rear end, and of that length above the sole. */
const FOOT = { heel: 0.04, heel_up: 0.189, index: 0.947, index_up: 0.155, index_inward: 0.058 };
/** Foot per stature where there is no mesh to tell, and how much of it lies behind the ankle. */
const FOOT_LENGTH = { per_stature: 0.152, behind: 0.23 };

/** Landmarks that are a bone's head. @type {Record<string, BoneName>} */
const ON_BONE = Object.fromEntries(
  Object.entries(rig.landmarks)
    .filter(([name, rule]) => "joint" in rule && !/foot_index/.test(name))
    .map(([name, { bone: on }]) => [name, /** @type {BoneName} */ (on)]),
);

/** @param {Side} side */
const outward = (side) => (side === "left" ? 1 : -1);

/** @param {Vec3[]} points @param {0 | 1 | 2} axis @param {number} share */
const along = (points, axis, share) =>
  quantile(
    points.map((point) => point[axis]),
    share,
  );

/**
 * @param {Shape} shape all required bones
 * @returns {{places: Record<string, Place>, estimated: string[]}} all 33; estimated: those that have no bone of their
 *   own
 */
export function placeLandmarks(shape) {
  /** @type {Record<string, Place>} */
  const places = { ...face(shape), ...feet(shape), ...hands(shape) };
  const estimated = new Set(Object.keys(places));
  for (const [name, on] of Object.entries(ON_BONE)) {
    const point = shape.heads[on];
    if (!point) continue;
    places[name] = { bone: on, point };
    estimated.delete(name);
  }
  for (const side of SIDES) if (shape.eyes[side]) estimated.delete(`${side}_eye`);
  return { places, estimated: Object.keys(rig.landmarks).filter((name) => estimated.has(name)) };
}

/**
 * @param {Shape} shape
 * @returns {{tip: Vec3, depth: number}} the tip of the nose, and how far ahead of the head's bone it is
 */
function noseOf({ heads, flesh, eyes, stature_m }) {
  const head = /** @type {Vec3} */ (heads.Head);
  const points = flesh.get("Head") ?? [];
  const typical = FACE_DEPTH.typical * stature_m;
  const guess = { tip: /** @type {Vec3} */ ([head[0], head[1] + 0.38 * typical, head[2] + typical]), depth: typical };
  if (points.length < FEW) return guess;
  const height = along(points, 1, 0.995) - head[1];
  const eye = eyes.left ?? eyes.right;
  // Hair over the forehead stands further out than many a nose: where the eyes are known, only what is below them
  // counts.
  const [low, high] = eye
    ? [eye[1] - BELOW_EYES.most * height, eye[1] - BELOW_EYES.least * height]
    : [head[1] + NOSE_BAND.low * height, head[1] + NOSE_BAND.high * height];
  const band = points.filter(([x, y]) => Math.abs(x - head[0]) < NOSE_BAND.side * height && y > low && y < high);
  if (band.length === 0) return guess;
  const foremost = band.reduce((most, point) => (point[2] > most[2] ? point : most));
  const depth = clamp(foremost[2] - head[2], FACE_DEPTH.least * stature_m, FACE_DEPTH.most * stature_m);
  return { tip: [head[0], foremost[1], head[2] + depth], depth };
}

/** @param {Shape} shape @returns {Record<string, Place>} */
function face(shape) {
  const { tip, depth } = noseOf(shape);
  /** @type {Record<string, Place>} */
  const places = { nose: { bone: "Head", point: tip } };
  for (const side of SIDES) {
    const from = (/** @type {string} */ part) => {
      const [x, y, z] = FACE[part].map((share) => share * depth);
      return add(tip, [outward(side) * x, y, z]);
    };
    // An eye's bone is better than any share: what lies around it moves along.
    const ball = shape.eyes[side];
    const guessed = from("eye");
    /** @type {Vec3} */
    const shift = ball
      ? [ball[0] - guessed[0], ball[1] - guessed[1], ball[2] + EYEBALL * depth - guessed[2]]
      : [0, 0, 0];
    for (const part of ["eye_inner", "eye", "eye_outer"])
      places[`${side}_${part}`] = { bone: "Head", point: add(from(part), shift) };
    places[`${side}_ear`] = { bone: "Head", point: from("ear") };
    places[`mouth_${side}`] = { bone: "Head", point: from("mouth") };
  }
  return places;
}

/** @param {Shape} shape @returns {Record<string, Place>} */
function feet({ heads, flesh, stature_m }) {
  /** @type {Record<string, Place>} */
  const places = {};
  for (const side of SIDES) {
    const [foot, toe] = [bone(side, "Foot"), bone(side, "ToeBase")];
    const ankle = /** @type {Vec3} */ (heads[foot]);
    const points = [foot, toe].flatMap((name) => flesh.get(name) ?? []).filter(([, y]) => y < ankle[1]);
    const typical = FOOT_LENGTH.per_stature * stature_m;
    const known = points.length >= FEW;
    const rear = known ? along(points, 2, 0) : ankle[2] - FOOT_LENGTH.behind * typical;
    const length = known ? along(points, 2, 1) - rear : typical;
    const sole = known ? along(points, 1, 0.01) : 0;
    const ball = heads[toe];
    const inward = -outward(side) * FOOT.index_inward * length;
    const toes = /** @type {Vec3} */ ([
      (ball ?? ankle)[0] + inward,
      sole + FOOT.index_up * length,
      rear + FOOT.index * length,
    ]);
    places[`${side}_heel`] = { bone: foot, point: [ankle[0], sole + FOOT.heel_up * length, rear + FOOT.heel * length] };
    places[`${side}_foot_index`] = { bone: ball ? toe : foot, point: toes };
  }
  return places;
}

/** Fingers of figures whose hands have none, or not all. @param {Shape} shape @returns {Record<string, Place>} */
function hands({ heads, flesh }) {
  /** @type {Record<string, Place>} */
  const places = {};
  for (const side of SIDES) {
    const on = bone(side, "Hand");
    const [wrist, elbow] = [/** @type {Vec3} */ (heads[on]), /** @type {Vec3} */ (heads[bone(side, "ForeArm")])];
    const forearm = Math.abs(wrist[0] - elbow[0]);
    const points = [...flesh].filter(([name]) => name.startsWith(on)).flatMap(([, own]) => own);
    const reach =
      points.length < FEW
        ? HAND_LENGTH.per_forearm * forearm
        : Math.max(...points.map(([x]) => outward(side) * (x - wrist[0])));
    const length = clamp(reach, HAND_LENGTH.least * forearm, HAND_LENGTH.most * forearm);
    for (const [finger, share] of Object.entries(HAND)) {
      places[`${side}_${finger}`] = {
        bone: on,
        point: add(wrist, [outward(side) * share[0] * length, share[1] * length, share[2] * length]),
      };
    }
  }
  return places;
}
