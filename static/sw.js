/*
 * Service worker: the pages work without the server once they were loaded.
 *
 * - /assets/<revision>/… never changes: from the cache, else from the network (and into the cache).
 * - /models/own/…?sha256=… never changes either; it is kept apart, so that a new version of the program keeps it.
 * - Pages, and the list of own models, come from the network; if that fails or takes too long, from the cache.
 * - Everything else (/api, /socket.io) is left alone.
 *
 * A page says `keep` when it runs. Then all that its revision needs is fetched, and only when the last file is there do
 * its pages replace the kept ones: what is kept is always one whole, consistent version. Assets of other revisions go
 * after that, unless a page of theirs is still open (each page holds a lock with its revision's name).
 */
"use strict";

const PAGES_CACHE = "poseable-pages";
const ASSETS_CACHE = "poseable-assets-";
const OWN_CACHE = "poseable-own-models";
const PAGES = ["/", "/sessions"];
const OWN = "/models/own/";
const OWN_MANIFEST = `${OWN}manifest.json`;
/** Folders of the assets that the pages cannot do without. */
const PROGRAM = ["css", "icons", "js", "spec", "vendor"];
/** What of the program only characters need: a megabyte that nobody fetches who shows none. */
const STAGE = ["js/stage/", "vendor/three"];
/** A page that the network has not begun to deliver by then is taken from the cache, ms. */
const PATIENCE_MS = 2500;
/** Files fetched at a time: enough to hide latency, few enough to leave room for the page's own requests. */
const PARALLEL = 4;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const revision = revisionOf(url);
  if (revision !== null) event.respondWith(unchanging(request, ASSETS_CACHE + revision));
  else if (isOwnFile(url)) event.respondWith(unchanging(request, OWN_CACHE));
  else if (isPage(request, url) || url.pathname === OWN_MANIFEST) event.respondWith(newest(request, url.pathname));
});

self.addEventListener("message", (event) => {
  const { type, revision, models, own, characters = [] } = event.data ?? {};
  if (type !== "keep") return;
  const answer = keep(revision, { models, own, characters }).then(
    (files) => ({ ok: true, files }),
    (error) => ({ ok: false, reason: String(error) }),
  );
  event.waitUntil(answer.then((message) => event.ports[0]?.postMessage(message)));
});

/** The revision in an asset's URL, or null. */
function revisionOf(url) {
  return url.pathname.match(/^\/assets\/([0-9a-f]+)\//)?.[1] ?? null;
}

function isPage(request, url) {
  return request.mode === "navigate" && PAGES.includes(url.pathname);
}

/** A file of somebody's own model, under an address that says what it holds. */
function isOwnFile(url) {
  return url.pathname.startsWith(OWN) && url.searchParams.has("sha256");
}

async function unchanging(request, name) {
  // A browser that gives no storage, or no more of it, still has the network.
  const cache = await caches.open(name).catch(() => null);
  const kept = await cache?.match(request.url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.status === 200) await cache?.put(request.url, response.clone()).catch(() => {});
  return response;
}

async function newest(request, path) {
  const cache = await caches.open(PAGES_CACHE).catch(() => null);
  const kept = await cache?.match(path);
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const response = await Promise.race([fetch(request).catch(() => null), late]);
  // A gateway that cannot reach the server counts as no server; other answers are the server's own.
  return response === null || [502, 503, 504].includes(response.status) ? kept : response;
}

/** Fetch all that a revision needs with these models and characters, then its pages; forget other revisions. */
async function keep(revision, used) {
  const base = `/assets/${revision}/`;
  const cache = await caches.open(ASSETS_CACHE + revision);
  const names = await (await wanted(cache, `${base}index.json`)).json();
  const needed = names.filter((name) => isNeeded(name, used));
  const queue = needed.map((name) => base + name);
  const work = async () => {
    for (let url = queue.pop(); url !== undefined; url = queue.pop()) await wanted(cache, url);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  await keepOwn(used.own ?? { files: [], known: null });
  await keepPages(revision);
  await forgetOthers(revision);
  return needed.length;
}

/** The program without what only people read; weights, characters and the stage as far as they are used here. */
function isNeeded(name, { models, characters }) {
  if (/\.(d\.ts|txt|md)$/.test(name)) return false;
  if (STAGE.some((start) => name.startsWith(start))) return characters.length > 0;
  const [folder, file] = name.split("/");
  // Of a model's folder, what tracks: not its reports, and not its forms for other programs.
  if (folder === "models") return file === "manifest.json" || (models.includes(file) && /(\/model\.json|\.bin)$/.test(name));
  if (folder === "characters") return kept(characters).includes(file);
  return PROGRAM.includes(folder);
}

/** Files of the characters' folder. */
function kept(characters) {
  return characters.length > 0 ? ["manifest.json", ...characters.map((name) => `${name}.glb`)] : [];
}

/** A file from the cache, else from the network and into the cache. */
async function wanted(cache, url) {
  const kept = await cache.match(url);
  if (kept) return kept;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  await cache.put(url, response.clone());
  return response;
}

/** The list of own models, and those that are used; what was taught again or is gone goes, if it is known what there is. */
async function keepOwn({ files, known }) {
  const manifest = await fetch(OWN_MANIFEST, { cache: "no-cache" });
  if (manifest.ok) await (await caches.open(PAGES_CACHE)).put(OWN_MANIFEST, manifest);
  if (files.length === 0 && !(await caches.has(OWN_CACHE))) return;
  const cache = await caches.open(OWN_CACHE);
  for (const url of files) await wanted(cache, url);
  if (known === null) return;
  for (const { url } of await cache.keys()) {
    if (!known.includes(url)) await cache.delete(url);
  }
}

async function keepPages(revision) {
  const responses = await Promise.all(PAGES.map((path) => fetch(path, { cache: "no-store" })));
  for (const response of responses) {
    const served = response.headers.get("Poseable-Revision");
    // The server has moved on meanwhile: the page of its version will say `keep` itself.
    if (!response.ok || response.redirected || served !== revision)
      throw new Error(`the page is of revision ${served}`);
  }
  const cache = await caches.open(PAGES_CACHE);
  for (const [i, path] of PAGES.entries()) await cache.put(path, responses[i]);
}

async function forgetOthers(revision) {
  const { held = [] } = await navigator.locks.query();
  const open = new Set(held.map(({ name }) => name));
  for (const name of await caches.keys()) {
    const other = name.startsWith(ASSETS_CACHE) ? name.slice(ASSETS_CACHE.length) : revision;
    if (other !== revision && !open.has(`poseable-revision-${other}`)) await caches.delete(name);
  }
}
