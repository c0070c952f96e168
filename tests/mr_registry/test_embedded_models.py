"""Registered models and model versions: created, read, changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from mr_registry.api import application
from mr_registry.contract import BASE_PATH
from mr_registry.database import open_database

PROPERTIES = {"stage": {"metadataType": "MetadataStringValue", "string_value": "dev"}}


class Clock:
    """A clock that stands still until it is set."""

    now = 1_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(clock: Clock) -> Iterator[TestClient]:
    """A client of a registry that lives by the clock."""
    with TestClient(application(open_database(":memory:", clock)), base_url=f"http://registry{BASE_PATH}") as client:
        yield client


def test_a_new_model_is_answered_whole(timed: TestClient) -> None:
    """Ids and times are texts, state has its default, customProperties are there, what is not set is not."""
    answer = timed.post("/registered_models", json={"name": "iris", "description": "", "language": ["en"]})

    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.json() == {
        "id": "1",
        "name": "iris",
        "description": "",
        "language": ["en"],
        "state": "LIVE",
        "customProperties": {},
        "createTimeSinceEpoch": "1000",
        "lastUpdateTimeSinceEpoch": "1000",
    }


def test_a_new_version_is_answered_whole(timed: TestClient) -> None:
    """A version names its model by id."""
    timed.post("/registered_models", json={"name": "iris"})

    answer = timed.post(
        "/model_versions",
        json={
            "name": "v1",
            "registeredModelId": "1",
            "author": "me",
            "externalId": "x-1",
            "customProperties": PROPERTIES,
        },
    )

    assert answer.status_code == 201
    assert answer.json() == {
        "id": "2",
        "name": "v1",
        "registeredModelId": "1",
        "author": "me",
        "externalId": "x-1",
        "state": "LIVE",
        "customProperties": PROPERTIES,
        "createTimeSinceEpoch": "1000",
        "lastUpdateTimeSinceEpoch": "1000",
    }


@pytest.mark.parametrize("name", ["ünïcode 模型 🚀", "a/b:c", "100%_real", "it's", "x" * 255, "🚀" * 255, " "])
def test_a_name_may_hold_anything(registry: TestClient, name: str) -> None:
    """Names are kept as they are sent, and found by exactly that."""
    registry.post("/registered_models", json={"name": name})

    assert registry.get("/registered_model", params={"name": name}).json()["name"] == name


def test_a_name_has_a_longest_length(registry: TestClient, model: str, version: str) -> None:
    """Servers fail beyond it: they store "<parent's id>:<name>", or "<uuid>:<name>" for an artifact without a parent."""
    environment = registry.post("/serving_environments", json={"name": "e"}).json()["id"]
    service = registry.post(f"/serving_environments/{environment}/inference_services", json={
        "name": "s", "registeredModelId": model, "servingEnvironmentId": environment
    }).json()["id"]  # fmt: skip
    doc = {"artifactType": "doc-artifact"}
    places: list[tuple[str, dict[str, str], str, int]] = [
        ("/registered_models", {}, "registered model", 255),
        ("/model_versions", {"registeredModelId": model}, "model version", 253),
        (f"/registered_models/{model}/versions", {"registeredModelId": model}, "model version", 253),
        (f"/inference_services/{service}/serves", {"modelVersionId": version}, "serve model", 253),
        ("/artifacts", doc, "doc artifact", 218),
        ("/model_artifacts", {}, "model artifact", 218),
        (f"/model_versions/{version}/artifacts", doc, "doc artifact", 253),
    ]
    for number, (path, body, label, longest) in enumerate(places):
        name = str(number) * longest
        refused = registry.post(path, json={**body, "name": f"{name}x"})
        assert (refused.status_code, refused.json()["code"]) == (400, "Bad Request")
        assert refused.json()["message"] == f"name of a {label} is longer than {longest} characters: bad request"
        stored = registry.post(path, json={**body, "name": name})
        assert stored.is_success
        assert stored.json()["name"] == name


def test_what_was_created_can_be_read(registry: TestClient, model: str, version: str) -> None:
    """A GET by id answers what the POST answered."""
    created = registry.post("/registered_models/1/versions", json={"name": "v2", "registeredModelId": model}).json()

    assert registry.get(f"/model_versions/{created['id']}").json() == created
    assert registry.get(f"/registered_models/{model}").json()["name"] == "iris"


def test_models_and_versions_share_one_sequence_of_ids(registry: TestClient, model: str, version: str) -> None:
    """An id belongs to one context only; asked for as another kind it is not found."""
    assert (model, version) == ("1", "2")
    assert registry.get(f"/registered_models/{version}").status_code == 404
    assert registry.get(f"/model_versions/{model}").json() == {
        "code": "Not Found",
        "message": "no model version found for id 1: not found",
    }


def test_times_are_milliseconds_of_now(registry: TestClient) -> None:
    """Without another clock it is the machine's."""
    before = time.time_ns() // 1_000_000

    answer = registry.post("/registered_models", json={"name": "iris"}).json()

    assert before <= int(answer["createTimeSinceEpoch"]) <= time.time_ns() // 1_000_000


def test_times_from_a_client_are_overwritten(timed: TestClient) -> None:
    """Where the contract lets a body hold times, they do not count."""
    timed.post("/registered_models", json={"name": "iris"})

    answer = timed.post(
        "/registered_models/1/versions",
        json={
            "name": "v1",
            "registeredModelId": "1",
            "createTimeSinceEpoch": "7",
            "lastUpdateTimeSinceEpoch": "8",
        },
    ).json()

    assert (answer["createTimeSinceEpoch"], answer["lastUpdateTimeSinceEpoch"]) == ("1000", "1000")


def test_a_change_moves_the_update_time_only(timed: TestClient, clock: Clock) -> None:
    """Even a change of nothing is an update."""
    timed.post("/registered_models", json={"name": "iris"})
    clock.now = 2_000

    answer = timed.patch("/registered_models/1", json={}).json()

    assert (answer["createTimeSinceEpoch"], answer["lastUpdateTimeSinceEpoch"]) == ("1000", "2000")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({}, id="omitted"),
        pytest.param(
            {"state": None, "description": None, "externalId": None, "customProperties": None, "tasks": None}, id="null"
        ),
    ],
)
def test_a_change_keeps_what_it_does_not_name(registry: TestClient, sent: dict[str, Any]) -> None:
    """Omitted and null both mean "as it is", for the state too."""
    before = registry.post(
        "/registered_models",
        json={
            "name": "iris",
            "state": "ARCHIVED",
            "description": "d",
            "externalId": "e",
            "customProperties": PROPERTIES,
            "tasks": ["t"],
        },
    ).json()

    after = registry.patch("/registered_models/1", json=sent).json()

    assert after | {"lastUpdateTimeSinceEpoch": ""} == before | {"lastUpdateTimeSinceEpoch": ""}


def test_a_change_is_kept(registry: TestClient, model: str, version: str) -> None:
    """What a PATCH answers is what a GET answers afterwards."""
    changed = registry.patch(
        f"/model_versions/{version}", json={"state": "ARCHIVED", "author": "", "description": "new", "externalId": "e"}
    ).json()

    assert (changed["state"], changed["author"], changed["description"]) == ("ARCHIVED", "", "new")
    assert (changed["externalId"], changed["registeredModelId"]) == ("e", model)
    assert registry.get(f"/model_versions/{version}").json() == changed


def test_an_empty_external_id_takes_it_away(registry: TestClient, model: str) -> None:
    """Then another may have it, and two without do not collide."""
    registry.patch(f"/registered_models/{model}", json={"externalId": "e"})

    assert "externalId" not in registry.patch(f"/registered_models/{model}", json={"externalId": ""}).json()
    assert registry.post("/registered_models", json={"name": "b", "externalId": ""}).status_code == 201
    assert registry.post("/registered_models", json={"name": "c", "externalId": "e"}).status_code == 201


@pytest.mark.parametrize("field", ["name", "id", "registeredModelId", "createTimeSinceEpoch"])
def test_what_identifies_a_version_cannot_be_changed(registry: TestClient, version: str, field: str) -> None:
    """The field is unknown to an update."""
    answer = registry.patch(f"/model_versions/{version}", json={field: "1"})

    assert answer.status_code == 400
    assert answer.json() == {"code": "Bad Request", "message": f'json: unknown field "{field}"'}


def test_a_change_of_what_does_not_exist_is_not_found(registry: TestClient) -> None:
    """PATCH creates nothing."""
    assert registry.patch("/registered_models/1", json={}).status_code == 404


def test_a_duplicate_name_is_a_conflict(registry: TestClient, model: str) -> None:
    """A model's name is unique among models."""
    answer = registry.post("/registered_models", json={"name": "iris"})

    assert answer.status_code == 409
    assert answer.json() == {
        "code": "Conflict",
        "message": "registered model with name iris already exists: conflict",
    }


def test_names_that_differ_in_case_are_two_names(registry: TestClient, model: str) -> None:
    """Uniqueness is exact."""
    assert registry.post("/registered_models", json={"name": "Iris"}).status_code == 201


def test_a_version_name_is_unique_below_its_model(registry: TestClient, model: str, version: str) -> None:
    """Another model may have a version of that name."""
    other = registry.post("/registered_models", json={"name": "other"}).json()["id"]

    assert registry.post("/model_versions", json={"name": "v1", "registeredModelId": model}).status_code == 409
    assert registry.post("/model_versions", json={"name": "v1", "registeredModelId": other}).status_code == 201


def test_an_external_id_is_unique_among_models_and_versions(registry: TestClient, model: str, version: str) -> None:
    """They are one family, on creation and on change."""
    registry.patch(f"/registered_models/{model}", json={"externalId": "e"})

    created = registry.post("/model_versions", json={"name": "v2", "registeredModelId": model, "externalId": "e"})
    changed = registry.patch(f"/model_versions/{version}", json={"externalId": "e", "author": "me"})

    assert (created.status_code, changed.status_code) == (409, 409)
    assert "externalId e already exists" in changed.json()["message"]
    assert "author" not in registry.get(f"/model_versions/{version}").json()


def test_a_refused_creation_leaves_nothing_behind(registry: TestClient, model: str) -> None:
    """After a conflict there is one model, and the id is not used up."""
    registry.post("/registered_models", json={"name": "iris"})

    assert registry.get("/registered_models").json()["size"] == 1
    assert registry.post("/registered_models", json={"name": "next"}).json()["id"] == "2"


@pytest.mark.parametrize("path", ["/model_versions", "/registered_models/7/versions"])
def test_a_version_of_a_missing_model_is_not_found(registry: TestClient, path: str) -> None:
    """No orphan is stored."""
    answer = registry.post(path, json={"name": "v1", "registeredModelId": "7"})

    assert answer.status_code == 404
    assert answer.json()["message"] in (
        "no registered model found for id=7: not found",
        "no registered model found for id 7: not found",
    )
    assert registry.get("/model_versions").json()["size"] == 0


def test_a_version_of_a_version_is_not_found(registry: TestClient, model: str, version: str) -> None:
    """The parent has to be a model."""
    assert registry.post("/model_versions", json={"name": "v", "registeredModelId": version}).status_code == 404


def test_the_model_in_the_path_wins_over_that_in_the_body(registry: TestClient, model: str) -> None:
    """The body has to name one all the same."""
    other = registry.post("/registered_models", json={"name": "other"}).json()["id"]

    answer = registry.post(f"/registered_models/{model}/versions", json={"name": "v1", "registeredModelId": other})
    without = registry.post(f"/registered_models/{model}/versions", json={"name": "v2"})

    assert (answer.status_code, answer.json()["registeredModelId"]) == (201, model)
    assert answer.json()["state"] == "LIVE"
    assert without.status_code == 422


def test_a_version_with_an_id_below_its_model_is_changed(registry: TestClient, model: str, version: str) -> None:
    """It is answered 201 nevertheless; state and name stay."""
    registry.patch(f"/model_versions/{version}", json={"state": "ARCHIVED"})
    body = {"id": version, "name": "renamed", "registeredModelId": model, "author": "me"}

    answer = registry.post(f"/registered_models/{model}/versions", json=body)

    assert answer.status_code == 201
    kept = answer.json()
    assert (kept["id"], kept["name"], kept["state"], kept["author"]) == (version, "v1", "ARCHIVED", "me")


def test_a_version_of_another_model_is_not_changed_below_this_one(
    registry: TestClient, model: str, version: str
) -> None:
    """A version does not move."""
    other = registry.post("/registered_models", json={"name": "other"}).json()["id"]
    body = {"id": version, "name": "v1", "registeredModelId": other}

    assert registry.post(f"/registered_models/{other}/versions", json=body).status_code == 404


@pytest.mark.parametrize("sent", ["abc", "99999999999", "2147483648", "1.0", "0x1", "1_0", "%20", "٣"])
def test_an_id_that_is_no_int32_is_a_bad_request(registry: TestClient, sent: str) -> None:
    """The message names the kind of id."""
    for path in ("registered_models", "model_versions", "model_artifacts", "artifacts"):
        answer = registry.get(f"/{path}/{sent}")

        assert answer.status_code == 400
        assert answer.json()["message"].startswith(f"invalid {path[:-1].replace('_', ' ')} ID: ")


@pytest.mark.parametrize("sent", ["999", "2147483647", "0", "-1"])
def test_an_id_of_nothing_is_not_found(registry: TestClient, sent: str) -> None:
    """Any int32 may be asked for."""
    answer = registry.get(f"/registered_models/{sent}")

    assert answer.status_code == 404
    assert answer.json() == {
        "code": "Not Found",
        "message": f"no registered model found for id {sent}: not found",
    }


@pytest.mark.parametrize("sent", ["abc", "99999999999"])
def test_a_malformed_model_id_in_a_body_is_a_bad_request(registry: TestClient, sent: str) -> None:
    """As in a path."""
    answer = registry.post("/model_versions", json={"name": "v1", "registeredModelId": sent})

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("invalid registered model ID: ")
