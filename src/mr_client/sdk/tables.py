"""How do values become a table in HTML? Pure: all text is escaped, whoever wrote it.

Names, descriptions and URIs come from whoever may write to the registry, and a notebook shows what it is
given, scripts included. So nothing is markup but what stands here, and a link is made of nothing but an
address of the web.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

__all__ = ["Link", "card", "table"]

_LONGEST = 200
"""How many characters of a text are shown."""
_SHOWN_AS_THEY_ARE = "\n\t\u200c\u200d"
"""Beside what is printable: what joins letters, and parts of emoji."""
# The classes keep a notebook from taking dollar signs for formulas.
_TABLE = '<table class="tex2jax_ignore mathjax_ignore">'
# Jupyter puts all cells to the right, and the caption in the middle.
_LEFT, _RIGHT = (f' style="text-align: {side}; vertical-align: top"' for side in ("left", "right"))


@dataclass(frozen=True, slots=True)
class Link:
    """A text that is an address, linked where it is one of the web."""

    text: str


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str, note: str = "") -> str:
    """Return rows as a table.

    Args:
        columns: their names; one in which no row has anything is left out.
        rows: a value for each column.
        caption: what is shown.
        note: a sentence below.
    """
    kept = [at for at in range(len(columns)) if not rows or any(_has(row[at]) for row in rows)]
    styles = {at: _RIGHT if rows and all(_is_number(row[at]) for row in rows) else _LEFT for at in kept}
    head = "".join(f"<th{styles[at]}>{_escaped(columns[at])}</th>" for at in kept)
    body = "".join(f"<tr>{''.join(f'<td{styles[at]}>{_cell(row[at])}</td>' for at in kept)}</tr>" for row in rows)
    below = f"<p>{_escaped(note)}</p>" if note else ""
    return f"{_TABLE}{_caption(caption)}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def card(values: Mapping[str, object], *, caption: str) -> str:
    """Return one thing as a table: a row for each of its values, except for what it has not."""
    body = "".join(
        f"<tr><th{_LEFT}>{_escaped(name)}</th><td{_LEFT}>{_cell(value)}</td></tr>"
        for name, value in values.items()
        if _has(value)
    )
    return f"{_TABLE}{_caption(caption)}<tbody>{body}</tbody></table>"


def _caption(text: str) -> str:
    return f"<caption{_LEFT}>{_escaped(text)}</caption>"


def _has(value: object) -> bool:
    return value is not None and value != "" and value != {} and value != ()


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _cell(value: object) -> str:
    if isinstance(value, Link):
        return _linked(value.text)
    if isinstance(value, datetime):
        return _escaped(f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
    if isinstance(value, Mapping):
        return "<br>".join(f"{_escaped(str(name))}: {_escaped(_text(each))}" for name, each in value.items())
    if isinstance(value, tuple):
        return "<br>".join(_escaped(_text(each)) for each in value)
    return _escaped(_text(value))


def _text(value: object) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list | bool) else str(value)


def _linked(text: str) -> str:
    shown = _escaped(text)
    if not _is_web(text):
        return shown
    target = html.escape(text, quote=True)
    return f'<a href="{target}" target="_blank" rel="noopener noreferrer">{shown}</a>'


def _is_web(text: str) -> bool:
    """Tell whether a browser would go where a reader thinks: to a host of the web, under nobody's name."""
    if any(not character.isprintable() or character in ' \\"<>' for character in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _escaped(text: str) -> str:
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return html.escape("".join(map(_visible, cut)), quote=True)


def _visible(character: str) -> str:
    """Return a character as it may be shown: one that turns the reading direction, or rings a bell, as its code."""
    if character.isprintable() or character in _SHOWN_AS_THEY_ARE:
        return character
    return ascii(character)[1:-1]
