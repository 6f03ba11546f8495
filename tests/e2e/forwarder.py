"""A forwarder between browser and server that counts every byte on the wire."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator


class Forwarder(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine and passes all connections on to another port.

    ``sent`` counts the bytes from the browser to the server, headers and all; ``url`` is its address. It ends once all
    connections have ended: close the page first.
    """

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.target = port
        self.sent = 0
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(socketserver.BaseRequestHandler):
    server: Forwarder

    def handle(self) -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.server.target)) as upstream:
            back = threading.Thread(target=self._pump, args=(upstream, self.request))
            back.start()
            self._pump(self.request, upstream, count=True)
            back.join()

    def _pump(self, source: socket.socket, target: socket.socket, count: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if count:
                    with self.server.lock:
                        self.server.sent += len(data)
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def forwarding(port: int) -> Iterator[Forwarder]:
    """Forward to a port until the context ends."""
    with Forwarder(port) as forwarder:
        thread = threading.Thread(target=forwarder.serve_forever)
        thread.start()
        try:
            yield forwarder
        finally:
            forwarder.shutdown()
            thread.join()
