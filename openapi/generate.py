"""Generate ``generated/`` from the vendored contract: ``scripts/generate [--check]``.

Two packages come of it: ``mr_rest``, the typed REST layer (openapi-python-client), and
``mr_contract``, the contract itself as JSON, for programs that check against it.
With ``--check`` nothing is written; any file that is edited, stray or missing fails.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from corrections import FOR_THE_CLIENT, Obsolete, correct

HERE = Path(__file__).parent
CONTRACT = HERE / "model-registry.yaml"
PROVENANCE = HERE / "provenance.yaml"
GENERATED = HERE.parent / "generated"
HEADER = "# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.\n"

CONTRACT_MODULE = '''\
"""The contract of the model registry's REST API, as data."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

REF = {ref!r}
"""What the upstream file is the contract of: a release, or what scripts/bump-spec was told."""
VERSION = {version!r}
"""The version of the API, which its paths begin with."""


def load() -> dict[str, Any]:
    """Return the contract: an OpenAPI 3.0 document."""
    document: dict[str, Any] = json.loads(files(__name__).joinpath("model-registry.json").read_bytes())
    return document
'''


def generate(target: Path, contract: dict[str, Any], ref: str) -> None:
    """Write both packages below ``target``, an empty folder.

    Args:
        target: the folder.
        contract: an OpenAPI 3.0 document.
        ref: what it is the contract of, such as ``v0.3.8``.

    Raises:
        Obsolete: a correction for the client no longer applies.
        subprocess.CalledProcessError: the generator failed, or warned: it leaves out what it
            does not understand, so a warning is a missing part of the API.
    """
    package = target / "mr_rest"
    for_the_client = copy.deepcopy(contract)
    correct(for_the_client, FOR_THE_CLIENT)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as source:
        json.dump(for_the_client, source)
        source.flush()
        subprocess.run(
            [
                *(sys.executable, "-m", "openapi_python_client", "generate"),
                *("--path", source.name, "--config", str(HERE / "generator.yaml"), "--output-path", str(package)),
                *("--meta", "none", "--fail-on-warning"),
            ],
            check=True,
            capture_output=True,
            text=True,
            # The hooks call ruff by name: the pinned one stands beside this interpreter.
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        )
    data = target / "mr_contract"
    data.mkdir()
    data.joinpath("__init__.py").write_text(_filled(CONTRACT_MODULE, ref=ref, version=contract["info"]["version"]))
    data.joinpath("model-registry.json").write_text(json.dumps(contract, separators=(",", ":"), sort_keys=True) + "\n")
    for folder in (package, data):
        folder.joinpath("py.typed").touch()
    for module in target.rglob("*.py"):
        module.write_text(HEADER + module.read_text())


def _filled(module: str, **values: str) -> str:
    for name, value in values.items():
        module = module.replace(f"{{{name}!r}}", json.dumps(value))
    return module


def replace(fresh: Path, kept: Path) -> int:
    """Make ``kept`` what ``fresh`` is; return how many files changed."""
    changes = differences(fresh, kept)
    for line in changes:
        kind, _, name = line.partition(": ")
        target = kept / name
        if kind == "stray":
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((fresh / name).read_bytes())
    return len(changes)


def differences(fresh: Path, kept: Path) -> list[str]:
    """Return a line for each file that differs between two trees, in order."""
    names = {path.relative_to(root) for root in (fresh, kept) for path in root.rglob("*") if _counts(path)}
    lines = []
    for name in sorted(names):
        if not (kept / name).exists():
            lines.append(f"missing: {name}")
        elif not (fresh / name).exists():
            lines.append(f"stray: {name}")
        elif (fresh / name).read_bytes() != (kept / name).read_bytes():
            lines.append(f"edited: {name}")
    return lines


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def main() -> int:
    """Run the program; return its exit code."""
    parser = argparse.ArgumentParser(prog="generate", description="Generate the typed REST layer from the contract.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where generated/ differs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        try:
            generate(fresh, yaml.safe_load(CONTRACT.read_text()), yaml.safe_load(PROVENANCE.read_text())["ref"])
        except Obsolete as error:
            print(f"generate: {error}", file=sys.stderr)
            return 1
        except subprocess.CalledProcessError as error:
            print(f"generate: the generator refused the contract:\n{error.stdout}{error.stderr}", file=sys.stderr)
            return 1
        if not arguments.check:
            print(f"generated/: {replace(fresh, GENERATED)} files changed")
            return 0
        changes = differences(fresh, GENERATED)
        for line in changes:
            print(line)
        print(
            "generated/ is not what the contract gives; run scripts/generate" if changes else "generated/ is up to date"
        )
        return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main())
