"""How is a checksum of many bytes computed, and that of two neighbouring ranges from theirs?

Libraries that use the hardware are imported when they are first needed (50 ms for awscrt).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Literal

__all__ = ["CRC_SIZES", "Crc", "combined", "crc_function"]

Crc = Literal["crc64nvme", "crc32c", "crc32"]
CRC_SIZES: dict[Crc, int] = {"crc64nvme": 8, "crc32c": 4, "crc32": 4}
"""Bytes of a value."""
_POLYNOMIALS: dict[Crc, int] = {"crc64nvme": 0x9A6C9329AC4BC9B5, "crc32c": 0x82F63B78, "crc32": 0xEDB88320}
"""Bits reflected (catalogue of parametrised CRC algorithms)."""


@cache
def crc_function(algorithm: Crc) -> Callable[[bytes | bytearray | memoryview, int], int] | None:
    """Return the fastest ``f(piece, checksum so far)`` that is installed."""
    if algorithm == "crc32":
        return zlib.crc32  # awscrt's is slower: 2.8 GiB/s, not 4
    try:
        from awscrt import checksums

        update: Callable[[bytes | bytearray | memoryview, int], int] = getattr(checksums, algorithm)
    except (ImportError, AttributeError):
        return _google_crc32c() if algorithm == "crc32c" else None
    return update


def _google_crc32c() -> Callable[[bytes | bytearray | memoryview, int], int] | None:
    try:
        import google_crc32c
    except ImportError:
        return None
    if google_crc32c.implementation != "c":
        return None  # in Python it takes minutes for a GiB
    extend: Any = google_crc32c.extend
    return lambda piece, value: int(extend(value, bytes(piece)))  # it takes no memoryview; bytes of bytes are no copy


def combined(algorithm: Crc, first: bytes, second: bytes, second_length: int) -> bytes:
    """Return the checksum of two neighbouring ranges from theirs.

    Costs a few microseconds where lengths recur, as those of ranges do.

    Args:
        algorithm: which one.
        first: checksum of the first range.
        second: checksum of the second one.
        second_length: bytes of the second one.
    """
    moved = _product(
        _POLYNOMIALS[algorithm], CRC_SIZES[algorithm], _power(algorithm, second_length), int.from_bytes(first, "big")
    )
    return (moved ^ int.from_bytes(second, "big")).to_bytes(CRC_SIZES[algorithm], "big")


# A checksum is the remainder of the content, read as a polynomial over GF(2). Bytes that follow
# multiply it by a power of x; the power depends on their number alone.


@lru_cache(maxsize=256)
def _power(algorithm: Crc, length: int) -> int:
    """Return x to the power of 8 x ``length``, reduced."""
    polynomial, size = _POLYNOMIALS[algorithm], CRC_SIZES[algorithm]
    result = 1 << (8 * size - 1)  # bits reflected: 1
    exponent = 8 * length
    for times in range(exponent.bit_length()):
        if exponent >> times & 1:
            result = _product(polynomial, size, _squared(algorithm, times), result)
    return result


@cache
def _squared(algorithm: Crc, times: int) -> int:
    """Return x squared so many ``times``, reduced."""
    polynomial, size = _POLYNOMIALS[algorithm], CRC_SIZES[algorithm]
    if times == 0:
        return 1 << (8 * size - 2)
    root = _squared(algorithm, times - 1)
    return _product(polynomial, size, root, root)


def _product(polynomial: int, size: int, left: int, right: int) -> int:
    """Return the product of two reduced polynomials, reduced."""
    product, bit = 0, 1 << (8 * size - 1)
    while bit:
        if left & bit:
            product ^= right
        right = right >> 1 ^ (polynomial if right & 1 else 0)
        bit >>= 1
    return product
