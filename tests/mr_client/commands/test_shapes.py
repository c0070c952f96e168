"""The JSON of each command has just these keys, which ``docs/cli.md`` promises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Read = Callable[..., Any]

MODEL = {"id", "name", "state", "description", "external_id", "properties", "owner", "created", "updated"}
VERSION = MODEL - {"owner"} | {"author", "model_id"}
ARTIFACT = MODEL - {"owner"} | {
    "uri",
    "model_format",
    "model_format_version",
    "storage_key",
    "storage_path",
    "service_account_name",
}
UPLOADED = {"uri", "files", "bytes", "digest", "others", "seconds"}
RESOLUTION = {
    *("requested", "registry", "model", "version", "alias", "artifact"),
    *("uri", "endpoint", "region", "digest", "warnings"),
}
DOWNLOADED = {
    *("folder", "requested", "resolved", "registered_model_id", "model_version_id", "model_artifact_id"),
    *("digest", "files", "bytes", "fetched", "verified", "seconds"),
}
COMPARED = {
    *("same", "requested", "resolved", "folder", "files", "missing", "different", "extra", "verified"),
    *("recorded", "found"),
}
ENTRY = {"key", "folder", "source", "names", "files", "bytes", "brought", "used"}


@pytest.fixture
def store(read: Read, trained: Path, tmp_path: Path) -> str:
    uri = f"file://{tmp_path}/store/v1"
    uploaded = read("upload", trained, uri, "--register", "iris/v1", "--property", "accuracy=0.97")
    assert set(uploaded) == UPLOADED | {"model", "version", "model_version_id"}
    assert (uploaded["files"], uploaded["bytes"], uploaded["model"], uploaded["version"]) == (2, 9, "iris", "v1")
    return uri


def test_what_is_registered_is_read_by_these_keys(read: Read, store: str) -> None:
    (model,) = read("models")
    (version,) = read("versions", "iris")
    whole, one = read("show", "iris"), read("show", "iris", "v1")

    assert set(model) == MODEL
    assert set(version) == VERSION
    assert version["properties"] == {"accuracy": 0.97}
    assert set(whole) == MODEL | {"aliases", "versions"}
    assert [set(each) for each in whole["versions"]] == [VERSION | {"aliases", "artifacts"}]
    assert whole["versions"] == [one]
    assert set(one) == VERSION | {"aliases", "artifacts"}
    assert [set(each) for each in one["artifacts"]] == [ARTIFACT]
    assert one["artifacts"][0]["uri"] == store
    assert set(read("resolve", "model-registry://iris")) == RESOLUTION


def test_what_is_changed_is_read_by_these_keys(read: Read, store: str) -> None:
    assert set(read("register", "iris", "v2", "--uri", "s3://models/iris/v2")) == VERSION | {"artifacts"}
    assert set(read("update", "iris", "--owner", "ann")) == MODEL
    assert read("update", "iris", "v1", "--property", "stage=prod", "--remove-property", "accuracy")["properties"] == {
        "stage": "prod"
    }
    assert read("archive", "iris", "v2")["state"] == "ARCHIVED"
    assert set(read("restore", "iris", "v2")) == VERSION
    assert read("alias", "iris", "champion", "v2") == {"champion": "v2"}
    assert read("show", "iris")["aliases"] == {"champion": "v2"}
    assert read("alias", "iris", "champion", "--remove") == {}


def test_what_is_brought_is_read_by_these_keys(read: Read, store: str, tmp_path: Path) -> None:
    uri, folder, lock = "model-registry://iris", tmp_path / "model", tmp_path / "iris.lock"

    assert set(read("download", uri, folder, "--to-lock", lock)) == DOWNLOADED
    assert set(read("download", store, tmp_path / "plain")) == {"folder"} | DOWNLOADED - {
        *("registered_model_id", "model_version_id", "model_artifact_id", "digest")
    }
    assert set(read("verify", folder, uri)) == set(read("verify", folder, "--from-lock", lock)) == COMPARED
    cached = read("download", uri)
    assert set(cached) == {"folder"}
    (entry,) = read("cache", "list")
    assert set(entry) == ENTRY
    assert entry["folder"] == cached["folder"]
    pruned = read("cache", "prune", "--everything")
    assert set(pruned) == {"removed", "bytes", "in_use"}
    assert [set(each) for each in pruned["removed"]] == [ENTRY]
    assert read("cache", "list") == []
