// Runs in the page that training/render/studio.py serves: asks for shots, draws them, hands the pictures over.
// GET job/<worker> -> a job or null; POST picture/<worker>, failure/<worker>, ready/<worker>.

/**
 * @typedef {{shot: number, seed: string, size: [number, number], quality: number, times: number[], masks: boolean,
 *   stage: Record<string, unknown>}} Job
 */

/** A shot may be out of somebody's reach: then the next seed derived from its own is tried, this often. */
const TRIES = 8;
const worker = location.hash.slice(1);

/** @param {string} path @param {BodyInit} body */
async function post(path, body) {
  const answer = await fetch(`${path}/${worker}`, { method: "POST", body });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
}

/** @param {any} value @param {number} digits @returns {any} numbers rounded, typed arrays as lists; NaN becomes null */
function plain(value, digits = 4) {
  if (typeof value === "number") return Number.isFinite(value) ? Number(value.toFixed(digits)) : null;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(/** @type {any} */ (value), (v) => plain(v, digits));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner, digits)]));
}

/**
 * One message: length of the JSON (4 bytes, little endian), JSON, picture's length, picture, ids of the mask.
 * @param {object} facts @param {Blob} image @param {Uint8Array | null} ids
 */
async function message(facts, image, ids) {
  const text = new TextEncoder().encode(JSON.stringify(facts));
  const lengths = new Uint32Array([text.length, image.size]);
  return new Blob([lengths, text, image, .../** @type {any} */ (ids ? [ids] : [])]);
}

/** @param {ArrayBuffer} bytes @returns {boolean} whether it is a GLB of tools/characters */
function tellsLandmarks(bytes) {
  const view = new DataView(bytes);
  if (bytes.byteLength < 20 || view.getUint32(0, true) !== 0x46546c67) return false; // "glTF"
  const json = new Uint8Array(bytes, 20, Math.min(view.getUint32(12, true), bytes.byteLength - 20));
  try {
    return Boolean(JSON.parse(new TextDecoder().decode(json)).asset?.extras?.landmarks);
  } catch {
    return false; // the reader of other files says what is wrong
  }
}

async function main() {
  // tsc does not see these paths: they are served, not beside this file.
  const { Sampler } = await import(/** @type {any} */ ("./static/js/stage/render.js"));
  const { resolveRecipe } = await import(/** @type {any} */ ("./static/js/stage/recipe.js"));
  const { loadCharacter } = await import(/** @type {any} */ ("./static/js/stage/character.js"));
  const { openOwnCharacter } = await import(/** @type {any} */ ("./static/js/stage/own/index.js"));
  /** Landmarks without a bone of their own, by character. @type {Record<string, string[]>} */
  const estimated = {};

  /** The stage's files tell their landmarks; those from elsewhere are studied. @param {string} url */
  async function open(url) {
    const bytes = await (await fetch(url)).arrayBuffer();
    if (tellsLandmarks(bytes)) return loadCharacter(bytes);
    const character = await openOwnCharacter(bytes);
    estimated[decodeURIComponent(url.split("/").at(-1) ?? "").replace(/\.glb$/, "")] = character.estimated;
    return character;
  }

  const { environments } = await (await fetch("environments/manifest.json")).json();
  const addresses = Object.fromEntries(
    environments.map((/** @type {string} */ name) => [name, `environments/${encodeURIComponent(name)}.hdr`]),
  );
  const sampler = new Sampler({ characters: new URL("./characters/", location.href), environments: addresses, open });
  const gl = sampler.renderer.getContext();
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  await post("ready", info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : "unknown");
  const names = await sampler.names();

  /** @param {Job} job @param {number} attempt */
  async function draw(job, attempt) {
    const shot = resolveRecipe(job.stage, attempt === 0 ? job.seed : `${job.seed}/${attempt}`, names, environments);
    /** @type {{time_s?: number, extent?: object}} */
    let moment = {};
    for (const [frame, time] of job.times.entries()) {
      if (frame > 0) moment = { ...moment, time_s: /** @type {number} */ (moment.time_s) + time - job.times[frame - 1] };
      const sample = await sampler.render(shot, job.size, { type: "image/jpeg", quality: job.quality }, moment);
      moment = { time_s: sample.time_s, extent: sample.extent };
      const { mask, ...truth } = sample.truth;
      const regions = mask.regions();
      const people = truth.people.map((/** @type {object} */ person, /** @type {number} */ k) => ({
        ...person,
        pixels: regions.get(1 + k)?.pixels ?? 0,
      }));
      const facts = { number: job.shot, frame, attempt, shot, estimated, time_s: sample.time_s, truth: plain({ ...truth, people }) };
      await post("picture", await message(facts, sample.image, job.masks ? mask.ids() : null));
    }
  }

  for (;;) {
    /** @type {Job | null} */
    const job = await (await fetch(`job/${worker}`)).json();
    if (!job) return;
    for (let attempt = 0; ; attempt++) {
      try {
        await draw(job, attempt);
        break;
      } catch (error) {
        if (!(error instanceof RangeError) || attempt + 1 === TRIES) throw error;
      }
    }
  }
}

export {}; // a module of its own, for tsc

// Done, or nobody is there to draw for any more: the browser ends with its only page.
main()
  .catch((error) => post("failure", String(error?.stack ?? error)))
  .finally(() => globalThis.close());
