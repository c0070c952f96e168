"""What do models that are fetched share? Connections, for a while.

A program that runs for months must not hold on to credentials and certificates that were read when it began:
connections are given up after a minute without work, ten with it, or a failure, which may be theirs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mr_client.connections import Connections

__all__ = ["Sharing"]

_IDLE = 60.0
_LONGEST = 600.0


@dataclass(slots=True, eq=False)
class _Shared:
    made: float
    left: float
    """When the last user left."""
    connections: Connections = field(default_factory=Connections)
    users: int = 0


class Sharing:
    """Connections that all threads use until they are old. Safe to share between threads.

    Args:
        clock: returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._current: _Shared | None = None

    @contextmanager
    def connections(self) -> Iterator[Connections]:
        """Use connections meanwhile; they are closed when the last user of old ones leaves."""
        with self._lock:
            if self._current is None or self._stale(self._current):
                self._retire()
                self._current = _Shared(self._clock(), self._clock())
            shared = self._current
            shared.users += 1
        good = False
        try:
            yield shared.connections
            good = True
        finally:
            with self._lock:
                shared.users -= 1
                shared.left = self._clock()
                if shared is self._current:
                    if not good:
                        self._retire()
                elif not shared.users:
                    shared.connections.close()

    def clear(self) -> None:
        """Give up what is old and not used; to be called now and then."""
        with self._lock:
            if self._current is not None and self._stale(self._current):
                self._retire()

    def close(self) -> None:
        """Give up what there is; who still uses it closes it."""
        with self._lock:
            self._retire()

    def _retire(self) -> None:
        shared, self._current = self._current, None
        if shared is not None and not shared.users:
            shared.connections.close()

    def _stale(self, shared: _Shared) -> bool:
        now = self._clock()
        return (not shared.users and now - shared.left >= _IDLE) or now - shared.made >= _LONGEST
