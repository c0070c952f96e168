"""``mr-client serve``, as a person runs it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import mr_client
import mr_contract

PROGRAM = Path(sys.executable).with_name("mr-client")


@contextmanager
def served(database: Path, *options: str) -> Iterator[str]:
    process = subprocess.Popen(
        [PROGRAM, "serve", "--port", "0", "--database", database, *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("Model registry at http://127.0.0.1:")
        yield line.split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert process.returncode == 0


def test_what_is_registered_is_still_there_after_a_restart(tmp_path: Path) -> None:
    with served(tmp_path / "registry.db") as url, mr_client.Registry(url) as registry:
        registry.register("iris", "v1", uri="s3://models/iris/v1")

    with served(tmp_path / "registry.db") as url, mr_client.Registry(url) as registry:
        assert registry.resolve("iris").uri == "s3://models/iris/v1"


def test_a_port_in_use_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = subprocess.run(
            [PROGRAM, "serve", "--port", str(port)], capture_output=True, text=True, check=False, timeout=60
        )

    assert run.returncode == 1
    assert str(port) in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("program", ["mr-client", "mr-storage-initializer"])
def test_a_program_says_its_version_and_its_use(program: str) -> None:
    def output(option: str) -> str:
        return subprocess.run(
            [PROGRAM.with_name(program), option], capture_output=True, text=True, check=True, timeout=60
        ).stdout

    contract = f"registry contract {mr_contract.REF}, {mr_contract.VERSION}"
    assert output("--version") == f"{program}, version {mr_client.__version__} ({contract})\n"
    assert output("--help").startswith(f"Usage: {program}")
