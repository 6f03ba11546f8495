"""The ``poseable`` command: each room of the house brings its own sub-commands, imported only when they are called.

So ``poseable serve`` starts without TensorFlow, and ``poseable --help`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module

import click

# command -> the module that holds it, as a click command of the same name
COMMANDS = {
    "serve": "server.commands",
    "worker": "server.commands",
    "export": "server.commands",
    "convert": "converter.commands",
    "render": "training.commands",
    "evaluate": "training.commands",
    "label": "training.commands",
    "predict": "training.commands",
    "train": "training.commands",
}


class LazyGroup(click.Group):
    """A click group whose commands are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import and return one command; ``None`` if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command), cmd_name  # noqa: S101 - a wrong table is a bug of ours
        return command


@click.command(cls=LazyGroup)
@click.version_option(package_name="poseable")
def main() -> None:
    """Pose tracking that includes people who use mobility equipment."""


if __name__ == "__main__":
    main()
