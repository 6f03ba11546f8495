"""Socket.IO: who may connect, and which answer goes to which event.

The meaning of the events is in server/stream.py.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO

from pose import wire
from server.access import host_allowed, origin_allowed, token_valid
from server.stream import RefusalError, Stream, Streams
from server.websocket import ENVIRON, PullWebSocket, StrictPacket

log = logging.getLogger(__name__)
# Socket.IO's own text around one binary message is a packet of its own; hello's text is far below this limit too.
LIMIT = wire.MAX_MESSAGE_BYTES
PING_INTERVAL_S = 10  # a page notices a dead network within both together
PING_TIMEOUT_S = 10
Answer = dict[str, Any]


def init_app(app: Flask, streams: Streams) -> SocketIO:
    """Attach Socket.IO to ``app`` and return it; made per app, so that two apps do not share handlers."""
    names = app.config["ALLOW_HOSTS"]

    def from_here(origin: str | None, environ: dict[str, Any]) -> bool:
        host = environ.get("HTTP_HOST", "")
        ours = host_allowed(host, (app.config["HOST"], *names))
        return ours and origin is not None and origin_allowed(origin, environ["wsgi.url_scheme"], host, names)

    socketio = SocketIO(
        app,
        cors_allowed_origins=from_here,
        async_mode="threading",
        async_handlers=False,  # in order, and a peer that does not wait for answers fills its own TCP window
        transports=["websocket"],
        max_http_buffer_size=LIMIT,
        ping_interval=PING_INTERVAL_S,
        ping_timeout=PING_TIMEOUT_S,
        serializer=StrictPacket,
    )
    # The class that opens WebSockets is an entry of the async driver's table, with no option of the constructor.
    engine = socketio.server.eio
    engine._async = {**engine._async, "websocket": functools.partial(PullWebSocket, max_message_bytes=LIMIT)}
    held: dict[str, Stream] = {}

    def connect(auth: object = None) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        if not token_valid(token):
            raise ConnectionRefusedError("auth: the access token is missing or wrong; reload the page")
        request.environ[ENVIRON].admit()

    def disconnect(_reason: object = None) -> None:
        held.pop(request.sid, None)  # type: ignore[attr-defined]
        request.environ[ENVIRON].close()  # who says good-bye, or what is taken for it, does not stay

    @_answered
    def hello(*arguments: object) -> Answer:
        held.pop(request.sid, None)  # type: ignore[attr-defined]
        stream, answer = streams.hello(_only(arguments))
        held[request.sid] = stream  # type: ignore[attr-defined]
        return answer

    @_answered
    def frames(*arguments: object) -> Answer:
        return streams.frames(_stream(held), _only(arguments))

    @_answered
    def end(*arguments: object) -> Answer:
        return streams.end(_stream(held), _only(arguments))

    for handler in (connect, disconnect, hello, frames, end):
        socketio.on_event(handler.__name__, handler)
    return socketio


def _answered(handler: Callable[..., Answer]) -> Callable[..., Answer]:
    """Turn a refusal into an answer; what we did not foresee is logged and answered too, and the socket stays open."""

    @functools.wraps(handler)
    def wrapper(*arguments: object) -> Answer:
        try:
            return handler(*arguments)
        except RefusalError as refusal:
            return refusal.answer
        except Exception:
            log.exception("a message could not be handled")
            return {"ok": False, "code": "store", "reason": "the server failed; see its log", "retry_ms": 2000}

    return wrapper


def _only(arguments: tuple[object, ...]) -> object:
    if len(arguments) != 1:
        raise RefusalError("bad", f"the event carries one argument; {len(arguments)} came")
    return arguments[0]


def _stream(held: dict[str, Stream]) -> Stream:
    stream = held.get(request.sid)  # type: ignore[attr-defined]
    if stream is None:
        raise RefusalError("no-hello", "say hello first: this connection has no session")
    return stream
