"""Inference services: what they serve, and the record of it."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient


@pytest.fixture
def environment(registry: TestClient) -> str:
    """The id of the serving environment 'prod'."""
    return str(registry.post("/serving_environments", json={"name": "prod"}).json()["id"])


@pytest.fixture
def service(registry: TestClient, model: str, environment: str) -> str:
    """The id of an inference service of the registered model 'iris'."""
    body = {"name": "predict", "servingEnvironmentId": environment, "registeredModelId": model}
    answer = registry.post("/inference_services", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_service_tells_its_model(registry: TestClient, model: str, service: str) -> None:
    """The same document as that of the model itself."""
    answer = registry.get(f"/inference_services/{service}/model")

    assert answer.status_code == 200
    assert answer.json() == registry.get(f"/registered_models/{model}").json()


def test_a_service_without_a_version_serves_the_newest_of_its_model(
    registry: TestClient, model: str, service: str
) -> None:
    """The one that was made last, whatever was changed last and whatever other models have."""
    other = registry.post("/registered_models", json={"name": "other"}).json()["id"]
    for name, parent in (("v1", model), ("v2", model), ("v3", other)):
        registry.post("/model_versions", json={"name": name, "registeredModelId": parent})
    first = registry.get(f"/registered_models/{model}/versions?name=v1").json()["items"][0]
    registry.patch(f"/model_versions/{first['id']}", json={"author": "me"})

    assert registry.get(f"/inference_services/{service}/version").json()["name"] == "v2"


def test_a_service_serves_the_version_that_it_names(registry: TestClient, model: str, service: str) -> None:
    """Until it names none any more."""
    versions = [
        registry.post("/model_versions", json={"name": name, "registeredModelId": model}).json()
        for name in ("v1", "v2")
    ]

    registry.patch(f"/inference_services/{service}", json={"modelVersionId": versions[0]["id"]})
    named = registry.get(f"/inference_services/{service}/version")
    registry.patch(f"/inference_services/{service}", json={"modelVersionId": ""})
    newest = registry.get(f"/inference_services/{service}/version")

    assert (named.json(), newest.json()) == (versions[0], versions[1])


def test_what_a_service_names_may_be_missing(registry: TestClient, model: str, service: str, environment: str) -> None:
    """That is stored, as on other servers, and not found when it is asked for."""
    body = {"servingEnvironmentId": environment, "registeredModelId": "77", "modelVersionId": model}
    missing = registry.post("/inference_services", json=body).json()["id"]

    for path, message in [
        (f"{missing}/model", "no registered model found for id 77: not found"),
        (f"{missing}/version", f"no model version found for id {model}: not found"),
        (
            f"{service}/version",
            f"no model versions found for inference service {service}, which serves registered model {model}: not found",
        ),
        ("99/model", "no inference service found for id 99: not found"),
        ("99/version", "no inference service found for id 99: not found"),
    ]:
        answer = registry.get(f"/inference_services/{path}")

        assert answer.status_code == 404
        assert answer.json()["message"] == message


MALFORMED = [
    ("registeredModelId", "abc", "invalid registered model ID: "),
    ("registeredModelId", "99999999999", "invalid registered model ID: "),
    ("modelVersionId", "v1", "invalid model version ID: "),
    ("servingEnvironmentId", "prod", "invalid serving environment ID: "),
]


@pytest.mark.parametrize(("field", "value", "message"), MALFORMED)
def test_a_malformed_reference_is_a_bad_request(
    registry: TestClient, service: str, environment: str, field: str, value: str, message: str
) -> None:
    """On creation, and on change where it can be changed."""
    body = {"servingEnvironmentId": environment, "registeredModelId": "1", field: value}

    created = registry.post("/inference_services", json=body)
    changed = registry.patch(f"/inference_services/{service}", json={field: value})

    assert (created.status_code, changed.status_code) == (400, 400)
    assert created.json()["message"].startswith(message)


def test_a_serve_is_recorded_below_its_service(registry: TestClient, version: str, service: str) -> None:
    """With an id of the executions' own sequence, and the state that the contract gives it."""
    path = f"/inference_services/{service}/serves"

    answer = registry.post(path, json={"name": "s", "modelVersionId": version, "externalId": "e"})

    assert answer.status_code == 201
    created = answer.json()
    assert created.pop("createTimeSinceEpoch") == created.pop("lastUpdateTimeSinceEpoch")
    assert created == {
        "id": "1",
        "name": "s",
        "modelVersionId": version,
        "externalId": "e",
        "lastKnownState": "UNKNOWN",
        "customProperties": {},
    }
    assert registry.get(path).json()["items"] == [answer.json()]


def test_serves_are_listed_below_their_own_service(
    registry: TestClient, version: str, model: str, environment: str, service: str
) -> None:
    """Filtered exactly, in pages; one service may record the name of another."""
    body = {"servingEnvironmentId": environment, "registeredModelId": model}
    other = registry.post("/inference_services", json=body).json()["id"]
    for parent, name in ((service, "a_b"), (service, "a-b"), (other, "a_b")):
        registry.post(f"/inference_services/{parent}/serves", json={"name": name, "modelVersionId": version})

    for query, ids in [
        ({}, ["1", "2"]),
        ({"name": "a_b"}, ["1"]),
        ({"pageSize": "1", "sortOrder": "DESC"}, ["2"]),
        ({"orderBy": "CREATE_TIME"}, ["1", "2"]),
    ]:
        items = registry.get(f"/inference_services/{service}/serves", params=query).json()["items"]
        assert [item["id"] for item in items] == ids
    assert registry.get(f"/inference_services/{other}/serves").json()["size"] == 1


REFUSED_SERVES: list[tuple[dict[str, Any], int, str]] = [
    ({"name": "s", "modelVersionId": "2"}, 409, "serve model with name s already exists: conflict"),
    (
        {"name": "t", "modelVersionId": "2", "externalId": "e"},
        409,
        "serve model with name t or externalId e already exists: conflict",
    ),
    ({"modelVersionId": "x"}, 400, 'invalid model version ID: parsing "x": invalid syntax: bad request'),
    (
        {"modelVersionId": "2", "lastKnownState": "DONE"},
        400,
        "invalid value 'DONE' for lastKnownState, must be one of UNKNOWN, NEW, RUNNING, COMPLETE, FAILED, CACHED, CANCELED"
        ": bad request",
    ),
    ({"modelVersionId": "2", "id": "1"}, 400, 'json: unknown field "id"'),
]


@pytest.mark.parametrize(("body", "status", "message"), REFUSED_SERVES)
def test_a_serve_that_cannot_be_is_refused(
    registry: TestClient, version: str, service: str, body: dict[str, Any], status: int, message: str
) -> None:
    """And nothing is recorded."""
    path = f"/inference_services/{service}/serves"
    registry.post(path, json={"name": "s", "modelVersionId": version, "externalId": "e"})

    answer = registry.post(path, json=body)

    assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert registry.get(path).json()["size"] == 1


def test_a_serve_of_a_missing_service_is_not_found(registry: TestClient, version: str) -> None:
    """A version is no service."""
    for parent in ("77", version):
        answer = registry.post(f"/inference_services/{parent}/serves", json={"modelVersionId": version})

        assert answer.status_code == 404
        assert answer.json()["message"] == f"no inference service found for id {parent}: not found"
