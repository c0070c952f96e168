"""Which bytes of a file are on disk, and which are missing?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mr_client.storage.digests.checksums import Crc, combined

__all__ = ["Extent", "gaps", "joined", "ranges", "within"]


@dataclass(frozen=True, slots=True, order=True)
class Extent:
    """Bytes of a file that were written, and their checksum."""

    start: int
    stop: int
    """The byte after the last one."""
    checksum: bytes
    """By the algorithm of the file's journal entry."""

    @property
    def size(self) -> int:
        """Bytes."""
        return self.stop - self.start


def ranges(size: int, step: int) -> Iterator[tuple[int, int]]:
    """Yield ``(start, stop)`` of the ranges of ``step`` bytes that make up ``size`` bytes."""
    for start in range(0, size, step):
        yield start, min(start + step, size)


def within(extents: Iterable[Extent], start: int, stop: int) -> tuple[Extent, ...]:
    """Return those of ``extents`` that lie between two bytes, in order, leaving out what overlaps another."""
    found: list[Extent] = []
    for extent in sorted(extents):
        if (found[-1].stop if found else start) <= extent.start < extent.stop <= stop:
            found.append(extent)
    return tuple(found)


def joined(extents: Iterable[Extent], algorithm: Crc) -> bytes:
    """Return the checksum of what ``extents``, at least one, in order and without a gap, are together."""
    first, *others = extents
    value = first.checksum
    for extent in others:
        value = combined(algorithm, value, extent.checksum, extent.size)
    return value


def gaps(extents: Iterable[Extent], start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield ``(start, stop)`` of what ``extents``, in order and without overlap, leave open."""
    for extent in extents:
        if start < extent.start:
            yield start, extent.start
        start = extent.stop
    if start < stop:
        yield start, stop
