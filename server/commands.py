"""``poseable serve``, ``poseable worker`` and ``poseable export``."""

from __future__ import annotations

from pathlib import Path

import click

from server.access import is_loopback, secret
from server.app import default_database
from server.schema import StoreVersionError, open_engine

instance_option = click.option(
    "--instance",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("instance"),
    show_default=True,
    help="Folder of the access token and the database.",
)
db_option = click.option("--db", help="Database as an SQLAlchemy URL.  [default: SQLite in the instance folder]")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on.")
@instance_option
@db_option
def serve(host: str, port: int, instance: Path, db: str | None) -> None:
    """Start the server and print its address."""
    from server.serving import Application

    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = db or default_database(instance)
    try:
        open_engine(url).dispose()
    except StoreVersionError as error:
        raise click.ClickException(str(error)) from None
    token = secret(instance / "token")
    name = f"[{host}]" if ":" in host else host
    click.echo(f"Poseable: http://{name}:{port}/" + ("" if is_loopback(host) else f"?access={token}"))
    Application(host, port, {"INSTANCE": instance, "DATABASE": url}).run()
