"""What the pages show of the code, made of it: README's tables, the stores, the programs' help, who may import whom."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from declared import DECLARED
from picture import picture

import mr_storage_initializer.__main__ as initializer
from mr_client import cli
from mr_client.storage.known_stores import STORES, long_table, short_table
from mr_client.variables import table

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
STORES_PAGE = ROOT / "docs" / "stores.md"
PROGRAMS = ROOT / "docs" / "programs.md"
PICTURE = ROOT / "docs" / "imports.svg"


def rendered(text: str) -> str:
    """Return README's text with the tables that the code gives."""
    return _between("stores", short_table(STORES), _between("variables", table(DECLARED), text))


def helped(text: str) -> str:
    """Return the page of the programs with the help of each of their commands."""
    pages = [*_help("mr-client", cli.main), *_help("mr-storage-initializer", initializer.main)]
    return _between("help", "\n".join(pages), text)


def _help(name: str, command: click.Command, parent: click.Context | None = None) -> Iterator[str]:
    settings = {"terminal_width": 78, **command.context_settings}  # as click has it for 80 columns
    context = click.Context(command, parent=parent, info_name=name, **settings)
    said = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield f"## {context.command_path}\n\n```console\n$ {context.command_path} --help\n{said}\n```\n"
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from _help(each, found, context)


def _between(name: str, made: str, text: str) -> str:
    between = re.compile(f"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)
    written, found = between.subn(lambda _: f"\n{made}\n", text)
    assert found == 1, f"there is no section <!-- {name} --> … <!-- /{name} -->"
    return written


if __name__ == "__main__":
    made = {
        README: rendered(README.read_text(encoding="utf-8")),
        STORES_PAGE: _between("stores", long_table(STORES), STORES_PAGE.read_text(encoding="utf-8")),
        PROGRAMS: helped(PROGRAMS.read_text(encoding="utf-8")),
        PICTURE: picture(),
    }
    stale = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if sys.argv[1:] == ["--check"]:
        names = ", ".join(path.relative_to(ROOT).as_posix() for path in stale)
        sys.exit(f"not as the code has it: {names}; run scripts/tables" if stale else None)
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
