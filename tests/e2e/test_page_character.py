"""The character on the page: chosen, tracked like a camera's picture, and compared with its own joints.

Software graphics draw a few frames a second: windows are small, and what is chosen is what is quick to draw.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.e2e import actions
from tests.e2e.conftest import ROOT, Server

STAGE = re.compile(r"/js/stage/|/vendor/three|/characters/")
PCK_LEAST = 0.9
"""PCK@0.2 of somebody who stands before the camera, with the stock full network: 0.95 and more over longer times."""
ERROR_MOST_MM = 120
"""Mean distance in space then: the network's figures for people in the street are about 60 to 80 mm."""
LOOK = "canvas => canvas.toDataURL()"
SAME_SHARE = 0.05
"""A view drawn anew differs by less than this share of the difference between two views: pixels of edges, shadows."""
STANDING = {"aid": "none", "motion": "standing"}


@pytest.fixture
def page(page: Page) -> Page:
    page.set_viewport_size({"width": 480, "height": 640})
    return page


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page's console reports as errors."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def figure(page: Page, name: str) -> float:
    """Wait for a figure of the comparison and return it: a share, px or mm."""
    shown = page.locator(f"#comparison [data-figure={name}]")
    expect(shown).to_have_text(re.compile(r"\d"), timeout=actions.TRACKED_MS)
    number, unit = shown.inner_text().split()
    return float(number) / (100 if unit == "%" else 1)


def canvas(page: Page) -> Locator:
    """Return the character's canvas, as the page has it now."""
    return page.locator("#character")


def card(page: Page) -> Locator:
    """Return the card on which the character is chosen."""
    return page.get_by_role("region", name="Character", exact=True)


def pause(page: Page) -> None:
    """Let the motion stand still, and wait until its last frame is drawn and tracked."""
    page.get_by_role("button", name="Pause motion").click()
    expect(page.get_by_role("button", name="Play motion")).to_be_visible()
    settle(page)


def settle(page: Page) -> None:
    """Wait until the picture and what is drawn over it stay the same."""
    before = None
    for _ in range(100):
        now = (canvas(page).evaluate(LOOK), page.locator("#overlay").evaluate(LOOK))
        if now == before:
            return
        before = now
        page.wait_for_timeout(700)
    raise AssertionError("the picture does not come to rest")


def test_nothing_of_the_stage_is_fetched_before_somebody_asks_for_it(page: Page, base_url: str) -> None:
    asked: list[str] = []

    def watch(request: Request) -> None:
        if STAGE.search(request.url):
            asked.append(request.url)

    page.context.on("request", watch)
    actions.open_page(page, base_url)
    actions.open_picture(page)
    kept = """async () => {
      const pages = await caches.open("poseable-pages");
      if (!(await pages.match("/sessions"))) return null;
      const names = (await caches.keys()).filter((name) => name.startsWith("poseable-assets-"));
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return requests.flat().map(({ url }) => url);
    }"""
    for _ in range(240):
        if (urls := page.evaluate(kept)) is not None:
            break
        page.wait_for_timeout(250)
    assert len(urls) > 20, "nothing is kept for times without the server"
    assert [url for url in [*asked, *urls] if STAGE.search(url)] == []
    actions.choose_character(page, **STANDING)
    assert any("/vendor/three" in url for url in asked), "the watch sees nothing"


def test_character_is_tracked_and_compared_with_its_own_joints(page: Page, base_url: str, errors: list[str]) -> None:
    actions.open_page(page, base_url)
    actions.choose_character(page, character="alder", **STANDING)
    actions.expect_tracked(page)
    expect(page.locator("#source-badge")).to_have_text("Character")
    expect(canvas(page)).to_have_attribute("aria-label", "Alder, no aid: standing")
    page.wait_for_timeout(5000)
    assert figure(page, "found") > PCK_LEAST
    assert PCK_LEAST < figure(page, "pck_20") <= 1
    assert 0 < figure(page, "mm") < ERROR_MOST_MM
    tall = canvas(page).evaluate("canvas => canvas.height")
    assert 0 < figure(page, "px") < tall / 25, "the errors are of another scale than the picture"
    assert errors == []


def test_tracked_and_true_joints_can_be_hidden(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.choose_character(page, **STANDING)
    actions.expect_tracked(page)
    pause(page)
    tracked, rig = page.get_by_role("switch", name="Tracked joints"), page.get_by_role("switch", name="Rig joints")
    both = actions.drawn(page)
    tracked.click()
    alone = actions.drawn(page)
    assert 0 < alone < both
    rig.click()
    assert actions.drawn(page) == 0
    page.reload()
    actions.choose_character(page, **STANDING)
    expect(rig).not_to_be_checked()


def test_motion_pauses_and_is_sought(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.choose_character(page, aid="none", motion="walking")
    pause(page)
    before = canvas(page).evaluate(LOOK)
    seek = page.get_by_role("slider", name="Position in the motion")
    last = float(seek.get_attribute("max") or 0)
    assert last > 0.5
    at = (float(seek.input_value()) + last / 2) % last
    seek.fill(f"{at:.2f}")
    settle(page)
    assert canvas(page).evaluate(LOOK) != before, "another moment looks like this one"
    assert float(seek.input_value()) == pytest.approx(at, abs=0.02)
    expect(seek).to_have_attribute("aria-valuetext", re.compile(rf"^{at:.1f} s / "))
    page.get_by_role("button", name="Play motion").click()
    expect(page.get_by_role("button", name="Pause motion")).to_be_visible()
    page.wait_for_function("before => document.querySelector('#seek').value !== before", arg=seek.input_value())


def test_aid_and_motion_are_changed_and_remembered(page: Page, base_url: str, errors: list[str]) -> None:
    actions.open_page(page, base_url)
    actions.choose_character(page)
    aid, motion = card(page).get_by_label("Aid", exact=True), card(page).get_by_label("Motion", exact=True)
    expect(aid).to_have_value("manual_wheelchair")
    expect(card(page).get_by_label("Stroke", exact=True)).to_be_visible()
    motion.select_option("wheelchair_pushed")
    pushes = page.get_by_role("switch", name="Somebody pushes")
    expect(pushes).to_be_checked()
    aid.select_option("cane")
    expect(motion).to_have_value("cane_walk")
    expect(pushes).to_be_hidden()
    card(page).get_by_label("Weaker side", exact=True).select_option("right")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("walking stick: with a cane"))
    expect(page.locator("#screen")).not_to_have_attribute("data-busy", "", timeout=actions.TRACKED_MS)
    page.reload()
    page.get_by_role("button", name="Try a character").click()
    expect(card(page).get_by_label("Weaker side", exact=True)).to_have_value("right", timeout=actions.TRACKED_MS)
    assert errors == []


@pytest.fixture
def direct(browser: Browser) -> Iterator[Page]:
    """A page without a service worker: what a test keeps from it, it does not get from there either."""
    context = browser.new_context(viewport={"width": 480, "height": 640}, service_workers="block")
    yield context.new_page()
    context.close()


def test_a_person_who_cannot_be_loaded_leaves_the_one_on_the_stage(direct: Page, base_url: str) -> None:
    page = direct
    page.route("**/characters/cedar.glb", lambda route: route.abort())
    actions.open_page(page, base_url)
    actions.choose_character(page, character="alder", **STANDING)
    pause(page)
    before = canvas(page).evaluate(LOOK)
    card(page).get_by_label("Person", exact=True).select_option("cedar")
    expect(actions.notice(page, "does not work on the stage.*stays")).to_be_visible()
    expect(card(page).get_by_label("Person", exact=True)).to_have_value("alder")
    settle(page)
    assert canvas(page).evaluate(LOOK) == before


def test_a_stage_that_cannot_be_loaded_says_so_and_comes_with_the_page_once_more(direct: Page, base_url: str) -> None:
    page = direct
    page.route("**/vendor/three.js", lambda route: route.abort())
    actions.open_page(page, base_url)
    page.get_by_role("button", name="Try a character").click()
    message = actions.notice(page, "The character cannot be shown")
    expect(message).to_be_visible()
    expect(page.get_by_role("heading", name="See every body move")).to_be_visible()
    expect(page.locator("#character-loading")).to_be_hidden()
    page.unroute("**/vendor/three.js")
    message.get_by_role("button", name="Reload the page").click()
    page.get_by_role("button", name="Try a character").click()
    expect(page.locator("#screen")).to_have_attribute("data-kind", "character", timeout=actions.TRACKED_MS)


def test_keys_go_around_the_character(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.choose_character(page, **STANDING)
    pause(page)
    settle(page)  # the frame in flight comes after the pause
    front = canvas(page).evaluate(LOOK)
    canvas(page).focus()
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
    view = card(page).get_by_label("View", exact=True)
    expect(view).to_have_value("")
    settle(page)
    side = canvas(page).evaluate(LOOK)
    assert side != front
    card(page).get_by_label("Light", exact=True).select_option("evening")
    expect(view).to_have_value("")  # whoever has turned the camera keeps it where it is
    card(page).get_by_label("Light", exact=True).select_option("studio")
    settle(page)
    assert _difference(canvas(page).evaluate(LOOK), side) < SAME_SHARE * _difference(front, side)
    view.select_option("front")
    settle(page)
    assert _difference(canvas(page).evaluate(LOOK), front) < SAME_SHARE * _difference(front, side)


def _difference(one: str, other: str) -> float:
    """Mean difference of two pictures given as data URLs, levels of 255."""
    pictures = [Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB") for url in (one, other)]
    return float(np.mean(ImageStat.Stat(ImageChops.difference(*pictures)).mean))


def test_reduced_motion_begins_with_a_character_that_stands_still(page: Page, base_url: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    actions.open_page(page, base_url)
    actions.choose_character(page, aid="none", motion="walking")
    expect(page.get_by_role("button", name="Play motion")).to_be_visible()
    actions.expect_tracked(page)
    settle(page)


def test_a_limb_that_is_not_there_is_left_out_everywhere(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.choose_character(page, **STANDING)
    actions.expect_tracked(page)
    pause(page)
    with_it = canvas(page).evaluate(LOOK)
    page.locator("#limbs summary").click()
    page.get_by_role("checkbox", name="Left Arm", exact=True).check()
    settle(page)
    assert canvas(page).evaluate(LOOK) != with_it, "the character keeps its arm"
    page.locator("#comparison summary").click()
    row = page.locator("#comparison table").get_by_role("row").filter(has_text=re.compile("^wrist", re.IGNORECASE))
    left, right = row.locator("td").nth(0), row.locator("td").nth(1)
    expect(left).to_contain_text("\N{EN DASH}", timeout=actions.TRACKED_MS)
    expect(right).to_contain_text(re.compile(r"\d"), timeout=actions.TRACKED_MS)


def test_each_show_frees_what_the_last_one_had(page: Page, base_url: str, errors: list[str]) -> None:
    actions.open_page(page, base_url)
    for _ in range(2):
        actions.choose_character(page, **STANDING)
        page.evaluate("() => { globalThis.last = document.querySelector('#character'); }")
        page.get_by_role("button", name="Close the character").click()
        expect(page.get_by_role("heading", name="See every body move")).to_be_visible()
        assert page.locator("#comparison").is_hidden()
        assert page.evaluate("() => globalThis.last.getContext('webgl2').isContextLost()"), "its graphics are kept"
    assert actions.drawn(page) == 0
    assert errors == []


@pytest.mark.serial
def test_hidden_page_stops_the_motion_and_goes_on_without_a_jump(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.choose_character(page, **STANDING)
    turn = """hidden => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(turn, True)
    expect(page.get_by_role("button", name="Play motion")).to_be_visible()
    before = float(page.locator("#seek").input_value())
    page.wait_for_timeout(1500)
    page.evaluate(turn, False)
    expect(page.get_by_role("button", name="Pause motion")).to_be_visible()
    page.wait_for_timeout(300)
    after = float(page.locator("#seek").input_value())
    assert after - before < 1.4, "the time while it was hidden was made up for"


def test_recording_holds_the_truth_beside_what_was_tracked(page: Page, start_server: Callable[[], Server]) -> None:
    server = start_server()
    actions.open_page(page, server.url)
    actions.choose_character(page, **STANDING)
    actions.expect_tracked(page)
    size = canvas(page).evaluate("canvas => [canvas.width, canvas.height]")
    actions.record(page, "ember-fox", 8)
    assert canvas(page).evaluate("canvas => [canvas.width, canvas.height]") == size, "the picture's size has changed"
    session: dict[str, Any] = page.evaluate("async () => (await (await fetch('/api/sessions')).json()).sessions[0]")
    assert session["source"] == "character"
    assert session["truth"] is True


def test_own_character_is_read_here_and_shown(page: Page, base_url: str) -> None:
    bodies: list[str] = []
    page.context.on("request", lambda request: bodies.append(request.url) if request.post_data_buffer else None)
    actions.open_page(page, base_url)
    content = (ROOT / "static/characters/juniper.glb").read_bytes()
    actions.open_file(page, "my own.glb", "model/gltf-binary", content)
    expect(page.locator("#screen")).to_have_attribute("data-kind", "character", timeout=actions.TRACKED_MS)
    person = card(page).get_by_label("Person", exact=True)
    expect(person.locator("option:checked")).to_have_text("Your own: my own.glb")
    actions.expect_tracked(page)
    person.select_option("alder")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("^Alder"), timeout=actions.TRACKED_MS)
    actions.open_file(page, "broken.vrm", "", b"no character at all")
    expect(actions.notice(page, "“broken.vrm” cannot be used as a character")).to_be_visible()
    expect(person).to_have_value("alder")
    assert bodies == [], "something of the file was posted"


def test_mirror_shows_a_character_that_does_as_the_person_does(page: Page, base_url: str, errors: list[str]) -> None:
    actions.open_page(page, base_url)
    actions.start_camera(page)
    mirror = page.get_by_role("switch", name="Mirror with a character")
    mirror.press("Space")
    # The person in the picture is seen from the waist up: no legs tell that somebody stands.
    expect(page.locator("#mirror-badge")).to_have_text("Mirrored, sitting", timeout=actions.TRACKED_MS)
    second = page.locator("#mirror-canvas")
    page.wait_for_timeout(1500)
    sits = second.evaluate(LOOK)
    page.get_by_label("Sits").select_option("no")
    expect(page.locator("#mirror-badge")).to_have_text("Mirrored", timeout=actions.TRACKED_MS)
    page.wait_for_timeout(3000)
    assert second.evaluate(LOOK) != sits, "the character still sits"
    page.get_by_role("button", name="Turn the camera off").click()
    expect(second).to_be_hidden()
    assert second.evaluate("canvas => canvas.getContext('webgl2').isContextLost()"), "its graphics are kept"
    actions.start_camera(page)
    expect(mirror).not_to_be_checked()
    assert errors == []
