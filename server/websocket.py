"""A WebSocket that cannot be made to hold more than one message of limited size.

`simple_websocket` reads ahead in a thread of its own and keeps whatever comes, of any size, until somebody asks for it.
Here the thread that handles messages also reads them: what has not been asked for waits in the peer's TCP window.
"""

from __future__ import annotations

import math
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from socketio import packet
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Request, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

RECEIVE_BYTES = 65536
ENVIRON = "poseable.websocket"  # where in the WSGI environment a connection's PullWebSocket is
STRANGER_S = 10.0  # each connection holds a thread: one that shows no token does not keep it
SILENCE_S = 40.0  # longer than Engine.IO's ping interval and timeout together
MAX_ANSWERS = 100  # waiting to be sent
ENGINE_IO_TYPES = tuple("0123456")  # Engine.IO itself fails on anything else, and leaks a thread


class StrictPacket(packet.Packet):  # type: ignore[misc]
    """A Socket.IO packet as our clients send them; anything else is taken for a good-bye.

    Left alone, Socket.IO would keep any number of announced attachments until the last has come, and would write a
    traceback to the log for each malformed packet.
    """

    def __init__(self, *arguments: Any, encoded_packet: str | bytes | None = None, **more: Any) -> None:
        super().__init__(*arguments, **more)
        if encoded_packet is not None:  # Socket.IO takes an empty message for an event without data
            self.attachment_count = self.decode(encoded_packet)

    def decode(self, encoded_packet: str | bytes) -> int:
        """Parse a packet; return how many attachments follow it, at most one."""
        try:
            count: int = super().decode(encoded_packet)
            valid = self._valid(count)
        except (ValueError, TypeError, RecursionError):
            valid = False
        if valid:
            return count
        self.packet_type, self.data, self.namespace = packet.DISCONNECT, None, None
        return 0

    def _valid(self, count: int) -> bool:
        if self.packet_type in (packet.CONNECT, packet.DISCONNECT):
            return count == 0
        if not isinstance(self.data, list) or not self.data or not isinstance(self.data[0], str):
            return self.packet_type == packet.ACK and count == 0
        if self.packet_type == packet.BINARY_EVENT:
            return count == 1 and self.data[1:] == [{"_placeholder": True, "num": 0}]
        return self.packet_type in (packet.EVENT, packet.ACK) and count == 0


class PullWebSocket:
    """What Engine.IO takes for a WebSocket (a WSGI application with wait, send and close), on gunicorn's socket."""

    def __init__(self, handler: Callable[[PullWebSocket], Any], _server: object, max_message_bytes: int) -> None:
        self._handler = handler
        self._answers: queue.Queue[Any] = handler.__self__.queue  # type: ignore[attr-defined]  # what Engine.IO sends
        self._limit = max_message_bytes
        self._lock = threading.Lock()  # the reader answers pings while another thread sends
        self._connection = WSConnection(ConnectionType.SERVER)
        self._messages: list[str | bytes] = []
        self._parts: list[Any] = []
        self._length = 0
        self._socket: socket.socket
        self._open = False
        self._stranger_until = 0.0  # monotonic clock

    def __call__(self, environ: dict[str, Any], _start_response: object) -> Iterable[bytes]:
        """Shake hands and serve the connection until it ends."""
        self._socket = environ["gunicorn.socket"]
        self._socket.settimeout(STRANGER_S)
        self._stranger_until = time.monotonic() + STRANGER_S
        environ[ENVIRON] = self
        headers = [(k[5:].replace("_", "-").encode(), str(v).encode()) for k, v in environ.items() if k[:5] == "HTTP_"]
        target = environ["PATH_INFO"] + "?" + environ["QUERY_STRING"]
        self._connection.initiate_upgrade_connection(headers, target.encode())
        self._open = True
        self._handle_events()
        if self._open:
            self._handler(self)
        self.close()
        raise StopIteration  # tells gunicorn that this is no longer an HTTP connection

    def admit(self) -> None:
        """Let a peer stay that has shown its token; others are cut off after `STRANGER_S`."""
        self._socket.settimeout(SILENCE_S)
        self._stranger_until = math.inf

    def wait(self) -> str | bytes | None:
        """Return the next message; ``None`` once the connection is closed or has broken the rules."""
        while self._open and self._answers.qsize() > MAX_ANSWERS:
            time.sleep(0.05)  # a peer that does not take its answers is not listened to either
        while self._open and not self._messages:
            try:
                if time.monotonic() > self._stranger_until:
                    raise TimeoutError
                data = self._socket.recv(RECEIVE_BYTES)
                self._connection.receive_data(data or None)
                self._handle_events()
            except (OSError, RemoteProtocolError):
                self._open = False
        return self._messages.pop(0) if self._messages else None

    def send(self, message: str | bytes) -> None:
        """Send a text or binary message; raises OSError when the connection is closed."""
        event = TextMessage(message) if isinstance(message, str) else BytesMessage(message)
        try:
            with self._lock:
                self._socket.sendall(self._connection.send(event))
        except LocalProtocolError as error:
            raise OSError("the WebSocket is closed") from error

    def close(self, code: CloseReason = CloseReason.NORMAL_CLOSURE, reason: str = "") -> None:
        """Say good-bye if the peer still listens, and wake up the reading thread."""
        self._open = False
        try:
            with self._lock:
                self._socket.sendall(self._connection.send(CloseConnection(code, reason)))
            self._socket.shutdown(socket.SHUT_RDWR)
        except (OSError, LocalProtocolError):
            pass  # the peer is gone, or it has closed already

    def _handle_events(self) -> None:
        for event in self._connection.events():
            if isinstance(event, Request):
                self._reply(AcceptConnection())  # without compression: a small message cannot become a large one
            elif isinstance(event, Ping):
                self._reply(event.response())
            elif isinstance(event, CloseConnection):
                self._reply(event.response())
                self._open = False
            elif isinstance(event, TextMessage | BytesMessage):
                self._collect(event)
            if not self._open:
                return

    def _reply(self, event: Any) -> None:
        with self._lock:
            self._socket.sendall(self._connection.send(event))

    def _collect(self, event: TextMessage | BytesMessage) -> None:
        self._length += len(event.data)
        if self._length > self._limit:
            self._messages.clear()
            self.close(CloseReason.MESSAGE_TOO_BIG, f"a message has at most {self._limit} bytes")
            return
        if event.data:  # endless empty fragments are not collected
            self._parts.append(event.data)
        if event.message_finished:
            message = ("" if isinstance(event, TextMessage) else b"").join(self._parts)
            self._parts, self._length = [], 0
            if isinstance(message, str) and message[:1] not in ENGINE_IO_TYPES:
                self.close(CloseReason.PROTOCOL_ERROR, "this is no Engine.IO packet")
            else:
                self._messages.append(message)
