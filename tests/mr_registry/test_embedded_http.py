"""What is answered beside the operations."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

import mr_contract
from mr_registry import contract
from mr_registry.kinds import KINDS
from mr_registry.routes import ROUTES


@pytest.mark.parametrize("path", ["/readyz/isDirty", "/readyz/health"])
def test_a_registry_that_runs_is_ready(registry: TestClient, path: str) -> None:
    """In plain text."""
    answer = registry.get(f"http://registry{path}")

    assert (answer.status_code, answer.text) == (200, "OK")


@pytest.mark.parametrize(
    "url",
    [
        "http://registry/",
        "http://registry/api/model_registry/v1alpha1/registered_models",
        "/nothing",
        "/registered_models/",
        "/registered_models/1/2",
        "/registered_models/1%2F2",
    ],
)
def test_an_unknown_route_is_not_found(registry: TestClient, url: str) -> None:
    """In the words of the servers' router, and without a redirect."""
    answer = registry.get(url, follow_redirects=False)

    assert (answer.status_code, answer.text) == (404, "404 page not found")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/registered_models/1"),
        ("PUT", "/registered_models/1"),
        ("POST", "/registered_models/1"),
        ("PATCH", "/registered_models"),
        ("POST", "/registered_model"),
        ("POST", "http://registry/readyz/health"),
        ("HEAD", "http://registry/readyz/health"),
        ("HEAD", "http://registry/readyz/isDirty"),
        ("HEAD", "/registered_models"),
        ("HEAD", "/registered_models/1"),
    ],
)
def test_a_wrong_method_is_answered_with_nothing(registry: TestClient, method: str, path: str) -> None:
    """Only the status says it."""
    answer = registry.request(method, path)

    assert (answer.status_code, answer.content) == (405, b"")


@pytest.mark.parametrize("value", ["a%00b", "a%5Cu0000b"])
@pytest.mark.parametrize("path", ["/registered_models", "/registered_model", "/registered_models/1"])
def test_null_bytes_in_a_query_are_a_bad_request(registry: TestClient, path: str, value: str) -> None:
    """Raw or escaped, in any parameter."""
    answer = registry.get(f"{path}?name={value}")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "Bad Request",
        "message": "Invalid name query parameter: invalid name parameter: contains null bytes which are not allowed",
    }


@pytest.mark.parametrize("query", ["x=%ff", "%ff=x", "&&&", "=", "name", "a=1&a=2", "x=%3B", "x=ü"])
def test_a_strange_query_is_no_failure(registry: TestClient, query: str) -> None:
    """Nothing of it is a parameter."""
    assert registry.get(f"/registered_models?{query}").status_code == 200


UNREADABLE = [
    ("name=%zz", 'invalid URL escape "%zz"'),
    ("x=%zz&name=iris", 'invalid URL escape "%zz"'),
    ("name=iris%", 'invalid URL escape "%"'),
    ("name=iris%4", 'invalid URL escape "%4"'),
    ("name=iris%4&x=1", 'invalid URL escape "%4"'),
    ("name=iris;externalId=x", "invalid semicolon separator in query"),
    ("name=%ff", "invalid name parameter: it is no UTF-8: bad request"),
]


@pytest.mark.parametrize(("query", "message"), UNREADABLE)
def test_a_query_that_cannot_be_decoded_is_a_bad_request(
    registry: TestClient, model: str, query: str, message: str
) -> None:
    """In all that has parameters; the others do not read it."""
    answer = registry.get(f"/registered_model?{query}")

    assert answer.status_code == 400
    assert answer.json() == {"code": "Bad Request", "message": message}
    assert registry.get(f"/registered_models?{query}").status_code == (200 if "%ff" in query else 400)
    assert registry.get(f"/registered_models/{model}?{query}").status_code == 200
    assert registry.post(f"/registered_models?{query}", json={"name": "other"}).status_code == 201


def test_a_query_may_be_utf8_that_is_escaped_or_not(registry: TestClient) -> None:
    """And a plus is a space."""
    registry.post("/registered_models", json={"name": "ü ;"})

    for name in ("%C3%BC+%3B", "%c3%bc%20%3b"):
        assert registry.get(f"/registered_model?name={name}").status_code == 200


def test_of_a_parameter_sent_twice_the_first_counts(registry: TestClient, model: str) -> None:
    """As in servers."""
    assert registry.get("/registered_model?name=iris&name=other").status_code == 200


def test_a_database_that_does_not_answer_is_unavailable(registry: TestClient) -> None:
    """Not a failure with a traceback: the client may try again."""
    registry.app.state.database.close()  # type: ignore[attr-defined]

    answer = registry.get("/registered_models")

    assert answer.status_code == 503
    assert answer.json()["code"] == "Service Unavailable"
    assert registry.get("http://registry/readyz/health").status_code == 503


def test_routes_are_those_of_the_contract() -> None:
    """Every path, with all the methods that it gives it."""
    paths = [path.removeprefix(contract.BASE_PATH) for path in mr_contract.load()["paths"]]

    assert {path: frozenset(operations) for path, operations in ROUTES.items()} == {
        path: contract.methods(path) for path in paths
    }
    assert sum(len(operations) for operations in ROUTES.values()) == 56


BELOW = {
    "/registered_models/{registeredmodelId}/versions": "ModelVersion",
    "/experiments/{experimentId}/experiment_runs": "ExperimentRun",
    "/serving_environments/{servingenvironmentId}/inference_services": "InferenceService",
    "/inference_services/{inferenceserviceId}/serves": "ServeModel",
}


@pytest.mark.parametrize(("path", "kind"), BELOW.items())
def test_a_body_below_a_parent_is_the_one_that_the_contract_names(path: str, kind: str) -> None:
    """For some the whole resource, for others what creates one."""
    content = mr_contract.load()["paths"][contract.BASE_PATH + path]["post"]["requestBody"]["content"]
    schema = content["application/json"]["schema"]["$ref"].rpartition("/")[2]

    assert KINDS[kind].below_body == contract.body(schema)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_bodies_are_known_from_the_contract(kind: object) -> None:
    """Every body is a part of the resource."""
    resource = contract.body(kind.name).fields  # type: ignore[attr-defined]

    assert contract.body(f"{kind.name}Create").fields.keys() <= resource.keys()  # type: ignore[attr-defined]
    assert contract.body(f"{kind.name}Update").fields.keys() <= resource.keys()  # type: ignore[attr-defined]
    for named in (kind.parent_field, *kind.references):  # type: ignore[attr-defined]
        assert not named or resource[named].type == "string"


def test_the_contract_says_what_is_required_allowed_and_filled_in() -> None:
    """Through all its bases and references."""
    fields = contract.body("ModelVersionCreate").fields

    assert {name for name, field in fields.items() if field.required} == {"name", "registeredModelId"}
    assert (fields["state"].allowed, fields["state"].default) == (("LIVE", "ARCHIVED"), "LIVE")
    assert fields["customProperties"].type == "properties"
    assert contract.body("Metric").fields["value"].type == "number"
    assert contract.body("RegisteredModel").fields["tasks"].type == "strings"
    assert contract.query_parameters("/model_version") == {"name", "externalId", "parentResourceId"}
