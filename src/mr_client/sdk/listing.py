"""What is a list that is fetched as it is read, and can be shown before?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Generic, TypeVar

from mr_client.sdk.display import frame, html_table

__all__ = ["Listing", "Named"]

T = TypeVar("T")

_SHOWN = 20
"""How many rows a notebook shows of a list."""
_NAMED = 10
"""How many names the plain text of what goes by names says."""


class Listing(Iterator[T], Generic[T]):
    """What a registry lists, fetched page by page as it is iterated: once, like any iterator.

    A notebook shows the first rows as a table, which takes nothing away from the iteration.
    ``to_frame`` makes a ``pandas.DataFrame`` of all. For one thread at a time.

    Args:
        walk: begins to fetch the list.
        kind: what is listed.
        title: what it is called, such as ``versions of 'iris'``.
    """

    def __init__(self, walk: Callable[[], Iterable[T]], kind: type, title: str) -> None:
        self._walk = walk
        self._kind = kind
        self._title = title
        self._source: Iterator[T] | None = None
        self._fetched = 0
        self._head: list[T] = []  # what came first, one more than is shown at most
        self._at = 0

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        item = self._head[self._at] if self._at < len(self._head) else self._fetch()
        self._at += 1
        return item

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._title}>"

    def _repr_html_(self) -> str:
        with suppress(StopIteration):
            while len(self._head) <= _SHOWN:
                self._fetch()
        return html_table(self._kind, self._head[:_SHOWN], caption=self._title, more=len(self._head) > _SHOWN)

    def _fetch(self) -> T:
        if self._source is None:
            self._source = islice(self._walk(), self._fetched, None)
        try:
            item = next(self._source)
        except StopIteration:
            raise
        except Exception:
            # What has failed would seem to have ended: where it is asked again, it is begun again.
            self._source = None
            raise
        self._fetched += 1
        if len(self._head) <= _SHOWN:
            self._head.append(item)
        return item

    def to_frame(self) -> Any:
        """Return all of the list as a ``pandas.DataFrame``, fetched anew: the iteration stays where it is.

        Each custom property is a column, ``properties.NAME``. Web addresses come without password and query.

        Raises:
            MissingExtra: pandas is not installed.
            NotAllowed, RegistryError: the registry refuses, or fails.
        """
        return frame(self._kind, self._walk())


class Named(Mapping[str, T], Generic[T]):
    """What goes by its names, in the order of the registry: ``run.metrics()["accuracy"]``.

    Args:
        items: by name.
        kind: what they are.
        title: what they are called, such as ``metrics of 'run-1'``.
    """

    def __init__(self, items: Mapping[str, T], kind: type, title: str) -> None:
        self._items = dict(items)
        self._kind = kind
        self._title = title

    def __getitem__(self, name: str) -> T:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        names = ", ".join(map(repr, islice(self._items, _NAMED)))
        return f"<{self._title}: {names}{', …' if len(self._items) > _NAMED else ''}>"

    def _repr_html_(self) -> str:
        return html_table(self._kind, self._items.values(), caption=self._title)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._items)

    def to_frame(self) -> Any:
        """Return all as a ``pandas.DataFrame``.

        Raises:
            MissingExtra: pandas is not installed.
        """
        return frame(self._kind, self._items.values())
