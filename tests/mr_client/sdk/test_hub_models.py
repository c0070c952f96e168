"""Models of the hub, registered as they are there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import mr_client
from mr_client import errors
from servers.hub import Hub, hub_server


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_server() as hub:
        hub.commit("main", {"model.bin": b"trained"})
        hub.described = {"library_name": "transformers", "tags": ["onnx", "safetensors", "license:apache-2.0"]}
        yield hub


def asking(registry_url: str, hub: str, **environ: str) -> mr_client.Registry:
    return mr_client.Registry(registry_url, environ={"HF_ENDPOINT": hub, **environ})


def test_a_model_is_pinned_to_the_commit_of_its_revision(registry_url: str, hub: Hub, target: Path) -> None:
    commit = hub.commits["main"]
    with asking(registry_url, hub.url) as registry:
        version = registry.register_hf("acme/iris", properties={"stage": "prod"})
        hub.commit("main", {"model.bin": b"trained again"})

        model, artifact = registry.model("acme/iris"), registry.artifact("acme/iris")
        assert version.name == commit
        assert artifact.uri == f"hf://acme/iris@{commit}"
        assert (artifact.model_format_name, model.library_name, model.license_) == (
            "safetensors",
            "transformers",
            "apache-2.0",
        )
        registry.download("acme/iris", to=target)
    assert (target / "model.bin").read_bytes() == b"trained"


def test_it_may_have_another_name_and_version_and_be_there_already(registry_url: str, hub: Hub) -> None:
    hub.described = {}
    with asking(registry_url, hub.url) as registry:
        first = registry.register_hf("acme/iris", "main", name="iris", version="v1", model_format="onnx")
        again = registry.register_hf("acme/iris", "main", name="iris", version="v1", exist_ok=True)

        assert first.id == again.id
        assert registry.artifact("iris", "v1").model_format_name == "onnx"
        hub.commit("main", {"model.bin": b"trained again"})
        with pytest.raises(errors.AlreadyExists, match="is registered with uri"):
            registry.register_hf("acme/iris", "main", name="iris", version="v1", exist_ok=True)


def test_where_the_hub_cannot_be_asked_the_revision_stays_and_a_warning_says_so(
    registry_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with asking(registry_url, "http://127.0.0.1:9", HF_HUB_OFFLINE="1") as registry:
        registry.register_hf("acme/iris", "refs/pr/1", name="iris", version="v1")

        assert registry.artifact("iris", "v1").uri == "hf://acme/iris@refs%2Fpr%2F1"
    assert "not pinned to a commit" in caplog.text


@pytest.mark.parametrize(
    ("model", "revision", "kind"),
    [
        ("acme/iris", "v9", errors.FilesNotFound),
        ("acme/tulip", "main", errors.FilesNotFound),
        ("iris", "main", errors.InvalidURI),
        ("acme/iris", "", errors.InvalidURI),
    ],
)
def test_what_the_hub_does_not_have_is_not_registered(
    registry_url: str, hub: Hub, model: str, revision: str, kind: type[Exception]
) -> None:
    with asking(registry_url, hub.url) as registry:
        with pytest.raises(kind):
            registry.register_hf(model, revision)
        assert list(registry.models()) == []


def test_a_hub_that_is_no_address_is_not_taken_for_one_out_of_reach(
    registry_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with asking(registry_url, "nowhere") as registry, pytest.raises(errors.InvalidSettings, match="HF_ENDPOINT"):
        registry.register_hf("acme/iris")
    assert caplog.records == [] or caplog.records[-1].levelno < logging.WARNING
