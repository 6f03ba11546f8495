/** The sessions page: list, chart, download, re-score, delete. */
import { plural } from "../common/format.js";
import { Link } from "../../link/link.js";
import { offlineMessage, undeliveredMessage } from "../common/messages.js";
import { holdRevision } from "../common/offline.js";
import { showConnection } from "../common/connection.js";
import { box, button, element, setText } from "../common/dom.js";
import { Notices } from "../common/notices.js";
import { compareSession, deleteSession, listSessions, previewSession, rescoreSession } from "./api.js";
import { sessionChart } from "./chart.js";
import { Row } from "./row.js";

/** @typedef {import("../../link/link.js").State} LinkState */
/** @typedef {import("../../link/link.js").Job} Job */

const PAGE = 25;
/** More points than this are not told apart on a screen. */
const CHART_POINTS = 300;

const notices = new Notices();
const table = element("sessions", HTMLTableElement);
const dialog = element("delete-dialog", HTMLDialogElement);
/** @type {Map<string, Row>} by id, in the order of the list */
const rows = new Map();
let total = 0;

/** Fetch what is listed already (at least one page) anew, or one page more. @param {"again" | "more"} what */
async function load(what) {
  const offset = what === "more" ? rows.size : 0;
  const limit = what === "more" ? PAGE : Math.max(PAGE, rows.size);
  try {
    const found = await listSessions(limit, offset);
    total = found.total;
    if (what === "again") clear();
    for (const session of found.sessions) add(new Row(session, { chart: toggleChart, rescore, remove }));
    notices.set("list", null);
    show();
  } catch (error) {
    fail("list", "The sessions cannot be listed", error, () => void load(what));
  }
}

/** @param {Row} row */
function add(row) {
  // A session that came while we looked at an earlier page moves the others: never list one twice.
  if (rows.has(row.session.id)) return;
  rows.set(row.session.id, row);
  table.append(row.body);
}

function clear() {
  for (const row of rows.values()) row.body.remove();
  rows.clear();
}

function show() {
  table.hidden = rows.size === 0;
  box("empty").hidden = rows.size > 0;
  button("more").hidden = rows.size >= total;
  setText(box("count"), rows.size > 0 ? `${plural(total, "session", "sessions")}, ${rows.size} shown.` : "");
  box("loading").hidden = true;
}

/** @param {Row} row */
async function toggleChart(row) {
  row.showChart(!row.open);
  if (!row.open || row.chartCell.childElementCount > 0) return;
  row.chartCell.replaceChildren("Loading…");
  try {
    const { id, truth } = row.session;
    const compared = truth ? compareSession(id) : null; // while the other one is on its way
    const [preview, comparison] = await Promise.all([previewSession(id, pointsOf(row)), compared]);
    row.chartCell.replaceChildren(sessionChart(preview, comparison));
  } catch (error) {
    row.chartCell.replaceChildren();
    row.showChart(false);
    fail("chart", `The chart of ${row.session.pseudonym} cannot be drawn`, error, () => void toggleChart(row));
  }
}

/** @param {Row} row @returns {number} of its chart: about two frames to each, so that few are left empty */
function pointsOf({ session: { frames, people } }) {
  return Math.round(Math.min(CHART_POINTS, Math.max(10, frames / Math.max(1, people) / 2)));
}

/** @param {Row} row */
async function rescore(row) {
  try {
    await rescoreSession(row.session.id);
    if (row.session.rescore === null || !isBusy(row)) row.showRescore({ state: "queued", progress: 0 });
    notices.announce(`${row.session.pseudonym} waits to be re-scored`);
  } catch (error) {
    fail("rescore", `${row.session.pseudonym} cannot be re-scored`, error, () => void rescore(row));
  }
}

/** @param {Row} row @returns {boolean} whether a job of this session is under way: its news may outrun the answer */
const isBusy = ({ session }) => session.rescore?.state === "queued" || session.rescore?.state === "running";

/** @param {Row} row */
function remove(row) {
  const { pseudonym, frames } = row.session;
  setText(
    box("delete-text"),
    `“${pseudonym}” with ${plural(frames, "frame", "frames")} is removed from the server for good.`,
  );
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "delete" && void removeNow(row), { once: true });
  dialog.showModal();
}

/** @param {Row} row */
async function removeNow(row) {
  try {
    await deleteSession(row.session.id);
  } catch (error) {
    return fail("delete", `${row.session.pseudonym} was not deleted`, error, () => void removeNow(row));
  }
  const order = [...rows.values()];
  const next = order[order.indexOf(row) + 1] ?? order[order.indexOf(row) - 1];
  rows.delete(row.session.id);
  row.body.remove();
  total -= 1;
  show();
  if (next) next.focus();
  else box("title").focus();
  notices.announce(`${row.session.pseudonym} deleted`);
}

/** @param {string} subject @param {string} title @param {unknown} error @param {() => void} again */
function fail(subject, title, error, again) {
  const text = error instanceof Error ? error.message : String(error);
  notices.set(subject, null);
  notices.set(subject, { tone: "danger", title, text }, [{ label: "Try again", run: again }]);
  box("loading").hidden = true;
}

const link = new Link({ token: document.querySelector("meta[name=poseable-token]")?.getAttribute("content") ?? "" });
let state = link.state;
link.addEventListener("state", (event) => {
  const before = state;
  state = /** @type {CustomEvent<LinkState>} */ (event).detail;
  showConnection(state.connection, state.reason);
  if (state.undelivered.length > 0) notices.set("earlier", undeliveredMessage(state.undelivered));
  notices.set("link", state.connection === "offline" ? offlineMessage(false, state.earlier) : null);
  // What waited on this device has arrived, or the server is back: the list is another one now.
  const arrived = state.earlier < before.earlier;
  const back = state.connection === "online" && before.connection === "offline";
  if (arrived || back) void load("again");
});
link.addEventListener("job", (event) => {
  const { session, state: jobState, progress, reason } = /** @type {CustomEvent<Job>} */ (event).detail;
  const row = rows.get(session);
  row?.showRescore({ state: jobState, progress, reason });
  if (row && (jobState === "done" || jobState === "failed"))
    notices.announce(`${row.session.pseudonym}: re-scoring ${jobState}`);
});

button("more").addEventListener("click", () => void load("more"));
button("refresh").addEventListener("click", () => void load("again"));
button("delete-cancel").addEventListener("click", () => dialog.close());
showConnection(link.state.connection);
holdRevision();
document.documentElement.dataset.running = ""; // see check.js
void load("again").then(() => {
  const [newest] = rows.values();
  if (newest) void toggleChart(newest);
});
