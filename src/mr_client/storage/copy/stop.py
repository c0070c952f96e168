"""How is a copy told from outside that nobody wants it any more?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mr_client.errors import TransferInterrupted

__all__ = ["Stop"]


class Stop:
    """Ends what heeds it, once and for all. Safe to share between threads.

    An event that each copy makes for itself would not do: whoever says stop must not be told that a copy has failed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said = False
        self._told: list[Callable[[], object]] = []

    def say(self) -> None:
        """Have everything end that heeds this, now and later. What a read of a socket waits for is waited for."""
        with self._lock:
            self._said = True
            for tell in self._told:
                tell()

    def is_said(self) -> bool:
        """Return whether it is to end."""
        return self._said

    def check(self, what: str) -> None:
        """Go on, or not.

        Args:
            what: is being done, as in ``The copy to '/mnt/models'``.

        Raises:
            TransferInterrupted: it is to end.
        """
        if self._said:
            raise TransferInterrupted(f"{what} was stopped: run again, and it goes on where it was.")

    @contextmanager
    def telling(self, tell: Callable[[], object]) -> Iterator[None]:
        """Meanwhile, call ``tell`` once it is to end, which may be at once; it must not take long."""
        with self._lock:
            self._told.append(tell)
            if self._said:
                tell()
        try:
            yield
        finally:
            with self._lock:
                self._told.remove(tell)
