"""What the registry says, and what is made of the ways in which it says it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mr_client import errors
from mr_client.registry import ModelVersion, RegisteredModel, RegistryAPI, properties_of
from mr_client.settings import Endpoint

URL = "http://registry.test"
Handler = Callable[[httpx.Request], httpx.Response]


def asked(handler: Handler, *, token: str | None = None) -> RegistryAPI:
    return RegistryAPI(Endpoint(URL, token=token), transport=httpx.MockTransport(handler))


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

    with pytest.raises(errors.ModelNotFound, match="'my_model' not found at http://registry.test .nearest: 'my-model'"):
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
            else page({**model("v1"), "registeredModelId": "1"}, {**model("v2"), "registeredModelId": "1"})
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
        {"pageSize": "100", "orderBy": "ID"},
        {"pageSize": "100", "orderBy": "ID", "nextPageToken": "t+/="},
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


# -- dialects ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (error(400, "odd"), errors.UsageError, "malformed (400): odd"),
        (error(422, "required field 'name' is zero value."), errors.UsageError, "(422): required field"),
        (httpx.Response(401, text="Unauthorized"), errors.NotAllowed, "(401 Unauthorized): set MODEL_REGISTRY_TOKEN"),
        (httpx.Response(403, text="RBAC: access denied"), errors.NotAllowed, "(403 RBAC: access denied)"),
        (httpx.Response(302, headers={"Location": "/login"}), errors.NotAllowed, "redirect (302)"),
        (httpx.Response(404, text="404 page not found"), errors.RegistryError, "no model registry"),
        (error(409, "exists: conflict"), errors.AlreadyExists, "exists: conflict"),
        (error(500, "boom"), errors.RegistryError, "(500 boom)"),
        (
            httpx.Response(503, text="Datastore service is down"),
            errors.RegistryError,
            "(503 Datastore service is down)",
        ),
        (httpx.Response(502, text="<html>\n<b>Bad</b>"), errors.RegistryError, "(502 <html> <b>Bad</b>)"),
        (httpx.Response(200, text="<html>Sign in</html>"), errors.RegistryError, "no model registry"),
        (httpx.Response(200, json=["odd"]), errors.RegistryError, "no model registry"),
        (httpx.Response(200, json={"name": "iris", "state": "ODD"}), errors.RegistryError, "'ODD'"),
        (httpx.Response(204), errors.RegistryError, "no RegisteredModel"),
    ],
)
def test_every_answer_but_a_model_is_an_error_of_ours(
    answer: httpx.Response, kind: type[errors.MRClientError], says: str
) -> None:
    with pytest.raises(kind) as raised:
        asked(lambda request: answer).model("iris")

    assert says in str(raised.value)
    assert URL in str(raised.value)


@pytest.mark.parametrize(
    "fault", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")]
)
def test_a_registry_that_cannot_be_reached_is_named_with_what_to_check(fault: httpx.TransportError) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise fault

    with pytest.raises(errors.RegistryError) as raised:
        asked(fail).model("iris")

    assert str(raised.value).startswith(f"The registry at {URL} cannot be reached ({fault})")
    assert "MODEL_REGISTRY_BASE_URL" in str(raised.value)
    assert isinstance(raised.value, ConnectionError)


def test_the_token_goes_as_a_bearer_and_is_never_shown() -> None:
    seen: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(403)

    registry = asked(refuse, token="hunter2")
    with pytest.raises(errors.NotAllowed) as raised:
        registry.model("iris")

    assert seen == ["Bearer hunter2"]
    assert "hunter2" not in repr(registry) + str(raised.value)


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
