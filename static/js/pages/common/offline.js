/** Keeps the page for times without the server: registers the service worker and tells it what this version needs. */

const REVISION = document.documentElement.dataset.revision ?? "";

/** @returns {Promise<ServiceWorker | null>} null where browsers allow none: an insecure address, or switched off */
async function worker() {
  if (!("serviceWorker" in navigator) || REVISION === "") return null;
  try {
    await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
    return (await navigator.serviceWorker.ready).active;
  } catch {
    return null;
  }
}

/** Mark this page's revision as in use until the page goes, so that its files are not cleared away under it. */
export function holdRevision() {
  void navigator.locks?.request(`poseable-revision-${REVISION}`, { mode: "shared" }, () => new Promise(() => {}));
}

/**
 * Have everything kept that this page needs to work without the server.
 * @param {string[]} models   names of the shipped models to keep with it
 * @param {import("../live/models.js").OwnFiles} own   of the models that users taught
 * @param {string[]} [characters]   names of the characters to keep, and with them what shows any; none: neither
 * @returns {Promise<boolean>} whether all of it is kept now
 */
export async function keepForOffline(models, own, characters = []) {
  const active = await worker();
  if (active === null) return false;
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data.ok);
    active.postMessage({ type: "keep", revision: REVISION, models, own, characters }, [port2]);
  });
}
