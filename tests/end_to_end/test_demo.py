"""The README's first command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "scripts" / "demo.py"


def test_the_demo_ends_with_the_prediction() -> None:
    run = subprocess.run([sys.executable, DEMO], capture_output=True, text=True, check=False, timeout=120)

    assert run.returncode == 0, run.stderr
    steps = [line.split()[0] for line in run.stdout.splitlines() if not line.startswith(" ")]
    assert steps == ["registry", "storage", "train", "upload", "register", "initialize", "predict"]
    assert run.stdout.splitlines()[-1].endswith("[[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]] -> [1, 1]")
