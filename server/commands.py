"""``poseable serve``."""

from __future__ import annotations

from pathlib import Path

import click

from server.app import create_app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--instance", type=click.Path(path_type=Path), default=Path("instance"), show_default=True)
def serve(host: str, port: int, instance: Path) -> None:
    """Start the server and print its address."""
    instance.mkdir(parents=True, exist_ok=True)
    create_app({"INSTANCE": instance}).run(host=host, port=port)
