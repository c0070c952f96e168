"""Artifacts, alone and of versions."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from starlette.testclient import TestClient

KINDS: list[tuple[str, int, dict[str, Any]]] = [
    ("model-artifact", 201, {"uri": "s3://b/m", "modelFormatName": "sklearn"}),
    ("doc-artifact", 201, {"uri": "s3://b/README.md"}),
    ("dataset-artifact", 200, {"digest": "sha256:1", "sourceType": "s3", "source": "{}", "uri": "s3://b/d"}),
    ("metric", 200, {"value": 0.5, "step": 3, "timestamp": "1000"}),
    ("parameter", 200, {"value": "0.1", "parameterType": "number"}),
]
TYPES = [artifact_type for artifact_type, _, _ in KINDS]


@pytest.mark.parametrize(("artifact_type", "status", "fields"), KINDS)
def test_an_artifact_of_each_kind_is_stored_below_a_version(
    registry: TestClient, version: str, artifact_type: str, status: int, fields: dict[str, Any]
) -> None:
    """Model and doc artifacts are answered 201, the others 200; none gets a state."""
    body = {"artifactType": artifact_type, "name": "a", **fields}

    answer = registry.post(f"/model_versions/{version}/artifacts", json=body)

    assert answer.status_code == status
    created = answer.json()
    assert created.pop("createTimeSinceEpoch") == created.pop("lastUpdateTimeSinceEpoch")
    assert created == {"id": "1", "customProperties": {}, **body}
    assert registry.get("/artifacts/1").json() == answer.json()
    assert registry.get(f"/model_versions/{version}/artifacts").json()["items"] == [answer.json()]


@pytest.mark.parametrize(("artifact_type", "_status", "fields"), KINDS)
def test_an_artifact_of_each_kind_is_stored_alone(
    registry: TestClient, version: str, artifact_type: str, _status: int, fields: dict[str, Any]
) -> None:
    """It is answered 201, gets no state, and belongs to no version."""
    answer = registry.post("/artifacts", json={"artifactType": artifact_type, **fields})

    assert answer.status_code == 201
    assert "state" not in answer.json()
    assert registry.get("/artifacts").json()["items"] == [answer.json()]
    assert registry.get(f"/model_versions/{version}/artifacts").json()["items"] == []


def test_a_model_artifact_gets_its_type_and_the_state_unknown(registry: TestClient) -> None:
    """The endpoint for model artifacts alone fills in the contract's defaults."""
    answer = registry.post("/model_artifacts", json={"name": "a", "uri": "s3://b/m"})

    assert answer.status_code == 201
    assert (answer.json()["artifactType"], answer.json()["state"]) == ("model-artifact", "UNKNOWN")


def test_a_model_artifact_of_another_type_is_a_bad_request(registry: TestClient) -> None:
    """The endpoint takes one kind only."""
    assert registry.post("/model_artifacts", json={"artifactType": "metric"}).status_code == 400


@pytest.mark.parametrize("name", [None, ""])
def test_an_artifact_without_a_name_gets_one(registry: TestClient, version: str, name: str | None) -> None:
    """A random UUID, so that several can be."""
    body = {"artifactType": "model-artifact", "name": name}

    names = [registry.post(f"/model_versions/{version}/artifacts", json=body).json()["name"] for _ in range(2)]

    assert names[0] != names[1]
    assert all(uuid.UUID(each).version == 4 for each in names)


def test_artifacts_have_a_sequence_of_ids_of_their_own(registry: TestClient, model: str, version: str) -> None:
    """An artifact may have the id of a model."""
    assert registry.post("/model_artifacts", json={}).json()["id"] == model


@pytest.mark.parametrize("body", [{}, {"artifactType": "model"}, {"artifactType": 5}, {"artifactType": None}])
def test_an_artifact_type_is_needed_where_any_may_come(
    registry: TestClient, version: str, body: dict[str, Any]
) -> None:
    """The message lists the types."""
    registry.post("/model_artifacts", json={})
    for method, path in [
        ("POST", "/artifacts"),
        ("POST", f"/model_versions/{version}/artifacts"),
        ("PATCH", "/artifacts/1"),
    ]:
        answer = registry.request(method, path, json=body)

        assert answer.status_code == 400
        assert answer.json()["message"].startswith("invalid artifact type, must be either ")


def test_a_metric_needs_a_value(registry: TestClient, version: str) -> None:
    """The contract does not say so, servers do. A PATCH does not need it again, an upsert does."""
    body = {"artifactType": "metric", "name": "m"}

    assert registry.post("/artifacts", json=body).status_code == 400
    answer = registry.post(f"/model_versions/{version}/artifacts", json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, "metric value is required: bad request")
    assert registry.post("/artifacts", json={**body, "value": 0}).status_code == 201
    assert registry.patch("/artifacts/1", json={"artifactType": "metric", "step": 1}).json()["value"] == 0
    answer = registry.post(f"/model_versions/{version}/artifacts", json={**body, "id": "1"})
    assert (answer.status_code, answer.json()["message"]) == (400, "metric value is required: bad request")
    assert (
        registry.post(f"/model_versions/{version}/artifacts", json={**body, "id": "1", "value": 1}).json()["value"] == 1
    )


def test_an_artifact_of_a_missing_version_is_not_found(registry: TestClient, model: str) -> None:
    """A model's id is no version's either, and nothing is stored."""
    for parent in ("7", model):
        answer = registry.post(f"/model_versions/{parent}/artifacts", json={"artifactType": "model-artifact"})

        assert answer.status_code == 404
        assert answer.json()["message"] == f"no model version found for id {parent}: not found"
    assert registry.get("/artifacts").json()["size"] == 0


@pytest.mark.parametrize("artifact_type", ["model-artifact", "doc-artifact", "dataset-artifact"])
def test_a_duplicate_name_below_a_version_is_a_conflict(registry: TestClient, version: str, artifact_type: str) -> None:
    """Of the same kind, that is; and what is refused is not stored alone either."""
    body = {"artifactType": artifact_type, "name": "a"}
    registry.post(f"/model_versions/{version}/artifacts", json=body)

    answer = registry.post(f"/model_versions/{version}/artifacts", json=body)
    other_kind = registry.post(
        f"/model_versions/{version}/artifacts", json={"artifactType": "metric", "name": "a", "value": 1}
    )

    assert answer.status_code == 409
    assert answer.json()["message"] == f"{artifact_type.replace('-', ' ')} with name a already exists: conflict"
    assert other_kind.status_code == 200
    assert registry.get("/artifacts").json()["size"] == 2


@pytest.mark.parametrize(("artifact_type", "first", "second"), [("metric", 0.5, 0.9), ("parameter", "a", "b")])
def test_a_metric_or_parameter_of_the_same_name_is_changed(
    registry: TestClient, model: str, version: str, artifact_type: str, first: Any, second: Any
) -> None:
    """It keeps its id and what is not sent; below another version it is a new one."""
    other = registry.post("/model_versions", json={"name": "v2", "registeredModelId": model}).json()["id"]
    body = {"artifactType": artifact_type, "name": "a", "value": first, "description": "d"}
    registry.post(f"/model_versions/{version}/artifacts", json=body)

    again = registry.post(
        f"/model_versions/{version}/artifacts", json={"artifactType": artifact_type, "name": "a", "value": second}
    )
    elsewhere = registry.post(f"/model_versions/{other}/artifacts", json=body)

    assert again.status_code == 200
    assert (again.json()["id"], again.json()["value"], again.json()["description"]) == ("1", second, "d")
    assert elsewhere.json()["id"] == "2"


def test_artifacts_alone_may_share_a_name(registry: TestClient) -> None:
    """They have no parent below which it could be unique."""
    assert registry.post("/model_artifacts", json={"name": "a"}).status_code == 201
    assert registry.post("/model_artifacts", json={"name": "a"}).status_code == 201


def test_an_external_id_is_unique_among_artifacts(registry: TestClient, model: str, version: str) -> None:
    """Of all kinds; models and versions have theirs apart."""
    registry.patch(f"/registered_models/{model}", json={"externalId": "e"})

    first = registry.post("/model_artifacts", json={"externalId": "e"})
    second = registry.post("/artifacts", json={"artifactType": "doc-artifact", "externalId": "e"})

    assert (first.status_code, second.status_code) == (201, 409)


def test_an_artifact_that_exists_becomes_one_of_a_version(registry: TestClient, version: str) -> None:
    """With its id, it is changed and linked, answered 200; its name, state and times of birth stay."""
    alone = registry.post("/model_artifacts", json={"name": "a", "uri": "s3://b/m", "state": "LIVE"}).json()
    body = {"id": alone["id"], "artifactType": "model-artifact", "name": "renamed", "description": "linked"}

    answer = registry.post(f"/model_versions/{version}/artifacts", json=body)

    assert answer.status_code == 200
    assert answer.json() | {"lastUpdateTimeSinceEpoch": ""} == alone | {
        "description": "linked",
        "lastUpdateTimeSinceEpoch": "",
    }
    assert [each["id"] for each in registry.get(f"/model_versions/{version}/artifacts").json()["items"]] == ["1"]


def test_an_artifact_may_belong_to_several_versions(registry: TestClient, model: str, version: str) -> None:
    """Linked twice to the same one it is listed once."""
    other = registry.post("/model_versions", json={"name": "v2", "registeredModelId": model}).json()["id"]
    body = {"artifactType": "model-artifact", "name": "a"}
    artifact = registry.post(f"/model_versions/{version}/artifacts", json=body).json()

    for parent in (other, other, version):
        answer = registry.post(f"/model_versions/{parent}/artifacts", json={**body, "id": artifact["id"]})
        assert answer.status_code == 200

    for parent in (version, other):
        assert [each["id"] for each in registry.get(f"/model_versions/{parent}/artifacts").json()["items"]] == ["1"]
    assert registry.get("/artifacts").json()["size"] == 1


def test_a_link_that_would_double_a_name_is_a_conflict(registry: TestClient, version: str) -> None:
    """And then the artifact is not changed either."""
    body = {"artifactType": "model-artifact", "name": "a"}
    registry.post(f"/model_versions/{version}/artifacts", json=body)
    alone = registry.post("/artifacts", json=body).json()

    answer = registry.post(
        f"/model_versions/{version}/artifacts", json={**body, "id": alone["id"], "description": "changed"}
    )

    assert answer.status_code == 409
    assert registry.get(f"/artifacts/{alone['id']}").json() == alone


def test_a_link_of_nothing_or_of_another_kind_is_refused(registry: TestClient, version: str) -> None:
    """An artifact keeps its kind."""
    registry.post("/artifacts", json={"artifactType": "doc-artifact", "name": "a"})
    path = f"/model_versions/{version}/artifacts"

    missing = registry.post(path, json={"artifactType": "model-artifact", "id": "7"})
    other_kind = registry.post(path, json={"artifactType": "model-artifact", "id": "1"})
    malformed = registry.post(path, json={"artifactType": "model-artifact", "id": "x"})

    assert (missing.status_code, other_kind.status_code, malformed.status_code) == (404, 400, 400)
    assert other_kind.json()["message"] == "artifact with id 1 is not a model artifact: bad request"
    assert registry.get(path).json()["size"] == 0


def test_an_artifact_is_changed_under_its_type(registry: TestClient) -> None:
    """State is kept unless sent; another type is refused."""
    registry.post("/artifacts", json={"artifactType": "model-artifact", "name": "a", "uri": "u", "state": "LIVE"})

    changed = registry.patch("/artifacts/1", json={"artifactType": "model-artifact", "description": "d"})
    kept = registry.patch("/model_artifacts/1", json={"storageKey": "k"})
    refused = registry.patch("/artifacts/1", json={"artifactType": "metric", "value": 1})

    assert (changed.status_code, changed.json()["state"], changed.json()["description"]) == (200, "LIVE", "d")
    assert (kept.json()["state"], kept.json()["uri"], kept.json()["storageKey"]) == ("LIVE", "u", "k")
    assert refused.status_code == 400
    assert refused.json()["message"] == "cannot change artifact type from model-artifact to metric: bad request"


def test_a_name_in_a_change_of_a_model_artifact_is_unknown(registry: TestClient) -> None:
    """As for models and versions."""
    registry.post("/model_artifacts", json={"name": "a"})

    assert registry.patch("/model_artifacts/1", json={"name": "b"}).json()["message"] == 'json: unknown field "name"'


@pytest.mark.parametrize("artifact_type", TYPES[1:])
def test_an_artifact_of_another_kind_is_no_model_artifact(registry: TestClient, artifact_type: str) -> None:
    """It is neither found, listed, nor changed as one."""
    registry.post("/artifacts", json={"artifactType": artifact_type, "externalId": "e", "value": _value(artifact_type)})

    assert registry.get("/artifacts/1").status_code == 200
    assert registry.get("/model_artifacts/1").status_code == 404
    assert registry.patch("/model_artifacts/1", json={}).status_code == 404
    assert registry.get("/model_artifact", params={"externalId": "e"}).status_code == 404
    assert registry.get("/model_artifacts").json()["items"] == []


def _value(artifact_type: str) -> Any:
    return {"metric": 1.0, "parameter": "p"}.get(artifact_type)
