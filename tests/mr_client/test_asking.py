"""What a registry is asked, and what it may say."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest

import mr_client
from mr_client.asking import resolve_uri
from mr_client.errors import InvalidURI, NotAllowed

LISTS = ("MODEL_REGISTRY_ALLOWED_URI_PREFIXES", "ALLOWED_ARTIFACT_URI_PREFIXES")
SIGNED = "https://hub.example/acme/iris?sig=hunter2"
NAMES_ITS_SERVER = "s3://models/iris?endpoint=https://minio.example&defaultRegion=r"


def asked(registry_url: str, at: str, uri: str = "model-registry://iris/v1", **environ: str) -> str:
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=at, exist_ok=True)
    return resolve_uri(uri, environ={"MODEL_REGISTRY_BASE_URL": registry_url, **environ}).uri


@pytest.mark.parametrize(
    ("at", "variable", "admitted"),
    [
        ("s3://models/iris", LISTS[0], "s3://other,s3://models/iris"),
        (NAMES_ITS_SERVER, LISTS[1], "s3://models,https://minio.example"),
        (SIGNED, LISTS[0], "https://hub.example/acme"),
    ],
)
def test_what_a_list_admits_is_found(registry_url: str, at: str, variable: str, admitted: str) -> None:
    assert asked(registry_url, at, **{variable: admitted}) in (at, at.partition("?")[0])


@pytest.mark.parametrize(
    ("at", "variable", "admitted"),
    [
        ("s3://models-evil/iris", LISTS[1], "s3://models"),
        (NAMES_ITS_SERVER, LISTS[0], "s3://models"),
        (NAMES_ITS_SERVER, LISTS[1], "https://minio.example"),
        (SIGNED, LISTS[0], "https://hub.example/others"),
    ],
)
def test_what_a_list_does_not_admit_is_refused_and_no_secret_is_shown(
    registry_url: str, at: str, variable: str, admitted: str
) -> None:
    with pytest.raises(NotAllowed, match=f"{variable} does not admit") as refused:
        asked(registry_url, at, **{variable: admitted})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "environ", [{"AWS_ENDPOINT_URL": "http://minio:9000"}, {"AWS_S3_ENDPOINT": "http://minio:9000"}]
)
def test_a_server_that_is_injected_is_asked_in_place_of_the_one_that_the_registry_names(
    registry_url: str, environ: Mapping[str, str]
) -> None:
    assert asked(registry_url, NAMES_ITS_SERVER, **{LISTS[0]: "s3://models", **environ}) == "s3://models/iris"


def test_a_name_without_a_version_is_refused_where_one_is_asked_for(registry_url: str) -> None:
    assert asked(registry_url, "s3://models/iris", "model-registry://iris") == "s3://models/iris"
    with pytest.raises(InvalidURI, match="names no version"):
        asked(registry_url, "s3://models/iris", "model-registry://iris", MR_REQUIRE_VERSION="true")


@pytest.mark.parametrize(
    ("uri", "environ"),
    [
        ("model-registry://registry/iris", {"MODEL_REGISTRY_BASE_URL": "http://registry"}),
        ("model-registry://registry.team.svc.corp/iris", {"MODEL_REGISTRY_CLUSTER_DOMAIN": "svc.corp"}),
    ],
)
def test_a_host_that_the_settings_know_is_no_models_name(uri: str, environ: Mapping[str, str]) -> None:
    with pytest.raises(InvalidURI, match=f"write {uri}/VERSION"):
        resolve_uri(uri, environ={"MR_REQUIRE_VERSION": "true", **environ})


def test_what_is_said_in_the_log_holds_no_secret(registry_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "mr_client")
    asked(registry_url, SIGNED)

    (said,) = (record for record in caplog.records if record.getMessage().startswith("resolved "))
    assert "to https://hub.example/acme/iris?… (" in said.getMessage()
    assert "hunter2" not in str(vars(said))


def test_what_a_person_should_know_is_said(registry_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri="s3://models/iris")
        registry.archive("iris", "v1")
    resolve_uri("model-registry://iris/v1", environ={"MODEL_REGISTRY_BASE_URL": registry_url})

    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "is archived" in caplog.text or "ARCHIVED" in caplog.text


def test_what_goes_on_meanwhile_is_begun_before_the_registry_is_asked(registry_url: str) -> None:
    def begin(environ: Mapping[str, str]) -> None:
        with mr_client.Registry(environ["MODEL_REGISTRY_BASE_URL"], environ={}) as registry:
            registry.register("iris", "v1", uri="s3://models/iris")

    found = resolve_uri("model-registry://iris/v1", environ={"MODEL_REGISTRY_BASE_URL": registry_url}, meanwhile=begin)

    assert found.uri == "s3://models/iris"
