"""What it costs to find the newest of very many versions, and that it is the newest."""

from __future__ import annotations

import gc
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

import mr_registry
from mr_client import errors
from mr_client.registry import ModelVersion, RegistryAPI
from mr_client.resolver import Resolution, resolve
from mr_client.settings import Endpoint
from mr_client.uri import ModelURI

BASE = "/api/model_registry/v1alpha3"
MANY = 10_000
Row = dict[str, Any]


def version(number: int, state: str = "LIVE", created: int | None = None) -> Row:
    """Return a version as a server sends it; by default, created in the order of ids."""
    return {
        "id": str(number),
        "name": f"v{number}",
        "registeredModelId": "1",
        "state": state,
        "createTimeSinceEpoch": str(number if created is None else created),
        "customProperties": {},
    }


def living() -> int:
    """Return how many versions are held by anybody in this process."""
    return sum(isinstance(each, ModelVersion) for each in gc.get_objects())


@dataclass
class Server:
    """A registry with one model of many versions, which it makes when they are asked for.

    As upstream's: ordered by one column without a second, so that rows of one time come in any order.
    """

    rows: list[Row]
    heeds_order: bool = True
    largest_page: int | None = None
    calls: Counter[str] = field(default_factory=Counter)
    before: int = field(default_factory=living)
    alive: int = 0
    """The most versions that the client still held when it asked for something."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path.removeprefix(BASE), request.url.params
        self.calls[path] += 1
        self.alive = max(self.alive, living() - self.before)
        if path == "/registered_model":
            return httpx.Response(200, json={"name": query["name"], "id": "1"})
        if path == "/registered_models/1/versions":
            return self._versions(query)
        if path == "/model_version":
            return httpx.Response(404, json={"code": "", "message": "no model versions found"})
        artifact = {"artifactType": "model-artifact", "id": "3", "uri": "s3://models/iris"}
        return httpx.Response(200, json={"items": [artifact], "nextPageToken": "", "pageSize": 0, "size": 1})

    def _versions(self, query: httpx.QueryParams) -> httpx.Response:
        rows = self.rows
        if self.heeds_order:
            column = {"ID": "id", "CREATE_TIME": "createTimeSinceEpoch"}[query["orderBy"]]
            rows = sorted(rows, key=lambda row: int(row[column]), reverse=query["sortOrder"] == "DESC")
        start, size = int(query.get("nextPageToken", 0)), int(query["pageSize"])
        size = min(size, self.largest_page or size)
        items = rows[start : start + size]
        token = str(start + size) if start + size < len(rows) else ""
        return httpx.Response(200, json={"items": items, "nextPageToken": token, "pageSize": size, "size": len(items)})

    def resolve(self, name: str | None = None) -> Resolution:
        with RegistryAPI(Endpoint("http://registry.test"), transport=httpx.MockTransport(self)) as api:
            return resolve(ModelURI("iris", name), api)


def test_the_newest_of_ten_thousand_takes_three_calls() -> None:
    server = Server([version(number) for number in range(1, MANY + 1)])

    assert server.resolve().version.name == "v10000"
    assert server.calls == {
        "/registered_model": 1,
        "/registered_models/1/versions": 1,
        "/model_versions/10000/artifacts": 1,
    }


def test_where_the_newest_hundred_are_archived_all_are_read_five_hundred_a_call() -> None:
    """Three calls, and twenty more for ten thousand versions; no page is held while the next is fetched."""
    server = Server([version(number, "ARCHIVED" if number > MANY - 100 else "LIVE") for number in range(1, MANY + 1)])

    assert server.resolve().version.name == "v9900"
    assert server.calls["/registered_models/1/versions"] == 1 + MANY // 500
    assert server.calls.total() == 23
    assert server.alive <= 3  # the newest so far, the newest archived, and the last of a page


def test_no_more_than_one_page_of_versions_is_ever_alive() -> None:
    server = Server([version(number, created=7) for number in range(1, 2_001)])
    alive = []
    with RegistryAPI(Endpoint("http://registry.test"), transport=httpx.MockTransport(server)) as api:
        for number, _ in enumerate(api.versions(api.model("iris"))):
            if number % 100 == 0:
                alive.append(living() - server.before)

    assert 500 <= max(alive) <= 501
    assert server.alive <= 1


def some(*changes: tuple[int, Row]) -> list[Row]:
    """Return a thousand versions, some of them others than they would be."""
    return [{**version(number), **dict(changes).get(number, {})} for number in range(1, 1001)]


ARCHIVED = {"state": "ARCHIVED"}


@pytest.mark.parametrize(
    ("rows", "newest", "pages"),
    [
        # one page says enough
        pytest.param(some((1000, ARCHIVED), (999, ARCHIVED)), "v998", 1, id="the newest are archived"),
        pytest.param(some((3, {"createTimeSinceEpoch": "5000"})), "v3", 1, id="a clock that went back"),
        pytest.param([version(number, created=7) for number in range(1, 101)], "v100", 1, id="ties, on the only page"),
        pytest.param(
            some(*((number, {"createTimeSinceEpoch": "5000"}) for number in (3, 5, 4))), "v5", 1, id="ties at the top"
        ),
        pytest.param(
            some(*((number, {"createTimeSinceEpoch": "902"}) for number in range(901, 911))),
            "v1000",
            1,
            id="ties below",
        ),
        # one page does not
        pytest.param(
            some(*((number, {"createTimeSinceEpoch": "5000"}) for number in range(1, 101))),
            "v100",
            3,
            id="a page of ties",
        ),
        pytest.param(
            some(*((number, {"createTimeSinceEpoch": "5000"}) for number in range(1, 201))), "v200", 3, id="more ties"
        ),
        pytest.param(
            some(*((number, {"createTimeSinceEpoch": str(900 - number % 2)}) for number in range(1, 1001))),
            "v1000",
            3,
            id="two times for all",
        ),
        pytest.param([version(number, created=0) for number in range(1, 1001)], "v1000", 3, id="no times at all"),
        pytest.param(
            some(*((number, ARCHIVED) for number in range(851, 1001))), "v850", 3, id="a page of archived ones"
        ),
    ],
)
def test_the_newest_is_found_whatever_the_order_of_what_is_as_new(rows: list[Row], newest: str, pages: int) -> None:
    for arranged in (rows, rows[::-1], rows[1::2] + rows[::2]):
        server = Server(arranged)

        assert server.resolve().version.name == newest
        assert server.calls["/registered_models/1/versions"] == pages


def test_a_server_that_heeds_no_order_costs_calls_and_no_correctness() -> None:
    server = Server(some((3, {"createTimeSinceEpoch": "5000"})), heeds_order=False, largest_page=100)

    assert server.resolve().version.name == "v3"
    assert server.calls["/registered_models/1/versions"] == 1 + 10


def test_where_none_is_live_the_newest_is_named() -> None:
    server = Server([version(number, "ARCHIVED") for number in range(1, 1001)])

    with pytest.raises(errors.VersionNotFound, match=r"of the 1000 that it has, the newest is 'v1000' \(ARCHIVED\)"):
        server.resolve()


def test_a_version_that_is_not_there_is_said_to_be_near_others_in_one_call_more() -> None:
    server = Server([version(number) for number in range(1, MANY + 1)])

    with pytest.raises(errors.VersionNotFound, match="nearest: 'v9998', .*; newest: 'v10000', 'v9999', 'v9998', …"):
        server.resolve("v99980")
    assert server.calls == {"/registered_model": 1, "/model_version": 1, "/registered_models/1/versions": 1}


# -- and in earnest ------------------------------------------------------------------------------


@pytest.fixture(params=[False, True], ids=["embedded", "like-upstream"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Any]:
    """Return a registry with a model ``iris`` of versions that are put into its database."""
    return lambda: mr_registry.serve(tmp_path / "registry.db", like_upstream=request.param)


@pytest.mark.parametrize("archived", [0, 150], ids=["live", "archived"])
def test_a_registry_of_a_thousand_versions_is_asked_as_the_fake_is(
    database: Callable[..., Any], tmp_path: Path, archived: int
) -> None:
    with database() as url, httpx.Client(base_url=url + BASE) as http:
        model = http.post("/registered_models", json={"name": "iris"}).json()["id"]
        with closing(sqlite3.connect(tmp_path / "registry.db")) as db, db:
            db.executemany(
                "INSERT INTO contexts (kind, parent_id, name, create_time, update_time, fields, properties)"
                " SELECT 'ModelVersion', ?, ?, ?, 0, ?, '{}'",
                (
                    (
                        model,
                        f"v{number}",
                        number,
                        f'{{"state": "{"ARCHIVED" if number > 1000 - archived else "LIVE"}"}}',
                    )
                    for number in range(1, 1001)
                ),
            )
        for each in http.get(f"/registered_models/{model}/versions").json()["items"]:
            if each["name"] == f"v{1000 - archived}":
                artifact = {"artifactType": "model-artifact", "uri": "s3://models/iris"}
                http.post(f"/model_versions/{each['id']}/artifacts", json=artifact)
        asked: list[str] = []
        transport = Counting(asked)
        with RegistryAPI(Endpoint(url), transport=transport) as api:
            found = resolve(ModelURI("iris"), api)

    assert found.version.name == f"v{1000 - archived}"
    assert len(asked) == (3 if not archived else 5)


class Counting(httpx.HTTPTransport):
    def __init__(self, asked: list[str]) -> None:
        super().__init__()
        self._asked = asked

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._asked.append(request.url.path)
        return super().handle_request(request)
