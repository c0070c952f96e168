"""Lists, their pages and their order."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from starlette.testclient import TestClient

from mr_registry.api import application
from mr_registry.contract import BASE_PATH
from mr_registry.database import open_database

LISTS = [
    "/registered_models",
    "/registered_models/1/versions",
    "/model_versions",
    "/model_versions/2/artifacts",
    "/model_artifacts",
    "/artifacts",
    "/serving_environments",
    "/serving_environments/1/inference_services",
    "/inference_services",
    "/inference_services/2/serves",
    "/experiments",
    "/experiment_runs",
    "/experiment_runs/2/artifacts",
    "/experiment_runs/metric_history",
]


def _names(registry: TestClient, path: str, **query: Any) -> list[str]:
    """Return the names on all pages of a list."""
    return [item["name"] for page in _pages(registry, path, **query) for item in page["items"]]


def _pages(registry: TestClient, path: str, **query: Any) -> Iterator[Any]:
    """Yield the pages of a list, from first to last."""
    page = registry.get(path, params=query).json()
    yield page
    while page["nextPageToken"]:
        page = registry.get(path, params={**query, "nextPageToken": page["nextPageToken"]}).json()
        yield page


@pytest.fixture
def tied() -> Iterator[TestClient]:
    """A client of a registry whose models a to g were created at the times 1 1 1 2 2 3 3."""
    times = chain([1, 1, 1, 2, 2, 3, 3], repeat(9))
    clock: Callable[[], int] = lambda: next(times)  # noqa: E731
    with TestClient(application(open_database(":memory:", clock)), base_url=f"http://registry{BASE_PATH}") as client:
        for name in "abcdefg":
            client.post("/registered_models", json={"name": name})
        yield client


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_list_has_all_its_fields(registry: TestClient, path: str) -> None:
    """Children of a parent that does not exist are none, which is no error."""
    answer = registry.get(path)

    assert answer.status_code == 200
    assert answer.json() == {"items": [], "size": 0, "pageSize": 0, "nextPageToken": ""}


@pytest.mark.parametrize("path", ["/registered_models/x/versions", "/model_versions/99999999999/artifacts"])
def test_children_of_a_malformed_parent_are_a_bad_request(registry: TestClient, path: str) -> None:
    """A parent's id is an int32."""
    assert registry.get(path).status_code == 400


@pytest.mark.parametrize("size", ["", "0", "-1", "-2147483648"])
def test_without_a_page_size_everything_comes(tied: TestClient, size: str) -> None:
    """There is no default and no maximum; the size asked for is echoed."""
    page = tied.get("/registered_models", params={"pageSize": size}).json()

    assert (page["size"], page["pageSize"], page["nextPageToken"]) == (7, int(size or 0), "")


@pytest.mark.parametrize("size", ["abc", "2147483648", "1.5", " 1", "9" * 5000])
def test_a_page_size_that_is_no_int32_is_a_bad_request(registry: TestClient, size: str) -> None:
    """On every list."""
    for path in LISTS:
        assert registry.get(path, params={"pageSize": size}).status_code == 400


def test_pages_follow_one_another(tied: TestClient) -> None:
    """Size counts the items of a page, and the last page has no token."""
    pages = list(_pages(tied, "/registered_models", pageSize=3))

    assert [[item["name"] for item in page["items"]] for page in pages] == [list("abc"), list("def"), list("g")]
    assert [(page["size"], page["pageSize"]) for page in pages] == [(3, 3), (3, 3), (1, 3)]
    assert base64.b64decode(pages[0]["nextPageToken"]) == b"3:3"


def test_a_last_page_that_is_full_has_no_token(tied: TestClient) -> None:
    """No empty page comes after it."""
    assert tied.get("/registered_models?pageSize=7").json()["nextPageToken"] == ""


def test_a_token_holds_the_id_and_the_value_of_the_last_row(tied: TestClient) -> None:
    """Of the column that orders the list."""
    page = tied.get("/registered_models?pageSize=4&orderBy=CREATE_TIME").json()

    assert base64.b64decode(page["nextPageToken"]) == b"4:2"


ORDERS = [
    ({}, "abcdefg"),
    ({"orderBy": "ID"}, "abcdefg"),
    ({"sortOrder": "DESC"}, "gfedcba"),
    ({"orderBy": "CREATE_TIME"}, "abcdefg"),
    ({"orderBy": "CREATE_TIME", "sortOrder": "DESC"}, "gfedcba"),
    ({"orderBy": "LAST_UPDATE_TIME"}, "acdefgb"),
    ({"orderBy": "LAST_UPDATE_TIME", "sortOrder": "DESC"}, "bgfedca"),
    ({"orderBy": "NAME", "sortOrder": "down"}, "abcdefg"),
]


def test_ties_neither_skip_nor_repeat_a_row(tied: TestClient) -> None:
    """Equal times are ordered by id, in the same direction, whatever the size of the pages."""
    tied.patch("/registered_models/2", json={})

    for size in (1, 3):
        for order, names in ORDERS:
            assert "".join(_names(tied, "/registered_models", pageSize=size, **order)) == names


@pytest.mark.parametrize(("direction", "names"), [("ASC", "vwxyz"), ("DESC", "zyxwv")])
def test_ties_below_a_parent_are_ordered_too(tied: TestClient, direction: str, names: str) -> None:
    """The versions here have one and the same time."""
    for name in "vwxyz":
        tied.post("/registered_models/1/versions", json={"name": name, "registeredModelId": "1"})

    for size in (0, 1, 2):
        order = {"orderBy": "CREATE_TIME", "sortOrder": direction, "pageSize": size}
        assert "".join(_names(tied, "/registered_models/1/versions", **order)) == names


def test_rows_that_come_while_paging_move_no_page(tied: TestClient) -> None:
    """A token is a place in the order, not a count."""
    first = tied.get("/registered_models?pageSize=2&sortOrder=DESC").json()
    tied.post("/registered_models", json={"name": "new"})

    second = tied.get(f"/registered_models?pageSize=2&sortOrder=DESC&nextPageToken={first['nextPageToken']}").json()

    assert [item["name"] for item in second["items"]] == ["e", "d"]


BROKEN_TOKENS = [
    "x",
    "Mzoz=",
    "Mzoz==",
    "MTA6MTA",
    "MTA6MTA==",
    "Mzoz\n",
    "A" * 1100,
    "!!!!",
    *(base64.b64encode(each).decode() for each in (b"3", b"x:3", b"3:x", b":", b"3:3:3", b"\xff:3")),
    base64.b64encode(b"3:" + b"9" * 30).decode(),
    base64.b64encode(b"99999999999:3").decode(),
    "ü",
]


@pytest.mark.parametrize("token", BROKEN_TOKENS)
def test_a_malformed_token_is_a_bad_request(registry: TestClient, token: str) -> None:
    """No list begins again at its first page."""
    for path in LISTS:
        answer = registry.get(path, params={"nextPageToken": token})

        assert answer.status_code == 400
        assert answer.json()["message"].startswith("invalid nextPageToken: ")


@pytest.mark.parametrize("path", LISTS)
def test_a_broken_filter_query_is_refused_rather_than_ignored(registry: TestClient, path: str) -> None:
    """An empty one is no filter."""
    answer = registry.get(path, params={"filterQuery": "name = "})

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("invalid filter query syntax: ")
    assert registry.get(path, params={"filterQuery": ""}).status_code == 200
    assert registry.get(path, params={"filterQuery": " "}).status_code == 200


def test_versions_of_a_model_are_its_own(registry: TestClient, model: str, version: str) -> None:
    """The list of all versions has those of every model."""
    other = registry.post("/registered_models", json={"name": "other"}).json()["id"]
    registry.post("/model_versions", json={"name": "v7", "registeredModelId": other, "externalId": "e"})
    registry.post("/model_versions", json={"name": "v8", "registeredModelId": other})

    assert _names(registry, f"/registered_models/{model}/versions") == ["v1"]
    assert _names(registry, f"/registered_models/{other}/versions", pageSize=1) == ["v7", "v8"]
    assert _names(registry, f"/registered_models/{other}/versions", name="v7") == ["v7"]
    assert _names(registry, f"/registered_models/{other}/versions", name="v_") == []
    assert _names(registry, f"/registered_models/{other}/versions", externalId="e") == ["v7"]
    assert _names(registry, f"/registered_models/{other}/versions", externalId="e", name="v8") == []
    assert _names(registry, "/model_versions", sortOrder="DESC") == ["v8", "v7", "v1"]


def test_models_and_versions_are_listed_apart(registry: TestClient, model: str, version: str) -> None:
    """Though they share their ids."""
    assert _names(registry, "/registered_models") == ["iris"]


def test_artifacts_of_a_version_are_filtered_exactly(registry: TestClient, version: str) -> None:
    """By name, by external id, by type."""
    path = f"/model_versions/{version}/artifacts"
    registry.post(path, json={"artifactType": "model-artifact", "name": "a_b", "externalId": "e"})
    registry.post(path, json={"artifactType": "model-artifact", "name": "a-b"})
    registry.post(path, json={"artifactType": "metric", "name": "m", "value": 1})
    registry.post("/artifacts", json={"artifactType": "metric", "name": "alone", "value": 1})

    assert _names(registry, path, name="a_b") == ["a_b"]
    assert _names(registry, path, externalId="e") == ["a_b"]
    assert _names(registry, path, artifactType="metric") == ["m"]
    assert _names(registry, path, artifactType="") == ["a_b", "a-b", "m"]
    assert _names(registry, path, pageSize=1, sortOrder="DESC") == ["m", "a-b", "a_b"]
    assert _names(registry, "/artifacts", artifactType="metric", pageSize=1) == ["m", "alone"]
    assert _names(registry, "/model_artifacts") == ["a_b", "a-b"]


@pytest.mark.parametrize("path", ["/artifacts", "/model_versions/2/artifacts"])
def test_an_unknown_artifact_type_is_a_bad_request(registry: TestClient, path: str) -> None:
    """It is not an empty list."""
    assert registry.get(path, params={"artifactType": "model"}).status_code == 400


def test_parameters_that_a_list_does_not_know_are_ignored(registry: TestClient, model: str) -> None:
    """The list of all models takes no name in the contract, and so does not filter by it."""
    assert _names(registry, "/registered_models", name="other", artifactType="x", nonsense="1") == ["iris"]
