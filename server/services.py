"""What an app has running."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy import Engine

from server.supervisor import Supervisor
from server.writer import Writer

NAME = "poseable"


@dataclass(frozen=True)
class Services:
    """The database for reading, the thread that writes to it, and the jobs' supervisor."""

    engine: Engine
    writer: Writer
    supervisor: Supervisor

    def close(self) -> None:
        """Finish what is being written and close the database."""
        self.writer.close()
        self.engine.dispose()


def of(app: Flask) -> Services:
    """Return the services of ``app``."""
    services: Services = app.extensions[NAME]
    return services


def current() -> Services:
    """Return the services of the app that handles this request."""
    return of(current_app)
