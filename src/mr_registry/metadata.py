"""Which custom properties may be stored, and in which form?

A value is kept as it is answered: `{"metadataType": …, "<type>_value": …}`. A struct is sent as base64 of
a JSON object and answered as its JSON text in compact form; an int is a text of digits that fits 32 bits. Both are what servers do.
"""

from __future__ import annotations

from collections.abc import Mapping

from mr_registry import binary, contract, decimals, documents, fields
from mr_registry.documents import JSON
from mr_registry.errors import BadRequest


def check(properties: JSON) -> Mapping[str, JSON]:
    """Return custom properties in the form in which they are stored, or raise BadRequest."""
    if not isinstance(properties, dict):
        raise BadRequest("customProperties must be an object of metadata values")
    return {name: _check_value(name, value) for name, value in properties.items()}


def _check_value(name: str, value: JSON) -> JSON:
    if not isinstance(value, dict):
        raise BadRequest(f"custom property '{name}' must be an object with a metadataType")
    kinds = contract.choices("MetadataValue")
    # Other keys may be in any case; servers look for this one before they read the rest.
    metadata_type = value.get("metadataType")
    if metadata_type is None:
        raise BadRequest(f"metadataType not found for custom property '{name}'")
    if not isinstance(metadata_type, str) or metadata_type not in kinds:
        raise BadRequest(f"metadataType of custom property '{name}' must be one of {', '.join(kinds)}")
    if metadata_type == "MetadataProtoValue":
        raise BadRequest(f"custom property '{name}': MetadataProtoValue is not supported")
    body = contract.body(kinds[metadata_type])
    (field,) = (each for each in body.fields.values() if each.name != "metadataType")
    sent = fields.lookup(value, field.name)
    if sent is None:
        raise BadRequest(f"custom property '{name}' of type {metadata_type} needs {field.name}")
    try:
        return {"metadataType": metadata_type, field.name: _stored(metadata_type, fields.check(field, sent))}
    except ValueError as exc:
        raise BadRequest(f"custom property '{name}': {exc}") from exc


def _stored(metadata_type: str, value: JSON) -> JSON:
    if metadata_type == "MetadataIntValue":
        return str(decimals.parse(str(value), 32))
    if metadata_type == "MetadataStructValue":
        return _struct_text(str(value))
    return value


def _struct_text(encoded: str) -> str:
    try:
        raw = binary.decode(encoded)
    except ValueError:
        raise ValueError("illegal base64 data in struct_value") from None
    try:
        return documents.write(documents.read_object(raw))
    except ValueError as exc:
        raise ValueError(f"struct_value is no base64 of a JSON object ({exc})") from exc
