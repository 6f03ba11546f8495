/** The drawn people and the chair, far side first. */
import { darker, disc, limb, ring, shadow, tube } from "./brush.js";
import { HUB, RIM, WHEEL, seatedPose, walkingPose, wheelAngle } from "./kinematics.js";

/** @typedef {import("./kinematics.js").Point} Point */
/** @typedef {{skin: string, hair: string, top: string, legs: string, shoes: string}} Look */
/** @typedef {Record<string, Point>} Pose */

const FAR = 0.72;
const TYRE = "#262b2e";
const METAL = "#b9c4c8";
const FRAME = "#2f6f86";
const CUSHION = "#33393d";

/** @type {Look} */
const USER = { skin: "#a86c48", hair: "#2a1f1c", top: "#e07a5f", legs: "#3d4d6b", shoes: "#f1ede4" };
/** @type {Look} */
const COMPANION = { skin: "#e5b592", hair: "#a9a6a2", top: "#4f9d8c", legs: "#575061", shoes: "#6b4a3a" };

/**
 * @param {CanvasRenderingContext2D} c
 * @param {[Point, Point, Point]} joints   shoulder, elbow, wrist
 * @param {Look} look
 * @param {number} shade
 */
function drawArm(c, [shoulder, elbow, wrist], look, shade) {
  const along = Math.atan2(wrist[1] - elbow[1], wrist[0] - elbow[0]);
  const hand = /** @type {Point} */ ([
    wrist[0] + 0.05 * Math.cos(along - 0.25),
    wrist[1] + 0.05 * Math.sin(along - 0.25),
  ]);
  limb(
    c,
    [
      [wrist, 0.031],
      [hand, 0.034],
    ],
    darker(look.skin, shade),
  );
  limb(
    c,
    [
      [elbow, 0.044],
      [wrist, 0.033],
    ],
    darker(look.skin, shade),
  );
  limb(
    c,
    [
      [shoulder, 0.072],
      [elbow, 0.053],
    ],
    darker(look.top, shade),
  );
}

/**
 * @param {CanvasRenderingContext2D} c
 * @param {[Point, Point, Point, Point]} joints   hip, knee, ankle, toe
 * @param {Look} look
 * @param {number} shade
 */
function drawLeg(c, [hip, knee, ankle, toe], look, shade) {
  const heel = /** @type {Point} */ ([
    ankle[0] - (toe[0] - ankle[0]) * 0.32,
    ankle[1] - 0.035 - (toe[1] - ankle[1] + 0.05) * 0.3,
  ]);
  limb(
    c,
    [
      [heel, 0.042],
      [[(heel[0] + toe[0]) / 2, (heel[1] + toe[1]) / 2 + 0.012], 0.046],
      [toe, 0.03],
    ],
    darker(look.shoes, shade),
  );
  limb(
    c,
    [
      [hip, 0.098],
      [knee, 0.068],
      [ankle, 0.045],
    ],
    darker(look.legs, shade),
  );
}

/** @param {CanvasRenderingContext2D} c @param {Pose} pose @param {Look} look */
function drawTrunk(c, { hip, shoulder, head }, look) {
  const chest = /** @type {Point} */ ([
    shoulder[0] + 0.012 + (hip[0] - shoulder[0]) * 0.3,
    shoulder[1] + (hip[1] - shoulder[1]) * 0.3,
  ]);
  limb(
    c,
    [
      [[shoulder[0], shoulder[1] + 0.02], 0.05],
      [[head[0] - 0.01, head[1] - 0.06], 0.05],
    ],
    darker(look.skin, 0.88),
  );
  limb(
    c,
    [
      [[shoulder[0] - 0.008, shoulder[1] - 0.02], 0.078],
      [chest, 0.125],
      [hip, 0.112],
    ],
    look.top,
  );
}

/**
 * @param {CanvasRenderingContext2D} c
 * @param {Point} head   its middle
 * @param {number} nod   rad, forward positive
 * @param {Look} look
 * @param {"bun" | "short"} cut
 */
function drawHead(c, head, nod, look, cut) {
  c.save();
  c.translate(...head);
  c.rotate(-nod);
  if (cut === "bun") disc(c, [-0.115, 0.075], 0.052, look.hair);
  limb(
    c,
    [
      [[-0.005, 0.02], 0.1],
      [[0.022, -0.05], 0.07],
    ],
    look.skin,
  );
  limb(
    c,
    [
      [[0.088, 0.004], 0.014],
      [[0.104, -0.018], 0.015],
    ],
    look.skin,
  );
  c.beginPath();
  c.arc(-0.008, 0.022, 0.112, 0.32, Math.PI + 0.42);
  c.quadraticCurveTo(-0.06, 0.02, -0.03, 0.055);
  c.quadraticCurveTo(0.04, 0.09, 0.095, 0.06);
  c.closePath();
  c.fillStyle = look.hair;
  c.fill();
  limb(
    c,
    [
      [[-0.02, -0.002], 0.017],
      [[-0.012, -0.022], 0.012],
    ],
    darker(look.skin, 0.86),
  );
  c.beginPath();
  c.ellipse(0.064, 0.012, 0.008, 0.012, 0, 0, 2 * Math.PI);
  c.fillStyle = "#2a2322";
  c.fill();
  c.beginPath();
  c.arc(0.058, -0.045, 0.024, -1.4, -0.3);
  c.lineWidth = 0.007;
  c.lineCap = "round";
  c.strokeStyle = darker(look.skin, 0.55);
  c.stroke();
  c.restore();
}

/**
 * @param {CanvasRenderingContext2D} c
 * @param {Point} hub
 * @param {number} angle   rad, forward positive
 * @param {number} shade
 * @param {boolean} rim   with a push rim: the wheel nearer to the viewer
 */
function drawWheel(c, hub, angle, shade, rim) {
  ring(c, hub, WHEEL - 0.017, 0.034, darker(TYRE, shade));
  ring(c, hub, WHEEL - 0.038, 0.012, darker(METAL, shade * 0.85));
  c.beginPath();
  for (let spoke = 0; spoke < 18; spoke++) {
    const a = -angle + (spoke * Math.PI) / 9;
    const twist = a + (spoke % 2 ? 0.5 : -0.5);
    c.moveTo(hub[0] + 0.03 * Math.cos(twist), hub[1] + 0.03 * Math.sin(twist));
    c.lineTo(hub[0] + 0.262 * Math.cos(a), hub[1] + 0.262 * Math.sin(a));
  }
  c.lineWidth = 0.004;
  c.strokeStyle = darker(METAL, shade * 0.9);
  c.stroke();
  disc(c, hub, 0.036, darker(FRAME, shade));
  disc(c, hub, 0.016, darker(METAL, shade));
  if (!rim) return;
  ring(c, hub, RIM, 0.017, darker(METAL, 1));
  for (const part of [0, 1, 2])
    disc(
      c,
      [hub[0] + RIM * Math.cos(-angle + part * 2.0944), hub[1] + RIM * Math.sin(-angle + part * 2.0944)],
      0.012,
      darker(FRAME, 1),
    );
}

/** @param {CanvasRenderingContext2D} c @param {number} shade @param {number} dx @param {number} angle */
function drawCaster(c, shade, dx, angle) {
  tube(
    c,
    [
      [0.37 + dx, 0.2],
      [0.36 + dx, 0.075],
    ],
    0.022,
    darker(FRAME, shade),
  );
  ring(c, [0.345 + dx, 0.068], 0.056, 0.024, darker(TYRE, shade));
  disc(c, [0.345 + dx, 0.068], 0.03, darker(METAL, shade));
  tube(
    c,
    [
      [0.345 + dx, 0.068],
      [0.345 + dx + 0.026 * Math.sin(angle * 4.5), 0.068 + 0.026 * Math.cos(angle * 4.5)],
    ],
    0.008,
    darker(TYRE, shade),
  );
}

/**
 * The wheelchair user, hub above x = 0.
 * @param {CanvasRenderingContext2D} c @param {number} time   s @param {string} shade   colour of the ground shadow
 * @returns {Pose} the joints that were drawn
 */
export function drawWheelchairUser(c, time, shade) {
  const pose = seatedPose(time);
  const angle = wheelAngle(time);
  shadow(c, [0.14, 0.005], 1.5, shade);
  drawWheel(c, [HUB[0] + 0.045, HUB[1] + 0.014], angle, FAR * 0.8, false);
  drawCaster(c, FAR, 0.05, angle);
  drawArm(c, [[pose.shoulder[0] + 0.03, pose.shoulder[1]], pose.far_elbow, pose.far_wrist], USER, FAR);
  drawLeg(
    c,
    [
      [pose.hip[0] + 0.03, pose.hip[1]],
      [pose.knee[0] + 0.03, pose.knee[1] + 0.008],
      [pose.ankle[0] + 0.03, pose.ankle[1] + 0.01],
      [pose.toe[0] + 0.03, pose.toe[1] + 0.01],
    ],
    USER,
    FAR,
  );
  limb(
    c,
    [
      [[-0.185, 0.52], 0.024],
      [[-0.235, 0.9], 0.024],
    ],
    CUSHION,
  );
  tube(
    c,
    [
      [-0.17, 0.46],
      [-0.235, 0.93],
      [-0.31, 0.945],
    ],
    0.026,
    FRAME,
  );
  tube(
    c,
    [
      [-0.325, 0.945],
      [-0.27, 0.942],
    ],
    0.038,
    TYRE,
  );
  limb(
    c,
    [
      [[-0.14, 0.5], 0.036],
      [[0.29, 0.525], 0.036],
    ],
    CUSHION,
  );
  drawTrunk(c, pose, USER);
  drawHead(c, pose.head, 0.02 + 0.1 * (pose.shoulder[0] - pose.hip[0]), USER, "bun");
  drawLeg(c, [pose.hip, pose.knee, pose.ankle, pose.toe], USER, 1);
  tube(
    c,
    [
      [-0.16, 0.46],
      [0.33, 0.485],
      [0.43, 0.43],
      [0.5, 0.13],
      [0.66, 0.105],
    ],
    0.027,
    FRAME,
  );
  tube(
    c,
    [
      [-0.16, 0.46],
      [0, WHEEL],
      [0.37, 0.2],
      [0.43, 0.4],
    ],
    0.024,
    FRAME,
  );
  drawCaster(c, 1, 0, angle);
  drawWheel(c, HUB, angle, 1, true);
  drawArm(c, [pose.shoulder, pose.elbow, pose.wrist], USER, 1);
  return pose;
}

/**
 * The companion, walking on both feet.
 * @param {CanvasRenderingContext2D} c @param {number} time   s @param {string} shade   colour of the ground shadow
 */
export function drawCompanion(c, time, shade) {
  const pose = walkingPose(time);
  shadow(c, [0.02, 0.005], 0.95, shade);
  drawArm(c, [pose.shoulder, pose.far_elbow, pose.far_wrist], COMPANION, FAR);
  drawLeg(c, [pose.hip, pose.far_knee, pose.far_ankle, pose.far_toe], COMPANION, FAR);
  drawLeg(c, [pose.hip, pose.knee, pose.ankle, pose.toe], COMPANION, 1);
  drawTrunk(c, pose, COMPANION);
  drawHead(c, pose.head, 0.03, COMPANION, "short");
  drawArm(c, [pose.shoulder, pose.elbow, pose.wrist], COMPANION, 1);
}
