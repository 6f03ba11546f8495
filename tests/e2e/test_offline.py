"""Loaded once, the page works without the server; a new version replaces it only as a whole."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from server.app import create_app
from tests.e2e import actions
from tests.e2e.conftest import ROOT, Server, free_port

KEPT_MS = 60_000
"""Networks, WASM and modules are fetched and stored by then."""


def wait_until_kept(page: Page, revision: str) -> None:
    """Wait until the service worker holds the pages of this revision: they are stored last."""
    kept = """async (revision) => {
      const pages = await caches.open('poseable-pages');
      const found = await Promise.all(['/', '/sessions'].map((path) => pages.match(path)));
      return found.every((page) => page?.headers.get('Poseable-Revision') === revision);
    }"""
    for _ in range(KEPT_MS // 250):
        if page.evaluate(kept, revision):
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"revision {revision} is not kept after {KEPT_MS / 1000} s")


def revision_of(page: Page) -> str:
    """Return the revision of the assets that the page uses."""
    return str(page.locator("html").get_attribute("data-revision"))


def caches_of(page: Page) -> set[str]:
    """Return the names of the caches that the browser keeps for the page."""
    return set(page.evaluate("() => caches.keys()"))


def test_page_comes_up_and_tracks_without_the_server(page: Page, start_server: Callable[[], Server]) -> None:
    server = start_server()
    actions.open_page(page, server.url)
    actions.start_camera(page)
    wait_until_kept(page, revision_of(page))
    server.kill()
    page.reload()
    expect(page.locator("#connection")).to_have_text("No server")
    assert page.evaluate("() => crossOriginIsolated"), "the kept page has lost its headers, and WASM its threads"
    actions.start_camera(page)
    page.get_by_role("link", name="Sessions", exact=True).click()
    expect(actions.notice(page, "The sessions cannot be listed")).to_be_visible()
    response = page.evaluate("async () => fetch('/api/sessions').then(() => 'answered', () => 'failed')")
    assert response == "failed", "the API must never be answered from a cache"


def test_character_that_was_shown_is_there_without_the_server(page: Page, start_server: Callable[[], Server]) -> None:
    server = start_server()
    actions.open_page(page, server.url)
    actions.choose_character(page, character="maple", aid="none", motion="standing")
    kept = """async (name) => (await Promise.all((await caches.keys()).map(async (key) =>
      (await (await caches.open(key)).keys()).some(({ url }) => url.endsWith(name))))).includes(true)"""
    wait_until_kept(page, revision_of(page))
    for name in ("/characters/maple.glb", "/js/stage/show.js", "/vendor/three.js"):
        for _ in range(KEPT_MS // 250):
            if page.evaluate(kept, name):
                break
            page.wait_for_timeout(250)
        assert page.evaluate(kept, name), f"{name} is not kept"
    assert not page.evaluate(kept, "/characters/alder.glb"), "somebody is kept who was never shown"
    server.kill()
    page.reload()
    expect(page.locator("#connection")).to_have_text("No server")
    actions.choose_character(page, character="maple", aid="none", motion="standing")
    expect(page.locator("#character")).to_have_attribute("aria-label", "Maple, no aid: standing")


def test_recording_made_without_the_server_arrives_when_it_is_back(
    page: Page, start_server: Callable[[], Server]
) -> None:
    server = start_server()
    actions.open_page(page, server.url)
    actions.start_camera(page)
    wait_until_kept(page, revision_of(page))
    server.kill()
    page.reload()
    actions.start_camera(page)
    page.get_by_label("Pseudonym").fill("offline-fox")
    page.get_by_role("button", name="Record", exact=True).click()
    actions.wait_for_count(page, "waiting", 12)
    page.get_by_role("button", name="Stop").click()
    server.start()
    expect(page.locator("#recording-hint")).to_contain_text("Everything is saved", timeout=30_000)
    page.get_by_role("link", name="Sessions", exact=True).click()
    expect(page.get_by_role("rowheader", name="offline-fox")).to_be_visible()


@contextlib.contextmanager
def published(static: Path, instance: Path, port: int) -> Iterator[None]:
    """Serve the pages and these static files in this process until the context ends; sockets are not needed here."""
    server = make_server("127.0.0.1", port, create_app({"STATIC": static, "INSTANCE": instance}), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_new_version_replaces_the_kept_one_as_a_whole(context: BrowserContext, tmp_path: Path) -> None:
    static, instance, port = tmp_path / "static", tmp_path / "instance", free_port()
    ignore = shutil.ignore_patterns("blazepose-lite", "blazepose-heavy", "characters")
    shutil.copytree(ROOT / "static", static, ignore=ignore)
    url = f"http://127.0.0.1:{port}/"
    old, new = context.new_page(), context.new_page()
    with published(static, instance, port):
        old.goto(url)
        first = revision_of(old)
        wait_until_kept(old, first)

    # The next version lacks a file that its list names: it cannot be kept whole.
    (static / "css" / "extra.css").write_text("/* new */")
    with published(static, instance, port):
        (static / "css" / "extra.css").unlink()
        new.goto(url)
        second = revision_of(new)
        assert second != first
        expect(new.locator("#model option")).not_to_have_count(0)
        new.wait_for_timeout(3000)
    new.reload()
    assert revision_of(new) == first, "a version that is not whole has replaced one that was"
    expect(new.locator("#model option")).not_to_have_count(0)

    # Mended, it takes over; the old version's files stay while a page of it is open.
    (static / "css" / "extra.css").write_text("/* new */")
    with published(static, instance, port):
        new.goto(url)
        wait_until_kept(new, second)
        assert {f"poseable-assets-{first}", f"poseable-assets-{second}"} <= caches_of(new)
        old.close()
        new.reload()
        for _ in range(40):
            if f"poseable-assets-{first}" not in caches_of(new):
                break
            new.wait_for_timeout(250)
        assert caches_of(new) == {"poseable-pages", f"poseable-assets-{second}"}
    new.reload()
    assert revision_of(new) == second
