/** Character card: who, with what, doing what, where; and what is shown of it. */
import { valuesOf } from "./character-options.js";
import { box, button, element, input, make, select } from "../common/dom.js";

/** @typedef {import("./character-options.js").Wish} Wish */
/** @typedef {import("./character-options.js").Possible} Possible */
/** @typedef {import("../../stage/choices.js").Choices} Choices */
/** @typedef {{name: string, label: string}} Choice */

/** What the view is called once somebody has gone around the character; no name of a view. */
export const MOVED = { name: "", label: "As you turned it" };

export class CharacterPanel {
  #choices;
  #possible;
  #change;

  /**
   * @param {Choices} choices
   * @param {Possible} possible
   * @param {object} to
   * @param {(change: Partial<Wish>) => void} to.change
   * @param {() => void} to.own   choose a file of one's own
   * @param {(shown: {tracked: boolean, rig: boolean}) => void} to.layers
   */
  constructor(choices, possible, { change, own, layers }) {
    this.#choices = choices;
    this.#possible = possible;
    this.#change = change;
    for (const name of /** @type {const} */ (["aid", "motion", "view", "room", "light"])) {
      const menu = select(`character-${name}`);
      menu.addEventListener("change", () => menu.value && change({ [name]: menu.value }));
    }
    const person = select("character-person");
    person.addEventListener("change", () => change({ character: person.value }));
    const attendant = input("character-attendant");
    attendant.addEventListener("change", () => change({ attendant: attendant.checked }));
    button("character-own").addEventListener("click", own);
    const [tracked, rig] = [input("show-tracked"), input("show-rig")];
    for (const toggle of [tracked, rig]) {
      toggle.addEventListener("change", () => layers({ tracked: tracked.checked, rig: rig.checked }));
    }
  }

  /** @param {{tracked: boolean, rig: boolean}} shown */
  showLayers({ tracked, rig }) {
    input("show-tracked").checked = tracked;
    input("show-rig").checked = rig;
  }

  /** @param {Wish} wish   view: a name, or that of MOVED @param {readonly Choice[]} own   characters of the reader's own */
  show(wish, own) {
    const { characters, aids, motions, views, rooms, lights } = this.#choices;
    const aid = aids.find(({ name }) => name === wish.aid) ?? aids[0];
    const people = characters.map(({ name, label, about }) => ({ name, label: about ? `${label}: ${about}` : label }));
    fill(select("character-person"), [...own, ...people], wish.character);
    fill(select("character-aid"), aids, wish.aid);
    fill(select("character-motion"), aid.motions.map((name) => ({ name, label: motions[name].label })), wish.motion);
    fill(select("character-view"), wish.view === MOVED.name ? [MOVED, ...views] : views, wish.view);
    fill(select("character-room"), rooms, wish.room);
    fill(select("character-light"), lights, wish.light);
    box("character-attendant-field").hidden = !motions[wish.motion].attendant;
    input("character-attendant").checked = wish.attendant;
    this.#showOptions(wish, aid.equipment);
  }

  /** @param {string} words   what is on the stage @param {boolean} busy   something else is being made */
  describe(words, busy) {
    const canvas = element("character", HTMLCanvasElement);
    canvas.setAttribute("aria-label", words);
    box("screen").toggleAttribute("data-busy", busy);
  }

  /** @param {Wish} wish @param {string[]} equipment */
  #showOptions(wish, equipment) {
    const { choices } = this.#choices.motions[wish.motion];
    const root = box("character-options");
    const names = Object.keys(choices);
    const key = JSON.stringify([wish.motion, equipment]);
    if (root.dataset.key !== key) {
      root.dataset.key = key;
      root.replaceChildren(...names.map((name) => this.#optionField(name, choices[name].label)));
    }
    for (const name of names) {
      const values = valuesOf(choices[name], name, equipment, this.#possible);
      fill(select(`character-option-${name}`), values, wish.options[name]);
    }
  }

  /** @param {string} name @param {string} label @returns {HTMLElement} */
  #optionField(name, label) {
    const id = `character-option-${name}`;
    const menu = make("select", { id });
    menu.addEventListener("change", () => {
      const root = box("character-options");
      const all = [...root.querySelectorAll("select")].map((one) => [one.id.slice("character-option-".length), one.value]);
      this.#change({ options: Object.fromEntries(all) });
    });
    return make("div", { class: "field" }, make("label", { for: id }, label), menu);
  }
}

/**
 * The options are made anew only if they differ: an open menu stays as it is.
 * @param {HTMLSelectElement} menu @param {readonly Choice[]} options @param {string} value
 */
export function fill(menu, options, value) {
  const before = [...menu.options].map((option) => `${option.value}\n${option.text}`).join("\n");
  const after = options.map(({ name, label }) => `${name}\n${label}`).join("\n");
  if (before !== after) menu.replaceChildren(...options.map(({ name, label }) => make("option", { value: name }, label)));
  menu.value = value;
}
