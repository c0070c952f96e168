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
from mr_client import errors

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

    assert run.returncode == 5
    assert len(run.stderr.splitlines()) == 1
    assert str(port) in run.stderr
    assert "Traceback" not in run.stderr


def test_a_token_comes_from_a_file_or_a_variable_and_never_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("hunter2\n")
    with served(tmp_path / "registry.db", "--token-file", str(tmp_path / "token")) as url:
        assert_asks_for("hunter2", url)
    monkeypatch.setenv("MODEL_REGISTRY_TOKEN", "hunter3")
    with served(tmp_path / "registry.db") as url:
        assert_asks_for("hunter3", url)

    run = subprocess.run([PROGRAM, "serve", "--token", "x"], capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 2


def assert_asks_for(token: str, url: str) -> None:
    with mr_client.Registry(url, environ={}) as stranger, pytest.raises(errors.NotAllowed):
        list(stranger.models())
    with mr_client.Registry(url, token=token, environ={}) as registry:
        assert list(registry.models()) == []


@pytest.mark.parametrize(
    ("database", "words"), [("nowhere/registry.db", "unable to open"), ("notes.txt", "file is not a database")]
)
def test_a_database_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path, database: str, words: str) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be looked at" * 20)
    run = subprocess.run(
        [PROGRAM, "serve", "--port", "0", "--database", tmp_path / database],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert run.returncode == 5
    assert words in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_a_module_is_the_program_too() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mr_client", "--help"], capture_output=True, text=True, check=True, timeout=60
    )

    assert run.stdout.startswith("Usage: mr-client [OPTIONS] COMMAND")


@pytest.mark.parametrize("program", ["mr-client", "mr-storage-initializer"])
def test_a_program_says_its_version_and_its_use(program: str) -> None:
    def output(option: str) -> str:
        return subprocess.run(
            [PROGRAM.with_name(program), option], capture_output=True, text=True, check=True, timeout=60
        ).stdout

    contract = f"registry contract {mr_contract.REF}, {mr_contract.VERSION}"
    assert output("--version") == f"{program}, version {mr_client.__version__} ({contract})\n"
    assert output("--help").startswith(f"Usage: {program}")
