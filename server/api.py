"""The HTTP API below ``/api``: sessions as JSON."""

from __future__ import annotations

import datetime
from typing import Any

from flask import Blueprint, Flask, Response, abort, jsonify, request
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException

from server import store
from server.writer import Writer

MAX_LIMIT = 500


def init_app(app: Flask, engine: Engine, writer: Writer) -> None:
    """Register the routes and the form of their errors."""
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.get("/sessions")
    def sessions() -> Response:
        limit, offset = _number("limit", 100, 1, MAX_LIMIT), _number("offset", 0, 0, 2**31)
        rows, total = store.list_sessions(engine, limit, offset)
        return jsonify(sessions=[describe(row) for row in rows], total=total)

    @api.get("/sessions/<session>")
    def session(session: str) -> Response:
        return jsonify(describe(_found(engine, session)))

    @api.delete("/sessions/<session>")
    def delete(session: str) -> tuple[str, int]:
        if not store.delete_session(engine, writer, session):
            abort(404, description=f"there is no session {session}")
        return "", 204

    app.register_blueprint(api)

    @app.errorhandler(HTTPException)
    def error(failure: HTTPException) -> Any:
        if not request.path.startswith("/api/"):
            return failure
        body = {"code": failure.name.lower().replace(" ", "_"), "message": failure.description}
        return jsonify(error=body), failure.code


def describe(row: dict[str, Any]) -> dict[str, Any]:
    """Return a session as the API shows it."""
    created = datetime.datetime.fromtimestamp(row["created"], datetime.UTC)
    return {
        **{name: row[name] for name in ("id", "pseudonym", "frames", "people", "fps", "model", "backend", "source")},
        "created": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "duration_s": row["last_time"],
        "bytes": row["bytes"],
        "state": "recording" if row["ended"] is None else "ended",
        "rescore": None,
    }


def _found(engine: Engine, session: str) -> dict[str, Any]:
    row = store.get_session(engine, session)
    if row is None:
        abort(404, description=f"there is no session {session}")
    return row


def _number(name: str, default: int, low: int, high: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        abort(400, description=f"{name} must be a whole number from {low} to {high}; {text!r} came")
    return int(text)
