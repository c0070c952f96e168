"""What does a person see on a terminal, and what does a pipe get?

On a terminal tables and trees are rich's, which fit its width and heed ``NO_COLOR``. Elsewhere, and where rich is not
installed, they are aligned text that is never cut off, one line for each row. What others wrote into a registry is
shown as text: nothing in it is markup, and nothing steers the terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["Branch", "print_json", "print_table", "print_tree", "said"]


@dataclass(slots=True)
class Branch:
    """A line of a tree, with what is below it; ``title`` is one that names a thing, and not what it has."""

    label: str
    below: list[Branch] = field(default_factory=list)
    title: bool = False

    def add(self, label: str) -> Branch:
        """Add a line below, and return it."""
        self.below.append(Branch(label))
        return self.below[-1]


def print_json(value: object) -> None:
    """Print a value as JSON. It holds no character that a terminal could not show."""
    click.echo(json.dumps(value, indent=2))


def print_table(rows: Sequence[Mapping[str, Any]], *, nothing: str) -> None:
    """Print a row for each mapping; all have the same keys, which are the columns.

    Args:
        rows: what to print.
        nothing: said on stderr where there is none.
    """
    if not rows:
        click.echo(nothing, err=True)
        return
    texts = [[said(value) for value in row.values()] for row in rows]
    names = list(rows[0])
    if (console := _console()) is None:
        widths = [max(map(len, column)) for column in zip(names, *texts, strict=True)]
        for row in (names, *texts):
            click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in texts:
        table.add_row(*map(Text, row))
    _show(console, table)


def print_tree(root: Branch) -> None:
    """Print a tree."""
    if (console := _console()) is None:
        for depth, label in _lines(root, 0):
            click.echo(f"{'  ' * depth}{label}")
        return
    from rich.text import Text
    from rich.tree import Tree

    def grown(branch: Branch) -> Tree:
        tree = Tree(Text(branch.label, style="bold" if branch.title else ""), guide_style="dim")
        tree.children.extend(map(grown, branch.below))
        return tree

    _show(console, grown(root))


def said(value: object) -> str:
    """Return a value as a cell shows it: nothing for None, and quoted where it would steer a terminal."""
    match value:
        case None:
            return ""
        case str():
            text = value
        case Mapping():
            text = ", ".join(f"{name}={said(each)}" for name, each in value.items())
        case bool() | int() | float():
            text = json.dumps(value)
        case Iterable():
            text = ", ".join(map(said, value))
        case _:
            text = str(value)
    return text if text.isprintable() else repr(text)


def _console() -> Console | None:
    """Return what draws on the terminal, None where there is none."""
    if not sys.stdout.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    # Without colours (no-color.org) nothing is bold either: what asks for none would rather see no escapes at all.
    plain = bool(click.get_current_context().obj.get("NO_COLOR"))
    return Console(highlight=False, markup=False, emoji=False, color_system=None if plain else "auto")


def _show(console: Console, drawn: RenderableType) -> None:
    with console.capture() as captured:
        console.print(drawn)
    click.echo(captured.get(), nl=False)


def _lines(branch: Branch, depth: int) -> Iterable[tuple[int, str]]:
    yield depth, branch.label
    for each in branch.below:
        yield from _lines(each, depth + 1)
