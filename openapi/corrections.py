"""What the contract says wrongly, or in a form the generator cannot use, put right.

Each correction is a function that changes the document in place. Its docstring is the reason.
One that finds nothing to correct raises ``Obsolete``: the list cannot rot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Correction = Callable[[Document], None]


class Obsolete(ValueError):
    """A correction found nothing to correct: upstream mended it, or the contract has moved."""


def name_custom_properties(document: Document) -> None:
    """Give the map of custom properties one name.

    It stands inline in several base schemas that meet again through ``allOf``. The generator
    makes a class for each, finds two of one name, and drops every schema that refers to them:
    more than half the API, with exit code 0.
    """
    schemas = document["components"]["schemas"]
    inline = {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/MetadataValue"}}
    found = 0
    for properties in _all_properties(schemas):
        if properties.get("customProperties") == inline:
            properties["customProperties"] = {"$ref": "#/components/schemas/CustomProperties"}
            found += 1
    if not found or "CustomProperties" in schemas:
        raise Obsolete("no schema has an inline map 'customProperties' any more")
    schemas["CustomProperties"] = inline


def tell_artifacts_apart(document: Document) -> None:
    """Let each ``artifactType`` have the one value its schema stands for.

    The contract types it as any string with a default, and the generator ignores
    discriminators: it takes the first member of the union that parses, and since a
    ModelArtifact has no required field, every artifact would be decoded as one.
    """
    found = 0
    for properties in _all_properties(document["components"]["schemas"]):
        kind = properties.get("artifactType")
        if isinstance(kind, dict) and kind.get("type") == "string" and "enum" not in kind and "default" in kind:
            kind["enum"] = [kind["default"]]
            found += 1
    if not found:
        raise Obsolete("no schema has a free 'artifactType' with a default any more")


def tell_metadata_values_apart(document: Document) -> None:
    """Let each ``metadataType`` have the one value its schema stands for.

    For the same reason as the artifacts: a value of a kind this client does not know must not
    pass for one that it knows.
    """
    schemas = document["components"]["schemas"]
    mapping = schemas["MetadataValue"]["discriminator"]["mapping"]
    found = 0
    for value, reference in mapping.items():
        kind = schemas[reference.rsplit("/", 1)[1]]["properties"]["metadataType"]
        if "enum" not in kind:
            kind["enum"] = [value]
            found += 1
    if not found:
        raise Obsolete("every 'metadataType' has its single value already")


CORRECTIONS: tuple[Correction, ...] = (
    name_custom_properties,
    tell_artifacts_apart,
    tell_metadata_values_apart,
)


def correct(document: Document) -> list[str]:
    """Apply every correction to ``document`` in place; return their names.

    Raises:
        Obsolete: one of them no longer applies; the message names it.
    """
    for correction in CORRECTIONS:
        try:
            correction(document)
        except Obsolete as why:
            raise Obsolete(f"correction '{correction.__name__}' no longer applies: {why}; remove or mend it.") from why
        except KeyError as missing:
            raise Obsolete(f"correction '{correction.__name__}' no longer applies: no {missing}; mend it.") from missing
    return [correction.__name__ for correction in CORRECTIONS]


def _all_properties(node: Any) -> list[dict[str, Any]]:
    """Return every ``properties`` map at or below a schema or a map of schemas."""
    found: list[dict[str, Any]] = []
    if isinstance(node, list):
        for item in node:
            found += _all_properties(item)
    elif isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            found.append(node["properties"])
        for value in node.values():
            found += _all_properties(value)
    return found
