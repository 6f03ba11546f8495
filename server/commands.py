"""``poseable serve``, ``poseable worker`` and ``poseable export``."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import click

from server.access import is_open, secret
from server.app import default_database
from server.schema import StoreVersionError, open_engine

instance_option = click.option(
    "--instance",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("instance"),
    show_default=True,
    help="Folder of the access token and the database.",
)
# "Every address of this machine" -> family, and an address kept for documentation (RFC 5737, RFC 3849): nobody has it
ANY_ADDRESS = {"0.0.0.0": (socket.AF_INET, "192.0.2.1"), "::": (socket.AF_INET6, "2001:db8::1")}  # noqa: S104 - compared
db_option = click.option("--db", help="Database as an SQLAlchemy URL.  [default: SQLite in the instance folder]")


class HostName(click.ParamType[str]):
    """A host's name or IPv4 address, without scheme, port or wildcard; lower case."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name as browsers send it."""
        if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", value):
            self.fail(
                f"{value!r} is no host name: give one as in poseable.example, without scheme, port or *", param, ctx
            )
        return value.lower()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option(
    "--allow-host",
    "names",
    multiple=True,
    type=HostName(),
    help="Name that browsers may use for this server, as behind a proxy; may be repeated.",
)
@instance_option
@db_option
def serve(host: str, port: int, names: tuple[str, ...], instance: Path, db: str | None) -> None:
    """Start the server and print its address."""
    from server.serving import Application

    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = db or default_database(instance)
    try:
        open_engine(url).dispose()
    except StoreVersionError as error:
        raise click.ClickException(str(error)) from None
    token = secret(instance / "token")
    path = "/" if is_open({"HOST": host, "ALLOW_HOSTS": names}) else f"/?access={token}"
    reached = own_address(host)
    click.echo(f"Poseable: http://{f'[{reached}]' if ':' in reached else reached}:{port}{path}")
    if reached in ANY_ADDRESS:
        click.echo(f"From another device, write this machine's name in place of {reached}.")
    for name in names:
        click.echo(f"Behind a proxy with TLS: https://{name}{path}")
    Application(host, port, {"INSTANCE": instance, "DATABASE": url, "ALLOW_HOSTS": names}).run()


def own_address(host: str) -> str:
    """Return an address at which other devices reach a server bound to ``host``; ``host`` itself if none is known."""
    if host not in ANY_ADDRESS:
        return host
    family, elsewhere = ANY_ADDRESS[host]
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))  # chooses a route; nothing is sent
            found: str = probe.getsockname()[0]
            return found
    except OSError:
        return host


@click.command()
@instance_option
@db_option
@click.option("--with-parent", is_flag=True, help="End when the process that started this one is gone.")
def worker(instance: Path, db: str | None, with_parent: bool) -> None:
    """Do the jobs that wait in the database; the server starts one of these by itself."""
    from server.worker import serve_parent, work

    if with_parent:
        serve_parent()
    work(db or default_database(instance))


@click.command()
@click.argument("session")
@click.option("--format", "ending", type=click.Choice(["csv", "jsonl", "parquet"]), required=True)
@click.option("--raw/--rescored", "raw", default=True, show_default=True, help="As streamed, or as re-scored.")
@instance_option
@db_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
def export(session: str, ending: str, raw: bool, instance: Path, db: str | None, out: Path) -> None:
    """Write a SESSION to a file, as the page's download does."""
    from server import store
    from server.exports import FORMATS, NotRescoredError, open_export

    try:
        engine = open_engine(db or default_database(instance))
        row = store.get_session(engine, session)
        if row is None:
            raise click.ClickException(f"there is no session {session}")
        source = open_export(engine, row, "raw" if raw else "rescored")
    except (StoreVersionError, NotRescoredError) as error:
        raise click.ClickException(str(error)) from None
    write, _ = FORMATS[ending]
    draft = out.with_name(out.name + ".part")  # an interrupted export leaves no file that looks whole
    try:
        with draft.open("wb") as file, click.progressbar(length=row["frames"], label=out.name) as bar:
            for data in write(source.counted(bar.update)):
                file.write(data)
    except store.StoreError as error:
        draft.unlink()
        raise click.ClickException(str(error)) from None
    draft.replace(out)
