"""What is the digest of these bytes?

Checksums run at the hardware's speed through libraries that are imported when they are first
needed. Where none is installed only zlib and hashlib are left; a digest that cannot be computed
is not checked, and ``why_unchecked`` says so.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeGuard

from mr_client.errors import VerificationFailed
from mr_client.storage.digests.checksums import CRC_SIZES, Crc, combined, crc_function

__all__ = [
    "COMBINABLE",
    "SIZES",
    "Algorithm",
    "Digest",
    "Running",
    "Verify",
    "assembled",
    "begun",
    "best",
    "computable",
    "found",
    "journal_algorithm",
    "mismatch",
    "pieces",
    "range_algorithm",
    "ranged",
    "running",
    "why_unchecked",
]

Verify = Literal["size", "store", "full"]
"""How closely what arrived is looked at. Measured on one core of an AMD EPYC:

* ``size``: each file has the size its store says. Costs nothing.
* ``store``: also the best digest that the store vouches for. Costs what its algorithm costs:
  CRC-64/NVME 53 GiB/s, CRC-32C 35, CRC-32 4, SHA-1 1.8, SHA-256 1.7, SHA-512 0.8, MD5 0.7.
* ``full``: also every file as it is on disk when all are there, those too that an earlier run
  brought: the same once more, and the time to read the disk.

Where the registry recorded a digest of the folder (docs/digests.md) it is compared whatever the
level: SHA-256 of every file, 1.7 GiB/s for each core.
"""

Algorithm = Literal[Crc, "sha256", "sha1", "sha512", "md5"]
SIZES: dict[Algorithm, int] = {
    "crc64nvme": 8,
    "crc32c": 4,
    "crc32": 4,
    "sha256": 32,
    "sha1": 20,
    "sha512": 64,
    "md5": 16,
}
"""Bytes of a value. In the order of preference: by speed, and of SHA-256 and SHA-1, which are as fast, the stronger."""

COMBINABLE: frozenset[Algorithm] = frozenset(CRC_SIZES)
"""Digests of neighbouring ranges of these give the digest of both."""

_PIECE = 1024 * 1024
_RANGE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Digest:
    """What somebody vouches for: a digest of a file's content."""

    algorithm: Algorithm
    value: bytes
    """Big-endian; of the whole content, or of its parts' digests."""
    source: str
    """What vouches for it, for messages: ``ETag``, ``x-amz-checksum-crc32c``, …"""
    parts: tuple[int, ...] = ()
    """Bytes of each part, where this is the digest of the parts' digests one after the other (S3 multipart)."""
    assumed: bool = False
    """Whether the parts' sizes are inferred: then a mismatch proves nothing before they are confirmed."""

    @property
    def joins(self) -> bool:
        """Whether it can be put together from the checksums of ranges, whichever they are."""
        return self.algorithm in COMBINABLE and not self.parts


class Running(Protocol):
    """A digest of bytes that come in order."""

    def update(self, piece: bytes | bytearray | memoryview, /) -> None:
        """Take the next bytes."""
        ...

    def value(self) -> bytes:
        """Return the digest of the bytes so far."""
        ...


class _Crc:
    __slots__ = ("_size", "_update", "_value")

    def __init__(self, update: Callable[[bytes | bytearray | memoryview, int], int], size: int) -> None:
        self._update, self._size, self._value = update, size, 0

    def update(self, piece: bytes | bytearray | memoryview, /) -> None:
        self._value = self._update(piece, self._value)

    def value(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


class _Hash:
    __slots__ = ("_hash", "update")

    def __init__(self, algorithm: Algorithm) -> None:
        self._hash = hashlib.new(algorithm, usedforsecurity=False)
        self.update = self._hash.update

    def value(self) -> bytes:
        return self._hash.digest()


def running(algorithm: Algorithm) -> Running | None:
    """Return a digest of nothing yet; None where no library for it is installed."""
    if not _is_crc(algorithm):
        return _Hash(algorithm)
    update = crc_function(algorithm)
    return _Crc(update, SIZES[algorithm]) if update else None


def begun(algorithm: Algorithm) -> Running:
    """Return a digest of nothing yet, by an algorithm that was chosen because it can be computed here."""
    digest = running(algorithm)
    assert digest is not None, "no algorithm is chosen that cannot be computed"
    return digest


def computable(algorithm: Algorithm) -> bool:
    """Return whether a library for it is installed. The first question costs its import: 50 ms for awscrt."""
    return not _is_crc(algorithm) or crc_function(algorithm) is not None


def journal_algorithm() -> Crc:
    """Return a checksum of ranges that can be had here at its best speed: CRC-32C by a library, else zlib's CRC-32."""
    return "crc32c" if computable("crc32c") else "crc32"


def range_algorithm(wanted: Digest | None) -> Crc:
    """Return the checksum to take of ranges: that of ``wanted`` if theirs give its value, else the journal's."""
    if wanted is not None and wanted.joins and _is_crc(wanted.algorithm):
        return wanted.algorithm
    return journal_algorithm()


def pieces(digest: Digest, size: int, *, longest: int = _RANGE) -> tuple[tuple[int, int], ...]:
    """Return the ranges whose digests, taken by any thread in any order, give that of a file of ``size`` bytes.

    They are the parts of a composite, ranges of ``longest`` bytes of a checksum, and else the whole file.
    """
    if digest.parts:
        sizes: Sequence[int] = digest.parts
    elif digest.algorithm in COMBINABLE and size:
        whole, rest = divmod(size, longest)
        sizes = [longest] * whole + [rest] * bool(rest)
    else:
        sizes = [size]
    stops = [0]
    for each in sizes:
        stops.append(stops[-1] + each)
    return tuple(itertools.pairwise(stops))


def ranged(
    descriptor: int, algorithm: Algorithm, start: int, stop: int, *, stopped: Callable[[], bool] = lambda: False
) -> bytes | None:
    """Return the digest of a range of an open file, up to its end; None if ``stopped`` said so meanwhile.

    Reads by ``pread``, 1 MiB at a time, and lets other threads run meanwhile.

    Raises:
        LookupError: no library for the algorithm is installed.
    """
    digest = running(algorithm)
    if digest is None:
        raise LookupError(f"No library here computes {algorithm}.")
    while start < stop:
        if stopped():
            return None
        piece = os.pread(descriptor, min(_PIECE, stop - start), start)
        if not piece:
            break
        digest.update(piece)
        start += len(piece)
    return digest.value()


def assembled(digest: Digest, ranges: Sequence[tuple[int, int]], values: Sequence[bytes]) -> bytes:
    """Return the digest of the file from those of its ``pieces``, to be compared with ``digest.value``."""
    if digest.parts:
        whole = begun(digest.algorithm)
        whole.update(b"".join(values))
        return whole.value()
    value, algorithm = values[0], digest.algorithm
    if not _is_crc(algorithm):
        return value  # there is but one range
    for (start, stop), following in zip(ranges[1:], values[1:], strict=True):
        value = combined(algorithm, value, following, stop - start)
    return value


def found(descriptor: int, digest: Digest, *, stopped: Callable[[], bool] = lambda: False) -> bytes | None:
    """Return what an open file has in place of ``digest.value``; None if ``stopped`` said so meanwhile.

    One thread does it all; to share it among several, give each ``ranged`` of some of the ``pieces``.

    Raises:
        LookupError: no library for the algorithm is installed.
    """
    ranges = pieces(digest, os.fstat(descriptor).st_size)
    values: list[bytes] = []
    for start, stop in ranges:
        value = ranged(descriptor, digest.algorithm, start, stop, stopped=stopped)
        if value is None:
            return None
        values.append(value)
    return assembled(digest, ranges, values)


def best(digests: Iterable[Digest]) -> Digest | None:
    """Return the digest to check: the cheapest that can be computed here, and one that proves something first.

    A copy is checked against accidents, which any of them finds, so the price decides (``Verify``).
    Of one algorithm, the digest of the whole content comes before one of parts: where it can be
    combined, it is taken while the bytes stream in, whatever the ranges.
    """
    order = list(SIZES)
    ranked = sorted(digests, key=lambda digest: (digest.assumed, order.index(digest.algorithm), bool(digest.parts)))
    return next((digest for digest in ranked if computable(digest.algorithm)), None)


def why_unchecked(digests: Iterable[Digest]) -> str:
    """Say why ``best`` has none of ``digests``, or why the one it has was in vain: part of a sentence."""
    digests = tuple(digests)
    if not digests:
        return "its store gives no digest of it"
    if any(computable(digest.algorithm) for digest in digests):
        return "its store gives a digest of parts, and does not say how long they are"
    named = ", ".join(sorted({digest.algorithm for digest in digests}))
    return f"no library here computes {named}: pip install 'mr-client[s3]'"


def mismatch(name: str, digest: Digest, value: bytes) -> VerificationFailed:
    """Return the error that says that ``name`` has ``value`` where its store vouches for another."""
    label = {"crc64nvme": "CRC-64/NVME", "crc32c": "CRC-32C", "crc32": "CRC-32"}.get(
        digest.algorithm, digest.algorithm.upper()
    )
    remedy = "upload the file anew"
    if digest.source == "ETag":
        remedy += ", or, if the ETags of this store are no MD5, check by size alone (--verify=size or MR_VERIFY=size)"
    return VerificationFailed(
        f"{name!r} arrived with {label} {value.hex()}, but its store says {digest.value.hex()} ({digest.source}): "
        f"run again, and if it stays so, {remedy}."
    )


def _is_crc(algorithm: Algorithm) -> TypeGuard[Crc]:
    return algorithm in COMBINABLE
