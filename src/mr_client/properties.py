"""How do plain Python values become custom properties, and back?

The registry types each value: ``{"metadataType": "MetadataIntValue", "int_value": "3"}``.
These functions speak JSON, not the generated classes, so that nothing but ``registry``
reaches the REST layer.

A struct has to be a JSON object: servers refuse anything else. So a dict is sent as it is, and what
is none (a list, a whole number beyond 32 bits) as the one value of an object, by convention under
``mr_client:value``: ``{"mr_client:value": ["a", "b"]}``. A dict with just this key is wrapped as well.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from mr_client.errors import UsageError

__all__ = [
    "DIGEST",
    "FILES",
    "OURS",
    "SIZE",
    "PropertyChange",
    "PropertyValue",
    "from_wire",
    "merged",
    "replaced",
    "to_wire",
]

PropertyValue = bool | int | float | str | list[Any] | dict[str, Any]
"""What a property may be: a text, a number, a truth value, or a JSON list or object."""

PropertyChange = PropertyValue | None
"""What a property may be changed to: None removes it."""

OURS = "mr_client:"
"""What the names of properties begin with that this library keeps for itself."""

DIGEST = "mr_client:digest"
"""Property of an artifact that records the digest of its files, as ``sha256:<64 lowercase hexadecimal digits>``."""

SIZE = "mr_client:size"
"""Property of an artifact that records how many bytes its files have in all."""

FILES = "mr_client:files"
"""Property of an artifact that records how many files it has."""

_INT32 = range(-(2**31), 2**31)
"""Upstream's server parses int_value as int32 (kubeflow/hub, internal/converter) and refuses the rest."""

_LONGEST = 255
"""Characters that a name may have: upstream's column."""

_EXACT = range(-(2**53), 2**53 + 1)
"""Servers read the numbers of a struct as doubles. What these cannot hold is wrapped as a text of digits."""

_WRAPPED = "mr_client:value"


def to_wire(properties: Mapping[str, PropertyValue]) -> dict[str, dict[str, Any]]:
    """Turn plain values into the registry's typed form.

    Lists, objects and whole numbers beyond 32 bits go as JSON, so that they come back as they were.
    The numbers inside lists and objects are doubles to servers: whole ones beyond 53 bits are rounded there.

    Raises:
        UsageError: a name is empty, too long or no text, or a value is none that JSON knows; the message names the
            property.
    """
    for name in properties:
        _check_name(name)
    return {name: _typed(name, value) for name, value in properties.items()}


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST:
        raise UsageError(f"The name of a property is {name!r}: give a text of 1 to {_LONGEST} characters.")


def _typed(name: str, value: PropertyValue) -> dict[str, Any]:
    if value is None:
        raise UsageError(f"property {name!r} is None, which says nothing: leave it out; only an update removes one so.")
    if isinstance(value, bool):
        return {"metadataType": "MetadataBoolValue", "bool_value": value}
    if isinstance(value, int) and value in _INT32:
        return {"metadataType": "MetadataIntValue", "int_value": str(value)}
    if isinstance(value, float) and math.isfinite(value):
        return {"metadataType": "MetadataDoubleValue", "double_value": value}
    if isinstance(value, str):
        return {"metadataType": "MetadataStringValue", "string_value": value}
    try:
        return _as_struct(_wrapped(value))
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"property {name!r} is {type(value).__name__} {value!r}, which JSON cannot hold: "
            "give a text, a finite number, a truth value, or a list or dict of these."
        ) from error


def _as_struct(document: PropertyValue) -> dict[str, Any]:
    text = json.dumps(document, allow_nan=False, ensure_ascii=False)
    return {"metadataType": "MetadataStructValue", "struct_value": base64.b64encode(text.encode()).decode()}


def _wrapped(value: PropertyValue) -> dict[str, Any]:
    if isinstance(value, dict) and value.keys() != {_WRAPPED}:
        return value
    if isinstance(value, int) and value not in _EXACT:
        return {_WRAPPED: str(value)}
    return {_WRAPPED: value}


def _unwrapped(document: PropertyValue) -> PropertyValue:
    if not isinstance(document, dict) or document.keys() != {_WRAPPED}:
        return document
    value: PropertyValue = document[_WRAPPED]
    if isinstance(value, str):
        with suppress(ValueError):
            return int(value)
    return value


def merged(current: Mapping[str, Mapping[str, Any]], changes: Mapping[str, PropertyChange]) -> dict[str, Any]:
    """Return what to send so that ``changes`` are set, those to None removed, and the rest of ``current`` stays.

    Args:
        current: the properties as the registry answered with them. What is of no known type goes
            back as it came; a struct goes back encoded, which is how it must be sent, and wrapped
            if it is no object, as lenient servers store it.
        changes: plain values.

    Raises:
        UsageError: a value is none that JSON knows.
    """
    kept = {name: _resent(typed) for name, typed in current.items() if name not in changes}
    return {**kept, **to_wire({name: value for name, value in changes.items() if value is not None})}


def replaced(current: Mapping[str, Mapping[str, Any]], properties: Mapping[str, PropertyChange]) -> dict[str, Any]:
    """Return what to send so that ``properties`` are all there is, but for ours: aliases, digests.

    For the arguments, and for what is raised, see ``merged``.
    """
    return merged({name: typed for name, typed in current.items() if name.startswith(OURS)}, properties)


def _resent(typed: Mapping[str, Any]) -> Mapping[str, Any]:
    if "struct_value" not in typed:
        return typed
    document = _struct(str(typed["struct_value"]))
    return _as_struct(document if isinstance(document, dict) else _wrapped(document))


def from_wire(properties: Mapping[str, Mapping[str, Any]]) -> dict[str, PropertyValue]:
    """Turn the registry's typed form into plain values; what is of no known type is left out."""
    return {name: value for name, typed in properties.items() if (value := _plain(typed)) is not None}


def _plain(typed: Mapping[str, Any]) -> PropertyValue | None:
    match typed:
        case {"int_value": value}:
            return int(value)
        case {"double_value": value}:
            return float(value)
        case {"bool_value": value}:
            return bool(value)
        case {"string_value": value}:
            return str(value)
        case {"struct_value": value}:
            return _unwrapped(_struct(str(value)))
        case _:
            return None


def _struct(text: str) -> PropertyValue:
    """Read a struct value: base64 as the contract says, or the JSON text, as servers answer."""
    try:
        decoded: PropertyValue = json.loads(text)
    except ValueError:
        try:
            decoded = json.loads(base64.b64decode(text, validate=True))
        except (ValueError, binascii.Error):
            return text
    return decoded
