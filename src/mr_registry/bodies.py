"""What does a request body ask to store?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mr_registry import documents, fields, metadata
from mr_registry.contract import Body
from mr_registry.documents import JSON
from mr_registry.errors import BadRequest, Malformed, RequiredFieldMissing
from mr_registry.kinds import ARTIFACT_KINDS, Collection, Kind

_COLUMNS = frozenset({"name", "externalId", "customProperties", "artifactType"})


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be stored, as far as the request named it: None and absent mean "as it is"."""

    name: str | None
    external_id: str | None
    """Empty to have none any more."""
    properties: Mapping[str, JSON] | None
    fields: Mapping[str, JSON]


def parse(raw: bytes) -> Mapping[str, JSON]:
    """Return the JSON object of a body, or raise Malformed."""
    if b"\0" in raw or b"\\u0000" in raw:
        raise Malformed("Request body contains null bytes which are not allowed")
    try:
        return documents.read_object(raw)
    except ValueError as exc:
        raise Malformed(f"the request body cannot be read: {exc}") from exc


def kind_of(collection: Collection, document: Mapping[str, JSON]) -> Kind:
    """Return the kind that a body is of; for artifacts of any kind its `artifactType` says so."""
    if not collection.polymorphic:
        return collection.kinds[0]
    # Other keys may be in any case; servers look for this one before they read the rest.
    artifact_type = document.get("artifactType")
    if not isinstance(artifact_type, str) or artifact_type not in ARTIFACT_KINDS:
        raise BadRequest(f"invalid artifact type, must be either {', '.join(ARTIFACT_KINDS)}")
    return ARTIFACT_KINDS[artifact_type]


def read(body: Body, document: Mapping[str, JSON], *, ignore_unknown: bool = False) -> dict[str, JSON]:
    """Return the values of a document by the contract's field names, each checked; null counts as absent.

    Keys are matched without regard to case, as servers do. Raises BadRequest, or RequiredFieldMissing.
    """
    names = {name.lower(): name for name in body.fields}
    values: dict[str, JSON] = {}
    for key, value in document.items():
        name = names.get(key.lower())
        if name is None:
            if ignore_unknown:
                continue
            raise Malformed(f'json: unknown field "{key}"')
        if value is not None:
            values[name] = _checked(body, name, value)
    for field in body.fields.values():
        if field.required and values.get(field.name) in (None, ""):
            raise RequiredFieldMissing(field.name)
    return values


def with_defaults(body: Body, values: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the values, and the contract's defaults for what is absent."""
    defaults = {field.name: field.default for field in body.fields.values() if field.default is not None}
    return {**defaults, **values}


def with_resets(body: Body, values: Mapping[str, JSON], document: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the values of a change as other servers see it: what the document leaves out has its default.

    A null is not left out.
    """
    sent = {key.lower() for key in document}
    defaults = with_defaults(body, {})
    return {**{name: value for name, value in defaults.items() if name.lower() not in sent}, **values}


def check_times(values: Mapping[str, JSON]) -> None:
    """Raise BadRequest where something ends before it starts."""
    start, end = text(values, "startTimeSinceEpoch"), text(values, "endTimeSinceEpoch")
    if start and end and int(end) < int(start):
        raise BadRequest(f"endTimeSinceEpoch ({end}) cannot be less than startTimeSinceEpoch ({start})")


def draft(values: Mapping[str, JSON], body: Body, *, without: str = "") -> Draft:
    """Return what of the values is to be stored: the fields of `body`, except the one that names the parent."""
    kept = body.fields.keys() - _COLUMNS - {without}
    properties = values.get("customProperties")
    return Draft(
        name=text(values, "name") or None,
        external_id=text(values, "externalId"),
        properties=properties if isinstance(properties, dict) else None,
        fields={name: value for name, value in values.items() if name in kept},
    )


def text(values: Mapping[str, JSON], name: str) -> str | None:
    """Return a checked value that is a text, or None where it is absent."""
    value = values.get(name)
    return value if isinstance(value, str) else None


def _checked(body: Body, name: str, value: JSON) -> JSON:
    field = body.fields[name]
    if field.type == "properties":
        return metadata.check(value)
    try:
        return fields.check(field, value)
    except ValueError as exc:
        raise BadRequest(str(exc)) from exc
