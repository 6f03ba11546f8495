"""Sessions over HTTP."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from pose import wire
from server import jobs, schema, store, supervisor, worker
from server.services import Services
from server.stream import RefusalError, Streams
from tests.server.conftest import hello
from tests.streaming import frames

Record = Callable[..., str]


def do_jobs(running: Services) -> None:
    while (job := jobs.claim(running.engine, "test")) is not None:
        worker.run(running.engine, job)


def test_a_session_is_described(client: FlaskClient, record: Record) -> None:
    parts = [frames(0, 6), np.concatenate([frames(6, 1), frames(6, 1, person=2)])]
    about = {"pseudonym": "P 01", "model": "blazepose-full", "backend": "wasm", "source": "camera"}
    session = record(parts, about=about, fps=25)
    (found,) = client.get("/api/sessions").get_json()["sessions"]
    assert found == client.get(f"/api/sessions/{session}").get_json()
    created = datetime.datetime.fromisoformat(found.pop("created"))
    assert abs(datetime.datetime.now(datetime.UTC) - created).total_seconds() < 60
    assert found == {
        **about,
        "id": session,
        "fps": 25.0,
        "frames": 8,
        "people": 2,
        "duration_s": 6 / 30,
        "bytes": 8 * 1076,
        "state": "ended",
        "rescore": None,
        "schema": "blazepose33.v1",
        "truth": False,
    }


def test_newest_first_in_pages(client: FlaskClient, record: Record) -> None:
    made = [record([frames(0, 1)]) for _ in range(5)]
    page = client.get("/api/sessions?limit=2&offset=1").get_json()
    assert page["total"] == 5
    assert [row["id"] for row in page["sessions"]] == [made[3], made[2]]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "limit=٣", "offset=-1", "limit=" + "9" * 5000])
def test_bad_numbers_are_refused(client: FlaskClient, query: str) -> None:
    answer = client.get("/api/sessions?" + query)
    assert answer.status_code == 400
    assert "must be a whole number from" in answer.get_json()["error"]["message"]


@pytest.mark.parametrize("path", ["", "/preview", "/export"])
def test_a_session_that_is_not_there(client: FlaskClient, path: str) -> None:
    answer = client.get("/api/sessions/nothing" + path)
    assert answer.status_code == 404
    assert answer.get_json()["error"] == {"code": "not_found", "message": "there is no session nothing"}


def test_deleting_leaves_nothing(client: FlaskClient, running: Services, streams: Streams, record: Record) -> None:
    request = hello()
    session = record([frames(0, 6)], **request)
    other = record([frames(0, 6)])
    client.post(f"/api/sessions/{session}/rescore")
    do_jobs(running)
    assert client.delete(f"/api/sessions/{session}").status_code == 204
    assert client.delete(f"/api/sessions/{session}").status_code == 404
    with running.engine.connect() as connection:
        for table in (schema.chunks, schema.people, schema.jobs, schema.rescored):
            count = select(func.count()).where(table.c.session == session)
            assert connection.execute(count).scalar() == 0, table.name
    assert [row["id"] for row in client.get("/api/sessions").get_json()["sessions"]] == [other]
    with pytest.raises(RefusalError) as refusal:  # a page that still has frames of it does not bring it back
        streams.hello(request)
    assert refusal.value.answer["code"] == "gone"


def test_deleted_frames_are_not_in_the_files(client: FlaskClient, running: Services, record: Record) -> None:
    marker = "somebody-quite-unmistakable"
    session = record([frames(place * 6, 6) for place in range(50)], about={"pseudonym": marker})
    database = Path(running.engine.url.database or "")

    def found() -> bool:
        return any(marker.encode() in path.read_bytes() for path in database.parent.glob(database.name + "*"))

    assert found()
    client.delete(f"/api/sessions/{session}")
    assert not found()


def test_deleted_frames_leave_the_log_once_nobody_reads_it(
    client: FlaskClient, running: Services, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LOG_WAIT_MS", 20)
    monkeypatch.setattr(supervisor, "LOG_S", 0)
    marker = "somebody-quite-unmistakable"
    session = record([frames(0, 6)], about={"pseudonym": marker})
    database = Path(running.engine.url.database or "")

    def found() -> bool:
        return any(marker.encode() in path.read_bytes() for path in database.parent.glob(database.name + "*"))

    with running.engine.connect() as reader:
        assert reader.execute(select(func.count()).select_from(schema.sessions)).scalar() == 1
        assert client.delete(f"/api/sessions/{session}").status_code == 204
        running.supervisor._look()
        assert found()
    running.supervisor._look()
    assert not found()


def test_a_log_that_cannot_be_emptied_is_tried_again(
    client: FlaskClient, running: Services, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_engine: object) -> bool:
        raise OperationalError("PRAGMA wal_checkpoint", {}, OSError("disk"))

    with monkeypatch.context() as patch:
        patch.setattr(store, "empty_log", fail)
        assert client.delete(f"/api/sessions/{session}").status_code == 204  # it is deleted all the same
    monkeypatch.setattr(supervisor, "LOG_S", 0)
    running.supervisor._look()
    assert Path(f"{running.engine.url.database}-wal").stat().st_size == 0


def test_a_start_empties_the_log(running: Services, session: str) -> None:
    log = Path(f"{running.engine.url.database}-wal")
    assert log.stat().st_size > 0
    assert session
    running.supervisor._look()
    assert log.stat().st_size == 0


def test_preview_of_a_crowd(client: FlaskClient, record: Record) -> None:
    crowd = frames(0, 60)
    crowd["person"] = np.arange(1001, 1061)
    regulars = [frames(60 + place, 1, person=person) for place in range(50) for person in range(20, 12, -1)]
    session = record([crowd, *(np.concatenate(regulars[start : start + 40]) for start in range(0, 400, 40))])
    chart = client.get(f"/api/sessions/{session}/preview?points=50").get_json()
    assert [row["person"] for row in chart["series"][::7]] == list(range(13, 21))
    assert len(chart["series"]) == 7 * 8


def test_preview(client: FlaskClient, record: Record) -> None:
    parts = [frames(place * 6, 6) for place in range(100)]  # 20 s
    parts = [part for place, part in enumerate(parts) if not 40 <= place < 60]  # nothing from 8 s to 12 s
    session = record(parts)
    chart = client.get(f"/api/sessions/{session}/preview?points=10").get_json()
    assert chart["time"] == pytest.approx([1 + 2 * i for i in range(10)], abs=0.05)
    wrist = next(row for row in chart["series"] if row["landmark"] == "left_wrist")
    assert wrist["person"] == 1
    width = (599 / 30) / 10
    firsts = [int(np.ceil(i * width * 30 - 1e-9)) for i in range(10)]  # a frame's number is in its landmarks
    expected = [None if 240 <= first < 360 else first + 46 / 128 for first in firsts]
    assert wrist["y_px"] == pytest.approx(expected, abs=1e-3, nan_ok=True)
    assert [value is None for value in wrist["confidence"]] == [value is None for value in expected]
    assert {value for value in wrist["confidence"] if value is not None} == {0.125}
    assert {value for value in chart["mean_visibility"] if value is not None} == {0.5}


@pytest.mark.parametrize("name", ["👩🏽‍🦽 ember", "山田　太郎", "a" * 199 + "🦊", "عُمَر", ""])
def test_any_name_is_a_pseudonym(client: FlaskClient, record: Record, name: str) -> None:
    session = record([frames(0, 1)], about={"pseudonym": name})
    assert client.get(f"/api/sessions/{session}").get_json()["pseudonym"] == name


@pytest.mark.parametrize("name", ["a\nb", "a\x85b", "a\x00", "\ud83e", "a\u2028b", "a\u2029b", "🦊" * 201, 7])
def test_what_is_no_pseudonym(streams: Streams, name: object) -> None:
    with pytest.raises(RefusalError, match=r"about\.pseudonym must be text of at most 200 characters"):
        streams.hello(hello(about={"pseudonym": name}))


def test_preview_of_very_little(client: FlaskClient, record: Record) -> None:
    for parts in ([], [frames(0, 1)]):
        chart = client.get(f"/api/sessions/{record(parts)}/preview").get_json()
        assert len(chart["time"]) == 300
        assert len(chart["series"]) == (7 if parts else 0)


def test_rescoring_from_request_to_result(client: FlaskClient, running: Services, session: str) -> None:
    answer = client.post(f"/api/sessions/{session}/rescore")
    assert answer.status_code == 202
    job = answer.get_json()["job"]
    assert (job["session"], job["kind"], job["state"]) == (session, "rescore", "queued")
    assert client.post(f"/api/sessions/{session}/rescore").get_json()["job"]["id"] == job["id"]  # asked for once
    assert client.get(f"/api/sessions/{session}/export?version=rescored").status_code == 409
    do_jobs(running)
    described = client.get(f"/api/sessions/{session}").get_json()["rescore"]
    assert described == {"state": "done", "progress": 1.0, "reason": None}
    export = client.get(f"/api/sessions/{session}/export?version=rescored&format=csv")
    assert export.status_code == 200
    assert b"nose_trust" in export.data


def test_a_running_recording_is_not_rescored_and_a_growing_one_not_called_done(
    client: FlaskClient, running: Services, streams: Streams, record: Record
) -> None:
    request = hello()
    session = record([frames(0, 6)], sealed=False, **request)
    assert client.get(f"/api/sessions/{session}").get_json()["state"] == "recording"
    answer = client.post(f"/api/sessions/{session}/rescore")
    assert answer.status_code == 409
    assert "still being recorded" in answer.get_json()["error"]["message"]
    with running.engine.execution_options(write=True).begin() as connection:  # nothing heard for a while
        connection.execute(schema.sessions.update().values(heard=schema.sessions.c.heard - 60))
    assert client.get("/api/sessions").get_json()["sessions"][0]["state"] == "interrupted"
    assert client.post(f"/api/sessions/{session}/rescore").status_code == 202
    do_jobs(running)
    described = client.get(f"/api/sessions/{session}").get_json()
    assert (described["state"], described["rescore"]["state"]) == ("interrupted", "done")
    stream, _ = streams.hello(request)
    streams.frames(stream, wire.encode(1, frames(6, 6), "f32"))
    described = client.get(f"/api/sessions/{session}").get_json()
    assert (described["state"], described["rescore"]) == ("recording", None)


@pytest.mark.parametrize("query", ["format=xls", "version=smooth"])
def test_unknown_exports_are_refused(client: FlaskClient, session: str, query: str) -> None:
    answer = client.get(f"/api/sessions/{session}/export?{query}")
    assert answer.status_code == 400
    assert "must be one of" in answer.get_json()["error"]["message"]


def test_a_download_has_a_safe_name(client: FlaskClient, session: str) -> None:
    header = client.get(f"/api/sessions/{session}/export?format=jsonl").headers["Content-Disposition"]
    assert header == f'attachment; filename="P-01-{session}-raw.jsonl"'
