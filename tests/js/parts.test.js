import assert from "node:assert/strict";
import { test } from "node:test";
import { PartError, part, remedies } from "../../static/js/pages/common/parts.js";
import { StageError } from "../../static/js/stage/errors.js";

test("a part that loads is given as it is", async () => {
  assert.equal(await part(Promise.resolve(7)), 7);
});

test("one that does not load says so, and only the whole page once more helps", async () => {
  const error = await part(Promise.reject(new TypeError("Failed to fetch x.js"))).catch((reason) => reason);
  assert.ok(error instanceof PartError);
  assert.match(error.message, /did not load.*Failed to fetch x\.js/);
  assert.deepEqual(remedies(error, () => {}).map(({ label }) => label), ["Reload the page"]);
});

test("what fails otherwise may be tried again", () => {
  let tries = 0;
  const [{ label, run }] = remedies(new Error("busy"), () => (tries += 1));
  run();
  assert.deepEqual([label, tries], ["Try again", 1]);
});

test("without graphics nothing is offered: asking again gives none either", () => {
  assert.deepEqual(remedies(new StageError("webgl", "no WebGL2"), () => {}), []);
  assert.equal(remedies(new StageError("character", "it does not load"), () => {}).length, 1);
});
