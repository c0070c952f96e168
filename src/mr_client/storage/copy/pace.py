"""How fast may a store be asked? One pace for all workers of a copy."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

__all__ = ["Pace"]

_LONGEST = 30.0
"""Seconds between two attempts, at most, unless the store asks for more."""
_LONGEST_ASKED = 300.0
"""Seconds that a store may ask for: more is taken for a mistake."""


class Pace:
    """When the next request may be sent, and how fast bytes may come. Safe to share between threads.

    Args:
        wait: seconds before the second attempt; doubled for each one after, less a random part.
        rate_limit: bytes a second for all workers together; None sets no limit.
        sleep: waits for as many seconds, or until the copy stops: then it returns True.
        clock: tells seconds.
    """

    def __init__(
        self,
        wait: float,
        rate_limit: float | None,
        sleep: Callable[[float], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wait = wait
        self._rate_limit = rate_limit
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._spent_until = 0.0

    def ready(self) -> bool:
        """Wait until the store may be asked; return whether the copy stops instead."""
        while (left := self._not_before - self._clock()) > 0:
            # Spread, so that what was slowed down together does not come back together.
            if self._sleep(left + random.uniform(0, self._wait)):  # noqa: S311 - guards nothing
                return True
        return False

    def spend(self, size: int) -> None:
        """Wait as long as ``size`` bytes take at the limit."""
        if self._rate_limit is None:
            return
        with self._lock:
            now = self._clock()
            self._spent_until = max(self._spent_until, now) + size / self._rate_limit
            left = self._spent_until - now
        self._sleep(left)

    def back_off(self, attempt: int) -> bool:
        """Wait before an attempt more, this worker alone; return whether the copy stops instead."""
        return self._sleep(self._after(attempt))

    def slow_down(self, attempt: int, asked: float | None) -> bool:
        """Let nobody ask for a while: the store says that it is asked too often. Return whether the copy stops instead.

        Args:
            attempt: how often this worker was told so in a row.
            asked: seconds that the store asks for, None where it does not say.
        """
        pause = max(self._after(attempt), min(asked or 0.0, _LONGEST_ASKED))
        with self._lock:
            self._not_before = max(self._not_before, self._clock() + pause)
        return self.ready()

    def _after(self, attempt: int) -> float:
        wait: float = min(self._wait * 2.0 ** (attempt - 1), _LONGEST)
        return wait * random.uniform(0.5, 1.0)  # noqa: S311 - guards nothing
