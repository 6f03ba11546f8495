"""What people do on the pages, and what they see, in the words of tests."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e import film

TRACKED_MS = 60_000
"""From the start of a source to the first person: loads and compiles the networks, on a slow machine too."""
DRAWN = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((count, value, i) => count + (i % 4 === 3 && value > 0), 0);
}"""


def open_page(page: Page, url: str) -> None:
    """Open the tracking page and wait until its code runs."""
    page.goto(url)
    expect(page.locator("#model option")).not_to_have_count(0)


def start_camera(page: Page) -> None:
    """Start the camera from the welcome on the stage and wait for the person in it."""
    page.get_by_role("button", name="Start camera").click()
    expect_tracked(page)


def choose_character(page: Page, **wish: object) -> None:
    """Choose the character as the source and wait until it is drawn; what is wished is what an earlier visit chose."""
    chosen = {"room": "studio", "light": "studio", "view": "front", **wish}
    page.evaluate("(wish) => localStorage.setItem('poseable.character', wish)", json.dumps(chosen))
    page.get_by_role("button", name="Character", exact=True).click()
    expect(page.locator("#screen")).to_have_attribute("data-kind", "character", timeout=TRACKED_MS)


def open_file(page: Page, name: str, kind: str, content: bytes) -> None:
    """Choose a file as the source."""
    page.set_input_files("#file", {"name": name, "mimeType": kind, "buffer": content})


def open_picture(page: Page) -> None:
    """Open the photograph of a person and wait for the person in it."""
    open_file(page, "person.jpg", "image/jpeg", film.jpeg(film.person()))
    expect_tracked(page)


def expect_tracked(page: Page) -> None:
    """Wait until one person is tracked and drawn."""
    expect(page.locator("#metric-people")).to_have_text("1", timeout=TRACKED_MS)
    assert drawn(page) > 0, "somebody is tracked, but the overlay is empty"


def drawn(page: Page) -> int:
    """Return how many pixels of the overlay are drawn on."""
    return int(page.locator("#overlay").evaluate(DRAWN))


def count(page: Page, what: str) -> int:
    """Return one of the recording's counts: recorded, saved or waiting."""
    return int(page.locator(f"#count-{what}").inner_text())


def record(page: Page, pseudonym: str, frames: int) -> None:
    """Record at least so many frames, stop, and wait until the server has them all."""
    page.get_by_label("Pseudonym").fill(pseudonym)
    page.get_by_role("button", name="Record", exact=True).click()
    wait_for_count(page, "recorded", frames)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#recording-hint")).to_contain_text("Everything is saved")


def wait_for_count(page: Page, what: str, least: int, timeout_s: float = 60) -> int:
    """Wait until one of the recording's counts is at least this; return it."""
    for _ in range(round(timeout_s / 0.1)):
        if (now := count(page, what)) >= least:
            return now
        page.wait_for_timeout(100)
    raise AssertionError(f"{what}: {now} frames after {timeout_s} s, at least {least} were expected")


def notice(page: Page, words: str) -> Locator:
    """Return the message above the stage that holds these words."""
    return page.locator(".notice").filter(has_text=re.compile(words))


def make_video(page: Page, seconds: float) -> bytes:
    """Let the browser itself make a WebM film of the person, in a page of any address."""
    photo = film.jpeg(film.person()).hex()
    made = page.evaluate(
        """async ([photo, ms]) => {
          const bytes = Uint8Array.from(photo.match(/../g), (pair) => parseInt(pair, 16));
          const picture = await createImageBitmap(new Blob([bytes]));
          const canvas = Object.assign(document.createElement("canvas"), { width: 512, height: 512 });
          const context = canvas.getContext("2d");
          const timer = setInterval(() => context.drawImage(picture, 4 * Math.sin(performance.now() / 300), 0), 40);
          const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
          const chunks = [];
          recorder.ondataavailable = ({ data }) => chunks.push(data);
          const stopped = new Promise((resolve) => (recorder.onstop = resolve));
          recorder.start();
          await new Promise((resolve) => setTimeout(resolve, ms));
          recorder.stop();
          await stopped;
          clearInterval(timer);
          const made = new Uint8Array(await new Blob(chunks).arrayBuffer());
          return Array.from(made, (byte) => byte.toString(16).padStart(2, "0")).join("");
        }""",
        [photo, seconds * 1000],
    )
    return bytes.fromhex(made)


def save(folder: Path, page: Page, name: str) -> Path:
    """Click a download link by its name and return the file that it gave."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path
