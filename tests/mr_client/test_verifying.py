"""What is in a folder, held against a store, a registry and a lock."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

import mr_client
from mr_client.errors import FilesNotFound, UsageError, VerificationFailed
from mr_client.locks.locking import fetch_and_lock
from mr_client.properties import DIGEST
from mr_client.reports.transfer import comparison_lines
from mr_client.storage.digests.folder import folder_digest
from mr_client.verifying import verify, verify_lock

CONTENT = {"config.json": b"{}", "weights/part-1": b"w" * 5000, "weights/part-2": b"v" * 10}
URI = "memory://models/iris"


@pytest.fixture
def folder(memory: Any, target: Path) -> Path:
    """What was brought of a model in memory."""
    memory.pipe({f"/models/iris/{name}": body for name, body in CONTENT.items()})
    mr_client.fetch(URI, target, environ={})
    return target


def test_what_was_brought_is_the_same_and_stays_as_it_is(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}

    compared = verify(folder, URI, environ={})

    assert compared
    compared.raise_for_difference()
    assert comparison_lines(compared) == [f"Same: 3 files in {folder} as in {URI} (3 by size)."]
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_what_is_missing_different_or_extra_is_named(folder: Path) -> None:
    (folder / "config.json").write_bytes(b"{...}")
    (folder / "weights/part-2").unlink()
    (folder / "weights/more").write_bytes(b"")
    (folder / "linked").symlink_to("weights")
    (folder / ".mr-part-journal").write_bytes(b"")

    compared = verify(folder, URI, environ={})

    assert comparison_lines(compared) == [
        "missing    weights/part-2",
        "different  config.json: 5 bytes, not 2",
        "extra      linked",
        "extra      weights/more",
    ]
    with pytest.raises(VerificationFailed, match=r"1 missing, 1 different, 2 extra: weights/part-2: missing; config"):
        compared.raise_for_difference()


@pytest.mark.parametrize("name", ["linked", "folder"])
def test_what_is_no_regular_file_is_different(folder: Path, name: str) -> None:
    file = folder / "config.json"
    file.unlink()
    if name == "linked":
        file.symlink_to("weights/part-2")
    else:
        file.mkdir()

    assert verify(folder, URI, environ={}).different == ("config.json: no regular file",)


def test_a_file_where_a_folder_should_be_is_extra_and_what_should_be_in_it_missing(folder: Path) -> None:
    for each in (folder / "weights").iterdir():
        each.unlink()
    (folder / "weights").rmdir()
    (folder / "weights").write_bytes(b"")
    _, lock = fetch_and_lock(URI, folder.parent / "other", environ={})

    for compared in (verify(folder, URI, environ={}), verify_lock(folder, lock)):
        assert compared.missing == ("weights/part-1", "weights/part-2")
        assert compared.extra == ("weights",)


def test_what_the_store_alone_cannot_tell_the_registry_s_digest_does(folder: Path, registry_url: str) -> None:
    environ = {"MODEL_REGISTRY_BASE_URL": registry_url}
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=URI)
        recorded = folder_digest(folder, CONTENT)
        registry._api.update_artifact(registry.artifact("iris"), properties={DIGEST: recorded})
    assert verify(folder, "model-registry://iris", environ=environ).found == recorded

    (folder / "config.json").write_bytes(b"[]")

    compared = verify(folder, "model-registry://iris", environ=environ)
    assert not compared
    with pytest.raises(VerificationFailed, match=f"and '{recorded}' is recorded for 'model-registry://iris'"):
        compared.raise_for_difference()


def test_patterns_say_what_should_be_there(memory: Any, target: Path) -> None:
    memory.pipe({f"/models/iris/{name}": body for name, body in CONTENT.items()})
    environ = {"STORAGE_ALLOW_PATTERNS": "*.json"}
    mr_client.fetch(URI, target, environ=environ)

    assert verify(target, URI, environ=environ)
    assert len(verify(target, URI, environ={}).missing) == 2


def test_a_folder_that_is_not_there_is_said(memory: Any, target: Path) -> None:
    with pytest.raises(FilesNotFound, match="is no folder"):
        verify(target, URI, environ={})


def test_what_was_unpacked_is_compared_with_a_lock_alone(memory: Any, target: Path) -> None:
    memory.pipe("/models/model.tar.gz", b"")
    target.mkdir(parents=True)
    (target / "model.bin").write_bytes(b"trained")

    with pytest.raises(UsageError, match="is one archive, whose listing does not say"):
        verify(target, "memory://models/model.tar.gz", environ={})


def test_a_lock_tells_each_content_from_any_other_and_asks_nobody(folder: Path, memory: Any) -> None:
    _, lock = fetch_and_lock(URI, folder, environ={})
    memory.rm("/models", recursive=True)

    same = verify_lock(folder, lock)
    (folder / "config.json").write_bytes(b"[]")
    (folder / "weights/part-2").unlink()
    other = verify_lock(folder, lock)

    assert same
    assert same.checked == dict.fromkeys(CONTENT, "sha256")
    assert (other.missing, other.different) == (("weights/part-2",), ("config.json: its sha256 is another",))
    assert not other


def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def closed(path: str) -> Any:
        # What this user, who may be root, is never refused.
        if Path(path).name == "weights":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)

    with pytest.raises(mr_client.errors.NotAllowed):
        verify(folder, URI, environ={})
