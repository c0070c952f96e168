"""Kubeflow's own Python client, on the embedded registry."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import mr_registry

PROGRAM = Path(__file__).with_name("upstream_client.py")


def test_kubeflows_own_client_registers_finds_pages_and_updates() -> None:
    with mr_registry.serve() as url:
        run = subprocess.run([sys.executable, PROGRAM, url], capture_output=True, text=True, check=False, timeout=120)

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "uri": "s3://models/iris/v2",
        "registered": {"accuracy": 0.97, "stage": "dev", "epochs": 3, "tuned": True},
        "models": ["iris", "b", "c", "d"],
        "versions": ["v3", "v2", "v1"],
        "missing": None,
        "description": "changed",
        "changed": {"stage": "prod"},
        "state": "LIVE",
    }
