"""The cards of the comparison and of limbs that are not there, in the real page, without drawing a character."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import actions

NOTHING = "\N{EN DASH}"
# A character of 100 px torso without its left hand. The tracker is 8 px off everywhere, 30 px at the left wrist, takes
# nose and eyes for hidden, and misses every fourth frame.
COMPARED = """async () => {
  const modules = `/assets/${document.documentElement.dataset.revision}/js`;
  const { Comparison } = await import(`${modules}/pages/live/comparison.js`);
  const { ComparisonPanel } = await import(`${modules}/pages/live/comparison-panel.js`);
  const { withoutLimbs } = await import(`${modules}/pose/limbs.js`);
  const { NAMES, index } = await import(`${modules}/pose/landmarks.js`);
  const whole = { presence: new Float32Array(33).fill(1), visibility: new Float32Array(33).fill(1) };
  const landmarks = Float32Array.from({ length: 99 }, (_, k) => (k % 3 === 1 ? 100 : 0));
  NAMES.forEach((name, i) => /hip|knee|ankle|heel|foot/.test(name) && (landmarks[3 * i + 1] = 200));
  const world_landmarks = landmarks.map((value) => value / 200);
  const truth = withoutLimbs({ landmarks, world_landmarks, ...whole }, ["left_hand"]);
  const tracked = { ...truth, landmarks: landmarks.map((value, k) => value + (k % 3 === 0 ? 8 : 0)), world_landmarks };
  tracked.landmarks[3 * index("left_wrist")] = 30;
  tracked.visibility = truth.visibility.slice();
  for (const name of ["nose", "left_eye", "right_eye"]) tracked.visibility[index(name)] = 0.3;
  const comparison = new Comparison();
  for (let n = 0; n < 16; n += 1) comparison.add({ time: n / 2, people: n % 4 ? [tracked] : [], truth: [truth] });
  const root = document.getElementById("comparison");
  root.hidden = false;
  window.panel = new ComparisonPanel(root);
  window.panel.show(comparison.figures());
}"""


def compare(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    page.evaluate(COMPARED)


def test_figures_course_and_body(page: Page, base_url: str) -> None:
    compare(page, base_url)
    card = page.get_by_role("region", name="Compared with the character")
    # 29 of 30 joints in three of four frames.
    for name, text in (("pck_20", "73 %"), ("found", "75 %"), ("px", "8.7 px"), ("mm", "0 mm"), ("visibility", "90 %")):
        expect(card.locator(f'[data-figure="{name}"]')).to_have_text(text)
    expect(card).to_contain_text("PCK@0.2 has been between 0 and 97 %.")
    expect(card).to_contain_text("synthetic character")
    assert (card.locator("[data-plot] path.pck-20").get_attribute("d") or "").count("L") == 15
    levels = {"left_wrist": ("off", "30"), "left_pinky": ("unknown", NOTHING), "right_elbow": ("close", "8")}
    for joint, (level, number) in levels.items():
        part = card.locator(f'[data-joints~="{joint}"]')
        expect(part).to_have_attribute("data-level", level)
        expect(part.locator("text")).to_have_text(number)


def test_the_table_by_body_part_and_by_error(page: Page, base_url: str) -> None:
    compare(page, base_url)
    page.get_by_text("All joints").click()
    rows = page.locator("#comparison tr:visible:has(> td)")
    expect(rows).to_have_count(17)
    expect(rows.first).to_contain_text("nose")
    expect(page.get_by_role("rowheader", name="Hands")).to_be_visible()
    wrist = page.get_by_role("row", name="wrist")
    expect(wrist).to_contain_text("30 px")
    expect(wrist).to_contain_text("8.0 px")
    page.get_by_role("button", name="Largest first").click()
    expect(rows).to_have_count(17)
    expect(rows.first).to_contain_text("wrist")
    expect(page.get_by_role("rowheader", name="Hands")).to_be_hidden()
    page.get_by_role("button", name="By body part").click()
    expect(rows.first).to_contain_text("nose")


def test_nothing_compared_leaves_no_old_figure(page: Page, base_url: str) -> None:
    compare(page, base_url)
    page.get_by_text("All joints").click()
    page.evaluate("() => window.panel.show(null)")
    card = page.locator("#comparison")
    expect(card).to_contain_text("Nothing has been compared yet.")
    expect(card.locator('[data-figure="pck_20"]')).to_have_text(NOTHING)
    expect(card.locator("[data-plot] path.pck-20")).to_have_count(0)
    assert set(card.locator("td").all_inner_texts()) == {NOTHING}
    assert set(card.locator("[data-joints] text").all_text_contents()) == {NOTHING}


def test_a_marked_limb_holds_the_smaller_ones_and_is_kept(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    card = page.locator("#limbs")
    card.locator("summary").click()
    page.get_by_role("checkbox", name="Left Arm").check()
    expect(page.get_by_role("checkbox", name="Left Forearm and hand")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Right Arm")).not_to_be_checked()
    page.get_by_role("checkbox", name="Left Forearm and hand").uncheck()
    expect(page.locator("#limbs-chosen")).to_have_text("left hand")
    expect(card.locator('[data-limb="left_hand"]')).to_have_attribute("data-gone", "")
    page.reload()
    expect(page.get_by_role("checkbox", name="Left Hand")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Left Arm")).not_to_be_checked()


@pytest.mark.parametrize("stored", ["", "tail,,left_tail", '{"a":1}'])
def test_a_stored_choice_that_is_none_marks_nothing(page: Page, base_url: str, stored: str) -> None:
    page.add_init_script(f"localStorage.setItem('poseable.absentLimbs', {stored!r})")
    actions.open_page(page, base_url)
    expect(page.locator("#limbs-chosen")).to_have_text("none marked")
    expect(page.locator("#limbs details")).not_to_have_attribute("open", "")
