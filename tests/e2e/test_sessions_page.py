"""The sessions page with real recordings: list, chart, download, re-score, delete; and without a server."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from pose import landmarks, wire
from tests.e2e import actions
from tests.e2e.conftest import Server
from tests.streaming import HAND, TRACKED, Client, token_of
from tests.streaming import frames as numbered


@pytest.fixture
def recorded(page: Page, start_server: Callable[[], Server]) -> Server:
    """A server of the test's own with one recording from the camera, whose sessions the page lists."""
    server = start_server()
    actions.open_page(page, server.url)
    actions.start_camera(page)
    actions.record(page, "ember-fox", 20)
    page.get_by_role("link", name="Recorded sessions").click()
    expect(page.get_by_role("rowheader", name="ember-fox")).to_be_visible()
    return server


@pytest.fixture
def streamed(page: Page, start_server: Callable[[], Server]) -> Server:
    """The same, sooner: the recording comes from a client of the protocol."""
    server = start_server()
    stream(server, numbered(0, 20), {"pseudonym": "ember-fox", "source": "test"})
    page.goto(server.url + "/sessions")
    expect(page.get_by_role("rowheader", name="ember-fox")).to_be_visible()
    return server


def stream(server: Server, recording: wire.Frames, about: dict[str, str], **hello: Any) -> None:
    """Send frames as a session, and seal it."""
    client = Client(server.url, token_of(server.folder), about=about, **hello)
    most = client.connect()["max_frames"]
    for start in range(0, len(recording), most):
        assert client.send(recording[start : start + most])["ok"]
    assert client.end(recording)["ok"]
    client.close()


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV download; its head is comments."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


@pytest.mark.usefixtures("recorded")
def test_a_recording_from_list_to_file(page: Page, tmp_path: Path) -> None:
    facts = page.locator("tbody tr").first
    frames = int(facts.locator("[data-label=Frames]").inner_text())
    assert frames >= 20
    expect(facts).to_contain_text("1 person")
    expect(page.locator(".chart svg .line").first).to_be_attached()
    expect(page.locator(".chart figcaption")).to_contain_text("Mean confidence")

    download = page.get_by_role("button", name="Download ember-fox")
    download.click()
    expect(page.get_by_role("link", name="CSV, re-scored")).to_have_count(0)  # there is nothing re-scored yet
    table = rows(actions.save(tmp_path, page, "CSV, as recorded"))
    assert len(table) == frames
    times = [float(row["time_s"]) for row in table]
    assert times[0] == 0
    assert times == sorted(times)
    assert all(0 < float(row["nose_x_px"]) < 640 and 0 < float(row["nose_y_px"]) < 480 for row in table)

    download.click()
    lines = actions.save(tmp_path, page, "JSON Lines, as recorded").read_text().splitlines()
    assert len([line for line in lines if "landmarks" in json.loads(line)]) >= frames
    download.click()
    assert pyarrow.parquet.read_table(actions.save(tmp_path, page, "Parquet, as recorded")).num_rows == frames


@pytest.mark.usefixtures("streamed")
def test_rescoring_reports_its_progress_and_can_be_downloaded(page: Page, tmp_path: Path) -> None:
    page.get_by_role("button", name="Re-score ember-fox").click()
    state = page.locator(".state")
    expect(state).to_have_text("Re-scored", timeout=60_000)
    expect(page.locator("#announcer")).to_have_text("ember-fox: re-scoring done")
    page.get_by_role("button", name="Download ember-fox").click()
    table = rows(actions.save(tmp_path, page, "CSV, re-scored"))
    assert len(table) >= 20
    page.reload()
    expect(state).to_have_text("Re-scored")


@pytest.mark.usefixtures("streamed")
def test_deleting_asks_first(page: Page) -> None:
    delete = page.get_by_role("button", name="Delete ember-fox")
    delete.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("“ember-fox” with")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(delete).to_be_focused()
    delete.click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("ember-fox deleted")
    page.reload()
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()


def test_a_lost_server_is_told_of_and_its_return_too(page: Page, streamed: Server) -> None:
    streamed.kill()
    expect(page.locator("#connection")).to_have_text("No server")
    page.get_by_role("button", name="Refresh").click()
    failed = actions.notice(page, "The sessions cannot be listed")
    expect(failed).to_contain_text("The server cannot be reached")
    page.get_by_role("button", name="Delete ember-fox").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(actions.notice(page, "ember-fox was not deleted")).to_be_visible()
    expect(page.get_by_role("rowheader", name="ember-fox")).to_be_visible()
    streamed.start()
    expect(page.locator("#connection")).to_have_text("Connected", timeout=30_000)
    expect(failed).to_be_hidden()
    expect(page.get_by_role("rowheader", name="ember-fox")).to_be_visible()


@pytest.fixture
def characters(page: Page, start_server: Callable[[], Server]) -> Page:
    """The page with a session of a character without a left hand: tracked 4 px too low, missed in one of ten frames."""
    server = start_server()
    count = 300
    frames = np.zeros(count, wire.TRUTH_FRAME)
    frames["time"], frames["image_size"], frames["score"] = np.arange(count) / 30, (640, 480), 0.9
    body = np.random.default_rng(1).uniform(-0.4, 0.4, (landmarks.COUNT, 3))
    beat = 2 * np.pi * frames["time"][:, None] / 5
    sway = 0.2 * np.sin(beat + np.arange(landmarks.COUNT))[:, :, None]  # each joint at a moment of its own
    frames["truth_person"], frames["truth_visibility"], frames["person"] = 1, 1, 1
    frames["truth_world_landmarks"] = body + sway
    frames["truth_landmarks"] = (body + sway) * 300 + 240
    frames["landmarks"], frames["world_landmarks"] = frames["truth_landmarks"], frames["truth_world_landmarks"]
    frames["landmarks"][:, :, 1] += 4
    frames["visibility"] = frames["presence"] = 0.9
    for name in frames.dtype.names or ():
        if name.endswith(("landmarks", "visibility", "presence")):
            frames[name][:, HAND] = np.nan if name.endswith("landmarks") else 0
    missed = np.arange(count) % 10 == 9
    frames["flags"][missed], frames["person"][missed] = wire.MISSED, 0
    for name in TRACKED:
        frames[name][missed] = np.nan if name.endswith("landmarks") else 0
    about = {"pseudonym": "alder-walks", "source": "character", "model": "blazepose-full", "backend": "wasm"}
    stream(server, frames, about, schema=wire.TRUTH_SCHEMA)
    page.goto(server.url + "/sessions")
    return page


def test_a_session_with_truth_shows_both_lines_and_how_far_they_are_apart(characters: Page) -> None:
    page = characters
    row = page.get_by_role("rowheader", name="alder-walks")
    expect(row.get_by_text("with truth", exact=True)).to_be_visible()
    chart = page.get_by_role("figure")
    expect(chart.locator(".plot path.line.truth")).to_have_count(1)
    expect(chart.locator(".plot path.line")).to_have_count(3)  # tracked, faint and certain, and true
    joint = chart.get_by_label("Joint in the chart")
    expect(joint.locator("option")).to_have_text(
        ["right wrist", "left ankle", "right ankle", "nose", "left hip", "right hip"]  # and no left wrist
    )
    line = chart.locator(".plot path.line.truth")
    before = line.get_attribute("d")
    joint.select_option("nose")
    expect(chart.locator(".key")).to_contain_text("nose, tracked")
    expect(chart.locator(".key")).to_contain_text("nose, true")
    assert line.get_attribute("d") != before
    figures = chart.locator(".comparison")
    expect(figures).to_contain_text("on synthetic renders: 90.0 % within a fifth")
    expect(figures).to_contain_text("(PCK@0.2), 4.0 px and 0 mm off on average")
    expect(figures).to_contain_text("Missed in 30 frames of 300 (10 %).")


def session(number: int, **changes: Any) -> dict[str, Any]:
    """A session as the API describes it."""
    return {
        "id": f"id-{number}",
        "pseudonym": f"person-{number}",
        "created": "2026-11-22T14:16:16.525Z",
        "duration_s": 61.3,
        "frames": 1804,
        "people": 1,
        "fps": 30,
        "model": "blazepose-full",
        "backend": "webgl",
        "source": "camera",
        "state": "ended",
        "bytes": 1_230_000,
        "rescore": None,
        "schema": "blazepose33.v1",
        "truth": False,
        **changes,
    }


@pytest.fixture
def many(browser: Browser, base_url: str) -> Iterator[Page]:
    """The page in front of an API with 60 sessions: more than anybody records in a test."""
    listed = [session(number) for number in range(60)]
    listed[1] = session(1, state="recording")
    listed[2] = session(2, rescore={"state": "running", "progress": 0.42, "reason": None})
    listed[3] = session(3, rescore={"state": "failed", "progress": 0.1, "reason": "the worker was killed"})
    listed[4] = session(4, state="interrupted")
    listed[5] = session(5, state="interrupted", rescore={"state": "done", "progress": 1, "reason": None})

    def answer(route: Route) -> None:
        query = dict(part.split("=") for part in route.request.url.split("?")[1].split("&"))
        offset, limit = int(query["offset"]), int(query["limit"])
        route.fulfill(json={"sessions": listed[offset : offset + limit], "total": len(listed)})

    context = browser.new_context(service_workers="block")  # else its requests would not pass here
    page = context.new_page()
    page.route("**/api/sessions?*", answer)
    page.route("**/api/sessions/*/preview?*", lambda route: route.fulfill(json=PREVIEW))
    page.goto(f"{base_url}/sessions")
    yield page
    context.close()


PREVIEW = {
    "time": [0, 1, 2, 3, 4, 5, 6],
    "mean_visibility": [0.9, 0.9, None, None, 0.9, 0.9, 0.9],
    "series": [
        {
            "person": person,
            "landmark": name,
            "y_px": [1, 2, None, None, 3, 4, 5],
            "confidence": [1, 1, None, None, 1, 1, 0],
        }
        for person in (1, 2)
        for name in ("left_wrist", "right_wrist", "left_ankle", "right_ankle")
    ],
}


def test_more_sessions_are_loaded_on_demand(many: Page) -> None:
    more = many.get_by_role("button", name="Load more")
    for shown in (25, 50, 60):
        expect(many.get_by_role("rowheader")).to_have_count(shown)
        expect(many.locator("#count")).to_have_text(f"60 sessions, {shown} shown.")
        if shown < 60:
            more.click()
    expect(more).to_be_hidden()


def test_states_of_sessions(many: Page) -> None:
    expect(many.get_by_text("Re-scoring 42 %")).to_be_visible()
    expect(many.get_by_role("progressbar", name="Re-scoring person-2")).to_have_attribute("value", "0.42")
    expect(many.get_by_text("Re-scoring failed: the worker was killed")).to_be_visible()
    expect(many.get_by_role("button", name="Re-score person-1", exact=True)).to_be_disabled()  # it is still recorded
    expect(many.get_by_role("button", name="Re-score person-3", exact=True)).to_be_enabled()
    for number, tags in (
        (0, ["As recorded"]),
        (1, ["Recording"]),
        (4, ["Interrupted"]),
        (5, ["Interrupted", "Re-scored"]),
    ):
        expect(many.locator(".state").nth(number).locator(".tag")).to_have_text(tags)
    expect(many.get_by_role("button", name="Re-score person-4", exact=True)).to_be_enabled()


def test_chart_opens_closes_shows_gaps_and_each_person(many: Page) -> None:
    chart = many.get_by_role("figure")
    expect(chart).to_have_count(1)  # the newest one's is open
    expect(chart.locator("rect.gap")).to_have_count(1)
    expect(chart.locator("figcaption")).to_contain_text("1 gap, 3.0 s together")
    chart.get_by_label("Person in the chart").select_option("2")
    expect(chart.locator(".plot path.line")).to_have_count(8)  # four joints, faint and certain
    toggle = many.get_by_role("button", name="Chart person-0", exact=True)
    expect(toggle).to_have_attribute("aria-expanded", "true")
    toggle.press("Enter")
    expect(chart).to_be_hidden()
