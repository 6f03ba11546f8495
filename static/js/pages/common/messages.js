/** What the page says when something does not work: what happened, and what one can do about it. */

/** @typedef {{tone: "info" | "warning" | "danger", title: string, text: string}} Message */

/** Pages get a camera in a secure context only: HTTPS or this very machine. */
export const INSECURE = /** @type {Message} */ ({
  tone: "danger",
  title: "The camera needs a secure address",
  text:
    "Browsers give a camera to pages on https:// or on localhost only. " +
    "Open Poseable there, or open a video or a picture instead.",
});

/** @type {Record<string, Message>} by the name of the exception that `getUserMedia` throws */
const CAMERA = {
  NotFoundError: {
    tone: "warning",
    title: "No camera found",
    text: "Connect one and try again, or open a video or a picture instead.",
  },
  NotAllowedError: {
    tone: "danger",
    title: "The camera is not allowed",
    text:
      "Allow it: open the site settings beside the address, set the camera to “Allow”, then try again. " +
      "Your system's privacy settings may block it too.",
  },
  NotReadableError: {
    tone: "warning",
    title: "The camera is in use",
    text: "Another program or page holds it. Close that one, then try again.",
  },
  OverconstrainedError: {
    tone: "warning",
    title: "That camera is gone",
    text: "Choose another camera, or try again with any.",
  },
};

/**
 * @param {unknown} error   as `getUserMedia` rejects
 * @returns {Message}
 */
export function cameraMessage(error) {
  const name = error instanceof Error ? error.name : "";
  // Some browsers say AbortError, where others say NotReadableError, for a device that fails to start.
  const known = CAMERA[name === "AbortError" ? "NotReadableError" : name];
  return known ?? { tone: "danger", title: "The camera did not start", text: reasonOf(error) };
}

export const CAMERA_ENDED = /** @type {Message} */ ({
  tone: "warning",
  title: "The camera stopped",
  text: "It was unplugged, or its permission was taken back. What was recorded is kept.",
});

/**
 * @param {string} name   of the file
 * @param {unknown} error
 * @returns {Message}
 */
export function fileMessage(name, error) {
  return {
    tone: "danger",
    title: `“${name}” cannot be shown`,
    text:
      `This browser does not read it as a video or a picture (${reasonOf(error)}). ` +
      "MP4, WebM, JPEG and PNG work in most.",
  };
}

/**
 * @param {unknown} error   as the stage fails, or whoever opens a character's file
 * @param {string} [file]   name of the file, where one was opened
 * @returns {Message}
 */
export function characterMessage(error, file) {
  const help = noGraphics(error) ? " Turn on hardware acceleration in the browser's settings, or use another browser." : "";
  const text = sentence(reasonOf(error)) + help;
  if (file !== undefined) return { tone: "danger", title: `“${file}” cannot be used as a character`, text };
  return { tone: "danger", title: "The character cannot be shown", text };
}

/** @param {unknown} error @returns {boolean} whether the browser gives the stage no graphics, however often it is asked */
export const noGraphics = (error) => error instanceof Error && "code" in error && error.code === "webgl";

/** @param {unknown} error   why something cannot be on the stage @returns {Message} */
export function refusedMessage(error) {
  const text = `${sentence(reasonOf(error))} What was on the stage stays.`;
  return { tone: "warning", title: "That does not work on the stage", text };
}

export const GRAPHICS_LOST = /** @type {Message} */ ({
  tone: "warning",
  title: "The graphics stopped",
  text:
    "The browser has taken the graphics device away, as it does when its memory is full. " +
    "The character goes on as soon as it gives it back.",
});

/**
 * @param {unknown} error   as the tracker fails
 * @returns {Message}
 */
export function trackerMessage(error) {
  if (!simdSupported()) {
    return {
      tone: "danger",
      title: "This browser is too old to track",
      text: "It has no WebAssembly SIMD. A browser from 2023 or later has.",
    };
  }
  return { tone: "danger", title: "Tracking did not start", text: reasonOf(error) };
}

/**
 * Calm words when no graphics processor helps.
 * @param {{backend: string, trials: {backend: string, ms: number | null}[]}} info   of the tracker
 * @returns {Message | null} null where a graphics back end works, or nobody asked it
 */
export function graphicsMessage({ backend, trials }) {
  const graphics = trials.filter((trial) => trial.backend === "webgpu" || trial.backend === "webgl");
  if (backend !== "wasm" || graphics.length === 0 || graphics.some(({ ms }) => ms !== null)) return null;
  return {
    tone: "info",
    title: "Tracking runs on the processor",
    text:
      "No graphics processor is offered through WebGPU or WebGL, so WASM is used. " +
      "Everything works; a large model may be slow.",
  };
}

/**
 * @param {boolean} recording
 * @param {number} waiting   frames that are on this device only
 * @returns {Message}
 */
export function offlineMessage(recording, waiting) {
  const kept =
    waiting > 0 ? `${waiting.toLocaleString("en")} frames wait on this device and are sent when it is back.` : "";
  const goes = recording
    ? "Recording goes on here."
    : "Tracking works without it; a recording is kept on this device and sent later.";
  return { tone: "warning", title: "The server cannot be reached", text: [goes, kept].filter(Boolean).join(" ") };
}

/**
 * @param {readonly string[]} reasons   why earlier recordings are not complete, one each
 * @returns {Message}
 */
export function undeliveredMessage(reasons) {
  return {
    tone: "danger",
    title: "An earlier recording is not complete",
    text: reasons.map((reason) => reason.replace(/[^.]$/, "$&.")).join(" "), // they may begin with a pseudonym
  };
}

/**
 * @param {readonly unknown[]} errors   why networks that were chosen cannot be used
 * @param {string} model   what tracks instead, in words
 * @returns {Message}
 */
export function replacedMessage(errors, model) {
  const reasons = errors.map((error) => sentence(reasonOf(error))).join(" ");
  return { tone: "warning", title: "A model cannot be used", text: `${reasons} Tracking goes on with ${model}.` };
}

/** @param {string} model   in words @returns {Message} */
export function taughtAgainMessage(model) {
  const text = "What tracks now is the version from before.";
  return { tone: "info", title: `${model} was taught again`, text };
}

/**
 * @param {readonly string[]} problems   of the folder with own models
 * @returns {Message | null} null where there are none
 */
export function ownModelsMessage(problems) {
  if (problems.length === 0) return null;
  const text = `${problems.map(sentence).join(" ")} The others can be chosen as before.`;
  return { tone: "warning", title: "Some of your own models cannot be offered", text };
}

/** @param {string} text @returns {string} with a capital and a full stop */
export const sentence = (text) => text.replace(/^./u, (first) => first.toUpperCase()).replace(/[^.!?]$/, "$&.");

/** @param {unknown} error @returns {string} its own words, never empty */
export function reasonOf(error) {
  const text = error instanceof Error ? error.message || error.name : String(error ?? "");
  return text || "no reason given";
}

/** @returns {boolean} whether WebAssembly SIMD works: a module with one v128 instruction validates */
export function simdSupported() {
  const module = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
  ];
  return typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(module));
}
