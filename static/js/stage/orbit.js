/**
 * Looking around: pointers, wheel and keys on an element become views of the stage.
 * @module
 */

/**
 * @typedef {object} OrbitView where the camera is
 * @property {number} azimuth_rad 0: before the subject, positive: to its left
 * @property {number} elevation_rad above the horizon
 * @property {number} [zoom] 1: the subject fills the picture; 2: twice as near
 */
/** @typedef {{dx: number, dy: number, zoom: number}} Move   dx, dy: shares of the element's width and height; zoom: factor */
/** @typedef {{x: number, y: number}} Place */

/** Turning by a drag over the whole element, radians: once around, and from the floor to above. */
const TURN = { azimuth_rad: 2 * Math.PI, elevation_rad: Math.PI };
/** From just above the floor to nearly straight down, where azimuth would lose its meaning. */
const ELEVATION = [0.01, 1.45];
const ZOOM = [0.5, 6];
/** One press of an arrow key, as a share of the element; of + and -, as a factor. */
const STEP = { turn: 1 / 36, zoom: 1.15 };
/** A notch of a mouse's wheel is about 100 px; browsers also count in lines and pages. */
const WHEEL = { per_px: 0.0015, line_px: 16, page_px: 400, most: 1.5 };

/** @param {number} value @param {number[]} range @returns {number} */
const clamp = (value, [low, high]) => Math.min(high, Math.max(low, value));

/** @type {Record<string, Partial<Move>>} dragging to the right turns the subject to the right: keys do the same */
const KEYS = {
  ArrowLeft: { dx: -STEP.turn }, ArrowRight: { dx: STEP.turn }, ArrowUp: { dy: -STEP.turn }, ArrowDown: { dy: STEP.turn },
  "+": { zoom: STEP.zoom }, "=": { zoom: STEP.zoom }, "-": { zoom: 1 / STEP.zoom },
};

/**
 * @param {OrbitView} view @param {Partial<Move>} move
 * @returns {Required<OrbitView>} within reach; azimuth in -pi..pi
 */
export function moved({ azimuth_rad, elevation_rad, zoom = 1 }, { dx = 0, dy = 0, zoom: factor = 1 }) {
  const azimuth = azimuth_rad - dx * TURN.azimuth_rad;
  return {
    azimuth_rad: azimuth - 2 * Math.PI * Math.round(azimuth / (2 * Math.PI)),
    elevation_rad: clamp(elevation_rad + dy * TURN.elevation_rad, ELEVATION),
    zoom: clamp(zoom * factor, ZOOM),
  };
}

/**
 * What a gesture of one or two fingers did.
 * @param {Place[]} before @param {Place[]} after the same fingers, px @param {{width: number, height: number}} element px
 * @returns {Move}
 */
export function gesture(before, after, { width, height }) {
  const middle = (/** @type {Place[]} */ places, /** @type {"x" | "y"} */ axis) =>
    places.reduce((sum, place) => sum + place[axis], 0) / places.length;
  const span = (/** @type {Place[]} */ [a, b]) => Math.hypot(a.x - b.x, a.y - b.y);
  const pinched = before.length === 2 && span(before) > 0 ? span(after) / span(before) : 1;
  return {
    dx: (middle(after, "x") - middle(before, "x")) / width,
    dy: (middle(after, "y") - middle(before, "y")) / height,
    zoom: pinched > 0 ? pinched : 1,
  };
}

/** @param {{deltaY: number, deltaMode: number}} event @returns {number} factor for the zoom */
export function wheelZoom({ deltaY, deltaMode }) {
  const px = deltaY * [1, WHEEL.line_px, WHEEL.page_px][deltaMode];
  return clamp(Math.exp(-px * WHEEL.per_px), [1 / WHEEL.most, WHEEL.most]);
}

/**
 * Let an element move a view: drag (mouse, finger, pen), pinch, wheel with Ctrl; wheel, arrow keys, + and - while it has
 * the focus. Without it the wheel scrolls the page, as a finger does that goes up or down.
 * @param {HTMLElement} element should be focusable and say in its label what the keys do
 * @param {(move: Partial<Move>) => void} move
 * @returns {() => void} detaches it
 */
export function listen(element, move) {
  /** @type {Map<number, Place>} */
  const fingers = new Map();
  const place = (/** @type {PointerEvent} */ { clientX: x, clientY: y }) => ({ x, y });
  const size = () => ({ width: element.clientWidth || 1, height: element.clientHeight || 1 });
  const { touchAction } = element.style;
  // Sideways and with two fingers it is ours; one finger up or down scrolls the page, of which it may fill the most.
  element.style.touchAction = "pan-y";
  const stop = new AbortController();
  /** @type {(name: string, listener: (event: any) => void, options?: AddEventListenerOptions) => void} */
  const on = (name, listener, options) => element.addEventListener(name, listener, { ...options, signal: stop.signal });

  on("pointerdown", (event) => {
    if (event.button !== 0 || fingers.size === 2) return;
    fingers.set(event.pointerId, place(event));
    element.setPointerCapture(event.pointerId);
  });
  on("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = [...fingers.values()];
    fingers.set(event.pointerId, place(event));
    move(gesture(before, [...fingers.values()], size()));
  });
  const lift = (/** @type {PointerEvent} */ { pointerId }) => fingers.delete(pointerId);
  on("pointerup", lift);
  on("pointercancel", lift);
  on("lostpointercapture", lift);
  on("wheel", (event) => {
    // Who scrolls along the page and comes over the picture wants to go on. A trackpad's pinch comes with Ctrl.
    if (!event.ctrlKey && !element.matches(":focus, :focus-within")) return;
    event.preventDefault();
    move({ zoom: wheelZoom(event) });
  }, { passive: false });
  on("keydown", (event) => {
    const change = KEYS[event.key];
    if (!change || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(change);
  });
  return () => {
    stop.abort();
    element.style.touchAction = touchAction;
  };
}
