"""What was locked is brought again, and nothing else."""

from __future__ import annotations

import tarfile
import uuid
from pathlib import Path
from typing import Any

import pytest

import mr_client
from mr_client.errors import NotAllowed, SourceChanged, UsageError, VerificationFailed
from mr_client.locks.lockfile import Lock, read_lock, write_lock
from mr_client.locks.locking import fetch_and_lock, fetch_locked
from mr_client.properties import DIGEST
from mr_client.reports.transfer import receipt_as_dict
from servers.s3 import S3Server

CONTENT = {"config.json": b"{}", "weights/part-1": b"w" * 5000}


@pytest.fixture
def environ(registry_url: str, memory: Any) -> dict[str, str]:
    """A model in a registry, whose files are in memory."""
    memory.pipe({f"/models/iris/{name}": body for name, body in CONTENT.items()})
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri="memory://models/iris")
    return {"MODEL_REGISTRY_BASE_URL": registry_url}


@pytest.fixture
def lock(environ: dict[str, str], tmp_path: Path) -> Lock:
    """What was brought of it, from a file."""
    _, lock = fetch_and_lock("model-registry://iris", tmp_path / "first", environ=environ)
    write_lock(tmp_path / "lock", lock)
    return read_lock(tmp_path / "lock")


def test_a_lock_says_by_what_names_and_ids_the_model_was_found(lock: Lock, environ: dict[str, str]) -> None:
    with mr_client.Registry(environ=environ) as registry:
        found = registry.resolve("iris")

    assert lock.registry == environ["MODEL_REGISTRY_BASE_URL"]
    assert lock.model is not None
    assert lock.version is not None
    assert (lock.model.id, lock.version.id, lock.version.name) == (found.model.id, found.version.id, "v1")
    assert {each.path: each.size for each in lock.files} == {name: len(body) for name, body in CONTENT.items()}


def test_what_was_locked_is_brought_again_though_the_name_means_another_and_no_registry_is_asked(
    lock: Lock, environ: dict[str, str], target: Path
) -> None:
    with mr_client.Registry(environ=environ) as registry:
        registry.register("iris", "v2", uri="memory://models/other")

    receipt = fetch_locked(lock, target, environ={"MODEL_REGISTRY_BASE_URL": "127.0.0.1:9"})

    assert receipt.requested == "model-registry://iris"
    assert receipt_as_dict(receipt)["verified"] == {"sha256": len(CONTENT)}
    assert {name: (target / name).read_bytes() for name in CONTENT} == CONTENT


def test_a_store_with_another_size_a_new_file_or_one_less_is_refused_before_the_first_byte(
    lock: Lock, memory: Any, target: Path
) -> None:
    memory.pipe("/models/iris/config.json", b"{...}")
    memory.pipe("/models/iris/new", b"")
    memory.rm("/models/iris/weights/part-1")

    with pytest.raises(SourceChanged) as refused:
        fetch_locked(lock, target, environ={})

    assert "config.json: 5 bytes, not 2" in str(refused.value)
    assert "new: not locked" in str(refused.value)
    assert "weights/part-1: missing" in str(refused.value)
    assert not target.exists()


def test_another_content_of_the_same_size_is_found(lock: Lock, memory: Any, target: Path) -> None:
    memory.pipe("/models/iris/config.json", b"[]")

    with pytest.raises(VerificationFailed, match=r"config\.json: another content"):
        fetch_locked(lock, target, environ={})


def test_files_that_patterns_left_out_are_left_out_again_and_new_ones_with_them(
    environ: dict[str, str], memory: Any, tmp_path: Path, target: Path
) -> None:
    some = environ | {"STORAGE_ALLOW_PATTERNS": "*.json"}
    _, lock = fetch_and_lock("model-registry://iris", tmp_path / "first", environ=some)
    memory.pipe("/models/iris/new", b"")

    fetch_locked(lock, target, environ={})

    assert lock.left_out == 1
    assert [each.name for each in target.iterdir()] == ["config.json"]


def test_an_archive_is_locked_as_what_came_out_of_it(memory: Any, tmp_path: Path, target: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"trained")
    with tarfile.open(tmp_path / "model.tar", "w") as archive:
        archive.add(tmp_path / "model.bin", "sub/model.bin")
    memory.pipe("/models/model.tar", (tmp_path / "model.tar").read_bytes())
    _, lock = fetch_and_lock("memory://models/model.tar", tmp_path / "first", environ={})

    fetch_locked(lock, target, environ={})

    assert [each.path for each in lock.files] == ["sub/model.bin"]
    assert lock.archive is not None
    assert lock.archive.path == "model.tar"
    assert (target / "sub/model.bin").read_bytes() == b"trained"


def test_a_place_that_the_lists_do_not_admit_is_refused_from_a_lock_too(lock: Lock, target: Path) -> None:
    with pytest.raises(NotAllowed, match="does not admit"):
        fetch_locked(lock, target, environ={"MODEL_REGISTRY_ALLOWED_URI_PREFIXES": "s3://models"})
    assert not target.exists()


def test_a_lock_keeps_no_secret(registry_url: str, target: Path) -> None:
    signed = "https://models.example.com/model.bin?signature=hunter2"
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("signed", "v1", uri=signed)

    for uri in (signed, "model-registry://signed"):
        with pytest.raises(UsageError, match="cannot be locked") as refused:
            fetch_and_lock(uri, target, environ={"MODEL_REGISTRY_BASE_URL": registry_url})
        assert "hunter2" not in str(refused.value)
    assert not target.exists()


def test_a_lock_of_a_bucket_is_held_against_the_bucket(
    s3: S3Server, registry_url: str, tmp_path: Path, target: Path
) -> None:
    bucket = f"locked-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(bucket)
    s3.filesystem().pipe(f"{bucket}/iris/model.bin", b"trained")
    environ = {**s3.environ, "MODEL_REGISTRY_BASE_URL": registry_url}
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=f"s3://{bucket}/iris")
        artifact = registry.artifact("iris")
    _, lock = fetch_and_lock("model-registry://iris", tmp_path / "first", environ=environ)
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry._api.update_artifact(artifact, properties={DIGEST: lock.digest})
    uri = "model-registry://iris"

    same = mr_client.verify(tmp_path / "first", uri, environ=environ)
    assert same
    assert same.checked == {"model.bin": "md5"}
    assert same.found == same.recorded == lock.digest
    s3.filesystem().pipe(f"{bucket}/iris/model.bin", b"changed")
    assert mr_client.verify(tmp_path / "first", uri, environ=environ).different == ("model.bin: its md5 is another",)
    with pytest.raises(VerificationFailed, match=r"model\.bin: another content"):
        fetch_locked(lock, target, environ=environ)
