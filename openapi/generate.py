"""Generate ``generated/`` from the vendored contract: ``scripts/generate [--check]``.

Two packages come of it: ``mr_rest``, the typed REST layer (openapi-python-client), and
``mr_contract``, the contract itself as JSON, for programs that check against it.
With ``--check`` nothing is written; any file that is edited, stray or missing fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).parent
CONTRACT = HERE / "model-registry.yaml"
GENERATED = HERE.parent / "generated"
HEADER = "# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.\n"

CONTRACT_MODULE = '''\
"""The contract of the model registry's REST API, as data."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def load() -> dict[str, Any]:
    """Return the contract: an OpenAPI 3.0 document."""
    document: dict[str, Any] = json.loads(files(__name__).joinpath("model-registry.json").read_bytes())
    return document
'''


def generate(target: Path) -> None:
    """Write both packages below ``target``, an empty folder.

    Raises:
        subprocess.CalledProcessError: the generator failed, or warned: it leaves out what it
            does not understand, so a warning is a missing part of the API.
    """
    package = target / "mr_rest"
    subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate"),
            *("--path", str(CONTRACT), "--config", str(HERE / "generator.yaml"), "--output-path", str(package)),
            *("--meta", "none", "--fail-on-warning"),
        ],
        check=True,
        capture_output=True,
        text=True,
        # The hooks call ruff by name: the pinned one stands beside this interpreter.
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"},
    )
    contract = target / "mr_contract"
    contract.mkdir()
    contract.joinpath("__init__.py").write_text(CONTRACT_MODULE)
    document = yaml.safe_load(CONTRACT.read_text())
    contract.joinpath("model-registry.json").write_text(
        json.dumps(document, separators=(",", ":"), sort_keys=True) + "\n"
    )
    for folder in (package, contract):
        folder.joinpath("py.typed").touch()
    for module in target.rglob("*.py"):
        module.write_text(HEADER + module.read_text())


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
            generate(fresh)
        except subprocess.CalledProcessError as error:
            print(f"generate: the generator refused the contract:\n{error.stdout}{error.stderr}", file=sys.stderr)
            return 1
        changes = differences(fresh, GENERATED)
        if arguments.check:
            print(
                "\n".join([*changes, "generated/ is not what the contract gives; run scripts/generate"])
                if changes
                else "generated/ is up to date"
            )
            return bool(changes)
        for line in changes:
            name = line.split(": ", 1)[1]
            target = GENERATED / name
            if line.startswith("stray"):
                target.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((fresh / name).read_bytes())
        print(f"generated/: {len(changes)} files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
