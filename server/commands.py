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
    with draft.open("wb") as file, click.progressbar(length=row["frames"], label=out.name) as bar:
        for data in write(source.counted(bar.update)):
            file.write(data)
    draft.replace(out)
