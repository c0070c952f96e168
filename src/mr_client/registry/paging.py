"""How is a list read, page by page?

Bodies are kept whole in memory, so no more than one page is alive at a time: what has been
yielded is let go before the next page is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from mr_client.registry.answers import no_answer
from mr_client.registry.connection import Connection, Operation
from mr_rest.models import (
    ArtifactList,
    ExperimentList,
    ExperimentRunList,
    MetricList,
    ModelVersionList,
    RegisteredModelList,
)
from mr_rest.types import UNSET, Unset

__all__ = ["Page", "first_page", "walk"]

PageT = TypeVar(
    "PageT", RegisteredModelList, ModelVersionList, ArtifactList, ExperimentList, ExperimentRunList, MetricList
)
ItemT = TypeVar("ItemT")

_FIRST = 100
"""How many the first page holds. The most that servers up to v0.2.18 give."""
_WALKED = 500
"""How many each page of a whole list holds: 10,000 versions are 20 calls, and less than 30 MiB where each
has 5,000 characters of description (7 MiB where it has 500). Sent in any case: without it newer servers
answer with everything, whatever that is, and servers up to v0.2.18 with 20. They give 100 where more is asked."""


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """The first page of a list."""

    items: tuple[ItemT, ...]
    more: bool
    """Whether the list goes on."""


def first_page(
    connection: Connection,
    kind: type[PageT],
    operation: Operation,
    *arguments: str,
    size: int = _FIRST,
    order_by: str,
    **parameters: Any,
) -> Page[Any]:
    """Return the first page of a list, the last in the order first."""
    # Both, since servers up to v0.2.18 heed no sortOrder without an orderBy.
    page = connection.call(
        kind, operation, *arguments, page_size=str(size), order_by=order_by, sort_order="DESC", **parameters
    )
    return Page(tuple(page.items), bool(page.next_page_token))


def walk(
    connection: Connection,
    kind: type[PageT],
    operation: Operation,
    *arguments: str,
    descending: bool = False,
    **parameters: Any,
) -> Iterator[Any]:
    """Yield all of a list by id, fetching pages as needed.

    Raises:
        RegistryError: the pages lead in a circle.
    """
    token: str | Unset = UNSET
    seen: set[str] = set()
    while True:
        # By ID: other orders have ties, and servers skip or repeat rows between pages of those.
        page = connection.call(
            kind,
            operation,
            *arguments,
            page_size=str(_WALKED),
            order_by="ID",
            sort_order="DESC" if descending else "ASC",  # servers up to v0.2.18 sort downwards where nothing is said
            next_page_token=token,
            **parameters,
        )
        token = page.next_page_token
        items = iter(page.items)
        del page
        yield from items
        del items
        if not token:
            return
        if token in seen:
            raise no_answer(connection.endpoint.url, f"its page token {token!r} leads in a circle")
        seen.add(token)
