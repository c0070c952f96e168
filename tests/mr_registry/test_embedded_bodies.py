"""What a body must and must not hold."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from starlette.testclient import TestClient

from mr_registry import contract

REQUIRED = [
    ("/registered_models", {}, "name"),
    ("/registered_models", {"name": ""}, "name"),
    ("/registered_models", {"name": None}, "name"),
    ("/model_versions", {"registeredModelId": "1"}, "name"),
    ("/model_versions", {"name": "v1"}, "registeredModelId"),
    ("/model_versions", {"name": "v1", "registeredModelId": ""}, "registeredModelId"),
    ("/serving_environments", {}, "name"),
    ("/inference_services", {"registeredModelId": "1"}, "servingEnvironmentId"),
    ("/inference_services", {"servingEnvironmentId": "1"}, "registeredModelId"),
    ("/serving_environments/1/inference_services", {"registeredModelId": "1"}, "servingEnvironmentId"),
    ("/inference_services/1/serves", {"name": "s"}, "modelVersionId"),
    ("/experiments", {"owner": "me"}, "name"),
    ("/experiment_runs", {"name": "r"}, "experimentId"),
    ("/experiments/1/experiment_runs", {"name": "r", "experimentId": ""}, "experimentId"),
]


@pytest.mark.parametrize(("path", "body", "field"), REQUIRED)
def test_a_required_field_that_is_missing_or_empty_is_unprocessable(
    registry: TestClient, path: str, body: dict[str, Any], field: str
) -> None:
    """The status is 422, the code that of a 400."""
    answer = registry.post(path, json=body)

    assert answer.status_code == 422
    assert answer.json() == {"code": "Bad Request", "message": f"required field '{field}' is zero value."}


UNKNOWN_IS_REFUSED = [
    "/registered_models",
    "/model_versions",
    "/model_artifacts",
    "/inference_services",
    "/inference_services/1/serves",
    "/experiments/1/experiment_runs",
]


@pytest.mark.parametrize("path", UNKNOWN_IS_REFUSED)
def test_an_unknown_field_is_a_bad_request(registry: TestClient, path: str) -> None:
    """It is reported before a missing one."""
    answer = registry.post(path, json={"ext_id": "x"})

    assert answer.status_code == 400
    assert answer.json() == {"code": "Bad Request", "message": 'json: unknown field "ext_id"'}


def test_unknown_fields_of_artifacts_of_any_kind_are_ignored(registry: TestClient, version: str) -> None:
    """On all three endpoints that take such bodies; an id is no field of a creation, and so ignored as well."""
    body = {"artifactType": "doc-artifact", "name": "d", "ext_id": "x", "id": "77"}

    created = registry.post("/artifacts", json=body)
    attributed = registry.post(f"/model_versions/{version}/artifacts", json={**body, "id": created.json()["id"]})
    changed = registry.patch("/artifacts/1", json=body)

    assert (created.status_code, attributed.status_code, changed.status_code) == (201, 200, 200)
    assert created.json()["id"] == "1"
    assert "ext_id" not in changed.json()


def test_keys_are_matched_whatever_their_case(registry: TestClient, model: str) -> None:
    """Clients exist that send registeredModelID."""
    answer = registry.post("/model_versions", json={"NAME": "v1", "registeredModelID": model, "externalid": "e"})

    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["externalId"]) == ("v1", "e")


@pytest.mark.parametrize("key", ["artifacttype", "ARTIFACTTYPE", "ArtifactType"])
def test_but_not_the_key_that_says_what_an_artifact_is(registry: TestClient, version: str, key: str) -> None:
    """Servers read it before the rest."""
    registry.post("/artifacts", json={"artifactType": "doc-artifact"})

    for method, path in [
        ("POST", "/artifacts"),
        ("PATCH", "/artifacts/1"),
        ("POST", f"/model_versions/{version}/artifacts"),
    ]:
        answer = registry.request(method, path, json={key: "doc-artifact", "name": "d"})
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("invalid artifact type")


MISTYPED = [
    ("name", 5),
    ("name", True),
    ("name", ["x"]),
    ("name", {"x": 1}),
    ("description", 1.5),
    ("language", "en"),
    ("language", ["en", 1]),
    ("customProperties", []),
    ("customProperties", "x"),
    ("state", "live"),
    ("state", "DEAD"),
    ("state", ""),
]


@pytest.mark.parametrize(("field", "value"), MISTYPED)
def test_a_value_of_another_type_or_outside_its_enum_is_a_bad_request(
    registry: TestClient, field: str, value: Any
) -> None:
    """On creation, and on change where the field can be changed."""
    created = registry.post("/registered_models", json={"name": "iris", field: value})
    registry.post("/registered_models", json={"name": "iris"})
    changed = registry.patch("/registered_models/1", json={field: value})

    assert (created.status_code, changed.status_code) == (400, 400)
    assert field in created.json()["message"]


MISTYPED_IN_ARTIFACTS = [
    ("metric", "value", "0.9"),
    ("metric", "value", True),
    ("metric", "step", 1.5),
    ("metric", "step", 1 << 63),
    ("metric", "timestamp", 5),
    ("metric", "timestamp", "now"),
    ("metric", "state", "ARCHIVED"),
    ("parameter", "value", 1),
    ("parameter", "parameterType", "float"),
    ("model-artifact", "uri", 1),
    ("model-artifact", "state", "ARCHIVED"),
    ("dataset-artifact", "digest", []),
]


@pytest.mark.parametrize(("artifact_type", "field", "value"), MISTYPED_IN_ARTIFACTS)
def test_values_of_artifacts_are_checked_by_the_contract(
    registry: TestClient, version: str, artifact_type: str, field: str, value: Any
) -> None:
    """Each kind by its own fields."""
    body = {"value": 1.0 if artifact_type == "metric" else None, "artifactType": artifact_type, field: value}

    assert registry.post("/artifacts", json=body).status_code == 400
    assert registry.post(f"/model_versions/{version}/artifacts", json=body).status_code == 400
    assert registry.get("/artifacts").json()["size"] == 0


UNREADABLE = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"5",
    b'{"name": "a"} x',
    b'{"name": NaN}',
    b'{"name": "a", "x": Infinity}',
    b"\xff\xfe",
    b'{"name": "\xff"}',
    b'{"name": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"name": ' + b"9" * 5000 + b"}",
    b'{"customProperties": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"name": "a\\u0000b"}',
    b'{"name": "a\x00b"}',
]


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:30]))
def test_a_body_that_cannot_be_read_is_a_bad_request(registry: TestClient, body: bytes) -> None:
    """Whatever comes, the answer is an error of the contract's form."""
    for method, path in [
        ("POST", "/registered_models"),
        ("PATCH", "/registered_models/1"),
        ("POST", "/registered_models/1/versions"),
        ("POST", "/artifacts"),
        ("POST", "/model_versions/1/artifacts"),
    ]:
        answer = registry.request(method, path, content=body)

        assert answer.status_code == 400
        assert answer.json()["code"] == "Bad Request"


@pytest.mark.parametrize("body", [b'{"name": "a\x00b"}', b'{"name": "a\\u0000b"}'])
def test_null_bytes_in_a_body_are_named(registry: TestClient, body: bytes) -> None:
    """Written out or escaped."""
    assert registry.post("/registered_models", content=body).json() == {
        "code": "Bad Request",
        "message": "Request body contains null bytes which are not allowed",
    }


def test_a_body_of_four_mebibytes_is_read_and_a_larger_one_is_not(registry: TestClient) -> None:
    """The limit is exact, and says itself in a contract error."""
    envelope = len('{"name": "a", "readme": ""}')
    largest = '{"name": "a", "readme": "' + "x" * (4 * 1024 * 1024 - envelope) + '"}'

    fits = registry.post("/registered_models", content=largest)
    exceeds = registry.post("/registered_models", content=largest + " ")

    assert fits.status_code == 201
    assert exceeds.status_code == 413
    assert exceeds.json()["code"] == "Request Entity Too Large"


def test_a_content_type_is_not_needed(registry: TestClient) -> None:
    """The body is JSON whatever its header says."""
    answer = registry.post("/registered_models", content=b'{"name": "a"}', headers={"content-type": "text/plain"})

    assert answer.status_code == 201


_KINDS = ["ModelVersion", "Metric", "InferenceService", "ServeModel", "ExperimentRun"]
_NAMES = sorted({*(name for kind in _KINDS for name in contract.body(kind).fields), "metadataType", "int_value"})
_LEAVES = [None, True, 0, -1, 1 << 70, 0.5, float("nan"), float("inf"), "", "1", "x", "LIVE", "\ud800", "\0"]
_LEAVES += [*contract.choices("Artifact"), *contract.choices("MetadataValue")]


def _anything(chance: Random, depth: int) -> Any:
    """Return some JSON value, and some that Python takes for one."""
    if depth and chance.random() < 0.4:
        return {chance.choice([*_NAMES, "x"]): _anything(chance, depth - 1) for _ in range(chance.randrange(4))}
    if depth and chance.random() < 0.2:
        return [_anything(chance, depth - 1) for _ in range(chance.randrange(3))]
    return chance.choice(_LEAVES)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/registered_models"),
        ("POST", "/registered_models/1/versions"),
        ("POST", "/model_versions/2/artifacts"),
        ("POST", "/artifacts"),
        ("PATCH", "/registered_models/1"),
        ("PATCH", "/artifacts/1"),
        ("POST", "/inference_services"),
        ("POST", "/inference_services/4/serves"),
        ("POST", "/experiments/5/experiment_runs"),
        ("POST", "/experiment_runs/6/artifacts"),
        ("PATCH", "/inference_services/4"),
        ("PATCH", "/experiment_runs/6"),
    ],
)
def test_no_body_makes_the_registry_fail(registry: TestClient, version: str, method: str, path: str) -> None:
    """It is stored or refused: an exception inside would be raised here."""
    registry.post("/model_artifacts", json={})
    registry.post("/serving_environments", json={"name": "prod"})
    registry.post("/inference_services", json={"servingEnvironmentId": "3", "registeredModelId": "1"})
    registry.post("/experiments", json={"name": "tuning"})
    registry.post("/experiment_runs", json={"experimentId": "5"})
    chance = Random(path)
    for _ in range(15):
        sent = {name: _anything(chance, 3) for name in chance.sample(_NAMES, 4)}
        sent["artifactType"] = chance.choice(list(contract.choices("Artifact")))

        answer = registry.request(method, path, content=json.dumps(sent))

        assert answer.status_code in (200, 201, 400, 404, 409, 422), sent
        assert answer.status_code < 400 or set(answer.json()) == {"code", "message"}, sent
