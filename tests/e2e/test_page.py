"""The tracking page in a real browser, from the first paint to the recording."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import actions

FIRST_PAINT_MS = 3000
"""What is promised on a warm cache."""
FOCUSED = """() => {
  const { labels, innerText } = document.activeElement;
  return (labels?.[0]?.innerText ?? document.activeElement.getAttribute('aria-label') ?? innerText).trim();
}"""


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page's console reports as errors; a test that expects none asserts that it stays empty."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.mark.serial
def test_something_alive_is_on_screen_at_once(page: Page, base_url: str, errors: list[str]) -> None:
    actions.open_page(page, base_url)
    page.reload()
    expect(page.get_by_role("heading", name="See every body move")).to_be_visible()
    painted = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < FIRST_PAINT_MS
    look = "canvas => canvas.toDataURL('image/jpeg')"
    before = page.locator("#demo").evaluate(look)
    page.wait_for_timeout(200)
    assert page.locator("#demo").evaluate(look) != before, "the figure stands still"
    expect(page.locator("#source-badge")).to_have_text("Drawn, not tracked")
    assert errors == []


def test_reduced_motion_shows_a_still_figure(page: Page, base_url: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    actions.open_page(page, base_url)
    page.wait_for_timeout(500)
    assert page.locator("#demo").evaluate(actions.DRAWN) > 0
    look = "canvas => canvas.toDataURL('image/jpeg')"
    before = page.locator("#demo").evaluate(look)
    page.wait_for_timeout(200)
    assert page.locator("#demo").evaluate(look) == before


def test_camera_is_tracked_and_drawn(page: Page, base_url: str, errors: list[str]) -> None:
    actions.open_page(page, base_url)
    actions.start_camera(page)
    expect(page.locator("#metric-fps")).to_have_text(re.compile(r"^\d+\.\d$"))
    expect(page.locator("#metric-latency")).to_have_text(re.compile(r"^\d+ ms$"))
    expect(page.locator("#metric-backend")).to_have_text(re.compile("^(WASM|WebGL|WebGPU)"))
    expect(page.locator("#connection")).to_have_text("Connected")
    expect(page.get_by_label("Camera", exact=True).locator("option")).to_have_count(1)
    expect(page.locator("#trials li").first).to_contain_text(re.compile(r"\d ms"), timeout=60_000)
    assert errors == []


def test_mirroring_moves_the_overlay_with_the_picture(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.start_camera(page)
    mirror = page.get_by_role("switch", name="Mirror the view", exact=True)
    expect(mirror).to_be_checked()
    # The person stands left of the picture's middle by 80 of 640 px, so mirrored, right of it.
    middle = """canvas => {
      const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0, count = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i] > 0) { sum += ((i - 3) / 4) % width; count += 1; }
      return sum / count / width;
    }"""
    assert page.locator("#overlay").evaluate(middle) > 0.5
    mirror.press("Space")
    assert page.locator("#overlay").evaluate(middle) < 0.5
    page.reload()
    page.get_by_role("button", name="Start camera").click()
    expect(mirror).not_to_be_checked()


def test_picture_is_tracked_until_it_is_settled(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.open_picture(page)
    expect(page.locator("#picture")).to_be_visible()
    # Once more after the back ends were measured: the one that won tracks the picture again.
    expect(page.locator("#trials li").first).to_be_visible(timeout=actions.TRACKED_MS)
    fps = page.locator("#metric-fps")
    expect(fps).to_have_text("\N{EN DASH}", timeout=actions.TRACKED_MS)  # no pass within the window of the figures
    before = actions.drawn(page)
    page.wait_for_timeout(500)
    assert actions.drawn(page) == before, "the skeleton on a still picture moves"
    page.get_by_role("button", name="Close the picture").click()
    expect(page.locator("#metric-people")).to_have_text("\N{EN DASH}")
    assert actions.drawn(page) == 0, "the skeleton outlives its picture"


def test_video_plays_pauses_and_is_sought(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    film = actions.make_video(page, 2)
    actions.open_file(page, "person.webm", "video/webm", film)
    actions.expect_tracked(page)
    video = page.locator("#video")
    page.get_by_role("button", name="Pause video").click()
    expect(page.get_by_role("button", name="Play video")).to_be_visible()
    assert video.evaluate("video => video.paused")
    seek = page.get_by_role("slider", name="Position in the video")
    seek.fill("0.5")
    page.wait_for_timeout(300)
    assert video.evaluate("video => video.currentTime") == pytest.approx(0.5, abs=0.1)
    page.get_by_role("button", name="Play video").click()
    page.wait_for_timeout(300)
    assert not video.evaluate("video => video.paused")


def test_file_dropped_on_the_stage(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    transfer = page.evaluate_handle(
        """async () => {
          const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
          canvas.getContext('2d').fillRect(0, 0, 64, 48);
          const blob = await new Promise((resolve) => canvas.toBlob(resolve));
          const transfer = new DataTransfer();
          transfer.items.add(new File([blob], 'dropped.png', { type: 'image/png' }));
          return transfer;
        }"""
    )
    page.dispatch_event("#screen", "dragover", {"dataTransfer": transfer})
    expect(page.locator("#screen")).to_have_attribute("data-dropping", "")
    page.dispatch_event("#screen", "drop", {"dataTransfer": transfer})
    expect(page.locator("#source-hint")).to_contain_text("dropped.png")
    expect(page.locator("#screen")).not_to_have_attribute("data-dropping", "")
    expect(page.locator("#metric-people")).to_have_text("0", timeout=actions.TRACKED_MS)


def test_model_and_back_end_can_be_changed_but_not_while_recording(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.start_camera(page)
    model = page.get_by_label("Model")
    model.select_option("blazepose-lite")
    page.get_by_label("Back end", exact=True).select_option("wasm")
    page.get_by_label("People at most").select_option("1")
    actions.expect_tracked(page)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(model).to_be_disabled()
    page.get_by_role("button", name="Stop").click()
    expect(model).to_be_enabled()
    page.reload()
    expect(model).to_have_value("blazepose-lite")
    expect(page.get_by_label("Back end", exact=True)).to_have_value("wasm")


def test_recording_pauses_resumes_and_is_saved(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    record = page.get_by_role("button", name="Record", exact=True)
    expect(record).to_be_disabled()
    expect(page.locator("#recording-hint")).to_contain_text("Start a camera")
    actions.start_camera(page)
    page.get_by_label("Pseudonym").fill("")
    record.click()
    expect(page.locator("#recording-badge")).to_be_hidden()  # a recording needs a name
    page.get_by_label("Pseudonym").fill("ember-fox")
    record.click()
    expect(page.locator("#recording-badge")).to_contain_text("Recording 0:0")
    actions.wait_for_count(page, "recorded", 6)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.locator("#recording-badge")).to_contain_text("Paused")
    page.wait_for_timeout(300)
    paused = actions.count(page, "recorded")
    page.wait_for_timeout(700)
    assert actions.count(page, "recorded") == paused
    page.get_by_role("button", name="Resume").click()
    total = actions.wait_for_count(page, "recorded", paused + 6)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#recording-hint")).to_contain_text("Everything is saved")
    assert actions.count(page, "saved") == actions.count(page, "recorded") >= total
    assert actions.count(page, "waiting") == 0
    newest = "async () => (await (await fetch('/api/sessions')).json()).sessions[0]"
    session = page.evaluate(newest)
    assert session["pseudonym"] == "ember-fox"
    assert re.fullmatch(r"[a-z0-9-]+@[0-9a-f]{12}", session["model"]), "which teaching of the model it was is not told"


def test_pseudonym_is_refused_before_the_recording_where_the_server_would_refuse_it(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.start_camera(page)
    name = page.get_by_label("Pseudonym")
    record = page.get_by_role("button", name="Record", exact=True)
    words = "input => input.validationMessage"
    for bad, why in (("a\u2028b", "control character"), ("x" * 201, "these are 201")):
        name.fill(bad)
        record.click()
        assert why in name.evaluate(words)
        expect(page.locator("#recording-badge")).to_be_hidden()
    name.fill("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}\N{IDEOGRAPHIC SPACE}\N{FOX FACE}" * 40)  # 200 code points
    record.click()
    actions.wait_for_count(page, "saved", 3)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#recording-hint")).to_contain_text("Everything is saved")


def test_recording_of_a_settled_picture_begins_once_its_frame_rate_is_known(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.open_picture(page)
    expect(page.locator("#metric-fps")).not_to_have_text(re.compile(r"\d"), timeout=15_000)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#recording-badge")).to_contain_text("Recording", timeout=15_000)
    page.get_by_role("button", name="Stop", exact=True).click()


def test_another_source_ends_the_recording(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.start_camera(page)
    page.get_by_role("button", name="Record", exact=True).click()
    actions.wait_for_count(page, "recorded", 3)
    page.get_by_role("button", name="Turn the camera off").click()
    expect(page.locator("#recording-badge")).to_be_hidden()
    assert actions.count(page, "saved") == actions.count(page, "recorded")


def test_hidden_page_says_that_it_paused(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.start_camera(page)
    turn = """hidden => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(turn, True)
    # The frame in flight may still be drawn, on a busy machine some time later.
    drawn = [actions.drawn(page)]
    while len(drawn) < 2 or drawn[-1] != drawn[-2]:
        assert len(drawn) < 10, "a hidden page goes on tracking"
        page.wait_for_timeout(1000)
        drawn.append(actions.drawn(page))
    page.evaluate(turn, False)
    expect(actions.notice(page, r"paused for 0:\d\d while this page was hidden")).to_be_visible()
    actions.expect_tracked(page)


def test_consent_for_equipment_is_kept_and_loads_nothing(page: Page, base_url: str) -> None:
    asked: list[str] = []
    actions.open_page(page, base_url)
    consent = page.get_by_role("switch", name="Equipment detection")
    expect(consent).not_to_be_checked()
    page.on("request", lambda request: asked.append(request.url))
    consent.press("Space")
    expect(consent).to_be_checked()
    page.wait_for_timeout(500)
    assert [url for url in asked if "models/" in url and "blazepose" not in url and "person-detector" not in url] == []
    page.reload()
    expect(consent).to_be_checked()


def test_everything_works_with_the_keyboard(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)

    def tab_to(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate(FOCUSED) == name:
                return
        raise AssertionError(f"Tab does not reach {name}")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the controls")).to_be_focused()
    tab_to("Start camera")
    page.keyboard.press("Enter")
    actions.expect_tracked(page)
    page.evaluate("() => document.body.focus()")
    tab_to("Mirror the view")
    page.keyboard.press("Space")
    tab_to("Pseudonym (never a real name)")
    page.keyboard.press("Control+A")
    page.keyboard.type("by keyboard")
    tab_to("Record")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()  # the focus is not lost with the disabled button
    actions.wait_for_count(page, "recorded", 3)
    page.keyboard.press("Enter")
    expect(page.locator("#recording-hint")).to_contain_text("Everything is saved")
    tab_to("Model")
    page.keyboard.press("ArrowUp")
    for name in ("Back end", "People at most", "Smooth the movement", "Equipment detection"):
        tab_to(name)


def test_colour_scheme_follows_the_system_until_one_is_chosen(page: Page, base_url: str) -> None:
    ground = "() => getComputedStyle(document.documentElement).backgroundColor"
    page.emulate_media(color_scheme="dark")
    actions.open_page(page, base_url)
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-scheme", "light")
    light = page.evaluate(ground)
    assert dark != light
    scheme = page.locator("#scheme")
    scheme.click()
    expect(scheme).to_contain_text("Light")
    scheme.click()
    expect(scheme).to_contain_text("Dark")
    assert page.evaluate(ground) == dark
    page.reload()
    assert page.evaluate(ground) == dark


@pytest.mark.parametrize("path", ["/", "/sessions"])
@pytest.mark.parametrize(("width", "height"), [(320, 640), (360, 740), (768, 1024), (1280, 800), (3840, 2160)])
def test_nothing_is_wider_than_the_window(browser: Browser, base_url: str, path: str, width: int, height: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(base_url + path)
    page.wait_for_timeout(300)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    page.close()
