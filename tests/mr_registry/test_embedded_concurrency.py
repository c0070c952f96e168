"""Many clients at once, and an end in the middle of their work."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import mr_registry

MODELS = "/api/model_registry/v1alpha3/registered_models"
PROGRAM = (
    "import sys, mr_registry; mr_registry.run(sys.argv[1], '127.0.0.1', 0, ready=lambda url: print(url, flush=True))"
)


@pytest.mark.parametrize("memory", [True, False], ids=["in memory", "in a file"])
def test_16_writers_and_readers_at_once_lose_nothing(tmp_path: Path, memory: bool) -> None:
    def work(worker: int) -> list[int]:
        statuses: list[int] = []
        with httpx.Client(base_url=url, timeout=60) as client:
            for number in range(10):
                statuses.append(client.post(MODELS, json={"name": f"{worker}-{number}"}).status_code)
                statuses.append(client.get(MODELS, params={"pageSize": "5"}).status_code)
        return statuses

    with mr_registry.serve(":memory:" if memory else tmp_path / "registry.db") as url:
        with ThreadPoolExecutor(16) as pool:
            statuses = [status for each in pool.map(work, range(16)) for status in each]
        names = [item["name"] for item in httpx.get(url + MODELS).json()["items"]]

    assert set(statuses) == {200, 201}
    assert sorted(names) == sorted(f"{worker}-{number}" for worker in range(16) for number in range(10))


def killed_while(database: Path, write: Callable[[str, threading.Event], None]) -> None:
    """Run a registry, let ``write`` work until it has done something, and kill it without a word."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, database], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    enough = threading.Event()
    writer = threading.Thread(target=write, args=(url, enough))
    writer.start()
    assert enough.wait(timeout=60)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    writer.join(timeout=60)


def test_what_was_answered_survives_a_kill_in_the_middle_of_writes(tmp_path: Path) -> None:
    database = tmp_path / "registry.db"
    answered: list[str] = []

    def write(url: str, enough: threading.Event) -> None:
        with httpx.Client(base_url=url) as client:
            try:
                for number in range(100_000):
                    if client.post(MODELS, json={"name": f"m{number}"}).status_code == 201:
                        answered.append(f"m{number}")
                    if number == 50:
                        enough.set()
            except httpx.TransportError:
                return

    killed_while(database, write)

    with sqlite3.connect(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    with mr_registry.serve(database) as url:
        kept = [item["name"] for item in httpx.get(url + MODELS).json()["items"]]
        after = httpx.post(url + MODELS, json={"name": "after"}).status_code
    assert len(answered) > 50
    assert set(answered) <= set(kept)
    assert after == 201
