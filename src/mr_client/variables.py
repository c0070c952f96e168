"""What does a variable of the environment mean, and what is it where it is not set?

Whoever reads variables declares them as rows of this kind; README's table is made of the rows
(``scripts/tables``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mr_client.errors import InvalidSettings

__all__ = ["Variable", "table"]

_YES = frozenset({"1", "true", "yes", "y", "on", "t"})
_NO = frozenset({"0", "false", "no", "n", "off", "f"})


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

    def flag(self, environ: Mapping[str, str]) -> bool | None:
        """Return whether it says yes; None where it is not set. A default does not count.

        Raises:
            InvalidSettings: it says neither yes nor no. Guessing might switch off a check.
        """
        value = environ.get(self.name, "").strip()
        if value.lower() in _YES:
            return True
        if value.lower() in _NO:
            return False
        if value:
            raise InvalidSettings(f"{self.name} {value!r} is neither yes nor no: set it to true or false.")
        return None


def table(variables: Iterable[Variable]) -> str:
    """Return a Markdown table, a row for each variable."""
    rows = [f"| `{each.name}` | {f'`{each.default}`' if each.default else ''} | {each.meaning} |" for each in variables]
    return "\n".join(["| variable | default | |", "|---|---|---|", *rows]) + "\n"
