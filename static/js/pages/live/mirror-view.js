/** The second view: a character that does what the first person in view does. Loaded when somebody asks for it. */
import { fill } from "./character-panel.js";
import { ShowLoop, freshCanvas, loseGraphics, softwareGraphics } from "./show-loop.js";
import { box, select, setText } from "../common/dom.js";
import { preference, setPreference } from "../common/preferences.js";
import { choices } from "../../stage/choices.js";
import { Mirror } from "../../stage/mirror/index.js";
import { geometryOf } from "../../stage/motion/index.js";
import { Show } from "../../stage/show.js";

/** @typedef {import("../../stage/choices.js").Choices} Choices */
/** @typedef {import("../../stage/show.js").Moment} Moment */
/** @typedef {import("../../stage/wishes.js").ShowOptions} ShowOptions */
/** @typedef {import("../../tracker/tracker.js").Person} Person */
/** @typedef {"auto" | "yes" | "no"} Sits */

const FIRST_SIZE = /** @type {[number, number]} */ ([480, 480]);
const SITS = /** @type {const} */ ({ auto: "auto", yes: true, no: false });

/** Events: `refused` (detail: the error; what was shown stays), `used` (detail: the name of a character). */
export class MirrorView extends EventTarget {
  #choices;
  #absent;
  #mirrored;
  /** @type {{show: Show, loop: ShowLoop, detach: () => void} | null} */
  #stage = null;
  /** @type {Mirror | null} */
  #mirror = null;
  /** What the character does next; null: it stays as it is. @type {Moment | null} */
  #moment = null;
  /** Who was seen last. @type {{person: Person | null, time_s: number}} */
  #seen = { person: null, time_s: 0 };
  /** That holds a single cane. @type {"left" | "right"} */
  #hand = "right";
  #shown = { character: "", aid: "" };
  #abort = new AbortController();

  /** @param {Choices} known @param {{absent: string[], mirrored: boolean}} given   absent: limbs */
  constructor(known, { absent, mirrored }) {
    super();
    this.#choices = known;
    this.#absent = absent;
    this.#mirrored = mirrored;
    const { signal } = this.#abort;
    const [person, aid] = [select("mirror-person"), select("mirror-aid")];
    fill(person, known.characters, preference("mirrorCharacter", "alder"));
    fill(aid, known.aids, preference("mirrorAid", "none"));
    select("mirror-sits").value = preference("mirrorSits", "auto");
    for (const menu of [person, aid, select("mirror-sits")]) {
      if (menu.selectedIndex < 0) menu.selectedIndex = 0; // what was kept is not there any more
    }
    for (const menu of [person, aid]) menu.addEventListener("change", () => void this.#change(), { signal });
    select("mirror-sits").addEventListener("change", () => this.#sits(), { signal });
  }

  /** @param {{absent: string[], mirrored: boolean}} given @returns {Promise<MirrorView>} not opened yet */
  static async load(given) {
    return new MirrorView(await choices(), given);
  }

  /** @throws {import("../../stage/errors.js").StageError} where it cannot be shown */
  async open() {
    const canvas = freshCanvas("mirror-canvas");
    const show = new Show(canvas, { size: FIRST_SIZE, antialias: !softwareGraphics() });
    try {
      await show.set({ light: "studio", room: "studio", view: "front", absent: this.#shownAbsent(), ...this.#asked() });
    } catch (error) {
      show.dispose();
      loseGraphics(canvas);
      throw error;
    }
    if (this.#abort.signal.aborted) {
      show.dispose();
      loseGraphics(canvas);
      return;
    }
    const loop = new ShowLoop({ show, canvas, area: box("mirror-screen") });
    this.#stage = { show, loop, detach: show.orbit(canvas) };
    show.drive(() => this.#next());
    this.#accept();
    loop.start();
  }

  /** The view is closed: what it held is free. */
  close() {
    this.#abort.abort();
    this.#stage?.detach();
    this.#stage?.loop.stop();
    this.#stage = null;
  }

  /** @param {Person | null} person   null: nobody is in view @param {number} time_s   of the frame */
  update(person, time_s) {
    this.#seen = { person, time_s };
    if (this.#mirror === null) return;
    const { pose, equipment, state } = this.#mirror.update(person, time_s);
    const { seat_height_m: height_m, seat } = state;
    this.#moment = { pose, equipment, seat: seat && height_m !== null ? { height_m, ...seat } : null };
    const words = state.seated ? "Mirrored, sitting" : "Mirrored";
    setText(box("mirror-badge"), state.seen ? words : "Waits for somebody");
  }

  /** @param {string[]} limbs */
  async absent(limbs) {
    this.#absent = limbs;
    if (this.#mirror) this.#mirror.absent = limbs;
    await this.#set({ absent: this.#shownAbsent() });
    if (this.#caneHand() !== this.#hand) this.#begin();
  }

  /** @param {boolean} on   as in a looking-glass, or as somebody opposite */
  mirrored(on) {
    if (this.#mirrored === on) return;
    this.#mirrored = on;
    void this.#set({ absent: this.#shownAbsent() }).then(() => this.#begin());
  }

  /** Limbs by the character's sides: in a looking-glass the person's left is its right. @returns {string[]} */
  #shownAbsent() {
    if (!this.#mirrored) return this.#absent;
    return this.#absent.map((limb) => limb.replace(/^(left|right)/, (side) => (side === "left" ? "right" : "left")));
  }

  #asked() {
    const character = select("mirror-person").value;
    const { equipment, motions } = this.#choices.aids.find(({ name }) => name === select("mirror-aid").value) ?? this.#choices.aids[0];
    return { character, equipment, motion: motions[0] };
  }

  async #change() {
    if (await this.#set(this.#asked())) return this.#accept();
    if (this.#abort.signal.aborted) return; // the menus are another view's
    select("mirror-person").value = this.#shown.character;
    select("mirror-aid").value = this.#shown.aid;
  }

  /** @param {Partial<ShowOptions>} change @returns {Promise<boolean>} whether it is shown */
  async #set(change) {
    const stage = this.#stage;
    try {
      await stage?.show.set(change);
      return stage !== null && stage === this.#stage;
    } catch (error) {
      // A view that was closed meanwhile has nothing to say.
      if (stage === this.#stage) this.dispatchEvent(new CustomEvent("refused", { detail: error }));
      return false;
    }
  }

  #sits() {
    setPreference("mirrorSits", select("mirror-sits").value);
    if (this.#mirror) this.#mirror.seated = SITS[/** @type {Sits} */ (select("mirror-sits").value)];
  }

  /** What was asked for is on the stage. */
  #accept() {
    const [character, aid] = [select("mirror-person").value, select("mirror-aid").value];
    this.#shown = { character, aid };
    setPreference("mirrorCharacter", character);
    setPreference("mirrorAid", aid);
    this.#begin();
    this.dispatchEvent(new CustomEvent("used", { detail: character }));
  }

  /** The person's hand that holds a single cane: the right one, if the character has it. @returns {"left" | "right"} */
  #caneHand() {
    const gone = this.#stage?.show.character?.lackingWith(this.#shownAbsent());
    return gone?.has(this.#mirrored ? "left_index" : "right_index") ? "left" : "right";
  }

  /** A mirror for whoever is on the stage now. */
  #begin() {
    const show = this.#stage?.show;
    if (!show?.character) return;
    const { rig, body } = show.character;
    this.#hand = this.#caneHand();
    this.#mirror = new Mirror({
      cane_hand: this.#hand,
      rig,
      body,
      equipment: show.equipment.map(geometryOf),
      seated: SITS[/** @type {Sits} */ (select("mirror-sits").value)],
      absent: this.#absent,
      mirrored: this.#mirrored,
    });
    const { person, time_s } = this.#seen; // a video that is paused shows nobody anew
    this.update(person, time_s);
  }

  /** @returns {Moment | null} */
  #next() {
    const moment = this.#moment;
    this.#moment = null;
    return moment;
  }
}
