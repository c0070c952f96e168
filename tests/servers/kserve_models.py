"""KServe's own models of its objects: those of the package ``kserve``, in an environment of their own.

The package clashes with what is pinned here.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from servers.environments import environment

__all__ = ["objections"]

HERE = Path(__file__).parent / "kserve"


def objections(manifests: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return what KServe's models object to in each of the manifests.

    Raises:
        RuntimeError: the environment cannot be made, or the check fails; with what was said.
    """
    python = environment("kserve", HERE / "requirements.txt")
    checked = subprocess.run(
        [python, HERE / "check.py"], input=json.dumps(list(manifests)), capture_output=True, text=True, check=False
    )
    if checked.returncode:
        raise RuntimeError(f"kserve's models could not be asked: {checked.stderr[-2000:]!r}")
    found: list[list[str]] = json.loads(checked.stdout)
    return found
