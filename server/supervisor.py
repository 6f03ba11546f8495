"""Watches the jobs' rows: starts the worker when there is work, and tells the pages how far it is.

It also sees to it that what was deleted leaves the write-ahead log, where somebody was reading it at the time.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time

from flask_socketio import SocketIO
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from server import jobs, store

log = logging.getLogger(__name__)
BUSY_S = 0.25  # how fresh the progress on the page is
IDLE_S = 5.0  # how soon work is found that another process has asked for
LOG_S = 5.0  # how soon the log is tried again: each try may hold up the writers for `store.LOG_WAIT_MS`
RESTART_S = 1.0  # a worker that cannot start is not started in a tight loop


class Supervisor:
    """A thread of the server; `notify` after asking for work."""

    def __init__(self, engine: Engine, socketio: SocketIO, url: str) -> None:
        self._engine = engine
        self._socketio = socketio
        self._url = url
        self._wake = threading.Event()
        self._worker: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._log_due = threading.Event()
        self._log_due.set()  # an earlier server may have ended before it could
        self._log_tried = -LOG_S
        self._seen = time.time()  # when the newest job that the pages know of has moved on
        self._thread = threading.Thread(target=self._run, name="job-supervisor", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def notify(self) -> None:
        """Look at once."""
        self._wake.set()

    def empty_log(self) -> None:
        """Empty the write-ahead log now, or as soon as nobody reads it."""
        self._log_due.set()
        self._empty_log()

    def _empty_log(self) -> None:
        self._log_due.clear()  # first: a deletion during the attempt asks for another
        self._log_tried = time.monotonic()
        try:
            emptied = store.empty_log(self._engine)
        except SQLAlchemyError:
            log.exception("the write-ahead log could not be emptied; trying again")
            emptied = False
        if not emptied:
            self._log_due.set()

    def _run(self) -> None:
        active = True
        while True:
            try:
                active = self._look()
            except SQLAlchemyError:
                log.exception("the jobs could not be read; trying again")
            self._wake.wait(BUSY_S if active else IDLE_S)
            self._wake.clear()

    def _look(self) -> bool:
        """Tell the pages what is new and see to it that somebody works; return whether there is work."""
        with self._engine.connect() as connection:
            news = jobs.changed_since(connection, self._seen)
            active = jobs.any_active(connection)
        for row in news:
            self._seen = row["updated"]
            self._socketio.emit("job", jobs.describe(row))
        if active:
            self._ensure_worker()
        if self._log_due.is_set() and time.monotonic() - self._log_tried >= LOG_S:
            self._empty_log()
        return active

    def _ensure_worker(self) -> None:
        running = self._worker is not None and self._worker.poll() is None
        if running or time.monotonic() - self._started < RESTART_S:
            return
        self._started = time.monotonic()
        # Nothing is ever written to its stdin: that it closes tells the worker that this process is gone.
        self._worker = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "poseable", "worker", "--db", self._url, "--with-parent"],
            stdin=subprocess.PIPE,
        )
