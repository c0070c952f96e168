"""What do models that are fetched one after the other share? Connections, for a while.

A program that runs for months must not hold on to credentials and certificates that were read when it began:
connections are given up after a minute without work, or ten with it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mr_client.connections import Connections

__all__ = ["Lanes"]

_IDLE = 60.0
_LONGEST = 600.0


class Lanes:
    """Connections, each used by one thread at a time. Safe to share between threads.

    Args:
        clock: returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._free: list[tuple[Connections, float, float]] = []

    @contextmanager
    def lane(self) -> Iterator[Connections]:
        """Have connections for oneself: those of the last who had some, where they are fresh."""
        connections, made = self._taken()
        try:
            yield connections
        except BaseException:
            connections.close()  # perhaps it is they who are at fault
            raise
        with self._lock:
            self._free.append((connections, made, self._clock()))

    def clear(self) -> None:
        """Give up what was not used for a minute; to be called now and then."""
        with self._lock:
            stale = [each for each in self._free if not self._fresh(*each[1:])]
            self._free = [each for each in self._free if each not in stale]
        for connections, _, _ in stale:
            connections.close()

    def close(self) -> None:
        """Give up all that nobody uses."""
        with self._lock:
            free, self._free = self._free, []
        for connections, _, _ in free:
            connections.close()

    def _taken(self) -> tuple[Connections, float]:
        self.clear()
        with self._lock:
            if self._free:
                connections, made, _ = self._free.pop()
                return connections, made
        return Connections(), self._clock()

    def _fresh(self, made: float, used: float) -> bool:
        now = self._clock()
        return now - used < _IDLE and now - made < _LONGEST
