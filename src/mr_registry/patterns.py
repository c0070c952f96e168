"""Does a text match a pattern of LIKE?

As in PostgreSQL: `%` stands for any text, `_` for one character, and a backslash takes both their meaning. SQLite's own
LIKE takes small letters for capitals, and only those of ASCII.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PARTS = re.compile(r"\\(.)|(%+)|(.)", re.DOTALL)


def matches(pattern: str, text: str | None, ignore_case: int) -> bool | None:
    """Say whether the whole text matches; None, which is SQL's NULL, where there is none."""
    return None if text is None else _compile(pattern, bool(ignore_case)).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compile(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    pieces = [""]
    for escaped, wild, plain in _PARTS.findall(pattern):
        if wild:
            pieces.append("")
        else:
            pieces[-1] += "." if plain == "_" else re.escape(escaped or plain)
    first, *others = pieces
    if not others:
        return _expression(first, ignore_case)
    *inner, last = others
    # What stands between two `%` is best matched where it occurs first: atomic groups never try another place, so the
    # time does not grow with the number of `%` as it does where a matcher goes back.
    return _expression(first + "".join(f"(?>.*?{piece})" for piece in inner) + ".*" + last, ignore_case)


def _expression(text: str, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else re.NOFLAG))
