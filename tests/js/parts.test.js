import assert from "node:assert/strict";
import { test } from "node:test";
import { PartError, part, remedy } from "../../static/js/pages/common/parts.js";

test("a part that loads is given as it is", async () => {
  assert.equal(await part(Promise.resolve(7)), 7);
});

test("one that does not load says so, and only the whole page once more helps", async () => {
  const error = await part(Promise.reject(new TypeError("Failed to fetch x.js"))).catch((reason) => reason);
  assert.ok(error instanceof PartError);
  assert.match(error.message, /did not load.*Failed to fetch x\.js/);
  assert.equal(remedy(error, () => {}).label, "Reload the page");
});

test("what fails otherwise may be tried again", () => {
  let tries = 0;
  const { label, run } = remedy(new Error("busy"), () => (tries += 1));
  run();
  assert.deepEqual([label, tries], ["Try again", 1]);
});
