"""The program ``mr-client``: each command is a call of the library."""

from __future__ import annotations

import os
from importlib import import_module

import click

from mr_client.commands.ending import Ending, heed_streams

__all__ = ["main"]

_HOMES = {
    "serve": "serve",
    "register": "registering",
    "upload": "registering",
    "models": "finding",
    "versions": "finding",
    "show": "finding",
    "resolve": "finding",
    "download": "getting",
    "verify": "getting",
    "update": "changing",
    "archive": "changing",
    "restore": "changing",
    "alias": "changing",
    "cache": "cache",
    "render": "render",
}
"""Which module of ``mr_client.commands`` has a command, in the order in which ``--help`` lists them."""


class _Commands(Ending):
    """Commands that are loaded when they are asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(_HOMES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Load a command."""
        if name not in _HOMES:
            return None
        command: click.Command = getattr(import_module(f"mr_client.commands.{_HOMES[name]}"), name)
        return command


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from mr_client.reports.resolution import version_line

        click.echo(version_line("mr-client"))
        context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
@click.pass_context
def main(context: click.Context) -> None:
    """From a name in a model registry to verified files in a folder.

    \b
    Exit codes: 0 done, 1 unexpected, 2 usage, 3 not found, 4 not allowed,
    5 the registry, a store, the network or the disk failed, 6 files are not what they should be.

    \b
    Example:
      mr-client serve --database registry.db &
      mr-client upload trained/ s3://models/iris/v1 --register iris/v1
      mr-client download model-registry://iris model/
    """
    heed_streams()
    context.obj = os.environ


if __name__ == "__main__":
    main()
