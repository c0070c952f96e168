"""Which integer does a text of decimal digits stand for?"""

from __future__ import annotations

import re

_DECIMAL = re.compile(r"[+-]?[0-9]+", re.ASCII)
_LONGEST = 40
"""Longer texts are out of any range. Python would refuse to convert them, or take long to do it."""


def parse(text: str, bits: int) -> int:
    """Return the signed integer of at most `bits` bits that `text` writes.

    Raises ValueError with a text that fits after the name of the thing: `parsing "x": invalid syntax`.
    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f'parsing "{text}": invalid syntax')
    value = int(text) if len(text) <= _LONGEST else 1 << bits
    if not fits(value, bits):
        raise ValueError(f'parsing "{text}": value out of range')
    return value


def fits(value: int, bits: int) -> bool:
    """Say whether a signed integer of `bits` bits can hold the value."""
    return -(1 << bits - 1) <= value < 1 << bits - 1
