/** The character as a source: nothing of the stage is loaded before somebody asks for one. */
import { box } from "../common/dom.js";
import * as messages from "../common/messages.js";
import { PartError, part, remedies } from "../common/parts.js";
import { preference, setPreference } from "../common/preferences.js";

/** @typedef {import("./character-view.js").CharacterView} CharacterView */
/** @typedef {import("./frames.js").SceneTruth} SceneTruth */
/** @typedef {import("./screen.js").Layer} Layer */
/** @typedef {import("../common/notices.js").Notices} Notices */
/** @typedef {import("./source.js").Source} Source */
/** @typedef {import("./transport.js").Transport} Transport */
/** @typedef {import("../../tracker/tracker.js").Result} Result */

const CHARACTER_FILE = /\.(glb|vrm|gltf)$/i;
/** Names of characters that came with the page, as kept between visits. */
const NAME = /^[a-z][a-z0-9_-]{0,40}$/;

/** @param {File} file @returns {boolean} whether it is meant to be a character */
export const isCharacterFile = (file) => CHARACTER_FILE.test(file.name) || file.type.startsWith("model/");

/** Characters that were shown on this device: kept for times without the server. @returns {string[]} names */
export function usedCharacters() {
  return preference("charactersUsed", "")
    .split(",")
    .filter((name) => NAME.test(name));
}

/** @param {string} name   of a character that was shown @returns {boolean} whether it is the first time on this device */
export function rememberUsed(name) {
  const before = usedCharacters();
  if (before.includes(name) || !NAME.test(name)) return false;
  setPreference("charactersUsed", [...before, name].join(","));
  return true;
}

/** Event `used` (detail: the name of a character that came with the page and is shown). */
export class Character extends EventTarget {
  #source;
  #notices;
  #transport;
  #to;
  /** @type {string[]} */
  #limbs;
  /** @type {CharacterView | null} */
  #view = null;
  /** @type {Promise<CharacterView> | null} */
  #loading = null;
  /** Grows with each wish for a source, so that a character that comes too late is not shown. */
  #era = 0;

  /**
   * @param {object} page
   * @param {Source} page.source @param {Notices} page.notices @param {Transport} page.transport
   * @param {string[]} page.limbs   that everybody in view is without
   * @param {{pickFile: () => void, seam: () => void, redraw: () => void}} to
   */
  constructor({ source, notices, transport, limbs }, to) {
    super();
    this.#source = source;
    this.#notices = notices;
    this.#transport = transport;
    this.#limbs = limbs;
    this.#to = to;
  }

  /** Whether a character is the source. */
  get shown() {
    return this.#source.shown.kind === "character";
  }

  /** Show the character that was chosen last. */
  async choose() {
    if (this.shown) return this.#source.cancel(); // of a camera that was asked for meanwhile
    await this.#busy(async (current) => {
      const view = await this.#load();
      if (current()) await this.#open(view, current);
    });
  }

  /** Show one of the reader's own. @param {File} file   GLB or VRM; read here, sent nowhere */
  async own(file) {
    await this.#busy(async (current) => {
      const [view, { openFile }] = await Promise.all([this.#load(), part(import("./character-file.js"))]);
      const character = await openFile(file);
      if (character === null) return;
      if (!current()) return character.dispose();
      const name = view.addOwn(character, file.name);
      if (view.stage !== null) return view.change({ character: name });
      view.prefer(name);
      await this.#open(view, current);
    }, file.name);
  }

  /** Another source is asked for: a character that is on its way is not wanted any more. */
  cancel() {
    this.#era += 1;
    box("character-loading").hidden = true;
  }

  /** Another source is shown, or this one. */
  sourceChanged() {
    box("character-card").hidden = !this.shown;
    if (this.shown) return;
    this.#view?.closed();
    for (const subject of ["character", "graphics-lost"]) this.#notices.set(subject, null);
  }

  /** @param {boolean} on   a recording runs: the picture's size stays */
  hold(on) {
    this.#view?.stage?.hold(on);
  }

  /** @param {string[]} limbs */
  absent(limbs) {
    this.#limbs = limbs;
    void this.#view?.absent(limbs);
  }

  /** @param {Result} result @param {SceneTruth | null} truth @returns {Result} with the truth beside, where it is known */
  judge(result, truth) {
    return truth !== null && this.#view !== null ? this.#view.judge(result, truth) : result;
  }

  /** @param {Result} result   the last one @returns {Layer | null} null: not of a character */
  layer(result) {
    return this.shown ? (this.#view?.layer(result) ?? null) : null;
  }

  /** Write what is compared. */
  showFigures() {
    if (this.shown) this.#view?.showFigures();
  }

  /** The results so far are of something else. */
  forget() {
    this.#view?.forget();
  }

  /** @param {CharacterView} view @param {() => boolean} current */
  async #open(view, current) {
    const stage = await view.open();
    if (!current()) return stage.stop();
    view.adopt(stage);
    stage.addEventListener("seam", () => this.#to.seam());
    stage.addEventListener("tick", () => this.#transport.update());
    stage.show.addEventListener("lost", () => this.#notices.set("graphics-lost", messages.GRAPHICS_LOST));
    stage.show.addEventListener("restored", () => {
      this.#notices.set("graphics-lost", null);
      stage.again();
    });
    this.#source.character(view.words, stage);
    this.#transport.attach(view.playable());
    this.#notices.announce(view.words);
  }

  /** @returns {Promise<CharacterView>} */
  #load() {
    this.#loading ??= this.#fetch().catch((error) => {
      this.#loading = null; // the next wish tries again
      throw error;
    });
    return this.#loading;
  }

  /** @returns {Promise<CharacterView>} */
  async #fetch() {
    const { CharacterView } = await part(import("./character-view.js"));
    const view = await CharacterView.load({ pickFile: this.#to.pickFile, absent: this.#limbs });
    view.addEventListener("refused", (event) => this.#refused(/** @type {CustomEvent} */ (event).detail));
    view.addEventListener("layers", () => this.#to.redraw());
    view.addEventListener("used", (event) => {
      this.dispatchEvent(new CustomEvent("used", { detail: /** @type {CustomEvent<string>} */ (event).detail }));
    });
    this.#view = view;
    return view;
  }

  /**
   * Something that takes a while and may fail.
   * @param {(current: () => boolean) => Promise<void>} work   current: whether it is still wanted
   * @param {string} [file]   name of the file that is opened
   */
  async #busy(work, file) {
    this.#source.cancel();
    const era = ++this.#era;
    const current = () => era === this.#era;
    this.#notices.set("source", null);
    box("character-loading").hidden = false;
    try {
      await work(current);
    } catch (error) {
      if (!current()) return;
      const opened = error instanceof PartError ? undefined : file; // else it is not the file's fault
      const another = { label: "Choose another", run: this.#to.pickFile };
      const actions = opened === undefined ? remedies(error, () => void this.choose()) : [another];
      this.#notices.set("source", messages.characterMessage(error, opened), actions);
    } finally {
      if (current()) box("character-loading").hidden = true;
    }
  }

  /** @param {unknown} error */
  #refused(error) {
    this.#notices.set("character", null);
    this.#notices.set("character", messages.refusedMessage(error));
  }
}
