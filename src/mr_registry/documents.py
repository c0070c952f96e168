"""How is JSON read and written?

Reading is strict: UTF-8, no NaN or Infinity, no lone surrogates (neither SQLite nor UTF-8 can hold them).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | Mapping[str, JSON] | None"


def read(text: str) -> JSON:
    """Return the value that a JSON text writes, or raise ValueError."""
    try:
        value: JSON = json.loads(text, parse_constant=_refuse_constant)
        write(value).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def read_object(raw: bytes) -> Mapping[str, JSON]:
    """Return the JSON object that a body holds, or raise ValueError."""
    value = read(raw.decode())
    if not isinstance(value, dict):
        raise ValueError("a JSON object is expected")
    return value


def write(value: JSON) -> str:
    """Return the JSON text of a value, in compact form."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
