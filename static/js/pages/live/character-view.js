/**
 * The character on the page, once somebody asked for one: what is chosen, its stage, and the comparison of what is
 * tracked with what is true. Loaded by character.js with everything of the stage.
 */
import { Comparison } from "./comparison.js";
import { ComparisonPanel } from "./comparison-panel.js";
import { drawBoth } from "./character-overlay.js";
import { CharacterPanel, MOVED } from "./character-panel.js";
import { CharacterStage } from "./character-stage.js";
import { changed, fitting, inWords, readWish } from "./character-options.js";
import { freshCanvas, softwareGraphics } from "./show-loop.js";
import { decimal } from "../common/format.js";
import { box } from "../common/dom.js";
import { preference, setPreference } from "../common/preferences.js";
import { recordedTruth } from "../../link/truth.js";
import { matchPeople } from "../../pose/metrics.js";
import { Show, StageError } from "../../stage/show.js";
import { choices, possible } from "../../stage/choices.js";

/** @typedef {import("./character-options.js").Wish} Wish */
/** @typedef {import("./screen.js").Layer} Layer */
/** @typedef {import("../../stage/choices.js").Choices} Choices */
/** @typedef {import("../../stage/character.js").Character} Character */
/** @typedef {import("../../stage/scene.js").SceneTruth} SceneTruth */
/** @typedef {import("../../stage/wishes.js").ShowOptions} ShowOptions */
/** @typedef {import("../../tracker/tracker.js").Result} Result */
/** @typedef {import("../../link/recording.js").Truth} Truth */
/** @typedef {{name: string, label: string, character: Character}} Own */

/** The first picture's size, px: the stage finds its own as soon as it is seen. */
const FIRST_SIZE = /** @type {[number, number]} */ ([640, 480]);
/** Characters of the reader's own that are kept; each may take 100 MB of graphics memory. */
const MOST_OWN = 4;

/**
 * Events: `refused` (detail: the error; what was shown stays), `layers` (others are to be shown), `used` (detail: the
 * name of a character that came with the page).
 */
export class CharacterView extends EventTarget {
  /** @type {CharacterStage | null} */
  stage = null;
  #choices;
  #panel;
  #absent;
  /** What is asked for, and what is shown. */
  #wish;
  #shown;
  /** Whether somebody has turned the camera away from the view that was chosen. */
  #moved = false;
  /** @type {Own[]} */
  #own = [];
  #ownCount = 0;
  /** Of those who were on the stage. @type {Map<string, number>} */
  #numbers = new Map();
  #layers = { tracked: preference("showTracked", "true") !== "false", rig: preference("showRig", "true") !== "false" };
  #comparison = new Comparison();
  #comparisonPanel = new ComparisonPanel(box("comparison"));
  /** @type {{truth: SceneTruth, matches: (number | null)[], estimated: string[][]} | null} of the last result */
  #last = null;

  /** @param {Choices} known @param {{pickFile: () => void, absent: string[]}} given   absent: limbs */
  constructor(known, { pickFile, absent }) {
    super();
    this.#choices = known;
    this.#absent = absent;
    this.#wish = fitting(readWish(preference("character", "")), known, possible);
    this.#shown = this.#wish;
    this.#panel = new CharacterPanel(known, possible, {
      change: (change) => void this.change(change),
      own: pickFile,
      layers: (layers) => this.#showLayers(layers),
    });
    this.#panel.showLayers(this.#layers);
  }

  /** @param {{pickFile: () => void, absent: string[]}} given @returns {Promise<CharacterView>} */
  static async load(given) {
    return new CharacterView(await choices(), given);
  }

  /** What is on the stage, in words. */
  get words() {
    return inWords(this.#shown, { ...this.#choices, characters: [...this.#choices.characters, ...this.#ownChoices()] });
  }

  /**
   * Make the show, as it was chosen.
   * @returns {Promise<CharacterStage>} to be adopted, or stopped if nobody wants it any more
   * @throws {import("../../stage/errors.js").StageError} where it cannot be
   */
  async open() {
    const canvas = freshCanvas("character");
    const show = new Show(canvas, { size: FIRST_SIZE, antialias: !softwareGraphics() });
    try {
      await show.set({ ...this.#asked(this.#wish), absent: this.#absent });
    } catch (error) {
      show.dispose();
      this.#wish = this.#shown; // the next try is not to fail for the same reason
      throw error;
    }
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) show.pause();
    else show.play();
    return new CharacterStage(show, canvas, box("screen"));
  }

  /** It is the source from now on. @param {CharacterStage} stage */
  adopt(stage) {
    this.stage = stage;
    const { show } = stage;
    show.addEventListener("change", () => {
      this.#moved = typeof show.options.view !== "string";
      this.#show(this.#wish !== this.#shown);
    });
    stage.addEventListener("seam", () => this.#comparison.reset());
    this.#moved = false;
    this.#accept(this.#wish);
    this.#comparison.reset();
    box("comparison").hidden = false;
  }

  /** The stage was stopped: another source is shown. */
  closed() {
    this.stage = null;
    this.#last = null;
    this.#comparison.reset();
    this.#comparisonPanel.show(null);
    box("comparison").hidden = true;
  }

  /** @param {Partial<Wish>} change @returns {Promise<void>} never rejects, see `refused` */
  async change(change) {
    const before = this.#wish;
    const wish = this.#fit(changed(before, change, this.#known(), possible));
    this.#wish = wish;
    if (change.view !== undefined) this.#moved = false;
    this.#show(true);
    const { stage } = this;
    try {
      await stage?.set(difference(this.#asked(this.#shown), this.#asked(wish), Object.keys(change)));
      // Also when the next wish is on its way: if that one fails, this is what stays.
      if (this.stage === stage) this.#accept(wish);
    } catch (error) {
      // Somebody has chosen something else meanwhile, or another source.
      if (this.#wish !== wish || this.stage !== stage || disposed(error)) return;
      this.#wish = this.#shown;
      this.#show(false);
      this.dispatchEvent(new CustomEvent("refused", { detail: error }));
    }
  }

  /** @param {string[]} limbs   that everybody in view is without @returns {Promise<void>} never rejects, see `refused` */
  async absent(limbs) {
    this.#absent = limbs;
    const { stage } = this;
    try {
      await stage?.set({ absent: limbs });
    } catch (error) {
      if (this.stage === stage && !disposed(error)) this.dispatchEvent(new CustomEvent("refused", { detail: error }));
    }
  }

  /**
   * Take a character of the reader's own into the menu, for this page's life.
   * @param {Character} character   taken over @param {string} label
   * @returns {string} its name
   */
  addOwn(character, label) {
    this.#ownCount += 1;
    const name = `own:${this.#ownCount}`;
    this.#own.unshift({ name, label: `Your own: ${label}`, character });
    const needed = [this.#shown.character, this.#wish.character, name];
    const oldest = this.#own.findLast((one) => !needed.includes(one.name));
    if (this.#own.length > MOST_OWN && oldest) {
      this.#own = this.#own.filter((one) => one !== oldest);
      oldest.character.dispose();
    }
    return name;
  }

  /** Choose it for a show that is still to be opened. @param {string} name */
  prefer(name) {
    this.#wish = { ...this.#wish, character: name };
  }

  /**
   * What a result of the stage's picture tells: each person with the truth, and who was missed.
   * @param {Result} result @param {SceneTruth} truth   of the same picture
   * @returns {Result & {missed: Truth[]}}
   */
  judge(result, truth) {
    const matches = matchPeople(result.people, truth.people);
    // Of those on the stage only the first one may be the reader's own.
    const estimated = truth.people.map((_, k) => (k === 0 ? (this.stage?.show.character?.estimated ?? []) : []));
    this.#last = { truth, matches, estimated };
    const { time, people } = result;
    this.#comparison.add({ time, people, truth: truth.people, estimated });
    const known = truth.people.map((one, k) => recordedTruth(this.#numberOf(k), one, estimated[k]));
    return {
      ...result,
      people: people.map((person, i) => ({ ...person, truth: known[matches.indexOf(i)] ?? null })),
      missed: known.filter((_, k) => matches[k] === null),
    };
  }

  /** @param {Result} result   the one that was judged last @returns {Layer} tracked joints and the rig's */
  layer({ image_size, people }) {
    const last = this.#last;
    return {
      image_size,
      paint: (context, view, ratio) => {
        const { truth, matches, estimated } = last ?? { truth: { people: [] }, matches: [], estimated: [] };
        const what = { people, truth: truth.people, matches, estimated, shown: this.#layers };
        drawBoth(context, what, view, ratio);
      },
    };
  }

  /** Write the comparison's figures. */
  showFigures() {
    if (this.stage !== null) this.#comparisonPanel.show(this.#comparison.figures());
  }

  /** The results so far are of something else. */
  forget() {
    this.#last = null;
    this.#comparison.reset();
  }

  /** @returns {import("./transport.js").Playable} the motion, for the controls below the stage */
  playable() {
    const stage = /** @type {CharacterStage} */ (this.stage);
    const { show } = stage;
    return {
      name: "motion",
      words: (seconds) => `${decimal(seconds, 1)} s`,
      get playing() {
        return show.playing;
      },
      get time_s() {
        return show.duration_s > 0 ? show.time_s % show.duration_s : 0;
      },
      get duration_s() {
        return show.duration_s;
      },
      play: () => stage.play(),
      pause: () => stage.pause(),
      seek: (time_s) => stage.seek(time_s),
    };
  }

  /**
   * @param {number} k   in the order of the cast: the one who was chosen, then whoever pushes
   * @returns {number} from 1, for this page's life: a recording does not take two characters for one
   */
  #numberOf(k) {
    const who = `${this.#shown.character} ${k}`;
    const number = this.#numbers.get(who) ?? this.#numbers.size + 1;
    this.#numbers.set(who, number);
    return number;
  }

  #ownChoices() {
    return this.#own.map(({ name, label }) => ({ name, label, about: "", age: NaN, not_applicable: [] }));
  }

  /** @returns {Choices} with the reader's own */
  #known() {
    return { ...this.#choices, characters: [...this.#ownChoices(), ...this.#choices.characters] };
  }

  /** @param {Wish} wish @returns {Wish} */
  #fit(wish) {
    return fitting(wish, this.#known(), possible);
  }

  /** @param {Wish} wish @returns {Partial<ShowOptions>} */
  #asked({ character, aid, motion, options, attendant, light, room, view }) {
    const { equipment } = this.#choices.aids.find(({ name }) => name === aid) ?? this.#choices.aids[0];
    const own = this.#own.find(({ name }) => name === character);
    return { character: own?.character ?? character, equipment, motion, options, attendant, light, room, view };
  }

  /** It is shown now. @param {Wish} wish */
  #accept(wish) {
    this.#shown = wish;
    setPreference("character", JSON.stringify(wish));
    this.#show(this.#wish !== wish);
    if (!wish.character.startsWith("own:")) this.dispatchEvent(new CustomEvent("used", { detail: wish.character }));
  }

  /** @param {boolean} busy */
  #show(busy) {
    this.#panel.show(this.#moved ? { ...this.#wish, view: MOVED.name } : this.#wish, this.#ownChoices());
    this.#panel.describe(this.words, busy);
  }

  /** @param {{tracked: boolean, rig: boolean}} layers */
  #showLayers(layers) {
    this.#layers = layers;
    setPreference("showTracked", String(layers.tracked));
    setPreference("showRig", String(layers.rig));
    this.dispatchEvent(new Event("layers"));
  }
}

/** @param {unknown} error @returns {boolean} whether the show is over, which is no failure of a wish */
const disposed = (error) => error instanceof StageError && error.code === "disposed";

/**
 * What must be told to a show: the camera stays where somebody has turned it unless another view is asked for.
 * @param {Partial<ShowOptions>} before @param {Partial<ShowOptions>} after @param {string[]} asked   names that were chosen
 * @returns {Partial<ShowOptions>}
 */
function difference(before, after, asked) {
  const same = (/** @type {unknown} */ a, /** @type {unknown} */ b) => a === b || JSON.stringify(a) === JSON.stringify(b);
  const names = /** @type {(keyof ShowOptions)[]} */ (Object.keys(after));
  const ACT = ["motion", "equipment", "options", "attendant"];
  const acts = ACT.some((name) => !same(before[/** @type {keyof ShowOptions} */ (name)], after[/** @type {keyof ShowOptions} */ (name)]));
  const told = names.filter((name) => {
    if (name === "character") return before.character !== after.character;
    if (ACT.includes(name)) return acts;
    return asked.includes(name) || !same(before[name], after[name]);
  });
  return Object.fromEntries(told.map((name) => [name, after[name]]));
}
