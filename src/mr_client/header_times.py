"""Which time does a header of an HTTP answer mean?"""

from __future__ import annotations

import email.utils
import re
import time

__all__ = ["http_date", "retry_after"]

_SECONDS = re.compile("[0-9]{1,18}")
"""More digits are no time, and Python itself refuses thousands of them."""


def http_date(value: str | None) -> float | None:
    """Return the seconds since the epoch that an HTTP date means; None where it means nothing."""
    try:
        date = email.utils.parsedate_tz(value)
        return float(email.utils.mktime_tz(date)) if date else None
    except (ValueError, OverflowError):
        return None  # a day or a year that no calendar has


def retry_after(value: str) -> float | None:
    """Return the seconds that a Retry-After header asks for: a number or a date (RFC 9110, section 10.2.3)."""
    if _SECONDS.fullmatch(value):
        return float(value)
    date = http_date(value)
    return max(0.0, date - time.time()) if date is not None else None
