"""axe-core finds no violation: both pages, light and dark, phone and desktop, with what opens on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import actions
from tests.e2e.conftest import ROOT

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}"""

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}


def violations(page: Page) -> list[str]:
    """Run every rule of axe-core, best practices included; return what it finds, one line per rule."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN)
    return found


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def open_at(request: pytest.FixtureRequest, browser: Browser, scheme: str) -> Iterator[Callable[[str], Page]]:
    """A function that opens an address in a window of the fixture's size and colour scheme."""
    context = browser.new_context(viewport=request.param, color_scheme=scheme)  # type: ignore[arg-type]

    def open_at(url: str) -> Page:
        page = context.new_page()
        page.goto(url)
        return page

    yield open_at
    context.close()


def test_axe_finds_what_is_wrong(page: Page, base_url: str) -> None:
    """The net has no hole: a fault that is put in is found."""
    actions.open_page(page, base_url)
    page.evaluate("() => document.querySelector('label[for=pseudonym]').remove()")
    assert any("pseudonym" in line for line in violations(page))


def test_tracking_page(open_at: Callable[[str], Page], base_url: str) -> None:
    page = open_at(base_url)
    expect(page.locator("#model option")).not_to_have_count(0)
    assert violations(page) == []


def test_tracking_page_at_work(open_at: Callable[[str], Page], base_url: str) -> None:
    page = open_at(base_url)
    actions.start_camera(page)
    page.get_by_role("button", name="Record", exact=True).click()
    actions.wait_for_count(page, "saved", 3)
    expect(page.locator("#trials li").first).to_be_visible(timeout=actions.TRACKED_MS)
    assert violations(page) == []
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#recording-hint")).to_contain_text("Everything is saved")


def test_tracking_page_with_a_character(open_at: Callable[[str], Page], base_url: str) -> None:
    page = open_at(base_url)
    expect(page.locator("#model option")).not_to_have_count(0)
    actions.choose_character(page)
    page.get_by_role("button", name="Pause motion").click()
    actions.expect_tracked(page)
    page.locator("#limbs summary").click()
    page.locator("#comparison summary").click()
    assert violations(page) == []


def test_tracking_page_with_a_mirror(open_at: Callable[[str], Page], base_url: str) -> None:
    page = open_at(base_url)
    actions.start_camera(page)
    page.get_by_role("switch", name="Mirror with a character").press("Space")
    expect(page.locator("#mirror-card")).to_be_visible(timeout=actions.TRACKED_MS)
    assert violations(page) == []


def test_tracking_page_with_a_message(open_at: Callable[[str], Page], base_url: str) -> None:
    page = open_at(base_url)
    expect(page.locator("#model option")).not_to_have_count(0)
    actions.open_file(page, "broken", "image/png", b"no picture")
    expect(actions.notice(page, "cannot be shown")).to_be_visible()
    assert violations(page) == []


def test_sessions_page_empty(open_at: Callable[[str], Page], start_server: Callable[[], Any]) -> None:
    page = open_at(f"{start_server().url}/sessions")
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()
    assert violations(page) == []


def test_sessions_page_with_all_that_opens(open_at: Callable[[str], Page], base_url: str) -> None:
    page = open_at(base_url)
    actions.start_camera(page)
    actions.record(page, "ember-fox", 6)
    page.goto(f"{base_url}/sessions")
    expect(page.locator(".chart svg").first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Download ember-fox").first.click()
    expect(page.get_by_role("link", name="CSV, as recorded")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete ember-fox").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
