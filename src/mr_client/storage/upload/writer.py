"""What can be asked of a store that is written to?"""

from __future__ import annotations

from typing import Protocol

from mr_client.storage.digests.digest import Algorithm
from mr_client.storage.stored import Store
from mr_client.storage.upload.body import Body, Content

__all__ = ["Parts", "Writer"]


class Parts(Protocol):
    """An object that is written in parts: it is there when it is completed, and not before."""

    def send(self, number: int, body: Body) -> None:
        """Write a part; ``number`` counts from 1. Safe from several threads, and to repeat.

        Raises:
            NotAllowed, TransferError: it cannot be written; TransferInterrupted: it may be tried again.
            VerificationFailed: the store has something else.
        """
        ...

    def complete(self, content: Content) -> None:
        """Make the object of its parts; likewise, and ``AlreadyExists`` as for ``Writer.put``."""
        ...

    def abort(self) -> None:
        """Have the store forget the parts; nothing is raised."""
        ...


class Writer(Protocol):
    """One location in a store that is written to."""

    @property
    def store(self) -> Store:
        """What lists the location."""
        ...

    @property
    def whole(self) -> frozenset[Algorithm]:
        """Return the digests of whole files that it sends along."""
        ...

    def fault(self, key: str) -> str | None:
        """Say why no object can have this key, part of a sentence; None where one can."""
        ...

    def part_size(self, size: int, wanted: int) -> int | None:
        """Return the bytes of each part of a file of ``size`` bytes, as near to ``wanted`` as it goes; None: no parts."""
        ...

    def put(self, key: str, body: Body, *, new: bool) -> None:
        """Write a file in one go: whole or absent. Errors are as for ``Parts.send``.

        Args:
            key: of the file.
            body: all of it.
            new: whether nothing may be there; otherwise it replaces what is.

        Raises:
            AlreadyExists: ``new`` is set, and something else is there. A store that knows no such condition replaces it.
        """
        ...

    def begin(self, key: str, content: Content, *, new: bool) -> Parts:
        """Begin an object of several parts; whether another one of this key is in its way shows when it is completed."""
        ...
