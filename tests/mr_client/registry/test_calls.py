"""Which calls we make of a registry, and what we believe of its answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mr_client import errors
from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel, RegistryAPI, properties_of
from mr_client.settings import Endpoint

URL = "http://registry.test"
Handler = Callable[[httpx.Request], httpx.Response]


def asked(handler: Handler) -> RegistryAPI:
    return RegistryAPI(Endpoint(URL), transport=httpx.MockTransport(handler))


def model(name: str, id: str = "1", **fields: Any) -> dict[str, Any]:
    return {"name": name, "id": id, "customProperties": {}, "state": "LIVE", **fields}


def page(*items: dict[str, Any], token: str = "") -> httpx.Response:
    return httpx.Response(200, json={"items": items, "nextPageToken": token, "pageSize": 100, "size": len(items)})


def error(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"code": "", "message": message})


# -- names ------------------------------------------------------------------------------------


def test_a_lookup_that_answers_with_another_name_is_not_believed() -> None:
    """Servers match with SQL LIKE: asked for my_model, they may answer my-model."""

    def like(request: httpx.Request) -> httpx.Response:
        one = request.url.path.endswith("/registered_model")
        return httpx.Response(200, json=model("my-model")) if one else page(model("my-model"))

    with pytest.raises(errors.ModelNotFound, match="'my_model' not found at http://registry.test .it has: 'my-model'"):
        asked(like).model("my_model")


@pytest.mark.parametrize(
    "lookup", [error(404, "multiple registered models found"), httpx.Response(200, json=model("my-model"))]
)
def test_a_lookup_that_cannot_be_trusted_is_settled_by_listing(lookup: httpx.Response) -> None:
    def like(request: httpx.Request) -> httpx.Response:
        one = request.url.path.endswith("/registered_model")
        return lookup if one else page(model("my-model"), model("my_model", id="2"))

    assert asked(like).model("my_model").id == "2"


def test_an_empty_name_is_not_found_rather_than_taken_for_no_name() -> None:
    with pytest.raises(errors.ModelNotFound):
        asked(lambda request: page(model("iris"))).model("")


def test_a_missing_version_says_which_there_are() -> None:
    def one(request: httpx.Request) -> httpx.Response:
        missing = request.url.path.endswith("/model_version")
        return (
            error(404, "no model versions found")
            if missing
            else page({**model("v2"), "registeredModelId": "1"}, {**model("v1"), "registeredModelId": "1"})
        )

    with pytest.raises(errors.VersionNotFound, match=r"'v9' not found in model 'iris' at .* \(it has: 'v1', 'v2'\)"):
        asked(one).version(RegisteredModel(name="iris", id="1"), "v9")


# -- pages ------------------------------------------------------------------------------------


def test_pages_are_followed_to_the_end_by_id() -> None:
    seen: list[dict[str, str]] = []

    def two_pages(request: httpx.Request) -> httpx.Response:
        seen.append(dict(request.url.params))
        return page(model("b", "2")) if "nextPageToken" in request.url.params else page(model("a"), token="t+/=")

    assert [found.name for found in asked(two_pages).models()] == ["a", "b"]
    assert seen == [
        {"pageSize": "500", "orderBy": "ID", "sortOrder": "ASC"},
        {"pageSize": "500", "orderBy": "ID", "sortOrder": "ASC", "nextPageToken": "t+/="},
    ]


def test_a_page_token_that_leads_in_a_circle_is_refused() -> None:
    with pytest.raises(errors.RegistryError, match="circle"):
        list(asked(lambda request: page(model("a"), token="again")).models())


def test_artifacts_of_other_kinds_are_left_out_where_the_server_does_not_filter() -> None:
    kinds = ["doc-artifact", "model-artifact", "metric", "parameter", "dataset-artifact"]

    def every_kind(request: httpx.Request) -> httpx.Response:
        return page(*({"artifactType": kind, "name": kind, "id": "1"} for kind in kinds))

    version = ModelVersion(name="v1", registered_model_id="1", id="1")

    assert [artifact.name for artifact in asked(every_kind).artifacts(version)] == ["model-artifact"]


def test_a_model_artifact_that_cannot_be_read_is_not_passed_over() -> None:
    def odd(request: httpx.Request) -> httpx.Response:
        return page({"artifactType": "model-artifact", "id": "7", "customProperties": None})

    with pytest.raises(errors.RegistryError, match="TypeError"):
        list(asked(odd).artifacts(ModelVersion(name="v1", registered_model_id="1", id="1")))


@pytest.mark.parametrize("name", ["a/b", "a:b", "50%", "it's", "a_b", "模型", "a b", "?&=", "#"])
def test_a_name_reaches_the_server_as_it_is(name: str) -> None:
    seen: list[str] = []

    def found(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.params["name"])
        return httpx.Response(200, json=model(name))

    assert asked(found).model(name).name == name
    assert seen == [name]


def test_an_id_cannot_lead_to_another_path() -> None:
    seen: list[bytes] = []

    def empty(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.partition(b"?")[0])
        return page()

    list(asked(empty).versions(RegisteredModel(name="iris", id="1/../2")))

    assert seen == [b"/api/model_registry/v1alpha3/registered_models/1%2F..%2F2/versions"]


def test_ids_and_times_are_texts_as_the_server_types_them() -> None:
    answer = model("iris", id="2147483647", createTimeSinceEpoch="1795175116000")

    found = asked(lambda request: httpx.Response(200, json=answer)).model("iris")

    assert (found.id, found.create_time_since_epoch) == ("2147483647", "1795175116000")


# -- writing -----------------------------------------------------------------------------------


def test_what_is_created_is_live_and_carries_its_properties() -> None:
    sent: list[dict[str, Any]] = []

    def echo(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(201, json={**sent[-1], "id": "7"})

    registry = asked(echo)
    version = registry.create_version(RegisteredModel(name="iris", id="1"), "v1", properties={"accuracy": 0.97})
    registry.create_artifact(version, "iris", uri="s3://models/iris", model_format="sklearn")

    assert sent[0]["state"] == sent[1]["state"] == "LIVE"
    assert properties_of(version) == {"accuracy": 0.97}
    assert sent[1] == {
        "artifactType": "model-artifact",
        "name": "iris",
        "uri": "s3://models/iris",
        "modelFormatName": "sklearn",
        "state": "LIVE",
    }


# -- changing ---------------------------------------------------------------------------------

STRUCT = {"metadataType": "MetadataStructValue", "struct_value": '{"a": [1]}'}
LIST = {"metadataType": "MetadataStructValue", "struct_value": "[1]"}
NEWER = {"metadataType": "MetadataDateValue", "date_value": "2026-11-20"}


def changed(change: Callable[[RegistryAPI], Any]) -> tuple[str, dict[str, Any]]:
    """Return the path and the body that a change sends."""
    sent: list[tuple[str, dict[str, Any]]] = []

    def echo(request: httpx.Request) -> httpx.Response:
        assert request.method == "PATCH"
        sent.append((request.url.path.rpartition("v1alpha3")[2], json.loads(request.content)))
        return httpx.Response(
            200, json={"name": "x", "registeredModelId": "1", "artifactType": "model-artifact", "id": "1"}
        )

    change(asked(echo))
    return sent[0]


def test_a_change_sends_the_current_state_since_servers_reset_it_otherwise() -> None:
    archived = RegisteredModel(name="iris", id="1", state="ARCHIVED")
    version = ModelVersion(name="v1", registered_model_id="1", id="2", state="ARCHIVED")
    artifact = ModelArtifact(name="a", id="3", state="LIVE")

    assert changed(lambda api: api.update_model(archived, description="d")) == (
        "/registered_models/1",
        {"description": "d", "state": "ARCHIVED"},
    )
    assert changed(lambda api: api.update_version(version, author="me")) == (
        "/model_versions/2",
        {"author": "me", "state": "ARCHIVED"},
    )
    assert changed(lambda api: api.update_artifact(artifact, uri="s3://b/k")) == (
        "/artifacts/3",
        {"artifactType": "model-artifact", "uri": "s3://b/k", "state": "LIVE"},
    )


def test_an_artifact_without_a_state_is_not_given_one() -> None:
    _, body = changed(lambda api: api.update_artifact(ModelArtifact(name="a", id="3"), uri="s3://b/k"))

    assert "state" not in body


def test_a_new_state_is_sent_instead() -> None:
    _, body = changed(
        lambda api: api.update_model(RegisteredModel(name="iris", id="1", state="LIVE"), state="ARCHIVED")
    )

    assert body == {"state": "ARCHIVED"}


def test_setting_a_property_loses_no_other_though_servers_replace_them_all() -> None:
    properties = {
        "kept": {"metadataType": "MetadataIntValue", "int_value": "3"},
        "struct": STRUCT,
        "list": LIST,
        "newer": NEWER,
    }
    found = RegisteredModel.from_dict({**model("iris"), "customProperties": properties})

    _, body = changed(lambda api: api.update_model(found, properties={"stage": "prod"}))

    assert body["customProperties"] == {
        "kept": {"metadataType": "MetadataIntValue", "int_value": "3"},
        # Servers answer with the JSON text, and take only base64.
        "struct": {"metadataType": "MetadataStructValue", "struct_value": base64.b64encode(b'{"a": [1]}').decode()},
        "list": {
            "metadataType": "MetadataStructValue",
            "struct_value": base64.b64encode(b'{"mr_client:value": [1]}').decode(),
        },
        "newer": NEWER,
        "stage": {"metadataType": "MetadataStringValue", "string_value": "prod"},
    }


def test_a_change_of_something_else_sends_no_properties() -> None:
    found = RegisteredModel.from_dict({**model("iris"), "customProperties": {"struct": STRUCT}})

    _, body = changed(lambda api: api.update_model(found, owner="me"))

    assert "customProperties" not in body
