/** The state of the link to the server, in the bar of every page. */
import { box, setText } from "./dom.js";

const WORDS = { online: "Connected", connecting: "Connecting…", offline: "No server" };

/** @param {"online" | "connecting" | "offline"} state @param {string} [reason]   of the link, where it has one */
export function showConnection(state, reason) {
  const node = box("connection");
  node.dataset.state = state;
  node.title = reason ?? "";
  setText(box("connection-text"), WORDS[state]);
}
