/** The live figures below the stage. Not a live region: figures that change twice a second are no announcement. */
import { NOTHING, backendWords, decimal } from "../common/format.js";
import { box, setText } from "../common/dom.js";

/** @typedef {import("./metrics.js").Figures} Figures */

/** @param {Figures} figures @param {number | null} people   null: nothing is tracked */
export function showFigures({ fps, latency_ms, dropped }, people) {
  setText(box("metric-fps"), decimal(fps, 1));
  box("metric-fps").title = dropped > 0 ? `${dropped} frames came while another was being tracked` : "";
  setText(box("metric-latency"), latency_ms === null ? NOTHING : `${decimal(latency_ms, 0)} ms`);
  setText(box("metric-people"), people === null ? NOTHING : String(people));
}

/** @param {{backend: string, threads: number}} info   of the tracker */
export function showBackend(info) {
  setText(box("metric-backend"), backendWords(info));
}
