"""Reduce an OpenAPI 3 document to its facts.

Facts are what a program can be checked against: paths, operations, parameters, bodies,
responses, links, schemas, types, formats, enums, defaults, required fields, patterns and
discriminators. Prose (summaries, descriptions, examples) is left out; our own words come
from ``descriptions.yaml``.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

PROSE = frozenset({"summary", "description", "example", "examples", "externalDocs"})
"""Keywords whose value is there for people only (OpenAPI 3.0.3, section 4.7)."""

NAMED = frozenset(
    {
        "callbacks",
        "content",
        "encoding",
        "headers",
        "links",
        "mapping",
        "parameters",
        "paths",
        "patternProperties",
        "properties",
        "requestBodies",
        "responses",
        "schemas",
        "scopes",
        "securitySchemes",
        "variables",
    }
)
"""Keywords whose value maps names chosen by the author: ``description`` is a field there."""

LITERAL = frozenset({"default", "enum", "const", "security", "required", "tags"})
"""Keywords whose value is data: nothing inside it is a keyword."""


def facts_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of an OpenAPI 3 document, as a new document that is valid itself.

    Where OpenAPI demands a text (the title, the description of a response), the shortest one
    that follows from the facts stands: the title says the version, a response its status.

    Raises:
        ValueError: ``document`` is no OpenAPI 3 document.
    """
    version = document.get("openapi")
    if not (isinstance(version, str) and version.startswith("3.") and isinstance(document.get("paths"), dict)):
        raise ValueError(f"no OpenAPI 3 document: its 'openapi' field is {version!r}; give a contract with paths.")
    reduced: dict[str, Any] = _without_prose(document)
    info = document.get("info", {})
    reduced["info"] = {"title": "Model Registry REST API", "version": str(info.get("version", ""))}
    if "license" in info:
        reduced["info"]["license"] = info["license"]
    reduced["tags"] = [{"name": tag["name"]} for tag in document.get("tags", [])]
    for name, response in reduced.get("components", {}).get("responses", {}).items():
        response.setdefault("description", name)
    for path in reduced["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                for status, response in operation.get("responses", {}).items():
                    if "$ref" not in response:
                        response.setdefault("description", _phrase(status))
    return reduced


def _without_prose(node: Any) -> Any:
    """Copy a node that is read by keyword, dropping what is prose."""
    if isinstance(node, list):
        return [_without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept: dict[str, Any] = {}
    for keyword, value in node.items():
        if keyword in PROSE:
            continue
        if keyword in LITERAL:
            kept[keyword] = value
        elif keyword in NAMED and isinstance(value, dict):
            kept[keyword] = {name: _without_prose(item) for name, item in value.items()}
        else:
            kept[keyword] = _without_prose(value)
    return kept


def _phrase(status: str) -> str:
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:
        return status
