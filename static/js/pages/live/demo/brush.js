/** Rounded limbs on a 2D canvas, in metres with y up (the caller sets the transform). */

/** @typedef {import("./kinematics.js").Point} Point */
/** @typedef {[Point, number]} Ball   centre and radius, m */

/**
 * Fill the hull of neighbouring circles, one after the other: a limb, a torso, a shoe. A soft light lies on it.
 * @param {CanvasRenderingContext2D} context
 * @param {Ball[]} balls   two or more, root first
 * @param {string} colour
 */
export function limb(context, balls, colour) {
  context.fillStyle = colour;
  for (let i = 1; i < balls.length; i++) capsule(context, balls[i - 1], balls[i]);
  context.fillStyle = "rgb(255 255 255 / 13%)";
  const light = balls.map(([[x, y], r]) => /** @type {Ball} */ ([[x - r * 0.28, y + r * 0.3], r * 0.45]));
  context.beginPath();
  for (let i = 1; i < light.length; i++) traceCapsule(context, light[i - 1], light[i]);
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {Ball} a @param {Ball} b */
function capsule(context, a, b) {
  context.beginPath();
  traceCapsule(context, a, b);
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {Ball} a @param {Ball} b */
function traceCapsule(context, [[ax, ay], ra], [[bx, by], rb]) {
  const length = Math.hypot(bx - ax, by - ay);
  const angle = Math.atan2(by - ay, bx - ax);
  const tangent = Math.acos(Math.max(-1, Math.min(1, (ra - rb) / Math.max(length, 1e-6))));
  context.moveTo(ax + ra * Math.cos(angle + tangent), ay + ra * Math.sin(angle + tangent));
  context.arc(ax, ay, ra, angle + tangent, angle - tangent + 2 * Math.PI);
  context.arc(bx, by, rb, angle - tangent, angle + tangent);
  context.closePath();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point} centre
 * @param {number} radius   of the line's middle, m
 * @param {number} width   m
 * @param {string} colour
 */
export function ring(context, centre, radius, width, colour) {
  context.beginPath();
  context.arc(...centre, radius, 0, 2 * Math.PI);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Point} centre @param {number} radius @param {string} colour */
export function disc(context, centre, radius, colour) {
  context.beginPath();
  context.arc(...centre, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {Point[]} points @param {number} width @param {string} colour */
export function tube(context, points, width, colour) {
  context.beginPath();
  points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = colour;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Point} centre @param {number} width   m @param {string} colour */
export function shadow(context, [x, y], width, colour) {
  context.save();
  context.translate(x, y);
  context.scale(1, 0.09);
  const soft = context.createRadialGradient(0, 0, 0, 0, 0, width / 2);
  soft.addColorStop(0, colour);
  soft.addColorStop(1, "transparent");
  context.fillStyle = soft;
  context.fillRect(-width / 2, -width / 2, width, width);
  context.restore();
}

/**
 * @param {string} colour   "#rrggbb"
 * @param {number} factor   1 keeps it, 0 gives black
 * @returns {string}
 */
export function darker(colour, factor) {
  const parts = [1, 3, 5].map((at) => Math.round(parseInt(colour.slice(at, at + 2), 16) * factor));
  return `rgb(${parts.join(" ")})`;
}
