"""Finding one resource by its name or external id."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

MODELS = "supply either name or externalId"
VERSIONS = "supply either (name and parentResourceId), or externalId"
ARTIFACTS = "supply either (artifactName and parentResourceId), or externalId"

TOO_LITTLE = [
    ("/registered_model", "", MODELS),
    ("/registered_model", "name=", MODELS),
    ("/registered_model", "name=&externalId=", MODELS),
    ("/model_version", "", VERSIONS),
    ("/model_version", "name=v1", VERSIONS),
    ("/model_version", "name=v1&parentResourceId=", VERSIONS),
    ("/model_version", "parentResourceId=1", VERSIONS),
    ("/model_artifact", "name=a", ARTIFACTS),
    ("/artifact", "name=a", ARTIFACTS),
    ("/artifact", "parentResourceId=1", ARTIFACTS),
    ("/experiment", "", MODELS),
    ("/serving_environment", "name=", MODELS),
    ("/experiment_run", "name=a", VERSIONS),
    ("/inference_service", "name=a", VERSIONS),
]


@pytest.mark.parametrize(("path", "query", "needed"), TOO_LITTLE)
def test_a_find_without_what_it_needs_is_a_bad_request(
    registry: TestClient, path: str, query: str, needed: str
) -> None:
    """An empty parameter counts as absent."""
    answer = registry.get(f"{path}?{query}")

    assert answer.status_code == 400
    assert answer.json() == {"code": "Bad Request", "message": f"invalid parameters call, {needed}: bad request"}


@pytest.mark.parametrize(
    "path", ["/model_version", "/model_artifact", "/artifact", "/experiment_run", "/inference_service"]
)
@pytest.mark.parametrize("parent", ["abc", "99999999999"])
def test_a_malformed_parent_is_a_bad_request(registry: TestClient, path: str, parent: str) -> None:
    """It is not merely not found."""
    assert registry.get(path, params={"name": "a", "parentResourceId": parent}).status_code == 400


def test_a_model_is_found_by_name_or_external_id(registry: TestClient, model: str) -> None:
    """Name wins where both are given."""
    registry.post("/registered_models", json={"name": "other", "externalId": "e"})

    assert registry.get("/registered_model?name=iris").json()["id"] == model
    assert registry.get("/registered_model?externalId=e").json()["name"] == "other"
    assert registry.get("/registered_model?name=iris&externalId=e").json()["name"] == "iris"


def test_a_version_is_found_below_its_model(registry: TestClient, model: str, version: str) -> None:
    """Each model has its own v1."""
    other = registry.post("/registered_models", json={"name": "other"}).json()["id"]
    mine = registry.post("/model_versions", json={"name": "v1", "registeredModelId": other, "externalId": "e"}).json()

    assert registry.get(f"/model_version?name=v1&parentResourceId={model}").json()["id"] == version
    assert registry.get(f"/model_version?name=v1&parentResourceId={other}").json() == mine
    assert registry.get("/model_version?externalId=e").json() == mine


@pytest.mark.parametrize("path", ["/artifact", "/model_artifact"])
def test_an_artifact_is_found_below_its_version(registry: TestClient, version: str, path: str) -> None:
    """By name and version, or by external id."""
    body = {"artifactType": "model-artifact", "name": "a", "externalId": "e"}
    artifact = registry.post(f"/model_versions/{version}/artifacts", json=body).json()

    assert registry.get(f"{path}?name=a&parentResourceId={version}").json() == artifact
    assert registry.get(f"{path}?externalId=e").json() == artifact
    assert registry.get(f"{path}?name=a&parentResourceId=999").status_code == 404


def test_a_name_of_two_kinds_is_found_as_a_model_artifact_only(registry: TestClient, version: str) -> None:
    """Among artifacts of any kind it means more than one, which is not found."""
    for artifact_type in ("model-artifact", "doc-artifact"):
        registry.post(f"/model_versions/{version}/artifacts", json={"artifactType": artifact_type, "name": "a"})

    several = registry.get(f"/artifact?name=a&parentResourceId={version}")

    assert several.status_code == 404
    assert several.json()["message"] == (
        f"multiple artifacts found for name=a, parentResourceId={version}, externalId=: not found"
    )
    assert registry.get(f"/model_artifact?name=a&parentResourceId={version}").status_code == 200


@pytest.mark.parametrize("name", ["my_model", "my%", "MY-MODEL", "my-mode", "model", "my-model "])
def test_a_name_is_matched_exactly(registry: TestClient, name: str) -> None:
    """No character of it is a wildcard, and case counts."""
    registry.post("/registered_models", json={"name": "my-model"})

    answer = registry.get("/registered_model", params={"name": name})

    assert answer.status_code == 404
    assert answer.json() == {
        "code": "Not Found",
        "message": f"no registered models found for name={name}, externalId=: not found",
    }


def test_what_is_not_found_is_named(registry: TestClient, model: str) -> None:
    """With all that was asked for."""
    answer = registry.get(f"/model_version?name=v9&parentResourceId={model}&externalId=e")

    assert answer.json()["message"] == (
        f"no model versions found for name=v9, parentResourceId={model}, externalId=e: not found"
    )


def test_a_find_does_not_cross_kinds(registry: TestClient, model: str, version: str) -> None:
    """A version's external id finds no model."""
    registry.patch(f"/model_versions/{version}", json={"externalId": "e"})

    assert registry.get("/registered_model?externalId=e").status_code == 404
