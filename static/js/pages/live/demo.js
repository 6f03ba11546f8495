/**
 * Something alive on the stage while there is no camera: a drawn wheelchair user and a companion, with the drawn
 * joints of the former. Nobody is tracked here, and the page says so.
 */
import { darker, disc } from "./demo/brush.js";
import { drawCompanion, drawWheelchairUser } from "./demo/figures.js";
import { SPEED } from "./demo/kinematics.js";
import { drawPeople } from "./overlay.js";
import { COUNT, index } from "../../pose/landmarks.js";

/** @typedef {import("./demo/kinematics.js").Point} Point */

const SCENES = {
  light: {
    sky: ["#edf3f1", "#d7e6e2"],
    sun: "#f7ecd2",
    hills: ["#c6dcd6", "#b2cfc7"],
    floor: ["#e9efec", "#cfdcd7"],
    tile: "#b7c8c2",
    shade: "#1b2b274d",
  },
  dark: {
    sky: ["#141f1e", "#1b2d2a"],
    sun: "#2c4a43",
    hills: ["#203633", "#1a2d2a"],
    floor: ["#23322f", "#131c1a"],
    tile: "#33453f",
    shade: "#00000099",
  },
};
/** Height that must fit above and below the floor line, m. */
const ROOM = { above: 2.15, below: 0.42 };
/** The moment shown to people who ask for reduced motion: the hand is about to let go of the rim, s. */
const STILL_S = 0.5;

/** Landmark -> drawn joint. The viewer sees the right side; the left one is hidden behind it, hence uncertain. */
const SHOWN = {
  right_shoulder: "shoulder",
  right_elbow: "elbow",
  right_wrist: "wrist",
  right_hip: "hip",
  right_knee: "knee",
  right_ankle: "ankle",
  right_foot_index: "toe",
  left_elbow: "far_elbow",
  left_wrist: "far_wrist",
  nose: "nose",
};

/**
 * Draw and keep drawing until stopped.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} cover   lies on the canvas: at its left on a wide one, at its bottom on a tall one
 * @returns {() => void} stops it
 */
export function startDemo(canvas, cover) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no 2D canvas");
  const joints = document.createElement("canvas");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let request = 0;
  let shown = "";
  const draw = (/** @type {number} */ now) => {
    request = requestAnimationFrame(draw);
    const ratio = Math.min(devicePixelRatio, 2);
    const size = /** @type {Point} */ ([
      Math.round(canvas.clientWidth * ratio),
      Math.round(canvas.clientHeight * ratio),
    ]);
    const scheme = document.documentElement.dataset.scheme === "dark" ? "dark" : "light";
    const still = `${size} ${scheme} ${cover.offsetHeight}`;
    if (size[0] === 0 || (calm.matches && shown === still)) return;
    shown = still;
    if (canvas.width !== size[0] || canvas.height !== size[1]) {
      [canvas.width, canvas.height] = [joints.width, joints.height] = size;
    }
    drawScene(context, joints, {
      time: calm.matches ? STILL_S : now / 1000,
      scheme,
      ratio,
      cover: cover.offsetHeight * ratio,
    });
  };
  draw(performance.now());
  return () => cancelAnimationFrame(request);
}

/**
 * @param {CanvasRenderingContext2D} c
 * @param {HTMLCanvasElement} joints   of the same size, for the overlay
 * @param {{time: number, scheme: "light" | "dark", ratio: number, cover: number}} view   time: s; ratio: canvas px per
 *   CSS px; cover: height of what lies on the bottom of a tall stage, canvas px
 */
function drawScene(c, joints, { time, scheme, ratio, cover }) {
  const { width, height } = c.canvas;
  const look = SCENES[scheme];
  const wide = width / height > 1.15;
  // Beside the welcome on a wide stage, above it on a tall one.
  const room = wide ? height : Math.max(height - cover, height * 0.4);
  const scale = Math.min(room / (ROOM.above + ROOM.below), (wide ? width * 0.55 : width) / 2.35);
  const floor = wide
    ? height - ROOM.below * scale - (height - (ROOM.above + ROOM.below) * scale) * 0.35
    : room - ROOM.below * scale * 0.6;
  const middle = wide ? width * 0.71 : width * 0.5;

  fillDown(c, 0, floor, look.sky);
  c.setTransform(scale, 0, 0, -scale, middle, floor);
  disc(c, [0.35, 1.35], 0.85, look.sun);
  drawHills(c, time, look.hills, (width / scale) * 0.75);
  c.setTransform(1, 0, 0, 1, 0, 0);
  fillDown(c, floor - 0.09 * scale, height, look.floor);
  c.setTransform(scale, 0, 0, -scale, middle, floor);
  drawTiles(c, time, look.tile, (width / scale) * 0.75);
  c.save();
  c.translate(-0.82, 0.05);
  drawCompanion(c, time, look.shade);
  c.restore();
  c.translate(0.42, 0);
  const pose = drawWheelchairUser(c, time, look.shade);
  pose.nose = [pose.head[0] + 0.1, pose.head[1] - 0.01];
  c.setTransform(1, 0, 0, 1, 0, 0);

  const overlay = joints.getContext("2d");
  if (!overlay) return;
  const toCanvas = (/** @type {Point} */ [x, y]) => [middle + (x + 0.42) * scale, floor - y * scale];
  drawPeople(overlay, [asPerson(pose, toCanvas)], { scale: 1, left: 0, top: 0, mirrored: false, width }, ratio);
  c.drawImage(joints, 0, 0);
}

/** @param {Record<string, Point>} pose @param {(point: Point) => number[]} toCanvas */
function asPerson(pose, toCanvas) {
  const person = {
    id: 1,
    fresh: false,
    score: 1,
    world_landmarks: new Float32Array(3 * COUNT),
    landmarks: new Float32Array(3 * COUNT),
    visibility: new Float32Array(COUNT),
    presence: new Float32Array(COUNT),
    roi: { x_center: 0, y_center: 0, width: 0, height: 0, rotation: 0 },
  };
  for (const [name, joint] of Object.entries(SHOWN)) {
    const at = index(name);
    person.landmarks.set(toCanvas(pose[joint]), 3 * at);
    person.presence[at] = 1;
    person.visibility[at] = name.startsWith("left") ? 0 : 1;
  }
  // Not drawn, but the torso is measured between both shoulders and both hips.
  person.landmarks.set(toCanvas(pose.hip), 3 * index("left_hip"));
  person.landmarks.set(toCanvas(pose.shoulder), 3 * index("left_shoulder"));
  return person;
}

/** @param {CanvasRenderingContext2D} c @param {number} top @param {number} bottom @param {string[]} colours */
function fillDown(c, top, bottom, colours) {
  const gradient = c.createLinearGradient(0, top, 0, bottom);
  colours.forEach((colour, i) => gradient.addColorStop(i, colour));
  c.fillStyle = gradient;
  c.fillRect(0, top, c.canvas.width, bottom - top);
}

/**
 * Rolling hills that pass slower than the floor.
 * @param {CanvasRenderingContext2D} c
 * @param {number} time   s
 * @param {string[]} colours   far hills first
 * @param {number} half   of the width, m
 */
function drawHills(c, time, colours, half) {
  colours.forEach((colour, layer) => {
    const pace = SPEED * (0.12 + 0.13 * layer);
    c.beginPath();
    c.moveTo(-half, 0);
    for (let x = -half; x <= half + 0.1; x += 0.1) {
      const at = (x + pace * time) * (1.1 - 0.25 * layer) + layer * 2;
      c.lineTo(x, 0.55 - 0.22 * layer + 0.16 * Math.sin(at) + 0.06 * Math.sin(2.3 * at + 1));
    }
    c.lineTo(half, 0);
    c.fillStyle = colour;
    c.fill();
  });
}

/** @param {CanvasRenderingContext2D} c @param {number} time @param {string} colour @param {number} half   m */
function drawTiles(c, time, colour, half) {
  const PITCH = 0.7;
  c.strokeStyle = darker(colour, 1);
  c.lineWidth = 0.012;
  c.beginPath();
  const offset = (SPEED * time) % PITCH;
  for (let x = Math.floor(-half / PITCH) * PITCH; x <= half + PITCH; x += PITCH) {
    c.moveTo((x - offset) * 0.93, 0.085);
    c.lineTo((x - offset) * 1.3, -0.6);
  }
  c.stroke();
}
