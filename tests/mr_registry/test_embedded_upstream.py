"""The traps of Kubeflow's own server, and that there are none without asking for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

import mr_registry
from mr_registry.contract import BASE_PATH


@pytest.fixture
def upstream() -> Iterator[TestClient]:
    """A client of an empty registry that does what Kubeflow's server does."""
    with TestClient(mr_registry.create_app(like_upstream=True), base_url=f"http://registry{BASE_PATH}") as client:
        yield client


def _fill(registry: TestClient) -> None:
    """Store one resource of each kind, in states that are not the defaults."""
    for path, body in [
        ("/registered_models", {"name": "a", "state": "ARCHIVED"}),
        ("/model_versions", {"name": "a", "registeredModelId": "1", "state": "ARCHIVED"}),
        ("/serving_environments", {"name": "a"}),
        (
            "/inference_services",
            {"name": "a", "servingEnvironmentId": "3", "registeredModelId": "1", "desiredState": "UNDEPLOYED"},
        ),
        ("/experiments", {"name": "a", "state": "ARCHIVED"}),
        ("/experiment_runs", {"name": "a", "experimentId": "5", "state": "ARCHIVED", "status": "FAILED"}),
        ("/model_artifacts", {"name": "a", "state": "LIVE"}),
    ]:
        answer = registry.post(path, json=body)
        assert answer.status_code == 201, answer.text


RESETS: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("/registered_models/1", {"state": "ARCHIVED"}, {"state": "LIVE"}),
    ("/model_versions/2", {"state": "ARCHIVED"}, {"state": "LIVE"}),
    ("/inference_services/4", {"desiredState": "UNDEPLOYED"}, {"desiredState": "DEPLOYED"}),
    ("/experiments/5", {"state": "ARCHIVED"}, {"state": "LIVE"}),
    ("/experiment_runs/6", {"state": "ARCHIVED", "status": "FAILED"}, {"state": "LIVE", "status": "RUNNING"}),
    ("/model_artifacts/1", {"state": "LIVE"}, {"state": "UNKNOWN"}),
]


@pytest.mark.parametrize(("path", "stored", "reset"), RESETS)
def test_a_change_without_a_state_resets_it(
    upstream: TestClient, registry: TestClient, path: str, stored: dict[str, str], reset: dict[str, str]
) -> None:
    """In this mode only. What has no default is kept in both."""
    for client, expected in ((upstream, reset), (registry, stored)):
        _fill(client)
        client.patch(path, json={"description": "d", **stored})

        changed = client.patch(path, json={"externalId": "e"}).json()

        assert {name: changed[name] for name in expected} == expected
        assert changed["description"] == "d"
        assert client.get(path).json() == changed


@pytest.mark.parametrize(("path", "stored", "_reset"), RESETS)
def test_a_state_that_is_null_or_sent_is_not_reset(
    upstream: TestClient, path: str, stored: dict[str, str], _reset: dict[str, str]
) -> None:
    """Whatever the case of its name."""
    _fill(upstream)

    null = upstream.patch(path, json=dict.fromkeys(stored)).json()
    sent = upstream.patch(path, json={name.upper(): value for name, value in stored.items()}).json()

    assert stored.items() <= null.items()
    assert stored.items() <= sent.items()


def test_each_state_is_reset_by_itself(upstream: TestClient) -> None:
    """A run has two."""
    _fill(upstream)

    changed = upstream.patch("/experiment_runs/6", json={"status": "FINISHED"}).json()

    assert (changed["status"], changed["state"]) == ("FINISHED", "LIVE")


@pytest.mark.parametrize("body", [{}, {"state": None}])
def test_a_change_of_an_artifact_of_any_kind_resets_nothing(upstream: TestClient, body: dict[str, Any]) -> None:
    """Those bodies have no defaults there."""
    _fill(upstream)

    assert upstream.patch("/artifacts/1", json={"artifactType": "model-artifact", **body}).json()["state"] == "LIVE"


def test_a_change_by_a_post_below_a_parent_resets_the_state_too(upstream: TestClient, registry: TestClient) -> None:
    """A version's, or a run's, whose id is in the body."""
    for client, states in ((upstream, ["LIVE", "LIVE"]), (registry, ["ARCHIVED", "ARCHIVED"])):
        _fill(client)

        version = client.post("/registered_models/1/versions", json={"id": "2", "name": "a", "registeredModelId": "1"})
        run = client.post("/experiments/5/experiment_runs", json={"id": "6", "experimentId": "5"})

        assert [version.json()["state"], run.json()["state"]] == states


def _find(client: TestClient, path: str, name: str, **more: str) -> list[str]:
    """Return the id that is found, or the beginning of what is answered instead."""
    answer = client.get(path, params={"name": name, **more}).json()
    return [answer["id"]] if "id" in answer else [answer["message"].partition(" ")[0]]


@pytest.mark.parametrize(
    ("name", "found", "found_exactly"),
    [
        ("my_model", "multiple", "1"),
        ("my-model", "2", "2"),
        ("my%l", "multiple", "no"),
        ("%", "multiple", "no"),
        ("my\\_model", "1", "no"),
        ("%ther*", "3", "no"),
        ("__[er?*", "no", "no"),
        ("[ot]%", "no", "no"),
        ("MY-model", "no", "no"),
        ("model", "no", "no"),
        ("tail", "no", "no"),
    ],
)
def test_a_model_is_found_by_a_pattern(
    upstream: TestClient, registry: TestClient, name: str, found: str, found_exactly: str
) -> None:
    """In this mode only. More than one is not found."""
    for client, expected in ((upstream, found), (registry, found_exactly)):
        for stored in ("my_model", "my-model", "other*", "a:tail"):
            client.post("/registered_models", json={"name": stored})

        assert _find(client, "/registered_model", name) == [expected]
        assert client.get("/registered_model", params={"name": name}).status_code == (
            200 if expected.isdigit() else 404
        )


CONTEXTS = [
    ("/model_version", "/model_versions", {"registeredModelId": "1"}),
    ("/inference_service", "/inference_services", {"servingEnvironmentId": "2", "registeredModelId": "1"}),
    ("/experiment_run", "/experiment_runs", {"experimentId": "3"}),
]


@pytest.mark.parametrize(("path", "many", "body"), CONTEXTS)
def test_a_child_is_found_by_a_pattern_below_its_parent(
    upstream: TestClient, path: str, many: str, body: dict[str, str]
) -> None:
    """Or by the end of its name behind any parent's id, where an external id stands for the parent."""
    for parents in ("/registered_models", "/serving_environments", "/experiments"):
        upstream.post(parents, json={"name": "parent"})
    for name in ("v_1", "v-1", "a:b"):
        upstream.post(many, json=body | {"name": name})
    parent = next(iter(body.values()))

    assert _find(upstream, path, "v_1", parentResourceId=parent) == ["multiple"]
    assert _find(upstream, path, "v-1", parentResourceId=parent) == ["5"]
    assert _find(upstream, path, "b", parentResourceId=parent) == ["no"]
    assert _find(upstream, path, "v_1", parentResourceId="77") == ["no"]
    assert _find(upstream, path, "b", externalId="anything") == ["6"]
    assert _find(upstream, path, "v-1", externalId="anything") == ["5"]
    assert upstream.get(path, params={"name": "b"}).status_code == 400


@pytest.mark.parametrize("path", ["/artifact", "/model_artifact"])
def test_an_artifact_is_found_by_what_follows_a_colon(upstream: TestClient, path: str) -> None:
    """Below its version."""
    upstream.post("/registered_models", json={"name": "iris"})
    upstream.post("/model_versions", json={"name": "v1", "registeredModelId": "1"})
    for name in ("a:b", "c_d"):
        upstream.post("/model_versions/2/artifacts", json={"artifactType": "model-artifact", "name": name})
    upstream.post("/model_artifacts", json={"name": "b"})

    assert _find(upstream, path, "b", parentResourceId="2") == ["1"]
    assert _find(upstream, path, "a:b", parentResourceId="2") == ["1"]
    assert _find(upstream, path, "c__", parentResourceId="2") == ["2"]
    assert _find(upstream, path, "%", parentResourceId="2") == ["multiple"]
    assert _find(upstream, path, "d", parentResourceId="2") == ["no"]


@pytest.mark.parametrize(
    ("pattern", "name", "matching"),
    [
        ("a%b_", "axxbc", True),
        ("a%b_", "axxb", False),
        ("*?[]", "*?[]", True),
        ("*", "x", False),
        ("?", "x", False),
        ("[x]", "x", False),
        (r"\%\_\\\a", r"%_\a", True),
        (r"\%", "x", False),
        ("\\", "\\", True),
        ("IRIS", "iris", False),
    ],
)
def test_a_lookup_by_like_has_its_wildcards_and_escapes_and_no_others(
    upstream: TestClient, pattern: str, name: str, matching: bool
) -> None:
    """An escape at the end stands for itself, and case counts."""
    upstream.post("/registered_models", json={"name": name})

    assert _find(upstream, "/registered_model", pattern) == (["1"] if matching else ["no"])


def test_a_version_of_a_missing_model_is_stored(upstream: TestClient, registry: TestClient) -> None:
    """In this mode only; it can be read, and changed."""
    body = {"name": "v1", "registeredModelId": "7"}

    orphan = upstream.post("/model_versions", json=body)

    assert (orphan.status_code, orphan.json()["registeredModelId"]) == (201, "7")
    assert upstream.get("/registered_models/7/versions").json()["items"] == [orphan.json()]
    assert upstream.patch("/model_versions/1", json={"author": "me"}).status_code == 200
    assert upstream.post("/model_versions", json={"name": "v1", "registeredModelId": "x"}).status_code == 400
    assert registry.post("/model_versions", json=body).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/registered_models/7/versions", {"name": "v1", "registeredModelId": "7"}),
        ("/inference_services", {"servingEnvironmentId": "7", "registeredModelId": "7"}),
        ("/inference_services/7/serves", {"modelVersionId": "7"}),
        ("/experiment_runs", {"experimentId": "7"}),
        ("/model_versions/7/artifacts", {"artifactType": "doc-artifact"}),
    ],
)
def test_other_children_of_a_missing_parent_are_not_stored(
    upstream: TestClient, path: str, body: dict[str, str]
) -> None:
    """There is one hole, not several."""
    assert upstream.post(path, json=body).status_code == 404


def test_a_file_with_orphans_is_one_like_any_other(tmp_path: Path) -> None:
    """It can be used without the mode later; then there will be no more of them."""
    file = tmp_path / "registry.db"
    with TestClient(mr_registry.create_app(file, like_upstream=True), base_url=f"http://registry{BASE_PATH}") as client:
        client.post("/model_versions", json={"name": "v1", "registeredModelId": "7"})

    with TestClient(mr_registry.create_app(file), base_url=f"http://registry{BASE_PATH}") as client:
        assert client.patch("/model_versions/1", json={"author": "me"}).json()["author"] == "me"
        assert client.post("/model_versions", json={"name": "v2", "registeredModelId": "7"}).status_code == 404


def test_a_served_registry_can_be_like_upstream() -> None:
    """With `serve` as with `create_app`."""
    with mr_registry.serve(like_upstream=True) as url:
        answer = httpx.post(f"{url}{BASE_PATH}/model_versions", json={"name": "v1", "registeredModelId": "7"})

    assert answer.status_code == 201
