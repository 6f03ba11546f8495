"""One thread writes: whatever waits is committed together, and a caller returns once it is on disk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")
Operation = Callable[[Connection], Any]
MAX_WAITING = 2000  # operations; at 64 KiB each they hold at most 130 MB, in practice 10 MB
MAX_BATCH = 500  # operations in one transaction: keeps a commit, hence an acknowledgement, short


class WriterBusyError(RuntimeError):
    """More is waiting to be written than the server is willing to hold in memory."""


@dataclass
class _Job:
    operation: Operation
    done: Future[Any] = field(default_factory=Future)


class Writer:
    """Runs operations one after the other in the order they came, many in one transaction.

    If one of a batch fails, the batch is rolled back and its operations run again, each in a transaction of its own: so
    an operation must be a function of the connection only, and may run twice.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(write=True)
        self._queue: queue.Queue[_Job | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def run(self, operation: Callable[[Connection], T]) -> T:
        """Run ``operation`` in a transaction; return its value after the commit, or raise what it raised.

        Raises WriterBusyError at once when too much is waiting.
        """
        job = _Job(operation)
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            raise WriterBusyError(f"{MAX_WAITING} writes are waiting for the disk") from None
        result: T = job.done.result()
        return result

    def close(self) -> None:
        """Finish what is waiting and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            batch = [first]
            stop = False
            while len(batch) < MAX_BATCH and not stop:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    stop = True
                else:
                    batch.append(following)
            self._commit(batch)
            if stop:
                return

    def _commit(self, batch: list[_Job]) -> None:
        try:
            with self._engine.begin() as connection:
                results = [job.operation(connection) for job in batch]
        except Exception as error:
            if len(batch) == 1:
                batch[0].done.set_exception(error)
            else:
                for job in batch:
                    self._commit([job])
        else:
            for job, result in zip(batch, results, strict=True):
                job.done.set_result(result)
