"""Which names does a message offer, when the one that was asked for is not there?"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

__all__ = ["NAMES_COMPARED", "Named", "offered"]

Named = tuple[str, str | None]
"""A name, and the state of what bears it."""

NAMES_COMPARED = 500
"""How many names are looked at, at most, for the nearest."""
_SHOWN = 10
_NEAREST = 3
_NEWEST = 3
_NEED_NO_SAYING = (None, "LIVE", "UNKNOWN")


def offered(name: str | None, known: Sequence[Named], *, more: bool = False, nothing: str = "it has none") -> str:
    """Return what to say of the names that there are: all where they are few, else the nearest and the newest.

    Args:
        name: what was asked for; None where any would have done.
        known: what there is, newest first, at most ``NAMES_COMPARED``. A state that keeps it from being served is said.
        more: whether there are others, which were not looked at.
        nothing: what to say where there is nothing.
    """
    if not known:
        return nothing
    nearest = _nearest(name, known) if name else []
    if len(known) <= _SHOWN and not more:
        return f"it has: {_listed([*nearest, *(each for each in reversed(known) if each not in nearest)])}"
    newest = f"newest: {_listed(known[:_NEWEST])}, …"
    return f"nearest: {_listed(nearest)}; {newest}" if nearest else newest


def _nearest(name: str, known: Sequence[Named]) -> list[Named]:
    """Return the few that look most like ``name``, best first; in capitals or not, a name looks like itself."""
    by_spelling: dict[str, list[Named]] = {}
    for each in known:
        by_spelling.setdefault(each[0].casefold(), []).append(each)
    close = difflib.get_close_matches(name.casefold(), by_spelling, n=_NEAREST)
    found = [each for spelling in close for each in by_spelling[spelling]]
    return sorted(found, key=lambda each: -difflib.SequenceMatcher(None, name, each[0]).ratio())[:_NEAREST]


def _listed(named: Sequence[Named]) -> str:
    return ", ".join(repr(name) if state in _NEED_NO_SAYING else f"{name!r} ({state})" for name, state in named)
