"""How is a number of bytes, or of seconds, said to a person, and said by one?"""

from __future__ import annotations

import math
import re
from itertools import pairwise

__all__ = ["amount", "duration", "read_amount"]

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_SPANS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))

_MULTIPLES: dict[str, int] = {
    "": 1,
    **{f"{unit}{i}": (1024 if i else 1000) ** n for n, unit in enumerate("KMGT", 1) for i in ("", "i")},
}


def amount(size: float) -> str:
    """Say a number of bytes in binary units (IEC 80000-13): ``"512 B"``, ``"1.2 GiB"``, ``"612 MiB"``.

    Args:
        size: bytes, 0 or more.
    """
    unit = 0
    # 1023.96 KiB would round to 1024, which is said as 1.0 MiB.
    while round(size) >= 1024 and unit < len(_UNITS) - 1:
        size /= 1024
        unit += 1
    return f"{size:.{1 if unit and size < 99.95 else 0}f} {_UNITS[unit]}"


def duration(seconds: float) -> str:
    """Say a number of seconds by its two largest units: ``"5 s"``, ``"1 min 5 s"``, ``"2 h 10 min"``.

    Args:
        seconds: 0 or more.
    """
    left = round(seconds)
    for (length, name), (smaller, its_name) in pairwise(_SPANS):
        if left >= length:
            count, rest = divmod(left, length)
            return f"{count} {name}" + (f" {rest // smaller} {its_name}" if rest >= smaller else "")
    return f"{left} s"


def read_amount(text: str) -> int:
    """Read bytes as Kubernetes writes them (apimachinery, resource.Quantity): ``64Mi``, ``1G``, ``1048576``.

    Raises:
        ValueError: it is no such number, or less than 1.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)((?:[KMGT]i?)?)", text.replace("k", "K"))
    if not found or (number := math.floor(float(found[1]) * _MULTIPLES[found[2]])) < 1:
        raise ValueError(text)
    return number
