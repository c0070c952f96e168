"""Which page of a list is asked for, and where does the next one begin?

Rows are ordered by (value, id), so that equal values never make a page skip or repeat a row. A token is base64 of
"<id>:<value>" of the last row; it does not carry the order, which has to be sent again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mr_registry import binary, decimals
from mr_registry.errors import BadRequest

Column = Literal["id", "create_time", "update_time"]

_COLUMNS: Mapping[str, Column] = {"ID": "id", "CREATE_TIME": "create_time", "LAST_UPDATE_TIME": "update_time"}

_LONGEST_TOKEN = 1024


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: its id, and its value in the column that orders the list."""

    id: int
    value: int


@dataclass(frozen=True, slots=True)
class Page:
    """What a list is asked for."""

    size: int = 0
    """As sent. Zero or less: everything."""
    column: Column = "id"
    descending: bool = False
    after: Cursor | None = None


def read_page(query: Mapping[str, str]) -> Page:
    """Return the page that a query asks for, or raise BadRequest. Unknown orders count as by id, ascending."""
    return Page(
        size=_read_size(query.get("pageSize", "")),
        column=_COLUMNS.get(query.get("orderBy", ""), "id"),
        descending=query.get("sortOrder") == "DESC",
        after=decode(token) if (token := query.get("nextPageToken")) else None,
    )


def encode(cursor: Cursor) -> str:
    """Return the token of a cursor."""
    return base64.b64encode(f"{cursor.id}:{cursor.value}".encode()).decode()


def decode(token: str) -> Cursor:
    """Return the cursor of a token, or raise BadRequest."""
    if len(token) > _LONGEST_TOKEN:
        raise BadRequest("invalid nextPageToken: invalid cursor format")
    try:
        row, _, value = binary.decode(token).decode().partition(":")
        return Cursor(decimals.parse(row, 32), decimals.parse(value, 64))
    except ValueError as exc:
        raise BadRequest(f"invalid nextPageToken: {exc}") from exc


def _read_size(text: str) -> int:
    try:
        return decimals.parse(text, 32) if text else 0
    except ValueError as exc:
        raise BadRequest(f"invalid pageSize: {exc}") from exc
