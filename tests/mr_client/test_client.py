"""The registry as a person in a notebook has it, on the embedded registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mr_client
from mr_client import errors


@pytest.fixture
def registry(registry_url: str) -> Iterator[mr_client.Registry]:
    with mr_client.Registry(registry_url, environ={}) as registry:
        yield registry


def test_what_is_registered_is_found_listed_and_resolved(registry: mr_client.Registry) -> None:
    for version in ("v1", "v2"):
        registry.register("iris", version, uri=f"s3://models/iris/{version}", model_format="sklearn")

    assert registry.model("iris").name == "iris"
    assert [model.name for model in registry.models()] == ["iris"]
    assert [version.name for version in registry.versions("iris")] == ["v1", "v2"]
    assert registry.version("iris", "v1").state == "LIVE"
    assert registry.resolve("iris", "v1").uri == "s3://models/iris/v1"
    assert registry.resolve("iris").version.name == "v2"
    assert registry.resolve("iris", "v1").artifact.model_format_name == "sklearn"


def test_a_version_that_exists_is_refused(registry: mr_client.Registry) -> None:
    registry.register("iris", "v1", uri="s3://models/iris/v1")

    with pytest.raises(errors.AlreadyExists):
        registry.register("iris", "v1", uri="s3://models/other")
    assert registry.resolve("iris", "v1").uri == "s3://models/iris/v1"


def test_a_property_that_is_no_json_is_refused_before_anything_is_sent(registry: mr_client.Registry) -> None:
    with pytest.raises(errors.UsageError, match="property 'data'"):
        registry.register("iris", "v1", uri="s3://models/iris/v1", properties={"data": object()})  # type: ignore[dict-item]

    assert list(registry.models()) == []


@pytest.mark.parametrize("name", ["a/b", "a:b", "50%", "it's", "a_b", "模型", "a b", "?", "#", "\\"])
def test_a_name_may_hold_anything(registry: mr_client.Registry, name: str) -> None:
    registry.register(name, name, uri="s3://models/x")

    found = mr_client.resolve(str(mr_client.ModelURI(name, name)), registry=registry)

    assert (found.model.name, found.version.name) == (name, name)


def test_a_download_returns_the_folder_that_holds_the_files(
    registry: mr_client.Registry, memory: Any, target: Path
) -> None:
    memory.pipe("/models/iris/model.joblib", b"trained")
    registry.register("iris", "v1", uri="memory://models/iris")

    assert registry.download("iris", "v1", target) == target
    assert (target / "model.joblib").read_bytes() == b"trained"


def test_a_uri_is_as_good_as_a_name_but_not_with_a_version_beside_it(registry: mr_client.Registry) -> None:
    registry.register("iris", "v1", uri="s3://models/iris/v1")

    assert registry.resolve("model-registry://iris/v1").version.name == "v1"
    with pytest.raises(errors.UsageError, match="is a URI: name the version 'v2' in it"):
        registry.resolve("model-registry://iris/v1", "v2")


def test_the_function_takes_uris_and_leaves_names_to_the_registry(registry: mr_client.Registry) -> None:
    registry.register("iris", "v1", uri="s3://models/iris/v1")

    with pytest.raises(errors.InvalidURI, match="'iris' is no model URI"):
        mr_client.resolve("iris", registry=registry)


def test_nothing_is_asked_before_the_first_call() -> None:
    registry = mr_client.Registry("http://127.0.0.1:9", environ={})

    with pytest.raises(errors.RegistryError):
        registry.model("iris")


def test_a_token_of_the_environment_is_for_the_registry_of_the_environment(registry_url: str) -> None:
    environ = {"MODEL_REGISTRY_BASE_URL": "http://mr:8080", "MODEL_REGISTRY_TOKEN": "hunter2"}

    def token(url: str | None, **arguments: str) -> str | None:
        return mr_client.Registry(url, environ=environ, **arguments)._api.endpoint.token  # type: ignore[arg-type]

    assert token(None) == token("http://mr:8080") == "hunter2"
    assert token("http://other:8080") is None
    assert token("http://other:8080", token="mine") == "mine"


def test_a_registry_shows_its_address_and_no_token() -> None:
    assert repr(mr_client.Registry("http://mr:8080", token="hunter2", environ={})) == "Registry('http://mr:8080')"
