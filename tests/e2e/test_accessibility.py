"""axe-core finds no violation: both pages, light and dark, phone and desktop, with what opens on them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, Literal

from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e import actions
from tests.e2e.conftest import ROOT

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}"""

SIZES: dict[str, ViewportSize] = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 800}}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SETTLED = """async () => {
  const changing = () => document.getAnimations().filter((one) => one instanceof CSSTransition);
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  await Promise.allSettled(changing().map(({ finished }) => finished));
}"""

# Too little contrast in one of the views alone; through the style sheet, as the page's policy refuses a style element.
FAINT = "@media (width < 600px) { :root[data-scheme=dark] h2 { color: #222 !important; } }"


def violations(page: Page) -> list[str]:
    """Run every rule of axe-core, best practices included; return what it finds, one line per rule."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN)
    return found


def everywhere(page: Page) -> dict[str, list[str]]:
    """Return what axe-core finds in each size of window and each colour scheme, the ones without a finding left out.

    The page stays the same one, as it does when a phone is turned or night falls.
    """
    found = {}
    for (size, viewport), scheme in product(SIZES.items(), SCHEMES):
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-scheme", scheme)
        page.evaluate(SETTLED)  # colours on the way from one scheme to the other are in neither
        found[f"{size}, {scheme}"] = violations(page)
    return {view: lines for view, lines in found.items() if lines}


def test_axe_finds_what_is_wrong(page: Page, base_url: str) -> None:
    """The net has no hole: a fault that is put in is found, in each size and scheme."""
    actions.open_page(page, base_url)
    page.evaluate("() => document.querySelector('label[for=pseudonym]').remove()")
    page.evaluate("(rule) => document.styleSheets[0].insertRule(rule)", FAINT)
    found = everywhere(page)
    assert len(found) == len(SIZES) * len(SCHEMES)
    assert all(any("pseudonym" in line for line in lines) for lines in found.values())
    contrast = [view for view, lines in found.items() if any(line.startswith("color-contrast") for line in lines)]
    assert contrast == ["phone, dark"]


def test_tracking_page(page: Page, base_url: str) -> None:
    page.goto(base_url)
    expect(page.locator("#model option")).not_to_have_count(0)
    assert everywhere(page) == {}


def test_tracking_page_at_work(page: Page, base_url: str) -> None:
    page.goto(base_url)
    actions.start_camera(page)
    page.get_by_role("button", name="Record", exact=True).click()
    actions.wait_for_count(page, "saved", 3)
    expect(page.locator("#trials li").first).to_be_visible(timeout=actions.TRACKED_MS)
    assert everywhere(page) == {}
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#recording-hint")).to_contain_text("Everything is saved")


def test_tracking_page_with_a_character(page: Page, base_url: str) -> None:
    page.goto(base_url)
    expect(page.locator("#model option")).not_to_have_count(0)
    actions.choose_character(page)
    page.get_by_role("button", name="Pause motion").click()
    actions.expect_tracked(page)
    page.locator("#limbs summary").click()
    page.locator("#comparison summary").click()
    assert everywhere(page) == {}


def test_tracking_page_with_a_mirror(page: Page, base_url: str) -> None:
    page.goto(base_url)
    actions.start_camera(page)
    page.get_by_role("switch", name="Mirror with a character").press("Space")
    expect(page.locator("#mirror-card")).to_be_visible(timeout=actions.TRACKED_MS)
    assert everywhere(page) == {}


def test_tracking_page_with_a_message(page: Page, base_url: str) -> None:
    page.goto(base_url)
    expect(page.locator("#model option")).not_to_have_count(0)
    actions.open_file(page, "broken", "image/png", b"no picture")
    expect(actions.notice(page, "cannot be shown")).to_be_visible()
    assert everywhere(page) == {}


def test_sessions_page_empty(page: Page, start_server: Callable[[], Any]) -> None:
    page.goto(f"{start_server().url}/sessions")
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()
    assert everywhere(page) == {}


def test_sessions_page_with_all_that_opens(page: Page, base_url: str) -> None:
    page.goto(base_url)
    actions.start_camera(page)
    actions.record(page, "ember-fox", 6)
    page.goto(f"{base_url}/sessions")
    expect(page.locator(".chart svg").first).to_be_visible()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Download ember-fox").first.click()
    expect(page.get_by_role("link", name="CSV, as recorded")).to_be_visible()
    assert everywhere(page) == {}
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete ember-fox").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
