"""What a lock is, and which file is none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mr_client.errors import FilesNotFound, NotAllowed, UsageError
from mr_client.locks.lockfile import Lock, LockedFile, Record, read_lock, write_lock
from mr_client.storage.digests.folder import file_sha256, folder_digest

SHA = "0123456789abcdef" * 4
ADDRESS = "http://localhost:8080"
LOCK = Lock(
    requested="model-registry://iris",
    uri="s3://models/iris/v1",
    files=(LockedFile("model.bin", 7, SHA), LockedFile("sub/config.json", 2, SHA)),
    registry=ADDRESS,
    model=Record("1", "iris"),
    version=Record("2", "v1"),
    artifact=Record("1", "iris"),
    endpoint="http://minio:9000",
)


def test_a_lock_that_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "iris.lock"
    write_lock(path, LOCK)

    assert read_lock(path) == LOCK
    assert [each.name for each in tmp_path.iterdir()] == ["iris.lock"]


def test_the_shape_is_the_one_that_is_documented(tmp_path: Path) -> None:
    write_lock(tmp_path / "lock", replace(LOCK, archive=LockedFile("model.tar", 10240)))

    found = json.loads((tmp_path / "lock").read_text())

    assert list(found) == [
        *("lock", "requested", "registry", "model", "version", "artifact", "uri", "endpoint", "region"),
        *("digest", "bytes", "archive", "left_out", "files"),
    ]
    assert found["lock"] == 1
    assert found["bytes"] == 9
    assert found["archive"] == {"path": "model.tar", "size": 10240}
    assert found["files"][0] == {"path": "model.bin", "size": 7, "sha256": SHA}


def test_its_digest_is_that_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"trained")
    lock = Lock("u", "u", (LockedFile("model.bin", 7, file_sha256(tmp_path / "model.bin")),))

    assert lock.digest == folder_digest(tmp_path, ["model.bin"])


@settings(max_examples=25)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), max_size=3, unique=True), st.integers(0, 2**63))
def test_any_name_comes_back(tmp_path_factory: pytest.TempPathFactory, names: list[str], size: int) -> None:
    files = tuple(LockedFile(f"{place}-{name.replace('/', '_')}", size, SHA) for place, name in enumerate(names))
    files = tuple(each for each in files if "\0" not in each.path)
    path = tmp_path_factory.mktemp("locks") / "lock"
    write_lock(path, replace(LOCK, files=files))

    assert read_lock(path).files == files


def changed(**changes: Any) -> bytes:
    return json.dumps(LOCK.as_dict() | changes).encode()


FILE = {"path": "model.bin", "size": 7, "sha256": SHA}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no lock"),
        (b"[]", "is no lock"),
        (b"\xff", "is no lock"),
        (b"[" * 100_000, "is no lock"),
        (b'{"name": "iris"}', "is no lock"),
        (changed(lock=2), "is a lock of format 2, and 1 is read here"),
        (changed(files=None), "is a lock that cannot be read"),
        (changed(uri=7), "7 is no text"),
        (changed(files=[FILE | {"size": -1}]), "-1 is no count"),
        (changed(files=[FILE | {"size": True}]), "True is no count"),
        (changed(files=[FILE | {"sha256": SHA.upper()}]), "is no SHA-256"),
        (changed(files=[FILE | {"path": "/model.bin"}]), "is no path"),
        (changed(lock=True), "is a lock of format True"),
        (changed(files=[FILE]), "was changed since it was written"),
        (changed(bytes=10), "was changed since it was written"),
        (changed(files=[*LOCK.as_dict()["files"], LOCK.as_dict()["files"][1]], bytes=11), "was changed since"),
    ],
)
def test_what_is_no_lock_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "lock").write_bytes(content)

    with pytest.raises(UsageError, match=words):
        read_lock(tmp_path / "lock")


def test_a_lock_that_leads_out_of_the_folder_is_not_allowed(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(changed(files=[FILE | {"path": "../model.bin"}]))

    with pytest.raises(NotAllowed, match="outside the destination"):
        read_lock(tmp_path / "lock")


def test_a_lock_that_is_not_there_says_who_writes_one(tmp_path: Path) -> None:
    with pytest.raises(FilesNotFound, match="--to-lock writes one"):
        read_lock(tmp_path / "lock")
