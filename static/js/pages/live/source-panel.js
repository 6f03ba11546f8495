/** Source card, and the video as something that the controls below the stage play. */
import { listCameras } from "./camera.js";
import { duration } from "../common/format.js";
import { box, button, element, input, make, select, setText } from "../common/dom.js";

/** @typedef {import("./source.js").Shown} Shown */
/** @typedef {import("./source.js").Kind} Kind */
/** @typedef {import("./transport.js").Transport} Transport */

const HINTS = {
  demo: "A camera, a file, or a character made here. You can also drop a file on the stage: it is read here and sent nowhere.",
  camera: "The picture stays on this device.",
  video: "The video is read on this device and sent nowhere.",
  picture: "The picture is read on this device and sent nowhere.",
  character: "Drawn on this device and tracked like a camera's picture. Its true joints are known, so tracking can be checked.",
};
/** Words of the button that leads back to the drawn figure. @type {Record<Kind, string>} */
const OFF = {
  demo: "",
  camera: "Turn the camera off",
  video: "Close the video",
  picture: "Close the picture",
  character: "Close the character",
};

export class SourcePanel {
  #device = select("device");
  #video = element("video", HTMLVideoElement);
  #transport;
  /** Whether a camera is shown. */
  #camera = false;

  /**
   * @param {object} to
   * @param {(id?: string) => void} to.camera   id of the device; any without it
   * @param {() => void} to.pickFile
   * @param {() => void} to.character
   * @param {() => void} to.off   back to the drawn figure
   * @param {(on: boolean) => void} to.mirror
   * @param {Transport} transport
   */
  constructor({ camera, pickFile, character, off, mirror }, transport) {
    this.#transport = transport;
    button("source-camera").addEventListener("click", () => camera());
    button("source-file").addEventListener("click", pickFile);
    button("source-character").addEventListener("click", character);
    button("source-off").addEventListener("click", () => {
      off();
      // The button has gone with its source: the focus goes where the next choice is made.
      button("source-camera").focus();
    });
    this.#device.addEventListener("change", () => camera(this.#device.value));
    input("mirror").addEventListener("change", () => mirror(input("mirror").checked));
    for (const name of ["play", "pause", "timeupdate", "durationchange", "seeked"]) {
      this.#video.addEventListener(name, () => transport.update());
    }
  }

  /** @param {Shown} shown */
  async show({ kind, name, device }) {
    const pressed = {
      "source-camera": kind === "camera",
      "source-file": kind === "video" || kind === "picture",
      "source-character": kind === "character",
    };
    for (const [id, on] of Object.entries(pressed)) button(id).setAttribute("aria-pressed", String(on));
    button("source-off").hidden = kind === "demo";
    setText(button("source-off"), OFF[kind]);
    if (kind !== "character") this.#transport.attach(kind === "video" ? playableVideo(this.#video) : null);
    this.#camera = kind === "camera";
    box("mirror-field").hidden = !this.#camera;
    setText(box("source-hint"), kind === "video" || kind === "picture" ? `${name}. ${HINTS[kind]}` : HINTS[kind]);
    await this.showCameras(device);
  }

  /** @param {string} [current]   id of the camera in use */
  async showCameras(current = this.#device.value) {
    const cameras = await listCameras();
    this.#device.replaceChildren(
      ...cameras.map(({ id, label }) => make("option", { value: id, selected: id === current }, label)),
    );
    box("device-field").hidden = cameras.length === 0 || !this.#camera;
  }
}

/** @param {HTMLVideoElement} video @returns {import("./transport.js").Playable} */
function playableVideo(video) {
  return {
    name: "video",
    words: duration,
    get playing() {
      return !video.paused;
    },
    get time_s() {
      return video.currentTime;
    },
    get duration_s() {
      return video.duration;
    },
    play: () => void video.play().catch(() => {}),
    pause: () => video.pause(),
    seek: (time_s) => void (video.currentTime = time_s),
  };
}
