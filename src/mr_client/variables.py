"""What does a variable of the environment mean, and what is it where it is not set?

Whoever reads variables declares them as rows of this kind; README's table is made of the rows
(``scripts/tables``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Variable", "table"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the environment."""

    name: str
    default: str
    """What it is where it is not set, or empty."""
    meaning: str

    def read(self, environ: Mapping[str, str]) -> str:
        """Return its value, or its default; an empty value counts as unset."""
        return environ.get(self.name, "").strip() or self.default


def table(variables: Iterable[Variable]) -> str:
    """Return a Markdown table, a row for each variable."""
    rows = [f"| `{each.name}` | {f'`{each.default}`' if each.default else ''} | {each.meaning} |" for each in variables]
    return "\n".join(["| variable | default | |", "|---|---|---|", *rows]) + "\n"
