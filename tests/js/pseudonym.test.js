// The page refuses the pseudonyms that the server would refuse, and no others.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { PSEUDONYM_LENGTH, pseudonymProblem } from "../../static/js/pages/live/pseudonym.js";

const FAMILY = "\u{1F469}\u200D\u{1F469}\u200D\u{1F467}"; // one picture of five code points, two of them joiners

test("names of any script and pictures are fine", () => {
  for (const name of ["participant-4071", FAMILY, "山田\u3000太郎", "نمونه\u200cها", "a\u00a0b", "\u202eabc", "\ue000"]) {
    assert.equal(pseudonymProblem(name), "", JSON.stringify(name));
  }
});

test("what cannot be written on a line is refused", () => {
  for (const bad of ["\0", "\t", "\n", "\x7f", "\x85", "\u2028", "\u2029", "\ud83d", "\udc69"]) {
    assert.match(pseudonymProblem(`a${bad}b`), /control character/, JSON.stringify(bad));
  }
});

test("length counts code points, up to the server's column", async () => {
  const schema = await readFile(new URL("../../server/schema.py", import.meta.url), "utf8");
  assert.equal(Number(schema.match(/Column\("pseudonym", String\((\d+)\)/)?.[1]), PSEUDONYM_LENGTH);
  const picture = "\u{1F98A}"; // two UTF-16 units
  assert.equal(pseudonymProblem(picture.repeat(PSEUDONYM_LENGTH)), "");
  assert.match(pseudonymProblem(picture.repeat(PSEUDONYM_LENGTH + 1)), new RegExp(`these are ${PSEUDONYM_LENGTH + 1}`));
});
