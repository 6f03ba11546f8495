"""No video byte leaves the browser, and no request goes to another host: measured on the wire."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, WebSocket

from pose import wire
from tests.e2e import actions, film
from tests.e2e.conftest import Server
from tests.e2e.forwarder import Forwarder, forwarding

FRAMES = 60
"""Recorded while bytes are counted: several seconds."""
OVERHEAD_BYTES = 160
"""Around each message (of one frame at least): WebSocket frames, the event's text and the message's header."""
TALK_BYTES = 8_000
"""Hello, end, acknowledgements and pings; less than the smallest JPEG of the camera's picture."""


def wait_until_quiet(page: Page, forwarder: Forwarder) -> None:
    """Wait until a second passes with hardly a byte: the page's own files are asked for in the background at first."""
    before = -TALK_BYTES
    while forwarder.sent - before > 500:
        before = forwarder.sent
        page.wait_for_timeout(1000)


def test_only_joints_leave_the_browser(page: Page, start_server: Callable[[], Server]) -> None:
    server = start_server()
    hosts: set[str] = set()
    bodies: list[str] = []
    binary: list[bytes] = []

    def watch(socket: WebSocket) -> None:
        hosts.add(urlsplit(socket.url).netloc)
        socket.on("framesent", lambda data: binary.append(data) if isinstance(data, bytes) else None)

    page.context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.context.on("request", lambda request: bodies.append(request.url) if request.post_data_buffer else None)
    page.on("websocket", watch)
    with forwarding(server.port) as forwarder:
        actions.open_page(page, forwarder.url)
        actions.start_camera(page)
        wait_until_quiet(page, forwarder)
        before = forwarder.sent
        actions.record(page, "ember-fox", FRAMES)
        uploaded = forwarder.sent - before
        frames = actions.count(page, "saved")
        page.close()

    assert hosts - {urlsplit(forwarder.url).netloc, ""} == set(), "a request went to another host"
    assert bodies == [], "something was posted"
    assert sum(len(wire.decode(message, "f32").frames) for message in binary) == frames
    joints = frames * wire.FRAME.itemsize
    assert uploaded >= joints, "the forwarder has not seen the recording: the test counts nothing"
    assert uploaded <= joints + frames * OVERHEAD_BYTES + TALK_BYTES
    smallest = len(film.jpeg(film.person()))
    assert smallest > TALK_BYTES + frames * OVERHEAD_BYTES, "one picture among the joints would not be noticed"
