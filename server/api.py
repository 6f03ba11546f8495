"""The HTTP API below ``/api``: sessions as JSON and as files, and the work that is asked for on them."""

from __future__ import annotations

import datetime
import re
import time
from typing import Any

from flask import Blueprint, Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from pose import wire
from server import jobs, services, store
from server.comparison import NoTruthError, compare
from server.exports import FORMATS, NotRescoredError, open_export
from server.preview import preview

MAX_LIMIT = 500
MAX_POINTS = 2000
QUIET_S = 30.0  # a recording to which nothing was sent for so long is interrupted, and may be re-scored unsealed


api = Blueprint("api", __name__, url_prefix="/api")


def init_app(app: Flask) -> None:
    """Register the routes and the form of their errors."""
    app.register_blueprint(api)
    app.register_error_handler(HTTPException, _error)


@api.get("/sessions")
def list_sessions() -> Response:
    """List the sessions, newest first, a page at a time."""
    limit, offset = _number("limit", 100, 1, MAX_LIMIT), _number("offset", 0, 0, 2**31)
    engine = services.current().engine
    rows, total = store.list_sessions(engine, limit, offset)
    with engine.connect() as connection:
        latest = jobs.latest(connection, [row["id"] for row in rows])
    return jsonify(sessions=[describe(row, latest.get(row["id"])) for row in rows], total=total)


@api.get("/sessions/<session>")
def get_session(session: str) -> Response:
    """Describe one session."""
    row = _found(session)
    with services.current().engine.connect() as connection:
        return jsonify(describe(row, jobs.latest(connection, [session]).get(session)))


@api.delete("/sessions/<session>")
def delete_session(session: str) -> tuple[str, int]:
    """Delete a session for good."""
    running = services.current()
    if not store.delete_session(running.writer, session):
        abort(404, description=f"there is no session {session}")
    running.supervisor.empty_log()
    return "", 204


@api.post("/sessions/<session>/rescore")
def rescore(session: str) -> tuple[Response, int]:
    """Ask for a session to be re-scored; the event ``job`` tells how far it is."""
    row = _found(session)
    if state_of(row) == "recording":
        abort(409, description="the session is still being recorded: stop the recording first")
    running = services.current()
    job = running.writer.run(lambda connection: jobs.enqueue(connection, session))
    running.supervisor.notify()
    return jsonify(job=jobs.describe(job)), 202


@api.get("/sessions/<session>/preview")
def get_preview(session: str) -> Response:
    """Return a session in a few hundred points."""
    return jsonify(preview(services.current().engine, _found(session), _number("points", 300, 2, MAX_POINTS)))


@api.get("/sessions/<session>/comparison")
def get_comparison(session: str) -> Response:
    """Return how well the characters of a session with truth were tracked."""
    try:
        return jsonify(compare(services.current().engine, _found(session)))
    except NoTruthError as error:
        abort(409, description=str(error))


@api.get("/sessions/<session>/export")
def get_export(session: str) -> Response:
    """Send a session as a file that is made on the way."""
    row = _found(session)
    name = _choice("format", "csv", tuple(FORMATS))
    version = _choice("version", "raw", ("raw", "rescored"))
    write, media_type = FORMATS[name]
    try:
        source = open_export(services.current().engine, row, version)
    except NotRescoredError as error:
        abort(409, description=str(error))
    response = Response(write(source), content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(row, version, name)}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _error(failure: HTTPException) -> Any:
    if not request.path.startswith("/api/"):
        return failure
    body = {"code": failure.name.lower().replace(" ", "_"), "message": failure.description}
    return jsonify(error=body), failure.code


def describe(row: dict[str, Any], job: dict[str, Any] | None) -> dict[str, Any]:
    """Return a session as the API shows it; a job counts as long as no frames have come since."""
    created = datetime.datetime.fromtimestamp(row["created"], datetime.UTC)
    current = job is not None and job["messages"] == row["next_seq"]
    names = ("id", "pseudonym", "frames", "people", "fps", "model", "backend", "source", "schema")
    return {
        **{name: row[name] for name in names},
        "truth": wire.SCHEMAS[row["schema"]].truth,
        "created": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "duration_s": row["last_time"],
        "bytes": row["bytes"],
        "state": state_of(row),
        "rescore": {name: job[name] for name in ("state", "progress", "reason")} if job and current else None,
    }


def state_of(row: dict[str, Any]) -> str:
    """Return ``ended`` (sealed), ``recording``, or ``interrupted``: quiet, though it may still be taken up again."""
    if row["ended"] is not None:
        return "ended"
    return "recording" if time.time() - row["heard"] < QUIET_S else "interrupted"


def file_name(row: dict[str, Any], version: str, ending: str) -> str:
    """Return a download's name: pseudonym and id, in characters that every file system and header takes."""
    pseudonym = re.sub(r"[^A-Za-z0-9._-]+", "-", row["pseudonym"]).strip("-.")
    return f"{pseudonym or 'session'}-{row['id']}-{version}.{ending}"


def _found(session: str) -> dict[str, Any]:
    row = store.get_session(services.current().engine, session)
    if row is None:
        abort(404, description=f"there is no session {session}")
    return row


def _number(name: str, default: int, low: int, high: int) -> int:
    text = request.args.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
        abort(400, description=f"{name} must be a whole number from {low} to {high}; {text!r} came")
    return int(text)


def _choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    text = request.args.get(name, default)
    if text not in choices:
        abort(400, description=f"{name} must be one of {', '.join(choices)}; {text!r} came")
    return text
