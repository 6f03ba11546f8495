"""Application factory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from server import access, api, assets, own_models, pages, security, services, sockets
from server.schema import open_engine
from server.stream import Streams
from server.supervisor import Supervisor
from server.writer import Writer

ROOT = Path(__file__).resolve().parent.parent


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the app; ``config`` overrides the defaults (tests pass theirs here).

    ``INSTANCE`` is the folder of secrets and database, ``DATABASE`` an SQLAlchemy URL, ``HOST`` the address that the
    server is bound to, ``ALLOW_HOSTS`` the further names (lower case) that it goes by, ``OWN_MODELS`` the folder of
    models that users taught (``$POSEABLE_OWN_MODELS``, else ``models/own`` below ``STATIC``). Jobs are done once
    ``services.of(app).supervisor`` is started.
    """
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.from_mapping(STATIC=ROOT / "static", INSTANCE=Path("instance"), DATABASE=None)
    app.config.from_mapping(HOST="127.0.0.1", ALLOW_HOSTS=())
    app.config.from_mapping(OWN_MODELS=os.environ.get("POSEABLE_OWN_MODELS"))
    app.config.update(config or {})
    app.config["OWN_MODELS"] = Path(app.config["OWN_MODELS"] or Path(app.config["STATIC"]) / assets.OWN)
    instance = Path(app.config["INSTANCE"]).resolve()
    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    app.config["INSTANCE"] = instance
    app.config["DATABASE"] = app.config["DATABASE"] or default_database(instance)
    engine = open_engine(app.config["DATABASE"])
    writer = Writer(engine)
    security.init_app(app)
    access.init_app(app)
    assets.init_app(app)
    own_models.init_app(app)
    pages.init_app(app)
    socketio = sockets.init_app(app, Streams(engine, writer))
    supervisor = Supervisor(engine, socketio, app.config["DATABASE"])
    app.extensions[services.NAME] = services.Services(engine, writer, supervisor)
    api.init_app(app)
    return app


def default_database(instance: Path) -> str:
    """Return the URL of the database that lies in the instance folder."""
    return f"sqlite:///{instance.resolve() / 'poseable.sqlite3'}"
