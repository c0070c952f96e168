"""A version in one call, and what becomes of it when the call fails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

import mr_client
from mr_client import errors
from mr_client.properties import DIGEST, FILES, SIZE
from mr_client.registry import RegisteredModel, properties_of
from mr_client.storage.digests.folder import folder_digest
from servers.counted import Calls, counted

URI = "s3://models/iris/v1"


def test_everything_that_is_given_is_recorded(registry: mr_client.Registry) -> None:
    properties: dict[str, Any] = {
        "stage": "prod",
        "accuracy": 0.97,
        "rows": 150,
        "bytes": 2**40,
        "ok": True,
        "tags": ["a", 1],
        "shape": {"in": 4},
    }

    version = registry.register(
        "iris",
        "v1",
        uri=URI,
        model_format="sklearn",
        model_format_version="1.5",
        properties=properties,
        description="a flower",
        author="ada",
        owner="grace",
        storage_key="aws-connection-models",
        storage_path="iris/v1",
        service_account_name="reader",
    )

    artifact = registry.artifact("iris", "v1")
    assert (version.name, version.description, version.author, version.state) == ("v1", "a flower", "ada", "LIVE")
    assert properties_of(registry.version("iris", "v1")) == properties
    assert registry.model("iris").owner == "grace"
    assert (artifact.uri, artifact.model_format_name, artifact.model_format_version) == (URI, "sklearn", "1.5")
    assert (artifact.storage_key, artifact.storage_path) == ("aws-connection-models", "iris/v1")
    assert (artifact.service_account_name, artifact.name) == ("reader", "iris")


def test_a_new_model_takes_four_calls_and_a_known_one_three(registry: mr_client.Registry, calls: Calls) -> None:
    registry.register("iris", "v1", uri=URI)
    first, calls.made = calls.made, []
    registry.register("iris", "v2", uri=URI)

    artifacts = "POST /model_versions/artifacts"
    assert first == ["GET /registered_model", "POST /registered_models", "POST /model_versions", artifacts]
    assert calls.made == ["GET /registered_model", "POST /model_versions", artifacts]


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_second_call_completes_what_failed_at_any_of_them(
    registry: mr_client.Registry, calls: Calls, number: int, carried_out: bool
) -> None:
    """Before the server saw the call, or when it was carried out and the answer got lost."""

    def fail(now: int) -> None:
        if now == number:
            raise httpx.ReadError("the connection broke")

    calls.before, calls.after = (calls.before, fail) if carried_out else (fail, calls.after)
    with pytest.raises(errors.RegistryError):
        registry.register("iris", "v1", uri=URI, properties={"accuracy": 0.97})
    calls.clear()

    complete = number == 4 and carried_out  # all was there: then it takes exist_ok, as it always does
    version = registry.register("iris", "v1", uri=URI, properties={"accuracy": 0.97}, exist_ok=complete)

    assert registry.resolve("iris", "v1").uri == URI
    assert properties_of(version) == {"accuracy": 0.97}
    assert [each.name for each in registry.versions("iris")] == ["v1"]
    assert len(list(registry.artifacts("iris", "v1"))) == 1


def test_what_another_began_with_other_words_is_not_completed(registry: mr_client.Registry, calls: Calls) -> None:
    def fail(now: int) -> None:
        if now == 4:
            raise httpx.ConnectError("gone")

    calls.before = fail
    with pytest.raises(errors.RegistryError):
        registry.register("iris", "v1", uri=URI, properties={"accuracy": 0.97})
    calls.clear()

    with pytest.raises(errors.AlreadyExists, match="property 'accuracy' 0.97, not 0.5"):
        registry.register("iris", "v1", uri=URI, properties={"accuracy": 0.5})
    assert list(registry.artifacts("iris", "v1")) == []


def test_a_version_that_exists_is_refused_unless_it_may_exist_just_so(
    registry: mr_client.Registry, calls: Calls
) -> None:
    made = registry.register("iris", "v1", uri=URI, model_format="onnx", properties={"tags": ["a"]})

    with pytest.raises(errors.AlreadyExists, match="is registered, just so: .* exist_ok=True"):
        registry.register("iris", "v1", uri=URI)
    calls.clear()
    again = registry.register("iris", "v1", uri=URI, model_format="onnx", properties={"tags": ["a"]}, exist_ok=True)

    assert again.id == made.id
    assert len(calls.made) == 4
    assert "POST /model_versions/artifacts" not in calls.made


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"uri": "s3://models/other"}, f"uri '{URI}', not 's3://models/other'"),
        ({"model_format": "sklearn"}, "model_format_name 'onnx', not 'sklearn'"),
        ({"storage_key": "key"}, "storage_key None, not 'key'"),
        ({"author": "grace"}, "author 'ada', not 'grace'"),
        ({"properties": {"accuracy": 1}}, "property 'accuracy' 1.0, not 1"),
        ({"properties": {"stage": "prod"}}, "property 'stage' None, not 'prod'"),
    ],
)
def test_what_is_recorded_otherwise_is_said_and_neither_kept_in_silence_nor_changed(
    registry: mr_client.Registry, given: dict[str, Any], said: str
) -> None:
    registry.register("iris", "v1", uri=URI, model_format="onnx", author="ada", properties={"accuracy": 1.0})

    for exist_ok in (False, True):
        with pytest.raises(errors.AlreadyExists) as refused:
            registry.register("iris", "v1", **{"uri": URI, **given}, exist_ok=exist_ok)
        assert said in str(refused.value)
    assert registry.resolve("iris", "v1").uri == URI
    assert properties_of(registry.version("iris", "v1")) == {"accuracy": 1.0}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": ""}, "name of the model is ''"),
        ({"name": " "}, "name of the model is ' '"),
        ({"name": "a" * 251}, "has 251 characters"),
        ({"name": 7}, "is int 7"),
        ({"name": "a\0b"}, "null byte"),
        ({"name": "a\udcff"}, "no text in UTF-8"),
        ({"name": "model-registry://iris"}, "is a URI"),
        ({"version": ""}, "name of the version is ''"),
        ({"version": "v" * 251}, "has 251 characters"),
        ({"uri": None}, "The uri is None"),
        ({"uri": ""}, "The uri is ''"),
        ({"uri": "models/iris"}, "write 's3://BUCKET/models/iris'"),
        ({"uri": "/mnt/iris"}, "write 'file:///mnt/iris'"),
        ({"uri": "model-registry://iris"}, "is the name of a model"),
        ({"uri": "s3://models/a\nb"}, "control character"),
        ({"properties": {"loss": math.nan}}, "property 'loss' is float nan"),
        ({"properties": {"loss": [math.inf]}}, "property 'loss' is list"),
        ({"properties": {"data": object()}}, "property 'data' is object"),
        ({"properties": {"gone": None}}, "property 'gone' is None"),
        ({"properties": {"": 1}}, "name of a property is ''"),
        ({"properties": {"p" * 256: 1}}, "1 to 255 characters"),
        ({"upload": "/nowhere/at/all"}, "is not there to be uploaded"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(arguments: dict[str, Any], said: str) -> None:
    with counted("http://127.0.0.1:9") as (registry, calls), pytest.raises(errors.MRClientError) as refused:
        registry.register(**{"name": "iris", "version": "v1", "uri": URI, **arguments})

    assert said in str(refused.value)
    assert calls.made == []


def test_a_name_of_the_greatest_length_is_taken(registry: mr_client.Registry) -> None:
    registry.register("m" * 250, "v" * 250, uri=URI)

    assert registry.resolve("m" * 250, "v" * 250).uri == URI


def test_a_name_has_the_room_that_the_id_of_its_parent_leaves() -> None:
    parent = RegisteredModel(name="iris", id="1234567")
    with counted("http://127.0.0.1:9") as (registry, calls), pytest.raises(errors.UsageError, match="give one of 247"):
        registry._api.create_version(parent, "v" * 248)

    assert calls.made == []


def test_what_is_no_text_is_refused_wherever_it_stands(registry: mr_client.Registry) -> None:
    for ask in (
        lambda: registry.model("a\udcff"),
        lambda: registry.register("iris", "v1", uri=URI, description="a\udcff"),
    ):
        with pytest.raises(errors.UsageError, match=r"'\\udcff'.* is no text in UTF-8"):
            ask()


def test_a_path_below_a_secrets_bucket_will_do_for_a_uri(registry: mr_client.Registry) -> None:
    registry.register("iris", "v1", storage_key="aws-connection-models", storage_path="iris/v1")

    assert registry.artifact("iris", "v1").storage_path == "iris/v1"


# -- upload -----------------------------------------------------------------------------------


@dataclass
class Sent:
    digest: str | None = f"sha256:{'0' * 64}"
    size: int = 7
    files: tuple[str, ...] = ("model.bin",)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "model.bin").write_bytes(b"trained")
    return tmp_path / "trained"


def test_a_folder_is_copied_first_and_what_was_written_is_recorded(registry: mr_client.Registry, folder: Path) -> None:
    def uploader(source: Path, uri: str) -> Sent:
        assert (source, uri) == (folder, URI)
        assert list(registry.models()) == []
        return Sent()

    registry.register("iris", "v1", uri=URI, upload=folder, uploader=uploader)

    artifact = registry.artifact("iris", "v1")
    assert properties_of(artifact) == {DIGEST: Sent().digest, SIZE: 7, FILES: 1}
    assert registry.resolve("iris", "v1").digest == Sent().digest


def test_a_place_with_others_files_records_no_digest(registry: mr_client.Registry, folder: Path) -> None:
    registry.register("iris", "v1", uri=URI, upload=folder, uploader=lambda source, uri: Sent(digest=None))

    assert properties_of(registry.artifact("iris", "v1")) == {SIZE: 7, FILES: 1}


@pytest.mark.parametrize("exist_ok", [False, True])
def test_nothing_is_copied_over_a_version_that_is_registered(
    registry: mr_client.Registry, folder: Path, exist_ok: bool
) -> None:
    registry.register("iris", "v1", uri=URI)

    def uploader(source: Path, uri: str) -> Sent:
        pytest.fail("copied")

    if exist_ok:
        registry.register("iris", "v1", uri=URI, upload=folder, uploader=uploader, exist_ok=True)
    else:
        with pytest.raises(errors.AlreadyExists):
            registry.register("iris", "v1", uri=URI, upload=folder, uploader=uploader)


def test_nothing_is_registered_where_the_copy_fails(registry: mr_client.Registry, folder: Path) -> None:
    def uploader(source: Path, uri: str) -> Sent:
        raise errors.TransferError("the disk is full")

    with pytest.raises(errors.TransferError):
        registry.register("iris", "v1", uri=URI, upload=folder, uploader=uploader)
    assert list(registry.models()) == []


def test_an_empty_folder_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with (
        counted("http://127.0.0.1:9") as (registry, calls),
        pytest.raises(errors.FilesNotFound, match="is empty"),
    ):
        registry.register("iris", "v1", uri=URI, upload=tmp_path, uploader=lambda source, uri: Sent())
    assert calls.made == []


def test_a_folder_arrives_in_a_store_and_comes_back_held_against_its_digest(
    registry: mr_client.Registry, calls: Calls, folder: Path, target: Path
) -> None:
    uri = f"file://{target.parent}/store/v1"

    def fail(now: int) -> None:
        if now == 3:
            raise httpx.ConnectError("gone")

    calls.before = fail
    with pytest.raises(errors.RegistryError):
        registry.register("iris", "v1", uri=uri, upload=folder)
    calls.clear()
    with pytest.raises(errors.AlreadyExists, match="is not empty"):
        registry.register("iris", "v1", uri=uri, upload=folder)
    registry.register("iris", "v1", uri=uri, upload=folder, overwrite=True)

    assert registry.download("iris", "v1", to=target) == target
    assert (target / "model.bin").read_bytes() == b"trained"
    assert registry.resolve("iris", "v1").digest == folder_digest(folder, ["model.bin"])
