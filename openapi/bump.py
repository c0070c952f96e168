"""Vendor a version of the registry's contract: ``scripts/bump-spec SOURCE [--ref NAME]``.

Reads an upstream OpenAPI file, keeps its facts, applies the corrections, adds our own
descriptions and writes ``model-registry.yaml`` with ``provenance.yaml`` beside it.
Nothing is written unless every step succeeds.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Any

import yaml

from corrections import correct
from facts import facts_of

HERE = Path(__file__).parent
CONTRACT = HERE / "model-registry.yaml"
PROVENANCE = HERE / "provenance.yaml"
METHODS = ("get", "put", "post", "patch", "delete")

HEADER = """\
# The contract of the model registry's REST API: the facts of the upstream file, corrected.
# Written by scripts/bump-spec; where it came from is in provenance.yaml. Do not edit:
# a wish becomes an entry in corrections.py or descriptions.yaml.
"""


def vendor(source: bytes, ref: str) -> tuple[str, str]:
    """Turn an upstream file into the texts of ``model-registry.yaml`` and ``provenance.yaml``.

    Args:
        source: the upstream OpenAPI document, YAML or JSON.
        ref: what upstream calls this version, such as ``v0.3.8``.

    Raises:
        ValueError: it is no OpenAPI 3 document, an operation has no tag, or a correction no
            longer applies.
    """
    document = yaml.safe_load(source)
    if not isinstance(document, dict):
        raise ValueError("no OpenAPI 3 document: it is no mapping.")
    contract = facts_of(document)
    untagged = [name for name, operation in operations(contract).items() if not operation.get("tags")]
    if untagged:
        raise ValueError(f"operations without a tag cannot be generated: {', '.join(untagged)}.")
    corrections = correct(contract)
    describe(contract, yaml.safe_load((HERE / "descriptions.yaml").read_text()))
    provenance = {
        "upstream": "kubeflow/model-registry, api/openapi/model-registry.yaml",
        "ref": ref,
        "sha256": hashlib.sha256(source).hexdigest(),
        "contract": contract["info"]["version"],
        "operations": len(operations(contract)),
        "schemas": len(contract["components"]["schemas"]),
        "corrections": corrections,
    }
    return HEADER + _dump(contract), _dump(provenance)


def operations(contract: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the operations of a contract by their ``operationId``."""
    return {
        path[method]["operationId"]: path[method]
        for path in contract["paths"].values()
        for method in METHODS
        if method in path
    }


def describe(contract: dict[str, Any], descriptions: dict[str, dict[str, str]]) -> None:
    """Add our own descriptions to ``contract`` in place, where it has what they describe."""
    components = contract["components"]
    for section in ("schemas", "parameters"):
        for name, text in descriptions[section].items():
            if name in components[section]:
                components[section][name]["description"] = text
    for place, text in descriptions["fields"].items():
        schema, field = place.split(".")
        branches = [components["schemas"].get(schema, {})]
        branches += branches[0].get("allOf", [])
        for branch in branches:
            if field in branch.get("properties", {}):
                branch["properties"][field]["description"] = text


def _dump(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def main() -> int:
    """Run the program; return its exit code."""
    parser = argparse.ArgumentParser(prog="bump-spec", description="Vendor a version of the registry's contract.")
    parser.add_argument("source", type=Path, help="the upstream OpenAPI file")
    parser.add_argument("--ref", help="what upstream calls this version (default: the file's name)")
    arguments = parser.parse_args()
    try:
        contract, provenance = vendor(arguments.source.read_bytes(), arguments.ref or arguments.source.stem)
    except (OSError, ValueError, yaml.YAMLError) as error:
        print(f"bump-spec: {arguments.source}: {error} Nothing was written.", file=sys.stderr)
        return 2
    CONTRACT.write_text(contract)
    PROVENANCE.write_text(provenance)
    print(f"wrote {CONTRACT.name} and {PROVENANCE.name}; next: scripts/generate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
