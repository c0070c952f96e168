"""KServe's own models of its objects: those of the package ``kserve``, in an environment of their own.

The package clashes with what is pinned here. Its environment is made once for each set of pins, with uv or pip, and is
kept in the user's cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["objections"]

HERE = Path(__file__).parent / "kserve"


def objections(manifests: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return what KServe's models object to in each of the manifests.

    Raises:
        RuntimeError: the environment cannot be made, or the check fails; with what was said.
    """
    checked = subprocess.run(
        [_python(), HERE / "check.py"], input=json.dumps(list(manifests)), capture_output=True, text=True, check=False
    )
    if checked.returncode:
        raise RuntimeError(f"kserve's models could not be asked: {checked.stderr[-2000:]!r}")
    found: list[list[str]] = json.loads(checked.stdout)
    return found


def _python() -> Path:
    """Return the Python of the environment, made once for each set of pins and each version of Python."""
    pins = HERE / "requirements.txt"
    made_of = pins.read_bytes() + sys.version.encode()
    name = f"kserve-{hashlib.sha256(made_of).hexdigest()[:16]}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mr-client"
    if not (cache / name).is_dir():
        begun = cache / f".{name}.{os.getpid()}"
        shutil.rmtree(begun, ignore_errors=True)
        begun.parent.mkdir(parents=True, exist_ok=True)
        try:
            for command in _commands(begun, pins):
                _run(command)
        except RuntimeError:
            shutil.rmtree(begun, ignore_errors=True)
            raise
        try:
            begun.rename(cache / name)
        except OSError:  # another run was faster
            shutil.rmtree(begun)
    return cache / name / "bin" / "python"


def _commands(folder: Path, pins: Path) -> list[list[str | Path]]:
    python = folder / "bin" / "python"
    pinned = ["--require-hashes", "--no-deps", "-r", str(pins)]
    if uv := shutil.which("uv"):
        return [
            [uv, "venv", "--quiet", "--python", sys.executable, folder],
            [uv, "pip", "install", "--quiet", "--python", python, *pinned],
        ]
    return [
        [sys.executable, "-m", "venv", folder],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pinned],
    ]


def _run(command: Sequence[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            f"kserve cannot be installed, so what is rendered is not held against its models; {str(command[0])!r} says: "
            f"{(done.stderr or done.stdout)[-2000:]!r}"
        )
