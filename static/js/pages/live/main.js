/** The tracking page: who tells whom. What each part does is in its own module. */
import { cameraPossible } from "./camera.js";
import { Character, isCharacterFile, rememberUsed, usedCharacters } from "./character.js";
import { duration, modelName, plural } from "../common/format.js";
import { FramePump } from "./frames.js";
import { Link } from "../../link/link.js";
import * as messages from "../common/messages.js";
import { Metrics } from "./metrics.js";
import { Models, isOwn, recordedModel } from "./models.js";
import { CharacterMirror } from "./mirror.js";
import { drawPeople } from "./overlay.js";
import { holdRevision, keepForOffline } from "../common/offline.js";
import { preference, setPreference } from "../common/preferences.js";
import { RecordingControl } from "./recording-control.js";
import { Source } from "./source.js";
import { withoutLimbs } from "../../pose/limbs.js";
import { Tracking, storedOptions } from "./tracking.js";
import { showConnection } from "../common/connection.js";
import { input } from "../common/dom.js";
import { LimbsPanel } from "./limbs-panel.js";
import { showBackend, showFigures } from "./metrics-panel.js";
import { Notices } from "../common/notices.js";
import { RecordingPanel } from "./recording-panel.js";
import { SourcePanel } from "./source-panel.js";
import { Screen } from "./screen.js";
import { TrackingPanel } from "./tracking-panel.js";
import { Transport } from "./transport.js";

/** @typedef {import("../../tracker/tracker.js").Options} Options */
/** @typedef {import("../../tracker/tracker.js").Result} Result */
/** @typedef {import("../../tracker/tracker.js").Info} Info */
/** @typedef {import("../../link/link.js").State} LinkState */

/** How often live figures and the recording's clock are written, ms. */
const FIGURES_MS = 500;
const BADGES = { demo: "Drawn, not tracked", camera: "Camera", video: "Video", picture: "Picture", character: "Character" };

const pickFile = () => input("file").click();
const camera = (/** @type {string | undefined} */ id) => void useCamera(id);
const character = () => void stage.choose();
const view = new Screen({ camera: () => camera(undefined), pickFile, character, file: (file) => void useFile(file) });
view.show("demo", BADGES.demo);

const notices = new Notices();
const metrics = new Metrics();
/** @type {Result | null} */
let latest = null;
let hiddenSince = NaN;
/** A recording that begins with the second result from now, as two give a frame rate. since: of the first one, ms */
let awaited = { pseudonym: "", since: NaN, wanted: false };

const tracking = new Tracking(storedOptions(preference));
const pump = new FramePump({
  track: (frame, time) => tracking.track(frame, time),
  result: showResult,
  dropped: () => metrics.drop(),
  failed: () => metrics.drop(),
});
const source = new Source({
  video: view.video,
  picture: view.picture,
  offer: async (offer) => (tracking.ready && !document.hidden ? pump.offer(offer) : null),
});
const link = new Link({ token: document.querySelector("meta[name=poseable-token]")?.getAttribute("content") ?? "" });
const recording = new RecordingControl(link);

const transport = new Transport();
const sourcePanel = new SourcePanel({ camera, pickFile, character, off: useNothing, mirror }, transport);
const limbs = new LimbsPanel({ change: changeLimbs });
const stage = new Character({ source, notices, transport, limbs: limbs.limbs }, { pickFile, seam: jump, redraw });
const characterMirror = new CharacterMirror(notices, limbs.limbs);
const models = new Models();
const trackingPanel = new TrackingPanel(tracking.options, models, {
  change: (change) => void configure(change),
  look: lookForModels,
});
const recordingPanel = new RecordingPanel({
  record,
  pause: () => recording.toggle(),
  stop: () => void stopRecording(),
});

// Source

/** @param {string} [id]   of the device */
async function useCamera(id) {
  const again = { label: "Try again", run: () => camera(undefined) };
  const file = { label: "Open a file", run: pickFile };
  stage.cancel();
  notices.set("source", null);
  if (!cameraPossible()) return notices.set("source", messages.INSECURE, [file]);
  try {
    await source.camera(id);
  } catch (error) {
    notices.set("source", messages.cameraMessage(error), [again, file]);
  }
}

/** @param {File} file */
async function useFile(file) {
  if (isCharacterFile(file)) return stage.own(file);
  stage.cancel();
  notices.set("source", null);
  try {
    await source.open(file);
  } catch (error) {
    notices.set("source", messages.fileMessage(file.name, error), [{ label: "Choose another", run: pickFile }]);
  }
}

function useNothing() {
  stage.cancel();
  notices.set("source", null);
  source.demo();
}

/** @param {boolean} on */
function mirror(on) {
  setPreference("mirror", String(on));
  view.mirror(on);
  characterMirror.mirrored(on);
}

source.addEventListener("change", () => {
  const { kind, user } = source.shown;
  if (recording.state !== "idle") void stopRecording();
  forgetResults();
  view.show(kind, BADGES[kind]);
  const mirrored = kind === "camera" && preference("mirror", String(user)) === "true";
  input("mirror").checked = mirrored;
  view.mirror(mirrored);
  void sourcePanel.show(source.shown);
  stage.sourceChanged();
  characterMirror.sourceChanged(kind, mirrored);
  if (kind !== "demo") void tracking.start();
  tellGraphics();
  showRecording();
});
source.addEventListener("seam", () => tracking.reset());
source.addEventListener("ended", () => {
  notices.set("source", messages.CAMERA_ENDED, [{ label: "Start camera", run: () => camera(undefined) }]);
});
navigator.mediaDevices?.addEventListener("devicechange", () => void sourcePanel.showCameras());

// Tracking

/** Something else is on the stage: the last result, and one that is on its way, are not of it. */
function jump() {
  pump.forget();
  tracking.reset();
  latest = null;
  redraw();
}

function forgetResults() {
  pump.forget();
  tracking.reset();
  stage.forget();
  metrics.reset();
  awaited.wanted = false;
  latest = null;
  view.draw(null);
  // At once: a number that stays for a moment would be the next source's.
  showFigures(metrics.figures(performance.now()), null);
}

/** @param {Result} result @param {number} captured   ms @param {import("./frames.js").SceneTruth | null} truth */
function showResult(result, captured, truth) {
  const now = performance.now();
  metrics.frame(now, now - captured);
  beginAwaited(now);
  const people = result.people.map((person) => withoutLimbs(person, limbs.limbs));
  latest = stage.judge({ ...result, people }, truth);
  recording.push(latest);
  characterMirror.update(latest);
  redraw();
}

function redraw() {
  if (latest === null) return view.draw(null);
  const { image_size, people } = latest;
  const plain = { image_size, paint: drawPeopleOf(people) };
  view.draw(stage.layer(latest) ?? plain);
}

/** @param {Result["people"]} people @returns {import("./screen.js").Layer["paint"]} */
function drawPeopleOf(people) {
  return (context, box, ratio) => drawPeople(context, people, box, ratio);
}

/** @param {string[]} absent   limbs that everybody in view is without */
function changeLimbs(absent) {
  stage.absent(absent);
  characterMirror.absent(absent);
  // At once, also where nothing moves: what was seen of them goes, and what is seen of them comes with the next result.
  if (latest !== null) latest = { ...latest, people: latest.people.map((person) => withoutLimbs(person, absent)) };
  redraw();
  source.again();
}

/** @param {Partial<Options>} change */
async function configure(change) {
  for (const [name, value] of Object.entries(change)) setPreference(name, String(value));
  notices.set("tracking", null);
  pump.forget();
  await tracking.configure(change);
  // After a failure there is no tracker: another choice is another try.
  if (source.shown.kind !== "demo") await tracking.start();
  source.again();
}

tracking.addEventListener("status", (event) => {
  trackingPanel.showStatus(/** @type {CustomEvent} */ (event).detail);
});
tracking.addEventListener("info", (event) => {
  const info = /** @type {CustomEvent<Info>} */ (event).detail;
  showBackend(info);
  trackingPanel.showInfo(info);
  tellGraphics();
  showRecording();
  source.again();
  if (models.isOutdated(info)) lookForModels(); // the list may be older than what was loaded
  else tellTaughtAgain();
  keepAll();
});
for (const one of [stage, characterMirror]) {
  one.addEventListener("used", (event) => {
    if (rememberUsed(/** @type {CustomEvent<string>} */ (event).detail)) keepAll();
  });
}

/** For times without the server: what tracks, and the characters that were shown here. */
function keepAll() {
  const { info } = tracking;
  if (info === null) return;
  const used = [info.detector, info.model];
  void keepForOffline(used.filter((name) => !isOwn(name)), models.ownFiles(used), usedCharacters());
}

/** What was taught meanwhile is offered without a reload. */
function lookForModels() {
  models.refresh().then(tellTaughtAgain, (error) => notices.set("tracking", messages.trackerMessage(error)));
}

models.addEventListener("change", () => {
  trackingPanel.showModels(tracking.options);
  notices.set("models", messages.ownModelsMessage(models.problems));
  keepAll();
});

/** The model that runs is an earlier teaching of what is there now. */
function tellTaughtAgain() {
  const { info } = tracking;
  if (info === null || recording.state !== "idle" || !models.isOutdated(info)) return notices.set("taught", null);
  const { model } = info;
  const message = messages.taughtAgainMessage(modelName(model));
  notices.set("taught", message, [{ label: "Use it", run: () => void configure({ model }) }]);
}

/** Said while something is tracked, until it was read once. */
function tellGraphics() {
  const { info } = tracking;
  const quiet = source.shown.kind === "demo" || preference("graphicsTold", "false") === "true";
  const message = quiet || info === null ? null : messages.graphicsMessage(info);
  notices.set("graphics", message, [], () => setPreference("graphicsTold", "true"));
}

tracking.addEventListener("replaced", (event) => {
  const reasons = /** @type {CustomEvent} */ (event).detail;
  trackingPanel.showOptions(tracking.options);
  notices.set("tracking", messages.replacedMessage(reasons, modelName(tracking.info?.model ?? "")));
});
tracking.addEventListener("refused", (event) => {
  const reason = messages.reasonOf(/** @type {CustomEvent} */ (event).detail);
  trackingPanel.showOptions(tracking.options);
  notices.set("tracking", {
    tone: "warning",
    title: "That choice does not work here",
    text: `${reason}. Tracking goes on as before.`,
  });
});
tracking.addEventListener("failed", (event) => {
  notices.set("tracking", null);
  const message = messages.trackerMessage(/** @type {CustomEvent} */ (event).detail);
  notices.set("tracking", message, [{ label: "Try again", run: () => void tracking.start() }]);
  showRecording();
});

// Recording

/** @param {string} pseudonym */
function record(pseudonym) {
  const { fps } = metrics.figures(performance.now());
  if (fps !== null) return begin(pseudonym, fps);
  awaited = { pseudonym, since: NaN, wanted: true };
  source.again();
}

/** @param {number} now   of a result, ms */
function beginAwaited(now) {
  if (!awaited.wanted) return;
  const { pseudonym, since } = awaited;
  if (now > since) {
    awaited.wanted = false;
    begin(pseudonym, 1000 / (now - since));
  } else if (Number.isNaN(since)) awaited.since = now;
}

/** @param {string} pseudonym @param {number} measured   frames per second */
function begin(pseudonym, measured) {
  const info = tracking.info;
  if (info === null) return;
  const { backend } = info;
  const model = recordedModel(info);
  const fps = Math.max(1, Math.round(measured));
  notices.set("recording", null);
  void recording.start({ pseudonym, model, backend, source: source.shown.kind, truth: stage.shown, fps });
  source.again();
}

async function stopRecording() {
  const length = duration(recording.seconds);
  notices.announce(`Recording of ${length} stopped`);
  await recording.stop();
}

function showRecording() {
  const { state, counts, failed } = recording;
  const kind = source.shown.kind;
  const { connection, earlier } = link.state;
  const online = connection === "online";
  recordingPanel.show({ state, source: kind !== "demo", tracking: tracking.ready, online, counts, earlier, failed });
  trackingPanel.lock(state !== "idle");
  stage.hold(state !== "idle");
  const words = { idle: "", recording: "Recording", paused: "Paused", stopping: "Saving" }[state];
  view.recording(words && `${words} ${duration(recording.seconds)}`, state);
}

recording.addEventListener("change", showRecording);
recording.addEventListener("failed", (event) => {
  const text = messages.reasonOf(/** @type {CustomEvent} */ (event).detail);
  notices.set("recording", { tone: "danger", title: "The recording is not complete", text });
});
link.addEventListener("state", (event) => {
  const { connection, reason, earlier, undelivered } = /** @type {CustomEvent<LinkState>} */ (event).detail;
  showConnection(connection, reason);
  if (undelivered.length > 0) notices.set("earlier", messages.undeliveredMessage(undelivered));
  const waiting = recording.counts.waiting + earlier;
  notices.set(
    "link",
    connection === "offline" ? messages.offlineMessage(recording.state === "recording", waiting) : null,
  );
});

// The page

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    hiddenSince = performance.now();
    source.hide();
    return;
  }
  source.seen();
  lookForModels();
  metrics.reset();
  if (source.shown.kind === "demo" || Number.isNaN(hiddenSince)) return;
  const gap = duration((performance.now() - hiddenSince) / 1000);
  const text = recording.state === "recording" ? "The recording has a gap there." : "It goes on now.";
  notices.set("hidden", null);
  notices.set("hidden", { tone: "info", title: `Tracking paused for ${gap} while this page was hidden`, text });
});

input("equipment").checked = preference("equipmentConsent", "false") === "true";
input("equipment").addEventListener("change", () =>
  setPreference("equipmentConsent", String(input("equipment").checked)),
);

/** Said once a number has lasted from one look to the next: a flicker is no news. */
const told = { seen: 0, said: 0 };
setInterval(() => {
  const people = latest && latest.people.length;
  showFigures(metrics.figures(performance.now()), people);
  stage.showFigures();
  if (people !== null && people === told.seen && people !== told.said) {
    notices.announce(`${plural(people, "person", "people")} in view`);
    told.said = people;
  }
  told.seen = people ?? 0;
  if (recording.state !== "idle") showRecording();
}, FIGURES_MS);

lookForModels();
showConnection(link.state.connection);
showRecording();
holdRevision();
document.documentElement.dataset.running = ""; // see check.js
// Made ready before it is needed, unless somebody pays for each byte: the first start of a camera then tracks at once.
const { connection } = /** @type {{connection?: {saveData?: boolean}}} */ (navigator);
if (!connection?.saveData) requestIdle(() => void tracking.start());

/** @param {() => void} run   when the page is painted and calm; Safari has no requestIdleCallback */
function requestIdle(run) {
  if ("requestIdleCallback" in window) requestIdleCallback(run, { timeout: 1500 });
  else setTimeout(run, 500);
}
