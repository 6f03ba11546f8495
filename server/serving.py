"""The production server: gunicorn, one worker process, a thread per connection."""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Mapping
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from server import services
from server.app import create_app

THREADS = 400  # each open WebSocket holds one
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Application(BaseApplication):  # type: ignore[misc]
    """gunicorn configured in code; the app is made in the worker process, where its threads live."""

    def __init__(self, host: str, port: int, config: Mapping[str, Any]) -> None:
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._config = {**config, "HOST": host}
        super().__init__()

    def load_config(self) -> None:
        """Fill in gunicorn's settings."""
        settings = {
            "bind": self._address,
            "workers": 1,  # the sockets' server keeps its clients in memory
            "worker_class": "gthread",
            "threads": THREADS,
            "worker_connections": 2 * THREADS,
            "graceful_timeout": 2,
            "control_socket_disable": True,
            "loglevel": "warning",
            "post_fork": _end_with_parent,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the app; gunicorn calls this in the worker."""
        app = create_app(self._config)
        services.of(app).supervisor.start()
        return app


def _end_with_parent(_server: object, _worker: object) -> None:
    """Let the kernel end the worker at once if the master is killed; elsewhere gunicorn notices within a second."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
