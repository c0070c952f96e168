"""What every kind of resource beside models, versions and artifacts can do."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from starlette.testclient import TestClient


class Resource(NamedTuple):
    """A kind of resource, and a body that stores one below the parents that `stored` makes."""

    one: str
    many: str
    label: str
    body: dict[str, Any]
    defaults: dict[str, str]
    parent_field: str = ""
    """The field of the body that names its parent, whose id is 1."""
    below: str = ""
    """The list of the parent's resources of this kind."""


ENVIRONMENT = Resource("/serving_environment", "/serving_environments", "serving environment", {"name": "a"}, {})
EXPERIMENT = Resource("/experiment", "/experiments", "experiment", {"name": "a"}, {"state": "LIVE"})
SERVICE = Resource(
    "/inference_service",
    "/inference_services",
    "inference service",
    {"name": "a", "servingEnvironmentId": "1", "registeredModelId": "7"},
    {"desiredState": "DEPLOYED"},
    "servingEnvironmentId",
    "/serving_environments/{}/inference_services",
)
RUN = Resource(
    "/experiment_run",
    "/experiment_runs",
    "experiment run",
    {"name": "a", "experimentId": "1"},
    {"state": "LIVE", "status": "RUNNING"},
    "experimentId",
    "/experiments/{}/experiment_runs",
)
ALL = [ENVIRONMENT, EXPERIMENT, SERVICE, RUN]
CHILDREN = [SERVICE, RUN]
PARENTS = {SERVICE.label: ENVIRONMENT, RUN.label: EXPERIMENT}

each_kind = pytest.mark.parametrize("kind", ALL, ids=[kind.label for kind in ALL])
each_child = pytest.mark.parametrize("kind", CHILDREN, ids=[kind.label for kind in CHILDREN])


def _parent(registry: TestClient, kind: Resource, name: str = "parent") -> str:
    """Store a parent, where the kind has one, and return its id."""
    if kind.label not in PARENTS:
        return ""
    return str(registry.post(PARENTS[kind.label].many, json={"name": name}).json()["id"])


def _stored(registry: TestClient, kind: Resource, **more: Any) -> Any:
    """Return a resource that was stored, below its parent."""
    _parent(registry, kind)
    answer = registry.post(kind.many, json=kind.body | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


@each_kind
def test_a_new_resource_is_answered_whole(registry: TestClient, kind: Resource) -> None:
    """With the contract's defaults; a GET answers the same."""
    created = _stored(registry, kind, description="d", externalId="e")

    assert registry.get(f"{kind.many}/{created['id']}").json() == created
    assert created.pop("createTimeSinceEpoch") == created.pop("lastUpdateTimeSinceEpoch")
    assert created == {
        **kind.body,
        **kind.defaults,
        "id": created["id"],
        "description": "d",
        "externalId": "e",
        "customProperties": {},
    }


@each_kind
def test_a_resource_is_found_by_name_or_external_id(registry: TestClient, kind: Resource) -> None:
    """Exactly; below its parent, where it has one."""
    created = _stored(registry, kind, externalId="e")
    parent = {"parentResourceId": "1"} if kind.below else {}

    assert registry.get(kind.one, params={"name": "a", **parent}).json() == created
    assert registry.get(kind.one, params={"externalId": "e"}).json() == created
    missing = registry.get(kind.one, params={"name": "_", **parent})
    assert missing.status_code == 404
    assert missing.json()["message"].startswith(f"no {kind.label}s found for name=_, ")


@each_kind
def test_resources_are_listed_by_kind(registry: TestClient, kind: Resource) -> None:
    """Not those of other kinds, though they share their ids."""
    created = _stored(registry, kind)
    registry.post("/registered_models", json={"name": "a"})

    assert registry.get(kind.many).json()["items"] == [created]
    assert registry.get(f"/registered_models/{created['id']}").status_code == 404
    assert registry.get("/registered_models").json()["size"] == 1


@each_kind
def test_a_change_keeps_what_it_does_not_name(registry: TestClient, kind: Resource) -> None:
    """The states too."""
    others = {"state": "ARCHIVED", "status": "FINISHED", "desiredState": "UNDEPLOYED"}
    states = {name: others[name] for name in kind.defaults}
    created = _stored(registry, kind, **states, description="d")

    changed = registry.patch(f"{kind.many}/{created['id']}", json={"externalId": "e"}).json()

    assert changed | {"lastUpdateTimeSinceEpoch": ""} == created | {"externalId": "e", "lastUpdateTimeSinceEpoch": ""}
    assert registry.get(f"{kind.many}/{created['id']}").json() == changed


@each_kind
def test_what_identifies_a_resource_cannot_be_changed(registry: TestClient, kind: Resource) -> None:
    """Its name and its parent are unknown to an update."""
    created = _stored(registry, kind)

    for field in filter(None, ("name", kind.parent_field)):
        answer = registry.patch(f"{kind.many}/{created['id']}", json={field: "2"})

        assert answer.status_code == 400
        assert answer.json()["message"] == f'json: unknown field "{field}"'


@each_kind
def test_a_duplicate_name_is_a_conflict(registry: TestClient, kind: Resource) -> None:
    """Below one parent; and nothing is left behind."""
    _stored(registry, kind)

    answer = registry.post(kind.many, json=kind.body)

    assert answer.status_code == 409
    assert answer.json()["message"] == f"{kind.label} with name a already exists: conflict"
    assert registry.get(kind.many).json()["size"] == 1


@each_kind
def test_an_external_id_is_unique_among_all_contexts(registry: TestClient, kind: Resource) -> None:
    """Models are such too."""
    created = _stored(registry, kind)
    registry.post("/registered_models", json={"name": "x", "externalId": "e"})

    answer = registry.patch(f"{kind.many}/{created['id']}", json={"externalId": "e"})

    assert answer.status_code == 409
    assert answer.json()["message"] == f"{kind.label} with name a or externalId e already exists: conflict"


@each_kind
def test_an_id_of_nothing_is_not_found(registry: TestClient, kind: Resource) -> None:
    """And one that is no int32 is a bad request."""
    for method in ("GET", "PATCH"):
        missing = registry.request(method, f"{kind.many}/7", json={})
        malformed = registry.request(method, f"{kind.many}/x", json={})

        assert (missing.status_code, malformed.status_code) == (404, 400)
        assert missing.json()["message"] == f"no {kind.label} found for id 7: not found"
        assert malformed.json()["message"].startswith(f"invalid {kind.label} ID: ")


@each_child
def test_a_name_is_unique_below_its_parent_only(registry: TestClient, kind: Resource) -> None:
    """Another parent may have a child of that name, and each is listed and found below its own."""
    first = _stored(registry, kind)
    other = _parent(registry, kind, "other")

    second = registry.post(kind.many, json=kind.body | {kind.parent_field: other}).json()

    for parent, child in (("1", first), (other, second)):
        assert registry.get(kind.below.format(parent)).json()["items"] == [child]
        assert registry.get(kind.one, params={"name": "a", "parentResourceId": parent}).json() == child


@each_child
@pytest.mark.parametrize("parent", ["7", "2147483647"])
def test_a_child_of_a_parent_that_does_not_exist_is_not_found(
    registry: TestClient, kind: Resource, parent: str
) -> None:
    """On both paths; nothing is stored."""
    body = kind.body | {kind.parent_field: parent}

    for path in (kind.many, kind.below.format(parent)):
        answer = registry.post(path, json=body)

        assert answer.status_code == 404
        assert answer.json()["message"].startswith(f"no {PARENTS[kind.label].label} found for id")
    assert registry.get(kind.many).json()["size"] == 0


@each_child
def test_a_child_of_a_resource_of_another_kind_is_not_found(registry: TestClient, kind: Resource) -> None:
    """The parent has to be of the right kind."""
    registry.post("/registered_models", json={"name": "a"})

    assert registry.post(kind.many, json=kind.body).status_code == 404


@each_child
def test_the_parent_in_the_path_wins_over_that_in_the_body(registry: TestClient, kind: Resource) -> None:
    """As for versions; it is answered 201, with the defaults."""
    _parent(registry, kind)
    other = _parent(registry, kind, "other")

    answer = registry.post(kind.below.format(other), json=kind.body)

    assert (answer.status_code, answer.json()[kind.parent_field]) == (201, other)
    assert kind.defaults.items() <= answer.json().items()


@each_child
def test_children_are_filtered_exactly(registry: TestClient, kind: Resource) -> None:
    """By name and by external id, below their parent."""
    _stored(registry, kind, name="a_b", externalId="e")
    registry.post(kind.many, json=kind.body | {"name": "a-b"})
    path = kind.below.format(1)

    for query, names in [
        ({}, ["a_b", "a-b"]),
        ({"name": "a_b"}, ["a_b"]),
        ({"name": "%"}, []),
        ({"externalId": "e"}, ["a_b"]),
        ({"pageSize": "1", "sortOrder": "DESC"}, ["a-b"]),
    ]:
        assert [item["name"] for item in registry.get(path, params=query).json()["items"]] == names


@each_child
def test_a_child_without_a_name_gets_one(registry: TestClient, kind: Resource) -> None:
    """So that several can be."""
    _parent(registry, kind)

    names = {registry.post(kind.many, json=kind.body | {"name": name}).json()["name"] for name in (None, "", None)}

    assert len(names) == 3


def test_all_contexts_share_one_sequence_of_ids(registry: TestClient, version: str) -> None:
    """Models, versions, environments, services, experiments, runs."""
    bodies = [
        (ENVIRONMENT, {}),
        (SERVICE, {"servingEnvironmentId": "3"}),
        (EXPERIMENT, {}),
        (RUN, {"experimentId": "5"}),
    ]

    assert version == "2"
    assert [registry.post(kind.many, json=kind.body | more).json()["id"] for kind, more in bodies] == [*"3456"]
