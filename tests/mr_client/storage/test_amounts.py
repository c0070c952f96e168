"""Bytes and seconds, as a person reads them."""

from __future__ import annotations

import pytest

from mr_client.storage.amounts import amount, duration


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1.2 * 1024**3, "1.2 GiB"),
        (99.9 * 1024**2, "99.9 MiB"),
        (99.96 * 1024**2, "100 MiB"),
        (612 * 1024**2 + 1, "612 MiB"),
        (1024**2 - 1, "1.0 MiB"),
        (1024**4, "1.0 TiB"),
        (5000 * 1024**5, "5000 PiB"),
        (1023.7, "1.0 KiB"),
    ],
)
def test_bytes_are_said_in_binary_units(size: float, text: str) -> None:
    assert amount(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (5.4, "5 s"),
        (59.6, "1 min"),
        (65, "1 min 5 s"),
        (7200, "2 h"),
        (7259, "2 h"),
        (7800, "2 h 10 min"),
        (3605, "1 h"),
        (86400 + 7200, "1 d 2 h"),
    ],
)
def test_seconds_are_said_by_their_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text
