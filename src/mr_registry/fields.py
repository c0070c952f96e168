"""Does a value fit a field of the contract?"""

from __future__ import annotations

import math
from collections.abc import Mapping

from mr_registry import decimals
from mr_registry.contract import Field
from mr_registry.documents import JSON

_WORDS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "strings": "an array of strings",
}


def lookup(document: Mapping[str, JSON], name: str) -> JSON:
    """Return the value under a name, whatever the case of the key, or None. Of several the last counts."""
    found: JSON = None
    for key, value in document.items():
        if key.lower() == name.lower():
            found = value
    return found


def check(field: Field, value: JSON) -> JSON:
    """Return the value in its stored form, or raise ValueError with a sentence that names the field."""
    if not _has_type(field, value):
        raise ValueError(f"{field.name} must be {_WORDS[field.type]}")
    if field.allowed and value not in field.allowed:
        raise ValueError(f"invalid value '{value}' for {field.name}, must be one of {', '.join(field.allowed)}")
    if field.type == "number" and isinstance(value, int | float):
        return _double(field.name, value)
    if field.type == "integer" and isinstance(value, int) and not decimals.fits(value, 64):
        raise ValueError(f"{field.name} is out of range")
    if field.type == "string" and field.format == "int64" and isinstance(value, str):
        return str(_int64(field.name, value))
    return value


def _has_type(field: Field, value: JSON) -> bool:
    # bool comes first: it is an int to Python, and no number to JSON.
    if isinstance(value, bool):
        return field.type == "boolean"
    if isinstance(value, str):
        return field.type == "string"
    if isinstance(value, int):
        return field.type in ("integer", "number")
    if isinstance(value, float):
        return field.type == "number"
    if isinstance(value, list):
        return field.type == "strings" and all(isinstance(item, str) for item in value)
    return False


def _double(name: str, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} is out of range")
    return number


def _int64(name: str, text: str) -> int:
    try:
        return decimals.parse(text, 64)
    except ValueError as exc:
        raise ValueError(f"{name}: {exc}") from exc
