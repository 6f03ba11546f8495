"""Tables of the store, and how an engine is made for them.

SQLite in WAL mode with ``synchronous=FULL``: what is committed is on disk. Only SQLAlchemy Core is used, so that any
database it knows can be named by URL.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url

SCHEMA_VERSION = 2
MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: (),  # the tables stayed; what is new are sessions with truth, which version 1 would misread
}
"""Version -> statements that make the next one of it."""

# Beyond 31 bits. SQLite's INTEGER holds 64 under any name; it keeps the name that its tables were made with.
BIG = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("key_sha256", String(64), nullable=False),
    Column("pseudonym", String(200), nullable=False),
    Column("model", String(100), nullable=False),
    Column("backend", String(100), nullable=False),
    Column("source", String(200), nullable=False),
    Column("codec", String(8), nullable=False),
    Column("fps", Float, nullable=False),
    Column("schema", String(32), nullable=False, doc="what a frame consists of: a key of pose.wire.SCHEMAS"),
    Column("created", Float, nullable=False, index=True, doc="s since 1970, UTC"),
    Column("epoch", Integer, nullable=False, doc="number of hellos; an older socket is superseded"),
    Column("next_seq", Integer, nullable=False, doc="messages stored"),
    Column("frames", Integer, nullable=False),
    Column("bytes", BIG, nullable=False, doc="frames' bytes before compression"),
    Column("last_time", Float, nullable=False, doc="s since the recording's start"),
    Column("heard", Float, nullable=False, doc="s since 1970, UTC: when the last message came"),
    Column("ended", Float, doc="s since 1970, UTC; null while recording"),
    Column("sha256", String(64), doc="over all frames' bytes in order, checked when the session was sealed"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("session", ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("frames", Integer, nullable=False),
    Column("first_time", Float, nullable=False, doc="s since the recording's start"),
    Column("crc32", BIG, nullable=False, doc="over the frames' bytes before compression"),
    Column("payload", LargeBinary, nullable=False, doc="zstd of the frames' bytes in the session's codec"),
)

people = Table(
    "people",
    metadata,
    Column("session", ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Integer, primary_key=True, autoincrement=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("session", ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("state", String(10), nullable=False, doc="queued, running, done or failed"),
    Column("progress", Float, nullable=False, doc="0..1"),
    Column("reason", String(500), doc="why it failed"),
    Column("messages", Integer, nullable=False, doc="of the session when the job was asked for"),
    Column("attempts", Integer, nullable=False),
    Column("worker", String(64), doc="who holds the lease"),
    Column("lease_until", Float, doc="s since 1970, UTC; an expired lease is taken over"),
    Column("created", Float, nullable=False, doc="s since 1970, UTC"),
    Column("updated", Float, nullable=False, index=True, doc="s since 1970, UTC"),
)

rescored = Table(
    "rescored",
    metadata,
    Column("job", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, doc="rows count once it is done"),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("session", ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("frames", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False, doc="zstd of the records of pose.rescored.dtype"),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("session", String(64), primary_key=True),
    Column("deleted", Float, nullable=False, doc="s since 1970, UTC"),
)


class StoreVersionError(RuntimeError):
    """The database was written by another version of the product."""


def open_engine(url: str) -> Engine:
    """Return an engine for ``url`` with the tables in place; a database of an earlier version is brought up to date.

    Raises StoreVersionError when a newer version of the product wrote the database.
    """
    engine = create_engine(url)
    if make_url(url).get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    with engine.connect() as connection:
        fresh = not inspect(connection).has_table(schema_version.name)
    if fresh:
        with engine.execution_options(write=True).begin() as connection:
            metadata.create_all(connection)
            if connection.execute(select(schema_version.c.version)).scalar() is None:
                connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
    with engine.connect() as connection:
        current = _version(connection) == SCHEMA_VERSION
    if not current:
        with engine.execution_options(write=True).begin() as connection:
            _migrate(connection)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions behind our back
    for pragma in (
        "busy_timeout=10000",  # first: the next may have to wait for another process
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # a deleted session leaves no bytes behind
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Take the write lock at once where a transaction is going to write, so that it cannot fail half-way."""
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _version(connection: Connection) -> int:
    """Return the version of the tables; raises StoreVersionError for one that only a newer product knows."""
    found: int = connection.execute(select(schema_version.c.version)).scalar_one()
    if found != SCHEMA_VERSION and found not in MIGRATIONS:
        raise StoreVersionError(
            f"the database has schema version {found}; this version of Poseable writes {SCHEMA_VERSION}. "
            "Start the version that wrote it, or name another database with --db"
        )
    return found


def _migrate(connection: Connection) -> None:
    """Bring the tables up to date, all of it or nothing; another process may just have done so."""
    for version in range(_version(connection), SCHEMA_VERSION):
        for statement in MIGRATIONS[version]:
            connection.execute(text(statement))
        connection.execute(update(schema_version).values(version=version + 1))
