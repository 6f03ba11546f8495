/** Messages above the stage, one per subject, and their announcement to screen readers. */
import { box, make, setText } from "./dom.js";

/** @typedef {import("../messages.js").Message} Message */
/** @typedef {{label: string, run: () => void}} Action */

export class Notices {
  #list = box("notices");
  #announcer = box("announcer");
  /** @type {Map<string, {node: HTMLElement, text: string}>} */
  #shown = new Map();

  /**
   * Show a message in place of the subject's earlier one.
   * @param {string} subject
   * @param {Message | null} message   null clears it
   * @param {Action[]} [actions]
   * @param {() => void} [dismissed]   runs when the reader has read it and puts it away
   */
  set(subject, message, actions = [], dismissed = () => {}) {
    const earlier = this.#shown.get(subject);
    if (message === null) {
      this.#shown.delete(subject);
      earlier?.node.remove();
      return;
    }
    const text = `${message.title}. ${message.text}`;
    if (earlier?.text === text) return;
    const buttons = [...actions, { label: "Dismiss", run: dismissed }].map(({ label, run }) => {
      const button = make("button", { type: "button" }, label);
      button.addEventListener("click", () => {
        this.set(subject, null);
        run();
      });
      return button;
    });
    const words = make("div", {}, make("strong", {}, message.title), message.text);
    const node = make("div", { class: "notice", "data-tone": message.tone }, words, make("div", { class: "actions" }, ...buttons));
    if (earlier) earlier.node.replaceWith(node);
    else this.#list.append(node);
    this.#shown.set(subject, { node, text });
    this.announce(text);
  }

  /** Say something to screen readers, politely. @param {string} text */
  announce(text) {
    setText(this.#announcer, text);
  }
}
