"""What people and machines read of a resolution."""

from __future__ import annotations

import json
from pathlib import Path

from mr_client.receipt import Preview
from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel
from mr_client.reports.resolution import preview_lines, resolution_as_dict, resolution_lines
from mr_client.resolver import Resolution
from mr_client.storage.plan import plan_copy
from mr_client.storage.stored import StoredFile
from mr_client.uri import ModelURI


def resolution(**fields: object) -> Resolution:
    known: dict[str, object] = {
        "requested": ModelURI("iris"),
        "registry": "http://localhost:8080",
        "model": RegisteredModel("iris", id="1", state="LIVE"),
        "version": ModelVersion("v1", "1", id="2", state="ARCHIVED"),
        "artifact": ModelArtifact(id="3", name="iris", state="LIVE", model_format_name="sklearn"),
        "uri": "s3://models/iris",
    }
    return Resolution(**(known | fields))  # type: ignore[arg-type]


def test_json_has_every_key_also_where_nothing_is_known() -> None:
    assert json.loads(json.dumps(resolution_as_dict(resolution()))) == {
        "requested": "model-registry://iris",
        "registry": "http://localhost:8080",
        "model": {"id": "1", "name": "iris", "state": "LIVE"},
        "version": {"id": "2", "name": "v1", "state": "ARCHIVED"},
        "alias": None,
        "artifact": {
            "id": "3",
            "name": "iris",
            "state": "LIVE",
            "model_format": "sklearn",
            "model_format_version": None,
            "storage_key": None,
            "storage_path": None,
            "service_account_name": None,
        },
        "uri": "s3://models/iris",
        "endpoint": None,
        "region": None,
        "digest": None,
        "warnings": [],
    }


def test_people_get_aligned_lines_of_what_is_known() -> None:
    assert resolution_lines(resolution()) == [
        "asked     model-registry://iris",
        "registry  http://localhost:8080",
        "model     iris (id 1, LIVE)",
        "version   v1 (id 2, ARCHIVED)",
        "artifact  iris (id 3, LIVE, sklearn)",
        "files     s3://models/iris",
    ]
    assert resolution_lines(resolution(endpoint="http://minio:9000", region="eu", digest="sha256:0"))[-3:] == [
        "endpoint  http://minio:9000",
        "region    eu",
        "digest    sha256:0",
    ]


def test_passwords_and_signatures_are_not_shown() -> None:
    secret = resolution(uri="https://me:hunter2@host/iris.bin?signature=hunter3", endpoint="http://me:hunter4@minio")

    assert "hunter" not in json.dumps(resolution_as_dict(secret)) + "".join(resolution_lines(secret))


def test_a_name_cannot_steer_the_terminal_or_add_lines() -> None:
    hostile = resolution(model=RegisteredModel("iris\x1b[2J\nfiles  s3://evil", id="1", state="LIVE"))

    assert resolution_lines(hostile)[2] == r"model     'iris\x1b[2J\nfiles  s3://evil' (id 1, LIVE)"


def test_a_preview_lists_each_file_with_its_size_and_says_what_is_unknown() -> None:
    files = [StoredFile("b/big", "big", 12345), StoredFile("b/d/odd", "d/odd", None), StoredFile("b/no", "no", 0)]
    plan = plan_copy("s3://b", files, Path("/mnt/models"))

    assert preview_lines(Preview("s3://b", "s3://b", plan)) == [
        "asked  s3://b",
        "files  s3://b",
        "to     /mnt/models",
        "12345  big -> /mnt/models/big",
        "    ?  d/odd -> /mnt/models/d/odd",
        "    0  no -> /mnt/models/no",
        "3 files, 12345 bytes in all, without 1 of unknown size; nothing was written.",
    ]
    assert preview_lines(Preview("r", "s3://b", plan, resolution=resolution()))[:7] == [
        *(line for line in resolution_lines(resolution())),
        "to        /mnt/models",
    ]
