"""What is the digest of a file whose bytes arrive in any order?

A checksum is put together from those of its ranges. Of other digests only bytes in order can be
taken: they follow the ranges as these are written, part by part where the digest is one of parts,
on whichever thread has just written. So little is left to do when the last byte arrives.
"""

from __future__ import annotations

import bisect
import os
import threading
from collections.abc import Callable

from mr_client.storage.digests import digest as digests
from mr_client.storage.digests.digest import Digest

__all__ = ["Following"]

_PIECE = 1024 * 1024


class Following:
    """A digest of a file while it is written. Safe to share between threads.

    Args:
        digest: which one; a library for it is installed.
        size: bytes of the file.
    """

    def __init__(self, digest: Digest, size: int) -> None:
        self._digest = digest
        self._ranges = digests.pieces(digest, size)
        self._parts = [_Part(digest, start, stop) for start, stop in self._ranges]
        self._starts = [start for start, _ in self._ranges]
        self._lock = threading.Lock()
        self._written: list[tuple[int, int]] = []

    def wrote(self, descriptor: int, start: int, stop: int, *, stopped: Callable[[], bool]) -> None:
        """Take note that a range is written, and go on with what lies in order now."""
        with self._lock:
            self._written = _merged([*self._written, (start, stop)])
        first = bisect.bisect_right(self._starts, start) - 1
        last = bisect.bisect_left(self._starts, stop)
        for part in self._parts[max(first, 0) : last]:
            if part.lock.acquire(blocking=False):
                try:
                    self._follow(part, descriptor, stopped)
                finally:
                    part.lock.release()

    def value(self, descriptor: int, *, stopped: Callable[[], bool]) -> bytes | None:
        """Return the digest of the file, all of which is written; None if ``stopped`` said so meanwhile."""
        for part in self._parts:
            with part.lock:
                self._follow(part, descriptor, stopped)
        if stopped():
            return None
        return digests.assembled(self._digest, self._ranges, [part.running.value() for part in self._parts])

    def _follow(self, part: _Part, descriptor: int, stopped: Callable[[], bool]) -> None:
        while part.position < (end := min(part.stop, self._in_order(part.position))):
            while part.position < end:
                if stopped():
                    return
                piece = os.pread(descriptor, min(_PIECE, end - part.position), part.position)
                if not piece:
                    return  # cut off behind our back: the digest will be another
                part.running.update(piece)
                part.position += len(piece)

    def _in_order(self, position: int) -> int:
        with self._lock:
            return next((stop for start, stop in self._written if start <= position < stop), position)


class _Part:
    __slots__ = ("lock", "position", "running", "start", "stop")

    def __init__(self, digest: Digest, start: int, stop: int) -> None:
        self.running = digests.begun(digest.algorithm)
        self.start = self.position = start
        self.stop = stop
        self.lock = threading.Lock()


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
