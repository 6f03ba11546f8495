/** The mirror's switch and menus in a page of plain objects: what a view that failed leaves behind. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { beforeEach, test } from "node:test";
import { CharacterMirror } from "../../static/js/pages/live/mirror.js";

class Box extends EventTarget {
  hidden = false;
  checked = false;
  textContent = "";
}
/** Of a menu's behaviour what the page uses: a value that is no option's leaves nothing chosen. */
class Menu extends Box {
  /** @type {{value: string, text: string}[]} */ options = [];
  selectedIndex = -1;
  replaceChildren(...options) {
    this.options = options;
    this.selectedIndex = options.length > 0 ? 0 : -1;
  }
  get value() {
    return this.options[this.selectedIndex]?.value ?? "";
  }
  set value(value) {
    this.selectedIndex = this.options.findIndex((one) => one.value === value);
  }
}
class Option {
  setAttribute(name, value) {
    this[name] = value;
  }
  append(text) {
    this.text = text;
  }
}
/** Without graphics, as where a first opening fails. */
class Canvas extends Box {
  cloneNode = () => this;
  replaceWith() {}
  getContext = () => null;
}

Object.assign(globalThis, {
  HTMLElement: Box, HTMLSelectElement: Menu, HTMLInputElement: Box, HTMLCanvasElement: Canvas,
  fetch: async (address) => new Response(await readFile(address)),
});

beforeEach(() => {
  const page = new Map();
  const make = (id) => (id === "mirror-canvas" ? new Canvas() : /-(person|aid|sits)$/.test(id) ? new Menu() : new Box());
  globalThis.document = {
    getElementById: (id) => page.get(id) ?? page.set(id, make(id)).get(id),
    createElement: (name) => (name === "canvas" ? new Canvas() : new Option()),
  };
});

/** Switch the mirror on and wait until it has failed. @param {object[]} told */
async function fail(told) {
  const control = document.getElementById("character-mirror");
  const before = told.length;
  control.checked = true;
  control.dispatchEvent(new Event("change"));
  while (told.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  return told.at(-1);
}

test("a view that failed to open lets go of the menus, which the next one shares", { timeout: 30_000 }, async () => {
  const told = [];
  new CharacterMirror({ set: (subject, message, actions) => message && told.push({ subject, message, actions }) }, []);
  await fail(told);
  const person = document.getElementById("mirror-person");
  assert.equal(person.value, "alder");
  person.value = "birch";
  person.dispatchEvent(new Event("change"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(person.value, "birch", "nobody takes back what was chosen");
});

test("without graphics the mirror says what helps, and offers nothing that does not", { timeout: 30_000 }, async () => {
  const told = [];
  new CharacterMirror({ set: (subject, message, actions) => message && told.push({ subject, message, actions }) }, []);
  const { subject, message, actions } = await fail(told);
  assert.equal(subject, "mirror");
  assert.match(message.text, /no WebGL2.*hardware acceleration.*another browser\.$/);
  assert.deepEqual(actions, []);
  assert.equal(document.getElementById("character-mirror").checked, false);
});
