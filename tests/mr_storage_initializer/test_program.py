"""What the program makes of the library's answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import mr_client
from mr_client import errors, several
from mr_storage_initializer import __main__ as program


@pytest.fixture
def termination_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that Kubernetes makes for a container's last words."""
    log = tmp_path / "termination-log"
    log.touch()
    monkeypatch.setenv("MR_TERMINATION_LOG", str(log))
    return log


def run(*arguments: object, **environ: str) -> Result:
    # Without a variable of AWS's, for which a thread would load what S3 needs while the next test begins.
    environment = {"AWS_EC2_METADATA_DISABLED": None, **environ}
    return CliRunner().invoke(program.main, [str(argument) for argument in arguments], env=environment)


def test_on_success_the_termination_log_holds_what_was_brought(
    termination_log: Path, registry_url: str, memory: Any, target: Path
) -> None:
    memory.pipe({"/models/iris/a": b"aa", "/models/iris/b": b"b"})
    with mr_client.Registry(registry_url, environ={}) as registry:
        version = registry.register("iris", "v1", uri="memory://models/iris")

    result = run("model-registry://iris", target, MODEL_REGISTRY_BASE_URL=registry_url)

    assert result.exit_code == 0, result.output
    (record,) = json.loads(termination_log.read_text())
    assert record.pop("seconds") >= 0
    assert record == {
        "requested": "model-registry://iris",
        "resolved": "memory://models/iris",
        "registered_model_id": version.registered_model_id,
        "model_version_id": version.id,
        "model_artifact_id": "1",
        "files": 2,
        "bytes": 3,
        "fetched": 3,
        "verified": {"size": 2},
    }


def test_on_failure_it_holds_the_last_line(termination_log: Path, target: Path) -> None:
    result = run("nonsense", target)

    assert result.exit_code == 2
    assert termination_log.read_text() == result.stderr.splitlines()[-1]


def test_nor_does_it_steer_the_terminal_that_kubectl_shows_it_on(
    termination_log: Path, monkeypatch: pytest.MonkeyPatch, target: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise errors.NotFound("no ir\x1b[2J\u202eis")

    monkeypatch.setattr(program, "fetch_each", fail)

    assert run("file:///x", target).exit_code == 3
    assert termination_log.read_text() == r"no ir\x1b[2J\u202eis"


def test_without_a_termination_log_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: Path) -> None:
    monkeypatch.setenv("MR_TERMINATION_LOG", str(tmp_path / "termination-log"))

    assert run("nonsense", target).exit_code == 2
    assert not (tmp_path / "termination-log").exists()


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_has_the_exit_code_that_the_design_gives_it(
    termination_log: Path, monkeypatch: pytest.MonkeyPatch, target: Path, name: str
) -> None:
    codes = {
        "UsageError": 2,
        "AlreadyExists": 2,
        "Changed": 2,
        "NotFound": 3,
        "NotAllowed": 4,
        "TransferError": 5,
        "VerificationFailed": 6,
    }
    kind = getattr(errors, name)
    expected = next((code for base, code in codes.items() if issubclass(kind, getattr(errors, base))), 1)

    def fail(*arguments: object, **keywords: object) -> None:
        raise kind("what\nand where")

    monkeypatch.setattr(several, "fetch", fail)
    result = run("s3://b/k", target)

    assert result.exit_code == expected
    assert result.stderr == "what and where\n"


def test_a_bug_shows_its_traceback_and_asks_to_be_reported(
    termination_log: Path, monkeypatch: pytest.MonkeyPatch, target: Path
) -> None:
    def fail(*arguments: object, **keywords: object) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr(several, "fetch", fail)
    result = run("s3://b/k", target)

    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Unexpected RuntimeError: odd. This is a bug")


def test_a_dry_run_leaves_no_last_words_and_no_folder(termination_log: Path, memory: Any, target: Path) -> None:
    memory.pipe({"/models/iris/a": b"aa", "/models/iris/b": b"b"})

    result = run("--dry-run", "memory://models/iris", target, "memory://models/iris/a", target.with_name("other"))

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "1 file, 2 bytes in all; nothing was written."
    assert "2 files, 3 bytes in all; nothing was written." in result.stdout
    assert termination_log.read_text() == ""
    assert not target.parent.exists()
