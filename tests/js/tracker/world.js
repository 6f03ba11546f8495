// Networks made of formulas: they see whoever is put into a world, wherever the estimator looks.
import { INPUT_SIDE, anchorCentres } from "../../../static/js/pose/detection.js";
import { imageToCrop, letterbox } from "../../../static/js/pose/roi.js";
import { rawPoseAt } from "./poses.js";

/** px; so large that no region of the people here goes beyond it. */
export const SIZE = [2000, 2000];
const ANCHORS = 2254;
const TORSO = 100;
const CENTRES = anchorCentres();

/** A picture and a runtime that belong together. */
export class World {
  /** Hip centres of upright people with a torso of 100 px. @type {[number, number][]} */
  people = [];
  /** How often each network ran. */
  looks = { detect: 0, locate: 0 };
  /** Changes what a network says. */
  spoil = { detect: (raw) => raw, locate: (raw) => raw };
  #box = { left: 0, top: 0, width: 0, height: 0 };

  /** Black; tells the world where it is looked at. @returns {import("../../../static/js/tracker/estimator.js").Picture} */
  get picture() {
    const pixels = (box) => {
      this.#box = box;
      return { ...box, data: new Uint8ClampedArray(4 * box.width * box.height) };
    };
    return { size: SIZE, pixels };
  }

  /** @returns {import("../../../static/js/tracker/models.js").Runtime} */
  get runtime() {
    const detect = async () => this.#detect();
    const locate = async () => this.#locate();
    return { backend: "wasm", threads: 1, detect, locate, tensors: () => 0, dispose: () => {} };
  }

  #detect() {
    this.looks.detect += 1;
    const [boxes, scores] = [new Float32Array(12 * ANCHORS), new Float32Array(ANCHORS).fill(-50)];
    for (const [i, [x, y]] of this.people.entries()) {
      const points = [[x, y], [x, y - 2 * TORSO], [x, y - TORSO], [x, y - 1.5 * TORSO]];
      const keypoints = points.map(([px, py]) => {
        const [u, v] = imageToCrop(letterbox(SIZE), px, py);
        return [(u - CENTRES[2 * i]) * INPUT_SIDE, (v - CENTRES[2 * i + 1]) * INPUT_SIDE];
      });
      boxes.set([...keypoints[0], 10, 10, ...keypoints.flat()], 12 * i);
      scores[i] = 4 - i;
    }
    return this.spoil.detect({ boxes, scores });
  }

  #locate() {
    this.looks.locate += 1;
    const { left, top, width, height } = this.#box;
    // The box has a pixel or two of margin on each side; people are upright, so it shows the region.
    const [x_center, y_center] = [left + width / 2, top + height / 2];
    const roi = { x_center, y_center, width: width - 3, height: height - 3, rotation: 0 };
    const distance = ([x, y]) => Math.hypot(x - roi.x_center, y - roi.y_center);
    const [nearest] = this.people.toSorted((a, b) => distance(a) - distance(b));
    const seen = nearest !== undefined && distance(nearest) < TORSO;
    return this.spoil.locate(seen ? rawPoseAt(...nearest, roi) : { ...rawPoseAt(0, 0, roi), flag: 0.1 });
  }
}
