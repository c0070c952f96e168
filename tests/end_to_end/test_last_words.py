"""What an operator reads: log lines for a person or a machine, the last of them, and Kubernetes's own file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mr_client
from servers.web import WebServer

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The file that Kubernetes makes."""
    log = tmp_path / "termination-log"
    log.touch()
    return log


@pytest.fixture
def environ(registry_url: str, web: WebServer, log: Path) -> dict[str, str]:
    web.content["/model.bin"] = b"trained"
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=f"{web.url}/model.bin")
    return {"MODEL_REGISTRY_BASE_URL": registry_url, "MR_TERMINATION_LOG": str(log)}


def lines(stderr: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stderr.splitlines()]


def test_each_step_is_a_line_of_json_with_its_numbers(initialize: Run, environ: dict[str, str], target: Path) -> None:
    run = initialize("model-registry://iris/v1", target, **environ, MR_LOG_FORMAT="json")

    assert run.returncode == 0, run.stderr
    steps = {line["step"]: line for line in lines(run.stderr)}
    assert list(steps) == ["resolve", "plan", "copy", "verify", "ready"]
    assert all(line["time"].endswith("+00:00") and line["level"] == "info" for line in steps.values())
    assert (steps["plan"]["files"], steps["plan"]["bytes"], steps["plan"]["left_out"]) == (1, 7, 0)
    assert (steps["copy"]["files"], steps["copy"]["bytes"]) == (1, 7)
    assert steps["verify"]["files"] == 1
    assert (steps["ready"]["files"], steps["ready"]["bytes"]) == (1, 7)
    assert steps["resolve"]["resolved"] == steps["plan"]["source"] == steps["ready"]["resolved"]


def test_a_failure_is_the_last_line_of_json_and_a_sentence_for_kubernetes(
    initialize: Run, environ: dict[str, str], target: Path, log: Path
) -> None:
    run = initialize("model-registry://irises/v1", target, **environ, MR_LOG_FORMAT="json")

    last = lines(run.stderr)[-1]
    assert (run.returncode, last["exit_code"], last["step"], last["level"]) == (3, 3, "failed", "error")
    assert log.read_text() == last["message"]
    assert "'irises' not found" in last["message"]


def test_at_level_error_a_good_run_says_its_last_line_alone(
    initialize: Run, environ: dict[str, str], target: Path
) -> None:
    run = initialize("model-registry://iris/v1", target, **environ, MR_LOG_LEVEL="error")

    assert len(run.stderr.splitlines()) == 1
    assert run.stderr.startswith("Ready: ")


@pytest.mark.parametrize(
    ("arguments", "last"),
    [
        (["s3://a/b"], "1 arguments make no pairs: give a DEST for each SRC."),
        (["s3://a/b", "/mnt/x", "s3://c/d"], "3 arguments make no pairs: give a DEST for each SRC."),
        (
            ["s3://a/b", "{target}", "s3://c/d", "{target}/x"],
            "are one inside the other: give each a folder of its own.",
        ),
        (["s3://a/b", "{target}", "s3://c/d", "{target}"], "is the destination of two sources: give each a folder"),
        (["s3://a/b", "/dev/null"], "The destination '/dev/null' is no folder: name a folder."),
        (["--nonsense"], "--nonsense"),
        ([], "Missing argument 'SRC DEST [SRC DEST ...]'."),
    ],
)
def test_a_wrong_command_line_is_usage_and_last_words(
    initialize: Run, log: Path, target: Path, arguments: list[str], last: str
) -> None:
    run = initialize(*(each.format(target=target) for each in arguments), MR_TERMINATION_LOG=str(log))

    assert run.returncode == 2
    assert run.stderr.startswith("Usage: mr-storage-initializer")
    assert last in run.stderr.splitlines()[-1]
    assert run.stderr.splitlines()[-1] == f"Error: {log.read_text()}"


def test_one_pair_of_two_that_fails_is_named_and_the_other_is_ready(
    initialize: Run, environ: dict[str, str], target: Path, log: Path
) -> None:
    run = initialize("model-registry://lost/v1", target / "a", "model-registry://iris/v1", target / "b", **environ)

    assert run.returncode == 3
    assert (target / "b" / "model.bin").read_bytes() == b"trained"
    *_, ready, last = run.stderr.splitlines()
    assert ready.startswith("Ready: 1 file, 7 bytes in ")
    assert last.startswith(
        f"1 of 2 failed, the others are ready. model-registry://lost/v1 into {target / 'a'}: Registered"
    )
    assert log.read_text() == last


def test_a_setting_that_is_wrong_is_told_in_words_wherever_they_go(initialize: Run, log: Path, target: Path) -> None:
    run = initialize("s3://a/b", target, MR_LOG_FORMAT="xml", MR_TERMINATION_LOG=str(log))

    assert (run.returncode, run.stderr) == (2, "MR_LOG_FORMAT 'xml' is no format: give text or json.\n")


@pytest.mark.parametrize(
    ("patterns", "brought"),
    [
        ({"STORAGE_ALLOW_PATTERNS": '["*.json"]'}, {"config.json"}),
        ({"STORAGE_IGNORE_PATTERNS": "*.json,*.h5"}, {"w.bin"}),
    ],
)
def test_patterns_say_what_comes_and_what_is_left_out_is_said(
    initialize: Run, tmp_path: Path, target: Path, patterns: dict[str, str], brought: set[str]
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("config.json", "w.bin", "w.h5"):
        (source / name).write_bytes(b"trained")

    run = initialize(source, target, **patterns)
    seen = initialize("--dry-run", source, target, **patterns)

    assert run.returncode == 0, run.stderr
    assert {path.name for path in target.iterdir()} == brought
    assert "left out 2 files, 14 bytes, by STORAGE_" in run.stderr
    assert "(2 more left out by patterns)" in run.stderr.splitlines()[-1]
    assert "2 files, by patterns" in seen.stdout


def test_a_pattern_that_leaves_nothing_is_an_error(initialize: Run, tmp_path: Path, target: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "w.bin").touch()

    run = initialize(tmp_path / "source", target, STORAGE_ALLOW_PATTERNS="*.json")

    assert run.returncode == 3
    assert "None of the 1 files" in run.stderr.splitlines()[-1]
    assert not target.exists()


def test_a_file_that_is_named_itself_is_wanted(initialize: Run, environ: dict[str, str], target: Path) -> None:
    run = initialize("model-registry://iris/v1", target, **environ, STORAGE_ALLOW_PATTERNS="*.json")

    assert run.returncode == 0, run.stderr


STUCK = """
import signal, threading
from mr_storage_initializer import __main__ as program
def stuck(*_, **__):
    print("stuck", flush=True)
    threading.Lock().acquire() or stuck()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # as a call that C makes does not heed it
    lock = threading.Lock(); lock.acquire(); lock.acquire()
program.main = stuck
program.run()
"""


def test_sigterm_is_heeded_whatever_the_main_thread_is_at(log: Path) -> None:
    environ = {"MR_TERMINATION_LOG": str(log), "MR_LOG_FORMAT": "json"}
    with subprocess.Popen(
        [sys.executable, "-c", STUCK], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(signal.SIGTERM)
        _, stderr = running.communicate(timeout=5)

    assert running.returncode == 143
    assert lines(stderr)[-1]["exit_code"] == 143
    assert log.read_text() == lines(stderr)[-1]["message"]
