"""Vendor a version of the registry's contract: ``scripts/bump-spec SOURCE [--ref NAME]``.

Reads an upstream OpenAPI file, keeps its facts, applies the corrections, adds our own
descriptions, generates the client, and says what changed for a user. Nothing is written unless
every step succeeds.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from corrections import METHODS, OF_THE_CONTRACT, correct
from facts import facts_of
from generate import generate, replace
from report import report

HERE = Path(__file__).parent
CONTRACT = HERE / "model-registry.yaml"
PROVENANCE = HERE / "provenance.yaml"
GENERATED = HERE.parent / "generated"

UPSTREAM = "kubeflow/model-registry"
UPSTREAM_PATH = "api/openapi/model-registry.yaml"
UPSTREAM_FILE = f"https://raw.githubusercontent.com/{UPSTREAM}/{{tag}}/{UPSTREAM_PATH}"
_TAG = re.compile(r"v[0-9]+(\.[0-9]+)*[-.a-z0-9]*|main")

HEADER = """\
# The contract of the model registry's REST API: the facts of the upstream file, corrected.
# Written by scripts/bump-spec; where it came from is in provenance.yaml. Do not edit:
# a wish becomes an entry in corrections.py or descriptions.yaml.
"""


@dataclass(frozen=True, slots=True)
class Vendored:
    """A contract that is ready to be written."""

    contract: dict[str, Any]
    provenance: dict[str, Any]


def read(source: str) -> tuple[bytes, str]:
    """Return an upstream file, and what to call it: from a file, a URL, or an upstream tag.

    Raises:
        ValueError: it cannot be read; the message says what was tried.
    """
    path = Path(source)
    address = source if re.match("https?://", source) else UPSTREAM_FILE.format(tag=source)
    try:
        if path.exists():
            return path.read_bytes(), path.stem
        if address != source and not _TAG.fullmatch(source):
            raise ValueError("it is no file, no URL and no upstream tag such as v0.3.8.")
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - http or https, as checked above
            return bytes(answer.read()), source
    except OSError as error:
        where = "" if address == source or path.exists() else f" at {address}"
        raise ValueError(f"it cannot be read{where} ({error}).") from error


def vendor(source: bytes, ref: str, date: str = "unknown") -> Vendored:
    """Make a contract of an upstream OpenAPI document, YAML or JSON.

    Args:
        source: the document.
        ref: what upstream calls this version, such as ``v0.3.8``.
        date: when upstream released it.

    Raises:
        ValueError: it is no OpenAPI 3 document, an operation has no tag, or a correction no
            longer applies.
    """
    try:
        document = yaml.safe_load(source)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"no OpenAPI 3 document: it is no YAML ({str(error).splitlines()[0]}).") from error
    contract = facts_of(document if isinstance(document, dict) else {})
    untagged = [name for name, operation in operations(contract).items() if not operation.get("tags")]
    if untagged:
        raise ValueError(f"operations without a tag cannot be generated: {', '.join(untagged)}.")
    corrections = correct(contract, OF_THE_CONTRACT)
    describe(contract, yaml.safe_load((HERE / "descriptions.yaml").read_text()))
    return Vendored(
        contract,
        {
            "upstream": f"{UPSTREAM}, {UPSTREAM_PATH}",
            "ref": ref,
            "date": date,
            "sha256": hashlib.sha256(source).hexdigest(),
            "contract": contract["info"]["version"],
            "operations": len(operations(contract)),
            "schemas": len(contract["components"]["schemas"]),
            "corrections": corrections,
        },
    )


def operations(contract: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the operations of a contract by their ``operationId``.

    Raises:
        ValueError: an operation has none.
    """
    found: dict[str, dict[str, Any]] = {}
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method in item:
                if "operationId" not in item[method]:
                    raise ValueError(f"{method.upper()} {path} has no operationId.")
                found[item[method]["operationId"]] = item[method]
    return found


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


def write(vendored: Vendored) -> None:
    """Generate the client, and then write the contract, its provenance and the client.

    Raises:
        subprocess.CalledProcessError: the generator refused the contract; nothing was written.
    """
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), vendored.contract, vendored.provenance["ref"])
        CONTRACT.write_text(HEADER + _dump(vendored.contract))
        PROVENANCE.write_text(_dump(vendored.provenance))
        replace(Path(folder), GENERATED)


def _dump(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def main() -> int:
    """Run the program; return its exit code."""
    parser = argparse.ArgumentParser(prog="bump-spec", description="Vendor a version of the registry's contract.")
    parser.add_argument("source", help="an upstream OpenAPI file, a URL, or an upstream tag such as v0.3.8")
    parser.add_argument("--ref", help="what upstream calls this version (default: the file's name, or the tag)")
    parser.add_argument("--date", default="unknown", help="when upstream released it, YYYY-MM-DD")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and write nothing")
    arguments = parser.parse_args()
    try:
        source, name = read(arguments.source)
        vendored = vendor(source, arguments.ref or name, arguments.date)
        old = yaml.safe_load(CONTRACT.read_text()) if CONTRACT.exists() else vendored.contract
        changed = report(old, vendored.contract)
        if not arguments.dry_run:
            write(vendored)
    except ValueError as error:
        print(f"bump-spec: {arguments.source}: {error} Nothing was written.", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"bump-spec: the generator refused the contract:\n{error.stdout}{error.stderr}", file=sys.stderr)
        print("Nothing was written.", file=sys.stderr)
        return 1
    print(changed)
    print("nothing was written (--dry-run)" if arguments.dry_run else f"{vendored.provenance['ref']} is vendored")
    return 0


if __name__ == "__main__":
    sys.exit(main())
