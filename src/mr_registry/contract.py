"""What does the contract say of bodies and parameters?

The schemas are flattened (`allOf`, `$ref`) into the fields a body may have, with their types, enums and defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

import mr_contract

BASE_PATH = "/api/model_registry/v1alpha3"

FieldType = Literal["string", "integer", "number", "boolean", "strings", "properties"]
_Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body."""

    name: str
    type: FieldType
    format: str
    allowed: tuple[str, ...]
    """The values of an enum; empty where any value will do."""
    default: str | None
    required: bool


@dataclass(frozen=True, slots=True)
class Body:
    """The fields that a body may have, by name."""

    fields: Mapping[str, Field]


@cache
def body(schema: str) -> Body:
    """Return the fields of a schema, those of its bases included."""
    parts = list(_parts({"$ref": f"#/components/schemas/{schema}"}))
    required = {name for part in parts for name in part.get("required", ())}
    properties = {name: prop for part in parts for name, prop in part.get("properties", {}).items()}
    return Body({name: _field(name, prop, name in required) for name, prop in properties.items()})


@cache
def choices(schema: str) -> Mapping[str, str]:
    """Return which value of its discriminator stands for which schema, for a schema that is one of several."""
    mapping: Mapping[str, str] = _resolve(schema)["discriminator"]["mapping"]
    return {value: _name_of(reference) for value, reference in mapping.items()}


@cache
def methods(path: str) -> frozenset[str]:
    """Return the methods of a path below BASE_PATH."""
    return frozenset(key.upper() for key in _document()["paths"][BASE_PATH + path] if key in ("get", "post", "patch"))


@cache
def query_parameters(path: str) -> frozenset[str]:
    """Return the names of the query parameters that a GET of a path below BASE_PATH takes."""
    item = _document()["paths"][BASE_PATH + path]
    references = [*item.get("parameters", ()), *item["get"].get("parameters", ())]
    shared = _document()["components"]["parameters"]
    parameters = [shared[_name_of(each["$ref"])] if "$ref" in each else each for each in references]
    return frozenset(each["name"] for each in parameters if each["in"] == "query")


@cache
def _document() -> _Schema:
    return mr_contract.load()


def _resolve(schema: str) -> _Schema:
    return cast("_Schema", _document()["components"]["schemas"][schema])


def _name_of(reference: str) -> str:
    return reference.rpartition("/")[2]


def _parts(schema: _Schema) -> Iterator[_Schema]:
    """Yield the plain schemas that a schema is made of, bases first."""
    if "$ref" in schema:
        yield from _parts(_resolve(_name_of(schema["$ref"])))
    for base in schema.get("allOf", ()):
        yield from _parts(base)
    yield schema


def _field(name: str, schema: _Schema, required: bool) -> Field:
    facts: dict[str, Any] = {}
    for part in _parts(schema):
        facts |= part
    kind = facts.get("type", "string")
    if kind == "object":
        kind = "properties"
    elif kind == "array":
        kind = "strings"
    allowed = tuple(facts.get("enum", ()))
    return Field(name, kind, facts.get("format", ""), allowed, facts.get("default"), required)
