/**
 * The living stage on a canvas: a character in motion with its aids, drawn frame by frame, and the exact truth of each
 * picture. Knows no page: give it a canvas, call `render` at each animation frame.
 * @module
 */
import { Belt } from "./belt.js";
import { VIEWS, frameCamera } from "./camera.js";
import { Cast } from "./cast.js";
import { CHARACTERS } from "./choices.js";
import { assemble } from "./company.js";
import { StageError } from "./errors.js";
import { Follower, widened } from "./follower.js";
import { listen, moved } from "./orbit.js";
import { createRandom } from "./random.js";
import { checkedSize, createRenderer, createScene, middleOf, releaseRenderer } from "./scene.js";
import { Shots, deferred } from "./shots.js";
import { DEFAULTS, complete } from "./wishes.js";

export { choices } from "./choices.js";
export { StageError } from "./errors.js";

/** @typedef {import("./character.js").Character} Character */
/** @typedef {import("./camera.js").Extent} Extent */
/** @typedef {import("./company.js").Company} Company */
/** @typedef {import("./scene.js").StageScene} StageScene */
/** @typedef {import("./wishes.js").ShowOptions} ShowOptions */
/** @typedef {[number, number]} Size px */
/** @typedef {{pose: import("./rig.js").Pose, equipment: import("./motion/placement.js").EquipmentPlacement[],
 *    seat?: import("./company.js").Seat | null}} Moment seat: of a plain chair to sit on; null: none */
/** @typedef {(now_ms: number) => Moment | null} Driver null: stay as you are */
/** @typedef {import("./shots.js").Capture} Capture */
/** @template T @typedef {import("./shots.js").Deferred<T>} Deferred */
/** @typedef {{changes: Partial<ShowOptions>[], wish: ShowOptions, done: Deferred<void>}} Wish */

/** After a longer pause (a hidden tab) the motion goes on where it was, s. */
const LONGEST_STEP = 0.25;
const SHADOW_PX = 1024;
/** Free on each side of the picture: what is framed is a box around all that happens, which is loose already. */
const MARGIN = 0.03;

/**
 * Events: `change` when what is shown has changed (`show.options`); `lost` and `restored` with the graphics device.
 */
export class Show extends EventTarget {
  /** Whether `render` lets time go on. */
  playing = true;
  /** Time of the motion, s; grows on over its cycles. */
  #time_s = 0;
  #canvas;
  #renderer;
  #cast;
  /** @type {StageScene} */ #stage;
  /** @type {ShowOptions} */ #options = DEFAULTS;
  /** @type {Company | null} */ #company = null;
  /** @type {Extent | null} */ #extent = null;
  /** Under whoever walks or rolls in a room. @type {Belt | null} */ #belt = null;
  /** @type {Driver | null} */ #driver = null;
  /** The driver's last one, for these aids. @type {Moment | null} */ #moment = null;
  #follower = new Follower();
  /** @type {Size} */ #size;
  /** @type {import("../../vendor/three.js").PerspectiveCamera | null} null: to be set up */ #camera = null;
  /** @type {import("../../vendor/three.js").PerspectiveCamera | null} that the picture was drawn with */ #drawn = null;
  #stale = true;
  /** @type {number | null} */ #last_ms = null;
  /** In work, and next. @type {Wish | null} */ #wish = null;
  /** @type {Wish | null} */ #next = null;
  /** Programs that are kept although their materials are gone: compiling them again takes longer than a frame. @type {Set<object>} */
  #held = new Set();
  #shots = new Shots();
  #lost = false;
  #disposed = new AbortController();

  /**
   * @param {HTMLCanvasElement | OffscreenCanvas} canvas without a context; its width and height are set, not its CSS size
   * @param {{size?: Size, characters?: string | URL, antialias?: boolean}} [options] size: px; characters: folder with
   *   manifest.json and GLB files
   * @throws {StageError} with code `webgl` when the browser gives no WebGL2; RangeError on a bad size
   */
  constructor(canvas, { size = [960, 720], characters = CHARACTERS, antialias = true } = {}) {
    super();
    this.#size = checkedSize(size);
    this.#canvas = canvas;
    this.#cast = new Cast(characters);
    this.#renderer = createRenderer(canvas, { antialias, preserve: true });
    this.#renderer.setSize(...this.#size, false);
    const { light, room, seed } = this.#options;
    this.#stage = createScene(this.#renderer, { light, room, shadow_px: SHADOW_PX, seen_from_rad: "around" }, seed);
    const { signal } = this.#disposed;
    // three.js has its own listeners, which come first: it lets the context come back and sets itself up anew.
    canvas.addEventListener("webglcontextlost", () => this.#lose(), { signal });
    canvas.addEventListener("webglcontextrestored", () => this.#restore(), { signal });
  }

  /** What is shown, complete; a copy. @returns {ShowOptions} */
  get options() {
    const { equipment, options, absent, view } = this.#options;
    const copy = { equipment: [...equipment], options: { ...options }, absent: [...absent] };
    return { ...this.#options, ...copy, view: typeof view === "string" ? view : { ...view } };
  }

  /** Who is shown; null before the first `set`. @returns {Character | null} */
  get character() {
    return this.#company?.actors[0].character ?? null;
  }

  /**
   * Aids as `options.equipment` orders them, which a driver's placements count by; one that no hand can hold is among
   * them, but not in the picture. @returns {import("./equipment/assembly.js").Equipment[]}
   */
  get equipment() {
    return this.#company?.aids ?? [];
  }

  /** Time of the motion, s; grows on over its cycles. */
  get time_s() {
    return this.#time_s;
  }

  /** One cycle of the motion, s; 0 before the first `set`. */
  get duration_s() {
    return this.#company?.motion.duration_s ?? 0;
  }

  /** Whether the graphics device was taken away and has not come back. */
  get lost() {
    return this.#lost;
  }

  /** Objects that the graphics device holds for the show. @returns {{geometries: number, textures: number, programs: number}} */
  get memory() {
    const { memory, programs } = this.#renderer.info;
    return { geometries: memory.geometries, textures: memory.textures, programs: programs?.length ?? 0 };
  }

  /** Picture, px. @returns {Size} */
  get size() {
    return [...this.#size];
  }

  play() {
    this.playing = true;
  }

  pause() {
    this.playing = false;
  }

  /** Go to a time of the motion; seen with the next `render`. @param {number} time_s from 0 on */
  seek(time_s) {
    if (!(time_s >= 0 && time_s < Infinity)) throw new RangeError(`seek: expected seconds from 0 on, got ${time_s}`);
    this.#time_s = time_s;
    this.#stale = true;
  }

  /**
   * Change what is shown. What is not named stays; `wishes.js` says what follows what. Until all is there the old picture stays;
   * wishes that come meanwhile are fulfilled together, later ones over earlier ones.
   * @param {Partial<ShowOptions>} changes
   * @returns {Promise<void>} when it is drawn
   * @throws {RangeError} or TypeError when a wish cannot be; StageError when a character cannot be loaded, or the show was
   *   disposed of: what was shown stays
   */
  async set(changes) {
    this.#check();
    const wish = complete(this.#next?.wish ?? this.#wish?.wish ?? this.#options, changes);
    if (this.#next) {
      this.#next.changes.push(changes);
      this.#next.wish = wish;
      return this.#next.done.promise;
    }
    this.#next = { changes: [changes], wish, done: deferred() };
    const { promise } = this.#next.done;
    if (!this.#wish) void this.#work();
    return promise;
  }

  /** @throws {StageError} after `dispose` */
  #check() {
    if (this.#disposed.signal.aborted) throw new StageError("disposed", "the show was disposed of");
  }

  /** Fulfil wishes one after the other. */
  async #work() {
    while (this.#next) {
      const wish = this.#next;
      this.#wish = wish;
      this.#next = null;
      try {
        // Again, on what is shown now: the wish before may have failed.
        const named = wish.changes.some(({ view }) => view !== undefined);
        await this.#fulfil(wish.changes.reduce(complete, this.#options), named);
        wish.done.resolve();
      } catch (error) {
        wish.done.reject(error);
      }
    }
    this.#wish = null;
  }

  /** @param {ShowOptions} wish @param {boolean} named whether a view is wished for */
  async #fulfil(wish, named) {
    this.#check();
    const company = await this.#bring(wish);
    if (this.#disposed.signal.aborted) company?.dispose();
    this.#check();
    const before = this.#options;
    this.#prepare(company, wish);
    // The camera may have been moved meanwhile: that is newer than a wish for something else.
    this.#options = named ? wish : { ...wish, view: before.view };
    if (String(before.equipment) !== String(wish.equipment)) this.#moment = null;
    if (company) this.#enter(company, before.motion !== wish.motion);
    if (company || before.room !== wish.room) this.#lay();
    if (company) this.#pose();
    this.#camera = null;
    this.#draw();
    this.#hold();
    await this.#cast.tidy(new Set(this.#company?.actors.map(({ character }) => character)));
    this.dispatchEvent(new Event("change"));
  }

  /** @param {ShowOptions} wish @returns {Promise<Company | null>} null: it is on the stage already */
  async #bring(wish) {
    const { character, attendant, motion, equipment, options, seed, absent } = wish;
    const user = typeof character === "string" ? await this.#cast.get(character) : character;
    const helper = await this.#helper(wish);
    const now = this.#options;
    const cast = this.#company?.actors.map((actor) => actor.character) ?? [];
    const same = cast[0] === user && cast[1] === (helper ?? undefined) && Boolean(attendant) === Boolean(now.attendant);
    const what = JSON.stringify([motion, equipment, options, seed, absent]);
    const shown = JSON.stringify([now.motion, now.equipment, now.options, now.seed, now.absent]);
    return same && what === shown ? null : assemble(wish, user, helper);
  }

  /** @param {ShowOptions} wish @returns {Promise<Character | null>} who pushes */
  async #helper({ attendant, character, seed }) {
    if (!attendant) return null;
    if (attendant === character) throw new RangeError(`attendant: ${attendant} sits in the wheelchair`);
    if (typeof attendant === "string") return this.#cast.get(attendant);
    const names = await this.#cast.helpers(typeof character === "string" ? character : null);
    return this.#cast.get(createRandom(seed).fork("attendant").pick(names));
  }

  /** All that may fail, while what is shown can still stay. @param {Company | null} company @param {ShowOptions} wish */
  #prepare(company, wish) {
    const before = this.#options;
    const extent = this.#extent;
    try {
      company?.dress();
      if (company) this.#extent = this.#extentOf(company);
      this.#surround(before, wish);
    } catch (error) {
      company?.dispose();
      this.#extent = extent;
      this.#surround(wish, before);
      this.#company?.dress(); // the same people
      this.#pose();
      throw error;
    }
  }

  /** @param {Company} company @returns {Extent} with room for a driver's wishes */
  #extentOf(company) {
    const extent = company.extent();
    return this.#driver ? widened(extent, company.actors[0].character.stature_m) : extent;
  }

  /** Room and light, where they changed. @param {ShowOptions} before @param {ShowOptions} now */
  #surround({ light, room, seed }, now) {
    if (now.seed !== seed) this.#stage.random = createRandom(now.seed);
    if (now.room !== room || now.seed !== seed) this.#stage.setRoom(now.room);
    if (now.light !== light) this.#stage.setLight(now.light, middleOf(this.#extent));
  }

  /** A company comes on instead of the present one. @param {Company} company @param {boolean} again from the motion's beginning */
  #enter(company, again) {
    const stage = this.#stage;
    stage.clear();
    this.#company?.dispose();
    this.#company = company;
    for (const { character } of company.actors) stage.addPerson(character);
    for (const aid of company.equipment) stage.addEquipment(aid);
    if (company.chair) stage.scene.add(company.chair);
    stage.follow(/** @type {[number, number, number]} */ (middleOf(this.#extent)));
    if (again) this.#time_s = 0;
  }

  /** In the studio the floor is even: nothing tells whether it moves. */
  #lay() {
    this.#belt?.dispose();
    this.#belt = null;
    if (this.#options.room === "studio" || this.#driver || !this.#company?.motion.advance_m) return;
    this.#belt = new Belt(/** @type {Extent} */ (this.#extent));
    this.#stage.scene.add(this.#belt.object);
  }

  #pose() {
    if (!this.#company) return;
    if (this.#moment) return this.#company.take(this.#moment); // a driver may have nothing new to say for long
    this.#company.pose(this.#time_s);
    this.#belt?.move(this.#company.advanced_m);
  }

  /** Keep shaders of what was drawn. */
  #hold() {
    for (const program of this.#renderer.info.programs ?? []) {
      if (!this.#held.has(program)) program.usedTimes++;
      this.#held.add(program);
    }
  }

  /**
   * Go on in time if playing, and draw.
   * @param {number} now_ms as requestAnimationFrame gives it
   * @returns {boolean} false when nothing was drawn: nothing has changed, nobody is on the stage yet, or the device is lost
   */
  render(now_ms) {
    const step = Math.min(LONGEST_STEP, Math.max(0, (now_ms - (this.#last_ms ?? now_ms)) / 1000));
    this.#last_ms = now_ms;
    if (!this.#company || this.#lost || this.#disposed.signal.aborted) return false;
    if (this.#driver) {
      const moment = this.#driver(now_ms);
      if (moment) {
        this.#moment = moment;
        this.#company.take(moment);
        this.#camera ??= this.#lookAt();
        this.#follower.follow(this.#camera, moment.pose.hips, now_ms);
      }
      if (!moment && !this.#stale) return false;
    } else {
      if (this.playing) this.#time_s += step;
      const moves = this.playing && step > 0;
      if (!moves && !this.#stale) return false;
      this.#pose();
    }
    this.#draw();
    return true;
  }

  #draw() {
    if (!this.#company) return;
    this.#camera ??= this.#lookAt();
    this.#stage.draw(this.#camera);
    this.#drawn = this.#camera;
    this.#stale = false;
  }

  /** @returns {import("../../vendor/three.js").PerspectiveCamera} */
  #lookAt() {
    const { view: wish } = this.#options;
    const view = typeof wish === "string" ? VIEWS[wish] : wish;
    const extent = /** @type {Extent} */ (this.#extent);
    const zoom = typeof wish === "string" ? 1 : wish.zoom;
    const camera = frameCamera({ view, extent, size: this.#size, margin: MARGIN, zoom });
    if (this.#driver) this.#follower.place(camera);
    return camera;
  }

  /** Change the picture's size; draws it at once. @param {Size} size px @throws {RangeError} */
  resize(size) {
    const [width, height] = checkedSize(size);
    if (width === this.#size[0] && height === this.#size[1]) return;
    this.#size = [width, height];
    this.#renderer.setSize(width, height, false);
    this.#camera = null;
    this.#draw();
  }

  /**
   * Take the picture that was drawn last.
   * @param {{occlusion?: boolean}} [options] occlusion: also draw what hides what; without it what is inside the picture
   *   counts as visible
   * @returns {Promise<Capture>} picture and truth are of the moment of the call
   * @throws {StageError} with code `capture` when nothing is drawn yet, `lost` or `disposed`
   */
  async capture({ occlusion = true } = {}) {
    this.#check();
    if (this.#lost) throw new StageError("lost", "the graphics device was lost");
    if (!this.#drawn) throw new StageError("capture", "nothing is drawn yet: call set and wait for it");
    const of = { canvas: this.#canvas, stage: this.#stage, camera: this.#drawn, size: this.size };
    return this.#shots.take(of, { time_s: this.#time_s, occlusion });
  }

  /**
   * Let somebody else move the character and its aids; null: the motion goes on.
   * @param {Driver | null} driver asked at each `render`; poses and places are in the stage's frame
   */
  drive(driver) {
    this.#driver = driver;
    this.#moment = null;
    this.#follower = new Follower();
    this.#stale = true;
    if (!this.#company) return;
    if (!driver) this.#company.unseat();
    this.#extent = this.#extentOf(this.#company);
    this.#camera = null;
    this.#lay();
    this.#pose();
    this.#draw(); // so that picture and scene stay the same for whoever takes them
  }

  /**
   * Let an element's pointers, wheel and keys move the camera around the subject.
   * @param {HTMLElement} element @returns {() => void} detaches it
   */
  orbit(element) {
    return listen(element, (move) => {
      const { view } = this.#options;
      const start = typeof view === "string" ? VIEWS[view] : view;
      const named = typeof view === "string";
      this.#options = { ...this.#options, view: moved(start, move) };
      this.#camera = null;
      this.#stale = true;
      if (named) this.dispatchEvent(new Event("change"));
    });
  }

  #lose() {
    this.#lost = true;
    const error = new StageError("lost", "the graphics device was lost");
    this.#shots.fail(error);
    this.dispatchEvent(new CustomEvent("lost", { detail: error }));
  }

  #restore() {
    this.#lost = false;
    this.#held.clear(); // they went with the context
    releaseRenderer(this.#renderer, { free: false });
    this.#stage.setLight(this.#options.light, middleOf(this.#extent));
    this.#draw();
    this.#hold();
    this.dispatchEvent(new Event("restored"));
  }

  /** Free all that the show made; characters that came from elsewhere are left to their makers. */
  dispose() {
    if (this.#disposed.signal.aborted) return;
    this.#disposed.abort();
    const error = new StageError("disposed", "the show was disposed of");
    this.#shots.fail(error);
    this.#stage.dispose();
    this.#belt?.dispose();
    this.#company?.dispose();
    this.#company = null;
    this.#cast.dispose();
    releaseRenderer(this.#renderer);
    this.#renderer.dispose();
  }
}
