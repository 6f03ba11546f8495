/** Source card and the video's own controls below the stage. */
import { listCameras } from "./camera.js";
import { duration } from "../common/format.js";
import { box, button, element, input, make, select, setText } from "../common/dom.js";

/** @typedef {import("./source.js").Shown} Shown */

const HINTS = {
  demo: "A camera, a video or a picture. You can also drop a file on the stage. It is read here and sent nowhere.",
  camera: "The picture stays on this device. Choose “Figure” to switch the camera off.",
  video: "The video is read on this device and sent nowhere.",
  picture: "The picture is read on this device and sent nowhere.",
};

export class SourcePanel {
  #device = select("device");
  #video = element("video", HTMLVideoElement);
  #seek = input("seek");

  /**
   * @param {object} to
   * @param {(id?: string) => void} to.camera   id of the device; any without it
   * @param {() => void} to.pickFile
   * @param {() => void} to.demo
   * @param {(on: boolean) => void} to.mirror
   */
  constructor({ camera, pickFile, demo, mirror }) {
    button("source-camera").addEventListener("click", () => camera());
    button("source-file").addEventListener("click", pickFile);
    button("source-demo").addEventListener("click", demo);
    this.#device.addEventListener("change", () => camera(this.#device.value));
    input("mirror").addEventListener("change", () => mirror(input("mirror").checked));
    this.#wireTransport();
  }

  /** @param {Shown} shown */
  async show({ kind, name, device }) {
    const pressed = {
      "source-camera": kind === "camera",
      "source-file": kind === "video" || kind === "picture",
      "source-demo": kind === "demo",
    };
    for (const [id, on] of Object.entries(pressed)) button(id).setAttribute("aria-pressed", String(on));
    box("transport").hidden = kind !== "video";
    box("mirror-field").hidden = kind !== "camera";
    setText(box("source-hint"), kind === "video" || kind === "picture" ? `${name}. ${HINTS[kind]}` : HINTS[kind]);
    await this.showCameras(device);
  }

  /** @param {string} [current]   id of the camera in use */
  async showCameras(current = this.#device.value) {
    const cameras = await listCameras();
    this.#device.replaceChildren(
      ...cameras.map(({ id, label }) => make("option", { value: id, selected: id === current }, label)),
    );
    box("device-field").hidden = cameras.length === 0;
  }

  #wireTransport() {
    const video = this.#video;
    const play = button("play");
    play.addEventListener("click", () => (video.paused ? void video.play() : video.pause()));
    for (const name of ["play", "pause"]) {
      video.addEventListener(name, () => {
        play.setAttribute("aria-label", video.paused ? "Play video" : "Pause video");
        for (const icon of play.querySelectorAll("[data-icon]")) {
          icon.toggleAttribute("hidden", (icon.getAttribute("data-icon") === "play") !== video.paused);
        }
      });
    }
    this.#seek.addEventListener("input", () => (video.currentTime = Number(this.#seek.value)));
    for (const name of ["timeupdate", "durationchange", "seeked"]) {
      video.addEventListener(name, () => {
        if (!Number.isFinite(video.duration)) return;
        const words = `${duration(video.currentTime)} / ${duration(video.duration)}`;
        this.#seek.max = String(video.duration);
        this.#seek.value = String(video.currentTime);
        this.#seek.setAttribute("aria-valuetext", words);
        setText(box("position"), words);
      });
    }
  }
}
