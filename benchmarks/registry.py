"""What the embedded registry costs with 10,000 models: ``scripts/bench registry``.

The server runs in a process of its own, on an SQLite file; the client is one thread on one
connection, so that what is seen is the time of a request and not how well a machine's cores are used.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

MODELS = 10_000
REPEATS = 5
BASE = "/api/model_registry/v1alpha3"
PROGRAM = (
    "import sys, mr_registry; mr_registry.run(sys.argv[1], '127.0.0.1', 0, ready=lambda url: print(url, flush=True))"
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(Path(folder, "registry.db"))], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        with httpx.Client(base_url=process.stdout.readline().strip() + BASE, timeout=60) as client:
            begun = time.monotonic()
            for number in range(MODELS):
                body = {"name": f"model-{number}", "description": "d" * 50}
                assert client.post("/registered_models", json=body).status_code == 201
            row("POST /registered_models", MODELS / (time.monotonic() - begun), process.pid)
            page = {"pageSize": "100", "orderBy": "CREATE_TIME", "sortOrder": "DESC"}
            calls: list[tuple[str, Callable[[], httpx.Response], int]] = [
                (
                    "GET /registered_model?name=",
                    lambda: client.get("/registered_model", params={"name": "model-777"}),
                    500,
                ),
                ("GET /registered_models/{id}", lambda: client.get("/registered_models/777"), 500),
                (
                    "GET /registered_models, 100 a page, newest first",
                    lambda: client.get("/registered_models", params=page),
                    200,
                ),
                ("GET /registered_models, all 10,000", lambda: client.get("/registered_models"), 3),
            ]
            for name, call, times in calls:
                rates = []
                for _ in range(REPEATS):
                    begun = time.monotonic()
                    for _ in range(times):
                        assert call().status_code == 200
                    rates.append(times / (time.monotonic() - begun))
                row(name, statistics.median(rates), process.pid)
        process.terminate()
        process.wait(timeout=10)


def row(name: str, rate: float, pid: int) -> None:
    status = Path(f"/proc/{pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+)", status)
    now = re.search(r"VmRSS:\s+(\d+)", status)
    assert peak is not None
    assert now is not None
    print(f"| {name} | {rate:,.1f} | {int(now[1]) // 1024} | {int(peak[1]) // 1024} |", flush=True)


if __name__ == "__main__":
    print("| call | requests/s | memory, MiB | peak, MiB |\n|---|---|---|---|", flush=True)
    main()
