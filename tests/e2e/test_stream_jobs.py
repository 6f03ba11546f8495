"""Re-scoring on a real server: a worker process of its own, and news of it on every page."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.streaming import Client, frames, token_of, wait_until


def children(pid: int) -> list[int]:
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*found, *(grandchild for child in found for grandchild in descendants(child))]


def descendants(pid: int) -> list[int]:
    """Children of all threads of a process."""
    lists = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for some in lists for child in some]


def workers(server: Any) -> list[int]:
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(server.process.pid)}
    return [pid for pid, line in lines.items() if b"\0worker\0" in line]


def request(server: Any, path: str, method: str = "GET") -> Any:
    headers = {"Authorization": f"Bearer {token_of(server.folder)}"}
    with urllib.request.urlopen(urllib.request.Request(server.url + path, method=method, headers=headers)) as answer:
        return json.loads(answer.read())


# Messages of 60 frames: more than a second's work for a quick machine, many times what news of it are apart.
LONG = 600


def recorded(server: Any, messages: int) -> tuple[Client, list[dict[str, Any]]]:
    """A sealed session, and the list to which news of jobs are added."""
    client = Client(server.url, token_of(server.folder))
    client.connect()
    news: list[dict[str, Any]] = []
    client.socket.on("job", news.append)
    parts = [frames(place * 60, 60) for place in range(messages)]
    for part in parts:
        part["landmarks"] /= 1000
        part["world_landmarks"] = np.random.default_rng(0).normal(0, 0.3, (33, 3))
        assert client.send(part)["ok"]
    assert client.end(np.concatenate(parts))["ok"]
    return client, news


def test_progress_is_pushed_and_the_result_downloaded(start_server) -> None:
    server = start_server()
    client, news = recorded(server, LONG)
    assert workers(server) == []  # no work, no worker
    job = request(server, f"/api/sessions/{client.session}/rescore", "POST")["job"]
    wait_until(lambda: news and news[-1]["state"] == "done", 60, "the job is done")
    assert {item["id"] for item in news} == {job["id"]}
    assert {item["session"] for item in news} == {client.session}
    progress = [item["progress"] for item in news]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert any(item["state"] == "running" for item in news)
    headers = {"Authorization": f"Bearer {token_of(server.folder)}"}
    url = f"{server.url}/api/sessions/{client.session}/export?format=csv&version=rescored"
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        assert sum(not line.startswith(b"#") for line in answer) == 1 + 60 * LONG
    client.close()


def test_a_killed_worker_is_replaced_and_its_job_done(start_server) -> None:
    server = start_server()
    client, news = recorded(server, LONG)
    request(server, f"/api/sessions/{client.session}/rescore", "POST")
    wait_until(lambda: any(item["state"] == "running" for item in news), 30, "a worker has begun")
    (worker,) = workers(server)
    os.kill(worker, signal.SIGKILL)
    assert not any(item["state"] == "done" for item in news)
    wait_until(lambda: news[-1]["state"] == "done", 90, "another worker has done it")  # once the lease of 15 s is over
    assert workers(server) != [worker]
    client.close()


def test_the_worker_ends_with_a_killed_server(start_server) -> None:
    server = start_server()
    client, _ = recorded(server, LONG)
    request(server, f"/api/sessions/{client.session}/rescore", "POST")
    wait_until(lambda: workers(server), 30, "a worker is there")
    everybody = children(server.process.pid)
    client.close()
    server.kill()
    wait_until(lambda: not any(alive(pid) for pid in everybody), 20, "nobody is left")
    server.start()  # and the job is done after all
    wait_until(lambda: done(server, client.session), 90, "the job is done by the next server's worker")


@pytest.mark.serial
def test_a_server_that_is_told_to_end_ends(start_server) -> None:
    server = start_server()
    client, _ = recorded(server, 1)
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 8  # although a socket is open
    assert server.process.returncode == 0
    client.close()


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def done(server: Any, session: str) -> bool:
    job = request(server, f"/api/sessions/{session}")["rescore"]
    return job is not None and job["state"] == "done"
