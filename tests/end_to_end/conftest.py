"""The programs, run as their users run them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAMS = Path(sys.executable).parent
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def initialize() -> Run:
    """Run ``mr-storage-initializer`` with no environment but the one given."""

    def run(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAMS / "mr-storage-initializer", *arguments],
            env={"AWS_EC2_METADATA_DISABLED": "true", **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run
