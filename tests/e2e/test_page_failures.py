"""What the tracking page says and does when something does not work."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Page, Route, expect

from tests.e2e import actions
from tests.e2e.conftest import BROWSER_ARGS, Server, chromium
from training.pipeline.networks import default


@pytest.fixture(scope="module")
def launch(browser_type: BrowserType) -> Iterator[Callable[..., Browser]]:
    """A function that starts a browser without the named arguments and with others instead."""
    started: list[Browser] = []

    def start(without: str, *extra: str) -> Browser:
        args = [arg for arg in BROWSER_ARGS if without not in arg]
        started.append(browser_type.launch(executable_path=chromium(), args=[*args, *extra]))
        return started[-1]

    yield start
    for browser in started:
        browser.close()


def test_no_camera(launch: Callable[..., Browser], base_url: str) -> None:
    page = launch("use-fake-device").new_page()
    actions.open_page(page, base_url)
    page.get_by_role("button", name="Start camera").click()
    message = actions.notice(page, "No camera found")
    expect(message).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("No camera found")
    expect(page.locator("#source-badge")).to_have_text("Drawn, not tracked")
    with page.expect_file_chooser() as chooser:
        message.get_by_role("button", name="Open a file").click()
    chooser.value.set_files(
        {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": actions.film.jpeg(actions.film.person())}
    )
    actions.expect_tracked(page)
    expect(message).to_be_hidden()


def test_camera_denied(launch: Callable[..., Browser], base_url: str) -> None:
    page = launch("use-fake-ui", "--use-fake-ui-for-media-stream=deny").new_page()
    actions.open_page(page, base_url)
    page.get_by_role("button", name="Start camera").click()
    message = actions.notice(page, "The camera is not allowed")
    expect(message).to_contain_text("site settings")
    message.get_by_role("button", name="Try again").click()
    expect(message).to_be_visible()
    expect(page.locator("#source-badge")).to_have_text("Drawn, not tracked")


def throws(name: str) -> str:
    """Return a script that makes the camera fail as browsers do, for failures that a fake camera cannot have."""
    return f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('no', '{name}'); }};"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (throws("NotReadableError"), "The camera is in use"),
        (throws("OverconstrainedError"), "That camera is gone"),
        ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined });", "needs a secure address"),
    ],
)
def test_camera_in_use_gone_or_impossible(page: Page, base_url: str, script: str, words: str) -> None:
    page.add_init_script(script)
    actions.open_page(page, base_url)
    page.get_by_role("button", name="Start camera").click()
    expect(actions.notice(page, words)).to_be_visible()


def test_camera_unplugged(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.start_camera(page)
    page.locator("#video").evaluate("video => video.srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    message = actions.notice(page, "The camera stopped")
    expect(message).to_be_visible()
    expect(page.locator("#source-badge")).to_have_text("Drawn, not tracked")
    message.get_by_role("button", name="Start camera").click()
    actions.expect_tracked(page)


@pytest.mark.parametrize("kind", ["image/png", "video/mp4"])
def test_file_that_is_none(page: Page, base_url: str, kind: str) -> None:
    actions.open_page(page, base_url)
    actions.open_file(page, "broken", kind, b"neither a picture nor a film")
    expect(actions.notice(page, "“broken” cannot be shown")).to_be_visible()
    expect(page.locator("#source-badge")).to_have_text("Drawn, not tracked")


@pytest.mark.parametrize("path", ["/", "/sessions"])
def test_browser_that_cannot_read_the_program(browser: Browser, base_url: str, path: str) -> None:
    context = browser.new_context(service_workers="block")
    context.route(
        re.compile("/js/pages/(live|sessions)/main.js$"),
        lambda route: route.fulfill(content_type="text/javascript", body="syntax of 2099"),
    )
    page = context.new_page()
    page.goto(base_url + path)
    expect(page.get_by_text("This browser cannot run Poseable")).to_be_visible()
    context.close()


def test_tracker_that_cannot_load_is_tried_again(browser: Browser, base_url: str) -> None:
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    fail: Callable[[Route], Any] = lambda route: route.abort()  # noqa: E731
    files = f"**/models/{default('landmarks')}/*"
    context.route(files, fail)
    actions.open_page(page, base_url)
    page.get_by_role("button", name="Start camera").click()
    message = actions.notice(page, "Tracking did not start")
    expect(message).to_be_visible(timeout=actions.TRACKED_MS)
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_disabled()
    context.unroute(files, fail)
    message.get_by_role("button", name="Try again").click()
    actions.expect_tracked(page)
    context.close()


def test_back_end_that_is_missing_is_refused_and_tracking_goes_on(page: Page, base_url: str) -> None:
    actions.open_page(page, base_url)
    actions.start_camera(page)
    page.get_by_label("Back end", exact=True).select_option("webgpu")  # headless Chromium has none
    expect(actions.notice(page, "That choice does not work here")).to_be_visible(timeout=actions.TRACKED_MS)
    expect(page.get_by_label("Back end", exact=True)).to_have_value("auto")
    actions.expect_tracked(page)


def test_without_webgl_wasm_tracks_and_the_page_says_so(launch: Callable[..., Browser], base_url: str) -> None:
    page = launch("nothing", "--disable-3d-apis").new_page()
    actions.open_page(page, base_url)
    actions.open_picture(page)
    message = actions.notice(page, "Tracking runs on the processor")
    expect(message).to_be_visible(timeout=actions.TRACKED_MS)
    message.get_by_role("button", name="Dismiss").click()
    page.reload()
    actions.open_picture(page)
    expect(page.locator("#trials li").first).to_be_visible()
    expect(message).to_be_hidden()  # said once is enough


def test_recording_survives_a_lost_server(page: Page, start_server: Callable[[], Server]) -> None:
    server = start_server()
    actions.open_page(page, server.url)
    actions.start_camera(page)
    page.get_by_role("button", name="Record", exact=True).click()
    actions.wait_for_count(page, "saved", 6)
    server.kill()
    expect(page.locator("#connection")).to_have_text("No server")
    expect(actions.notice(page, "The server cannot be reached")).to_contain_text("Recording goes on here")
    lost_at = actions.count(page, "recorded")
    actions.wait_for_count(page, "recorded", lost_at + 20)
    actions.wait_for_count(page, "waiting", 12)
    server.start()
    expect(page.locator("#connection")).to_have_text("Connected", timeout=30_000)
    expect(actions.notice(page, "The server cannot be reached")).to_be_hidden()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#recording-hint")).to_contain_text("Everything is saved", timeout=30_000)
    assert actions.count(page, "saved") == actions.count(page, "recorded") >= lost_at + 20


def test_message_that_was_put_away_stays_away_and_is_said_once(page: Page, start_server: Callable[[], Server]) -> None:
    server = start_server()
    actions.open_page(page, server.url)
    actions.start_camera(page)
    page.get_by_role("button", name="Record", exact=True).click()
    page.evaluate(
        """() => {
          globalThis.said = [];
          const announcer = document.getElementById('announcer');
          new MutationObserver(() => said.push(announcer.textContent)).observe(announcer, { childList: true });
        }"""
    )
    server.kill()
    message = actions.notice(page, "The server cannot be reached")
    expect(message).to_contain_text("frames wait on this device")  # a number that grows all the time
    page.wait_for_timeout(1500)
    assert page.evaluate("() => said.filter((words) => words.includes('cannot be reached')).length") == 1
    message.get_by_role("button", name="Dismiss").click()
    page.wait_for_timeout(1000)
    expect(message).to_be_hidden()
    server.start()
    expect(page.locator("#connection")).to_have_text("Connected", timeout=30_000)
    server.kill()
    expect(message).to_be_visible()


def test_recording_that_the_server_refuses_ends_and_says_why(page: Page, start_server: Callable[[], Server]) -> None:
    server = start_server()
    actions.open_page(page, server.url)
    actions.start_camera(page)
    page.get_by_role("button", name="Record", exact=True).click()
    actions.wait_for_count(page, "saved", 6)
    page.evaluate(
        """async () => {
          const token = document.querySelector("meta[name=poseable-token]").content;
          const headers = { Authorization: `Bearer ${token}` };
          const { sessions } = await (await fetch("/api/sessions", { headers })).json();
          for (const { id } of sessions) await fetch(`/api/sessions/${id}`, { method: "DELETE", headers });
        }"""
    )
    expect(actions.notice(page, "The recording is not complete")).to_contain_text("deleted on the server")
    expect(page.locator("#recording-badge")).to_be_hidden()
    expect(page.locator("#recording-hint")).to_contain_text("not complete")
    recorded = actions.count(page, "recorded")
    page.wait_for_timeout(500)
    assert actions.count(page, "recorded") == recorded
    actions.record(page, "the next one", 6)


@pytest.mark.parametrize("path", ["/", "/sessions"])
def test_recording_whose_memory_was_lost_is_told_of_once(
    page: Page, start_server: Callable[[], Server], path: str
) -> None:
    server = start_server()
    actions.open_page(page, server.url)
    actions.start_camera(page)
    page.get_by_label("Pseudonym").fill("lost-fox")
    page.get_by_role("button", name="Record", exact=True).click()
    saved = actions.wait_for_count(page, "saved", 6)
    page.evaluate(
        "() => { IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    # Of these the server has more messages than the browser has written down.
    actions.wait_for_count(page, "saved", saved + 24)
    page.goto(server.url + path)
    message = actions.notice(page, "An earlier recording is not complete")
    expect(message).to_contain_text("lost-fox: what waited in memory was lost")
    page.reload()
    expect(page.locator("#connection")).to_have_text("Connected")
    page.wait_for_timeout(1000)
    expect(message).to_be_hidden()
