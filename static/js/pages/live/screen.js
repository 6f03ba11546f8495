/** The stage: which layer is seen, the overlay on it, its badges, and files dropped on it. */
import { startDemo } from "./demo.js";
import { fit } from "./overlay.js";
import { box, button, element, input, setText } from "../common/dom.js";

/** @typedef {import("./overlay.js").View} View */
/**
 * What lies over the picture.
 * @typedef {object} Layer
 * @property {[number, number]} image_size   width, height, px
 * @property {(context: CanvasRenderingContext2D, view: View, ratio: number) => void} paint   clears the canvas first;
 *   ratio: canvas px per CSS px at the usual text size
 */
/** @typedef {import("./source.js").Kind} Kind */

export class Screen {
  video = element("video", HTMLVideoElement);
  picture = element("picture", HTMLCanvasElement);
  #screen = box("screen");
  #demo = element("demo", HTMLCanvasElement);
  #overlay = element("overlay", HTMLCanvasElement);
  #context = /** @type {CanvasRenderingContext2D} */ (this.#overlay.getContext("2d"));
  /** @type {(() => void) | null} */
  #stopDemo = null;
  /** @type {Layer | null} */
  #layer = null;

  /** @param {{camera: () => void, pickFile: () => void, character: () => void, file: (file: File) => void}} to */
  constructor({ camera, pickFile, character, file }) {
    button("welcome-camera").addEventListener("click", camera);
    button("welcome-file").addEventListener("click", pickFile);
    button("welcome-character").addEventListener("click", character);
    new ResizeObserver(() => this.#draw()).observe(this.#screen);
    this.#acceptDrops(file);
  }

  /** @param {Kind} kind @param {string} badge   what it is, in words */
  show(kind, badge) {
    this.#screen.dataset.kind = kind;
    this.#demo.hidden = kind !== "demo";
    this.video.hidden = kind !== "camera" && kind !== "video";
    this.picture.hidden = kind !== "picture";
    element("character", HTMLCanvasElement).hidden = kind !== "character";
    box("welcome").hidden = kind !== "demo";
    setText(box("source-badge"), badge);
    this.#stopDemo?.();
    this.#stopDemo = kind === "demo" ? startDemo(this.#demo, box("welcome")) : null;
    this.draw(null);
  }

  /** @param {boolean} on   mirror the picture and the overlay; the data stay as they are */
  mirror(on) {
    this.#screen.toggleAttribute("data-mirrored", on);
    this.#draw();
  }

  /** @param {Layer | null} layer   null clears the overlay */
  draw(layer) {
    this.#layer = layer;
    this.#draw();
  }

  /** @param {string} text   how long the recording is; empty: none @param {string} state */
  recording(text, state) {
    const badge = box("recording-badge");
    badge.hidden = text === "";
    badge.dataset.state = state;
    setText(badge, text);
  }

  #draw() {
    const ratio = devicePixelRatio;
    const [width, height] = [
      Math.round(this.#overlay.clientWidth * ratio),
      Math.round(this.#overlay.clientHeight * ratio),
    ];
    if (this.#overlay.width !== width || this.#overlay.height !== height) {
      this.#overlay.width = width;
      this.#overlay.height = height;
    }
    if (this.#layer === null) {
      this.#context.clearRect(0, 0, width, height);
      return;
    }
    const view = fit(this.#layer.image_size, [width, height], this.#screen.hasAttribute("data-mirrored"));
    // Text and lines grow with the page's own text, as on a 4K screen.
    const growth = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    this.#layer.paint(this.#context, view, ratio * growth);
  }

  /** @param {(file: File) => void} take */
  #acceptDrops(take) {
    const holdsFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
    const dropping = (/** @type {boolean} */ on) => this.#screen.toggleAttribute("data-dropping", on);
    // The whole window takes the drop: one beside the stage would otherwise leave the page for the file.
    addEventListener("dragover", (event) => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      dropping(true);
    });
    addEventListener("dragleave", (event) => event.relatedTarget === null && dropping(false));
    addEventListener("drop", (event) => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      dropping(false);
      const file = event.dataTransfer?.files[0];
      if (file) take(file);
    });
    const picker = input("file");
    picker.addEventListener("change", () => {
      const [file] = picker.files ?? [];
      if (file) take(file);
      picker.value = "";
    });
  }
}
