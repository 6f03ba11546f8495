/** What is tracked: nothing (the drawn figure), a camera, a file, or a stage. Gives frames with their times. */
import { cameraOf, openCamera } from "./camera.js";
import { MediaClock, settled } from "./frames.js";

/** @typedef {import("./frames.js").Offer} Offer */
/** @typedef {import("./frames.js").Taken} Taken */
/** @typedef {import("../../tracker/tracker.js").Result} Result */
/** @typedef {"demo" | "camera" | "video" | "picture" | "character"} Kind */
/**
 * `name`: of the camera or file; `device`: the camera's id; `user`: the camera looks at its user.
 * @typedef {{kind: Kind, name: string, device?: string, user?: boolean}} Shown
 */

/**
 * Something on the page itself that gives frames, as the stage of a character does.
 * @typedef {object} Player
 * @property {(offer: (offer: Offer) => Promise<Result | null>) => void} start   offer frames from now on
 * @property {() => void} stop   give none any more, and let go of what was needed for them
 * @property {() => void} again   offer what stands still once more
 * @property {() => void} hide   the page is hidden @property {() => void} seen   and seen again
 */

/** A picture is tracked until it settles, but no more often than this: the filters need about ten passes. */
const PICTURE_PASSES = 40;
const PICTURE_STEP_S = 1 / 30;

/**
 * Events: `change` (another source, see `shown`), `seam` (the next frame does not follow from the last one),
 * `ended` (the camera went away; the drawn figure is shown).
 */
export class Source extends EventTarget {
  /** @type {Shown} */
  shown = { kind: "demo", name: "" };
  #video;
  #picture;
  #offer;
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {ImageBitmap | null} */
  #bitmap = null;
  /** @type {Player | null} */
  #player = null;
  #url = "";
  #clock = new MediaClock(0);
  /** Whether a video file waits for the page to be seen again. */
  #waits = false;
  /** Grows with each source and each restart, so that loops of earlier ones end. */
  #era = 0;
  /** Grows with each wish for a source, so that one that comes too late is not shown. */
  #wish = 0;

  /**
   * @param {object} parts
   * @param {HTMLVideoElement} parts.video
   * @param {HTMLCanvasElement} parts.picture
   * @param {(offer: Offer) => Promise<Result | null>} parts.offer
   */
  constructor({ video, picture, offer }) {
    super();
    this.#video = video;
    this.#picture = picture;
    this.#offer = offer;
    video.addEventListener("seeking", () => {
      this.#clock.cut();
      this.#emit("seam");
    });
  }

  /**
   * What is shown stays until the camera is there, and if it does not come; another camera ends.
   * @param {string} [id]   of the device; any without it
   * @throws {DOMException} as `getUserMedia` has them
   */
  async camera(id) {
    const wish = ++this.#wish;
    const before = this.#stream;
    // A device can be held by one stream only on some systems: let go of it before asking again.
    stop(before);
    try {
      const stream = await openCamera(id);
      if (wish !== this.#wish) return stop(stream);
      await this.#showCamera(stream);
    } catch (error) {
      // Whoever has chosen another source meanwhile does not ask why this one failed.
      if (wish === this.#wish) throw error;
    } finally {
      if (before !== null && this.#stream === before) this.#leave();
    }
  }

  /** @param {MediaStream} stream   taken over @throws {DOMException} if the browser does not play it */
  async #showCamera(stream) {
    this.#release();
    this.#stream = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => {
      if (this.#stream !== stream) return;
      this.#leave();
      this.#emit("ended");
    });
    this.#video.srcObject = stream;
    const { id: device, user } = cameraOf(stream);
    this.#show({ kind: "camera", name: track.label, device, user });
    this.#watch((now, metadata) => {
      const captured = metadata.captureTime ?? now;
      return { time: captured / 1000, captured };
    });
    try {
      await this.#video.play();
    } catch (error) {
      if (this.#stream === stream) this.#leave();
      throw error;
    }
  }

  /**
   * @param {File} file   a video or a picture
   * @throws {Error} if the browser cannot read it, and nobody has chosen another source meanwhile
   */
  async open(file) {
    const wish = ++this.#wish;
    const current = () => wish === this.#wish;
    try {
      if (file.type.startsWith("image/")) await this.#openPicture(file, current);
      else await this.#openVideo(file, current);
    } catch (error) {
      if (current()) throw error;
    }
  }

  /** @param {string} name @param {Player} player   taken over: stopped when another source takes its place */
  character(name, player) {
    this.cancel();
    this.#release();
    this.#player = player;
    this.#show({ kind: "character", name });
    player.start(this.#offer);
  }

  /** Back to the drawn figure. */
  demo() {
    this.cancel();
    this.#leave();
  }

  /** What is shown stays: a camera or a file that is on its way is not wanted any more. */
  cancel() {
    this.#wish += 1;
  }

  /** Track what is shown once more, as after a change of the model: matters for what stands still. */
  again() {
    this.#player?.again();
    if (this.shown.kind === "picture") this.#trackPicture();
    if (this.shown.kind === "video" && this.#video.paused) {
      // A seek to where it stands makes the browser present the frame again.
      this.#video.currentTime = this.#video.currentTime;
    }
  }

  /** The page is hidden: a video file waits, so that none of it goes by unseen. */
  hide() {
    this.#player?.hide();
    this.#waits = this.shown.kind === "video" && !this.#video.paused;
    if (this.#waits) this.#video.pause();
  }

  /** The page is seen again. */
  seen() {
    this.#player?.seen();
    if (this.#waits) void this.#video.play();
    this.#waits = false;
    // Its passes ended when the page was hidden.
    if (this.shown.kind === "picture") void this.#trackPicture();
  }

  /** @param {File} file @param {() => boolean} current   whether it is still wanted */
  async #openPicture(file, current) {
    const bitmap = await createImageBitmap(file);
    if (!current()) return bitmap.close();
    this.#release();
    this.#bitmap = bitmap;
    this.#picture.width = bitmap.width;
    this.#picture.height = bitmap.height;
    this.#picture.getContext("2d")?.drawImage(bitmap, 0, 0);
    this.#show({ kind: "picture", name: file.name });
    this.#trackPicture();
  }

  /** @param {File} file @param {() => boolean} current   whether it is still wanted */
  async #openVideo(file, current) {
    const url = URL.createObjectURL(file);
    try {
      await readable(url);
    } catch (error) {
      URL.revokeObjectURL(url);
      throw error;
    }
    if (!current()) return URL.revokeObjectURL(url);
    this.#release();
    this.#url = url;
    this.#clock = new MediaClock(performance.now() / 1000);
    this.#video.src = url;
    this.#video.loop = true;
    this.#show({ kind: "video", name: file.name });
    this.#watch((now, metadata) => {
      const { time, seam } = this.#clock.time(metadata.mediaTime);
      if (seam) this.#emit("seam");
      return { time, captured: now };
    });
    // It was read a moment ago: that it does not play can only mean that another source took its place.
    await this.#video.play().catch(() => {});
  }

  /** @param {(now: number, metadata: VideoFrameCallbackMetadata) => {time: number, captured: number}} timed */
  #watch(timed) {
    const era = this.#era;
    const step = (/** @type {number} */ now, /** @type {VideoFrameCallbackMetadata} */ metadata) => {
      if (era !== this.#era) return;
      this.#video.requestVideoFrameCallback(step);
      void this.#offer({ grab: () => grab(this.#video), ...timed(now, metadata) });
    };
    this.#video.requestVideoFrameCallback(step);
  }

  async #trackPicture() {
    const bitmap = this.#bitmap;
    if (bitmap === null) return;
    const era = ++this.#era;
    const start = performance.now() / 1000;
    let before = null;
    for (let pass = 0; pass < PICTURE_PASSES && era === this.#era; pass++) {
      const time = start + pass * PICTURE_STEP_S;
      const grab = async () => ({ frame: await createImageBitmap(bitmap) });
      const after = await this.#offer({ grab, time, captured: performance.now() });
      if (after === null || settled(before, after)) break;
      before = after;
    }
  }

  /** What is shown is gone: the drawn figure takes its place, until what was asked for comes. */
  #leave() {
    this.#release();
    this.#show({ kind: "demo", name: "" });
  }

  #release() {
    this.#era += 1;
    stop(this.#stream);
    this.#stream = null;
    this.#bitmap?.close();
    this.#bitmap = null;
    this.#player?.stop();
    this.#player = null;
    this.#video.pause();
    this.#video.srcObject = null;
    this.#video.removeAttribute("src");
    this.#video.load();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = "";
  }

  /** @param {Shown} shown */
  #show(shown) {
    this.shown = shown;
    this.#emit("change");
  }

  /** @param {string} name */
  #emit(name) {
    this.dispatchEvent(new Event(name));
  }
}

/** @param {MediaStream | null} stream   its device is free afterwards */
function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/**
 * The frame that the video shows. A `VideoFrame` costs nothing; where its size is not the shown one (some browsers
 * leave a phone's rotation to the element), or the browser has none, a bitmap is made.
 * @param {HTMLVideoElement} video
 * @returns {Promise<Taken>}
 */
async function grab(video) {
  if (typeof VideoFrame === "function") {
    const frame = new VideoFrame(video);
    if (frame.displayWidth === video.videoWidth && frame.displayHeight === video.videoHeight) return { frame };
    frame.close();
  }
  return { frame: await createImageBitmap(video) };
}

/** @param {string} url   of a video @returns {Promise<void>} rejects with a reason if it cannot be decoded */
function readable(url) {
  const probe = document.createElement("video");
  return new Promise((resolve, reject) => {
    probe.addEventListener(
      "loadeddata",
      () => (probe.videoWidth > 0 ? resolve() : reject(new Error("it has no picture"))),
      { once: true },
    );
    probe.addEventListener("error", () => reject(new Error(probe.error?.message || "unknown format")), { once: true });
    probe.preload = "auto";
    probe.muted = true;
    probe.src = url;
  });
}
