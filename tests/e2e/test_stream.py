"""Frames survive: a real server process is killed and restarted, the network is cut, the page is reloaded."""

from __future__ import annotations

import random
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import socketio
from playwright.sync_api import Page

from tests.streaming import Client, Network, frames, stored, token_of, wait_until

MESSAGE = 6
KILLS = 4
CUT_S = 60  # as long as the promise says
FPS = 30


@pytest.fixture
def network() -> Iterator[Callable[[int], Network]]:
    made: list[Network] = []

    def make(target: int) -> Network:
        made.append(Network(target))
        return made[-1]

    yield make
    for one in made:
        one.heal()
        one.close()


class Sender(threading.Thread):
    """Streams messages as fast as they are taken, over whatever connections it gets, and seals."""

    def __init__(self, client: Client, messages: int) -> None:
        super().__init__(daemon=True)
        self.client, self.messages = client, messages
        self.connections = 0
        self.sealed = False

    def run(self) -> None:
        while not self.sealed:
            try:
                assert self.client.connect()["ok"]
                self.connections += 1
                while self.client.next < self.messages:
                    assert self.client.send(frames(self.client.next * MESSAGE, MESSAGE))["ok"]
                self.sealed = self.client.end(frames(0, self.messages * MESSAGE))["ok"]
            except (OSError, socketio.exceptions.SocketIOError):
                time.sleep(0.2)
        self.client.close()


def test_kill_9_loses_and_doubles_nothing(start_server) -> None:
    server = start_server()
    messages = 1000
    senders = [Sender(Client(server.url, token_of(server.folder)), messages) for _ in range(3)]
    for sender in senders:
        sender.start()
    chance = random.Random(1)
    for kills in range(KILLS):
        wait_until(lambda kills=kills: min(s.connections for s in senders) > kills, 20, "everybody connected again")
        time.sleep(chance.uniform(0.05, 0.25))
        server.kill()
        assert not any(sender.sealed for sender in senders)  # else nothing was interrupted
        server.start()
    for sender in senders:
        sender.join(60)
    assert all(sender.sealed for sender in senders)
    kept = stored(server.folder)
    expected = frames(0, messages * MESSAGE)
    for sender in senders:
        found, sealed = kept[sender.client.session]
        assert sealed
        assert found.tobytes() == expected.tobytes()


def test_acknowledged_means_on_disk(start_server) -> None:
    server = start_server()
    client = Client(server.url, token_of(server.folder))
    client.connect()
    for place in range(20):
        assert client.send(frames(place * MESSAGE, MESSAGE))["next"] == place + 1
    server.kill()  # in the moment after the answer
    found, sealed = stored(server.folder)[client.session]
    assert found.tobytes() == frames(0, 20 * MESSAGE).tobytes()
    assert not sealed
    client.close()


RECORD = """async ([revision, token]) => {
  const { Link } = await import(`/assets/${revision}/js/link/link.js`);
  const link = (window.link = new Link({ token }));
  const recording = (window.recording = await link.start({
    pseudonym: "load", model: "blazepose-full", backend: "wasm", source: "test", fps: 30,
  }));
  let index = Number(localStorage.pushed ?? 0);
  const first = index;
  const push = () => {
    const numbers = (add) => Float32Array.from({ length: 99 }, (_, k) => k / 128 + add);
    const person = {
      id: 1, fresh: false, score: 0.75, landmarks: numbers(index), world_landmarks: numbers(-(index % 2)),
      visibility: new Float32Array(33).fill(0.5), presence: new Float32Array(33).fill(0.25),
    };
    recording.push({ time: (index - first) / 30, image_size: [640, 480], people: [person] });
    localStorage.pushed = ++index;
  };
  window.timer = setInterval(push, 1000 / 30);
}"""
STOP = "() => { clearInterval(window.timer); window.stopped = window.recording.stop(); }"


class Recorder:
    """A page that records numbered frames at 30 a second."""

    def __init__(self, page: Page, url: str, instance) -> None:
        self.page, self.url, self.token = page, url, token_of(instance)
        self.instance = instance
        with urllib.request.urlopen(url + "/") as response:
            found = re.search(r"/assets/([0-9a-f]+)/", response.read().decode())
        assert found
        self.revision = found.group(1)

    def record(self) -> None:
        self.page.goto(self.url + "/nothing")  # an empty page of this origin, with the server's own headers
        self.page.evaluate(RECORD, [self.revision, self.token])

    @property
    def pushed(self) -> int:
        return int(self.page.evaluate("Number(localStorage.pushed)"))

    def stop(self) -> None:
        self.page.evaluate(STOP)

    def check(self, sessions: int) -> None:
        """All that was pushed is stored once, in order, in sealed sessions."""
        wait_until(lambda: all(sealed for _, sealed in stored(self.instance).values()), 60, "all sessions sealed")
        kept = stored(self.instance)
        assert len(kept) == sessions
        found = np.concatenate([part for part, _ in kept.values()])
        assert found["landmarks"][:, 0, 0].tolist() == list(range(self.pushed))
        expected = frames(0, self.pushed)
        for name in ("landmarks", "world_landmarks", "visibility", "presence", "image_size", "score", "person"):
            assert (found[name] == expected[name]).all(), name
        for part, _ in kept.values():
            assert part["time"].tolist() == [i / FPS for i in range(len(part))]


def test_a_reload_loses_nothing(page: Page, start_server) -> None:
    server = start_server()
    recorder = Recorder(page, server.url, server.folder)
    for _ in range(3):
        recorder.record()
        page.wait_for_timeout(1100)
    recorder.stop()
    page.evaluate("window.stopped")
    assert recorder.pushed > 3 * FPS / 2
    recorder.check(sessions=3)


def test_a_killed_server_and_a_reload_on_top_lose_nothing(page: Page, start_server) -> None:
    server = start_server()
    recorder = Recorder(page, server.url, server.folder)
    recorder.record()
    page.wait_for_timeout(1000)
    server.kill()
    page.wait_for_timeout(2500)
    assert page.evaluate("link.state.connection") == "offline"
    assert page.evaluate("link.state.recording.waiting") >= FPS
    server.start()
    recorder.record()  # the page is loaded anew before the old one has sent everything
    page.wait_for_timeout(1000)
    recorder.stop()
    page.evaluate("window.stopped")
    recorder.check(sessions=2)


def test_a_cut_network_loses_nothing(page: Page, start_server, network) -> None:
    server = start_server()
    wire_between = network(server.port)
    recorder = Recorder(page, wire_between.url, server.folder)
    recorder.record()
    page.wait_for_timeout(1000)
    wire_between.cut()
    page.wait_for_timeout(CUT_S * 1000)
    state = page.evaluate("link.state")
    assert state["connection"] != "online"
    assert state["recording"]["waiting"] > CUT_S * FPS / 2
    wire_between.heal()
    wait_until(lambda: page.evaluate("link.state.recording.waiting") < 2 * FPS, 60, "what waited is delivered")
    recorder.stop()
    page.evaluate("window.stopped")
    recorder.check(sessions=1)


def test_a_session_deleted_on_the_server_is_not_kept_in_the_page(page: Page, start_server) -> None:
    server = start_server()
    recorder = Recorder(page, server.url, server.folder)
    recorder.record()
    wait_until(lambda: page.evaluate("link.state.recording.acknowledged") > 0, 10, "something is on the server")
    (session,) = stored(server.folder)
    headers = {"Authorization": f"Bearer {recorder.token}"}
    request = urllib.request.Request(f"{server.url}/api/sessions/{session}", method="DELETE", headers=headers)
    urllib.request.urlopen(request).close()
    wait_until(lambda: page.evaluate("link.state.recording") is None, 10, "the recording ends")
    assert "deleted on the server" in page.evaluate("link.state.reason")
    assert page.evaluate("window.recording.stop().catch((error) => error.code)") == "gone"
    page.evaluate("clearInterval(window.timer)")
    waiting = """async () => {
      const open = indexedDB.open("poseable-outbox");
      await new Promise((resolve) => (open.onsuccess = resolve));
      const all = open.result.transaction(["sessions", "chunks"]).objectStore("chunks").count();
      return new Promise((resolve) => (all.onsuccess = () => resolve(all.result)));
    }"""
    assert page.evaluate(waiting) == 0
    assert stored(server.folder) == {}


def test_two_pages_do_not_fight(page: Page, start_server) -> None:
    server = start_server()
    first = Recorder(page, server.url, server.folder)
    first.record()
    other = page.context.new_page()
    other.goto(server.url + "/nothing")
    other.evaluate(
        "async ([revision, token]) => { const { Link } = await import(`/assets/${revision}/js/link/link.js`);"
        " window.link = new Link({ token }); }",
        [first.revision, first.token],
    )
    page.wait_for_timeout(1500)
    assert other.evaluate("link.state.earlier") == 0  # it leaves the running recording alone ...
    assert page.evaluate("link.state.recording.acknowledged") > 0
    pushed = first.pushed
    page.close()
    wait_until(lambda: all(sealed for _, sealed in stored(server.folder).values()), 20, "... and ends it afterwards")
    ((found, _),) = stored(server.folder).values()
    assert len(found) >= pushed
    assert found["landmarks"][:, 0, 0].tolist() == list(range(len(found)))
