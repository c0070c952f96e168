"""From a name to verified files, on the embedded registry and a store in memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import mr_client
from mr_client.errors import InvalidSettings, VerificationFailed
from mr_client.flow import fetch, preview
from mr_client.properties import DIGEST
from mr_client.registry import RegistryAPI
from mr_client.reports.resolution import preview_lines
from mr_client.reports.transfer import receipt_as_dict, receipt_line
from mr_client.settings import Endpoint
from mr_client.storage.copy.progress import NoProgress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.digests.folder import folder_digest

CONTENT = {"config.json": b"{}", "weights/part-1": b"w" * 5000}


@pytest.fixture
def environ(registry_url: str, memory: Any) -> dict[str, str]:
    """A model in a registry, whose files are in memory."""
    memory.pipe({f"/models/iris/{name}": body for name, body in CONTENT.items()})
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri="memory://models/iris")
    return {"MODEL_REGISTRY_BASE_URL": registry_url}


def record(url: str, digest: str) -> None:
    """Let the registry remember a digest of the files."""
    with RegistryAPI(Endpoint(url)) as api:
        (artifact,) = api.artifacts(api.version(api.model("iris"), "v1"))
        api.update_artifact(artifact, properties={DIGEST: digest})


def digest_of(tmp_path: Path) -> str:
    folder = tmp_path / "original"
    for name, body in CONTENT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return folder_digest(folder, CONTENT)


def test_files_that_have_the_digest_that_was_recorded_are_ready_and_it_is_said(
    environ: dict[str, str], tmp_path: Path, target: Path
) -> None:
    recorded = digest_of(tmp_path)
    record(environ["MODEL_REGISTRY_BASE_URL"], recorded)

    receipt = fetch("model-registry://iris", target, environ=environ)

    assert "verified by the digest that the registry recorded" in receipt_line(receipt)
    assert receipt_as_dict(receipt)["digest"] == recorded


def test_files_that_were_changed_after_they_were_registered_are_never_ready(
    environ: dict[str, str], tmp_path: Path, target: Path, memory: Any
) -> None:
    record(environ["MODEL_REGISTRY_BASE_URL"], digest_of(tmp_path))
    memory.pipe("/models/iris/config.json", b"[]")

    for _ in range(2):  # not the second time either, when all the files are there
        with pytest.raises(VerificationFailed, match="the registry recorded 'sha256:.*changed after they were regist"):
            fetch("model-registry://iris", target, environ=environ)


def test_a_digest_of_all_files_is_not_compared_where_patterns_leave_some_out_and_that_is_said(
    environ: dict[str, str], target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(environ["MODEL_REGISTRY_BASE_URL"], f"sha256:{'0' * 64}")

    receipt = fetch("model-registry://iris", target, environ={**environ, "STORAGE_IGNORE_PATTERNS": "weights/"})

    assert "cannot be compared: patterns leave out 1 of them" in caplog.text
    assert (receipt.files, receipt.left_out) == (1, 1)
    assert "1 file (1 more left out by patterns), 2 bytes" in receipt_line(receipt)
    assert "verified: 1 by size" in receipt_line(receipt)
    assert "digest" not in receipt_as_dict(receipt)
    assert receipt_as_dict(receipt)["left_out"] == 1


def test_a_digest_is_compared_with_files_that_were_there_before(
    environ: dict[str, str], tmp_path: Path, target: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a").write_bytes(b"a" * 10)
    with mr_client.Registry(environ["MODEL_REGISTRY_BASE_URL"], environ={}) as registry:
        registry.register("local", "v1", uri=source.as_uri())
    with RegistryAPI(Endpoint(environ["MODEL_REGISTRY_BASE_URL"])) as api:
        (artifact,) = api.artifacts(api.version(api.model("local"), "v1"))
        api.update_artifact(artifact, properties={DIGEST: folder_digest(source, ["a"])})
    fetch("model-registry://local", target, environ=environ)
    time = (target / "a").stat().st_mtime
    (target / "a").write_bytes(b"b" * 10)
    os.utime(target / "a", (time, time))

    with pytest.raises(VerificationFailed):
        fetch("model-registry://local", target, environ=environ)


def test_a_receipt_says_how_each_file_was_checked_and_what_was_there(environ: dict[str, str], target: Path) -> None:
    receipt = fetch("memory://models/iris", target, environ=environ)

    assert receipt_line(receipt).startswith("Ready: 2 files, 5002 bytes in ")
    assert "verified: 2 by size, in " in receipt_line(receipt)
    assert receipt_as_dict(receipt)["verified"] == {"size": 2}


def test_a_second_run_says_what_was_there(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a").write_bytes(b"a" * 2000)
    (source / "b").write_bytes(b"b" * 100)
    fetch(source.as_uri(), target, environ={})
    (target / "b").unlink()

    seen = preview(source.as_uri(), target, environ={})
    again = fetch(source.as_uri(), target, environ={})

    assert preview_lines(seen)[-1] == (
        "2 files, 2100 bytes in all, of which 2000 are there already; nothing was written."
    )
    assert (again.fetched, again.size) == (100, 2100)
    assert "2100 bytes (2.0 KiB of it were there)" in receipt_line(again)


def test_progress_is_handed_to_the_copy_with_the_bytes_of_the_whole_plan(environ: dict[str, str], target: Path) -> None:
    told: list[tuple[str, int | None]] = []

    class Telling(NoProgress):
        def begin(self, files: int, size: int | None, /) -> None:
            told.append(("begin", size))

        def advance(self, arrived: int, /) -> None:
            told.append(("advance", arrived))

    fetch("model-registry://iris", target, environ=environ, progress=Telling())

    assert told[0] == ("begin", 5002)
    assert sum(size or 0 for what, size in told if what == "advance") == 5002


def test_the_copys_settings_come_from_the_environment_unless_they_are_given(
    environ: dict[str, str], target: Path
) -> None:
    wrong = {**environ, "MR_VERIFY": "somehow"}

    with pytest.raises(InvalidSettings, match="MR_VERIFY 'somehow'"):
        fetch("memory://models/iris", target, environ=wrong)
    assert not target.exists()
    assert fetch("memory://models/iris", target, environ=wrong, copy=CopySettings()).files == 2
