/** Messages above the stage, one per subject, and their announcement to screen readers. */
import { box, make, setText } from "./dom.js";

/** @typedef {import("./messages.js").Message} Message */
/** @typedef {{label: string, run: () => void}} Action */

export class Notices {
  #list = box("notices");
  #announcer = box("announcer");
  /** @type {Map<string, {node: HTMLElement, title: string, text: Text}>} */
  #shown = new Map();
  /** Titles that were put away, by subject: they stay away until the subject is cleared. @type {Map<string, string>} */
  #dismissed = new Map();

  /**
   * Show a message in place of the subject's earlier one. One with the title of the earlier one only changes its text
   * (counts that grow, say) and is not announced again.
   * @param {string} subject
   * @param {Message | null} message   null clears it
   * @param {Action[]} [actions]
   * @param {() => void} [dismissed]   runs when the reader has read it and puts it away
   */
  set(subject, message, actions = [], dismissed = () => {}) {
    const earlier = this.#shown.get(subject);
    if (message !== null && earlier?.title === message.title) {
      if (earlier.text.data !== message.text) earlier.text.data = message.text;
      return;
    }
    this.#shown.delete(subject);
    earlier?.node.remove();
    if (message === null) this.#dismissed.delete(subject);
    if (message === null || this.#dismissed.get(subject) === message.title) return;
    const dismiss = () => {
      this.#dismissed.set(subject, message.title);
      dismissed();
    };
    const buttons = [...actions, { label: "Dismiss", run: dismiss }].map(({ label, run }) => {
      const button = make("button", { type: "button" }, label);
      button.addEventListener("click", () => {
        this.set(subject, null);
        run();
      });
      return button;
    });
    const text = document.createTextNode(message.text);
    const words = make("div", {}, make("strong", {}, message.title), text);
    const node = make(
      "div",
      { class: "notice", "data-tone": message.tone },
      words,
      make("div", { class: "actions" }, ...buttons),
    );
    this.#list.append(node);
    this.#shown.set(subject, { node, title: message.title, text });
    this.announce(`${message.title}. ${message.text}`);
  }

  /** Say something to screen readers, politely. @param {string} text */
  announce(text) {
    setText(this.#announcer, text);
  }
}
