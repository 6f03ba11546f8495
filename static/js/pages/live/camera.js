/** The webcam: open it, list what there is, notice when it goes. Video only; sound is never asked for. */

/** Sharp enough for a full screen; the tracker's own crops are 256 px wide. */
const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/** @typedef {{id: string, label: string}} Camera */

/** @returns {boolean} whether this page may ask for a camera at all */
export function cameraPossible() {
  return typeof navigator.mediaDevices?.getUserMedia === "function";
}

/**
 * @param {string} [id]   of the device; any camera without it
 * @returns {Promise<MediaStream>}
 * @throws {DOMException} NotFoundError, NotAllowedError, NotReadableError …, as `getUserMedia` has them
 */
export async function openCamera(id) {
  const device = id ? { deviceId: { exact: id } } : { facingMode: { ideal: "user" } };
  return navigator.mediaDevices.getUserMedia({ video: { ...WANTED, ...device }, audio: false });
}

/**
 * The cameras that this page may tell apart: browsers name them only once a camera was allowed.
 * @returns {Promise<Camera[]>}
 */
export async function listCameras() {
  if (!cameraPossible()) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind, deviceId }) => kind === "videoinput" && deviceId !== "")
    .map(({ deviceId, label }, i) => ({ id: deviceId, label: label || `Camera ${i + 1}` }));
}

/**
 * @param {MediaStream} stream
 * @returns {{id: string | undefined, user: boolean}} the device in use, and whether it looks at its user
 */
export function cameraOf(stream) {
  const { deviceId, facingMode } = stream.getVideoTracks()[0].getSettings();
  return { id: deviceId, user: facingMode !== "environment" };
}
