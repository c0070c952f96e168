"""What the contract says wrongly, or in a form the generator cannot use, put right.

Each correction is a function that changes a document in place; its docstring is the reason. One
that finds nothing to correct raises ``Obsolete``: the list cannot rot. There are two lists:

- ``OF_THE_CONTRACT``: what is true of the servers. They are part of ``model-registry.yaml``.
- ``FOR_THE_CLIENT``: what a client needs beyond it, so that it outlives the contract's version.
  They are applied when ``generated/mr_rest`` is made, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Document = dict[str, Any]
Correction = Callable[[Document], None]

SCHEMAS = "#/components/schemas/"
METHODS = ("get", "put", "post", "patch", "delete")


class Obsolete(ValueError):
    """A correction found nothing to correct: upstream mended it, or the contract has moved."""


# -- of the contract --------------------------------------------------------------------------


def name_custom_properties(document: Document) -> None:
    """Give the map of custom properties one name.

    It stands inline in several base schemas that meet again through ``allOf``. The generator
    makes a class for each, finds two of one name, and drops every schema that refers to them:
    more than half the API, with exit code 0.
    """
    schemas = document["components"]["schemas"]
    inline = {"type": "object", "additionalProperties": {"$ref": SCHEMAS + "MetadataValue"}}
    found = [each for each in _properties_maps(schemas) if each.get("customProperties") == inline]
    if not found or "CustomProperties" in schemas:
        raise Obsolete("no schema has an inline map 'customProperties' any more")
    for properties in found:
        properties["customProperties"] = {"$ref": SCHEMAS + "CustomProperties"}
    schemas["CustomProperties"] = inline


def obey_discriminators(document: Document) -> None:
    """Let the discriminating field of each member of a union have the one value that means it.

    The contract types it as any text with a default, and the generator ignores discriminators:
    it takes the first member that parses. A ModelArtifact has no required field, so every
    artifact would be decoded as one.
    """
    schemas = document["components"]["schemas"]
    found = 0
    for union in [schema for schema in schemas.values() if "discriminator" in schema]:
        field = union["discriminator"]["propertyName"]
        for value, reference in union["discriminator"]["mapping"].items():
            member = schemas[reference.removeprefix(SCHEMAS)]
            own = [each[field] for each in _properties_maps(member) if field in each]
            if not own:
                raise Obsolete(f"{reference} says nothing of its discriminator {field!r}")
            for kind in own:
                if kind.get("enum") != [value]:
                    kind["enum"] = [value]
                    found += 1
    if not found:
        raise Obsolete("every discriminator has its single value already")


def answer_created(document: Document) -> None:
    """Say 201 for the creation of an inference service: the contract says 200, servers send 201.

    (kubeflow/hub, internal/server/openapi/api_model_registry_service_service.go,
    CreateInferenceService.)
    """
    responses = _operation(document, "createInferenceService")["responses"]
    if "200" not in responses or "201" in responses:
        raise Obsolete("createInferenceService no longer answers 200")
    responses["201"] = responses.pop("200")


def document_refusals(document: Document) -> None:
    """Document the refusals that servers send, with an Error body, where the contract does not.

    400 for a malformed id, page size, filter or token, and for an unknown field; 422 for a
    missing field; 409 for a name or external id that is taken; 403 from a gateway.
    """
    components = document["components"]
    error = {"application/json": {"schema": {"$ref": SCHEMAS + "Error"}}}
    names = {"400": "BadRequest", "403": "Forbidden", "409": "Conflict", "422": "UnprocessableEntity"}
    found = 0
    for path in document["paths"].values():
        for method in METHODS:
            if method not in path:
                continue
            for status in ("400", "403") if method == "get" else ("400", "403", "409", "422"):
                if status not in path[method]["responses"]:
                    path[method]["responses"][status] = {"$ref": f"#/components/responses/{names[status]}"}
                    found += 1
    if not found:
        raise Obsolete("every refusal is documented")
    for name in names.values():
        components["responses"].setdefault(name, {"description": name, "content": error})


OF_THE_CONTRACT: tuple[Correction, ...] = (
    name_custom_properties,
    obey_discriminators,
    answer_created,
    document_refusals,
)


# -- for the client ---------------------------------------------------------------------------


def open_states(document: Document) -> None:
    """Let states and the like be any text.

    A newer server may answer with a state that this version does not know; as an enum it would
    make the whole list unreadable. What the caller chooses (order, artifact type) stays an enum.
    """
    schemas = document["components"]["schemas"]
    used = {reference for node in _nodes(schemas) if isinstance(reference := node.get("$ref"), str)}
    found = [schema for name, schema in schemas.items() if "enum" in schema and SCHEMAS + name in used]
    if not found:
        raise Obsolete("no schema has a field with an enum of its own")
    for schema in found:
        schema["description"] = f"One of {', '.join(schema.pop('enum'))}, or what a newer server knows."


def admit_other_artifacts(document: Document) -> None:
    """Decode an artifact of a type that this version does not know as an OtherArtifact.

    Otherwise one such artifact would make the whole list unreadable.
    """
    schemas = document["components"]["schemas"]
    if "OtherArtifact" in schemas:
        raise Obsolete("the contract has an OtherArtifact")
    kind = {"type": "object", "properties": {"artifactType": {"type": "string"}}, "required": ["artifactType"]}
    schemas["OtherArtifact"] = {
        "description": "An artifact of a type that this version of the client does not know.",
        "allOf": [{"$ref": SCHEMAS + "BaseResource"}, kind],
    }
    schemas["Artifact"]["oneOf"].append({"$ref": SCHEMAS + "OtherArtifact"})


def admit_other_metadata(document: Document) -> None:
    """Decode a custom property of a type that this version does not know as an OtherMetadataValue.

    For the same reason.
    """
    schemas = document["components"]["schemas"]
    if "OtherMetadataValue" in schemas:
        raise Obsolete("the contract has an OtherMetadataValue")
    schemas["OtherMetadataValue"] = {
        "description": "A value of a type that this version of the client does not know.",
        "type": "object",
        "properties": {"metadataType": {"type": "string"}},
        "required": ["metadataType"],
    }
    schemas["MetadataValue"]["oneOf"].append({"$ref": SCHEMAS + "OtherMetadataValue"})


FOR_THE_CLIENT: tuple[Correction, ...] = (open_states, admit_other_artifacts, admit_other_metadata)


def correct(document: Document, corrections: Sequence[Correction]) -> list[str]:
    """Apply corrections to ``document`` in place; return their names.

    Raises:
        Obsolete: one of them no longer applies; the message names it.
    """
    for correction in corrections:
        try:
            correction(document)
        except Obsolete as why:
            raise Obsolete(f"correction '{correction.__name__}' no longer applies: {why}; remove or mend it.") from why
        except KeyError as missing:
            raise Obsolete(f"correction '{correction.__name__}' no longer applies: no {missing}; mend it.") from missing
    return [correction.__name__ for correction in corrections]


def _operation(document: Document, operation_id: str) -> dict[str, Any]:
    for path in document["paths"].values():
        for method in METHODS:
            if path.get(method, {}).get("operationId") == operation_id:
                operation: dict[str, Any] = path[method]
                return operation
    raise Obsolete(f"there is no operation {operation_id}")


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping at or below a node."""
    if isinstance(node, list):
        for item in node:
            yield from _nodes(item)
    elif isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)


def _properties_maps(node: Any) -> list[dict[str, Any]]:
    """Return every ``properties`` map at or below a schema or a map of schemas."""
    return [each["properties"] for each in _nodes(node) if isinstance(each.get("properties"), dict)]
