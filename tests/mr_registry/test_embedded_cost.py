"""What a request costs the database, counted in its own instructions and not in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from mr_registry.api import application
from mr_registry.database import Database, open_database

BASE = "/api/model_registry/v1alpha3"
MODELS = 1000


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A registry of many models."""
    database = open_database(":memory:")
    with TestClient(application(database)) as client:
        for number in range(MODELS):
            assert client.post(f"{BASE}/registered_models", json={"name": f"m{number}"}).status_code == 201
        yield database


@pytest.fixture
def cost(database: Database) -> Callable[[str], int]:
    """Return how many instructions the database takes to answer a GET."""
    client = TestClient(application(database))

    def cost(path: str) -> int:
        counted = 0

        def count() -> int:
            nonlocal counted
            counted += 1
            return 0

        database._connection.set_progress_handler(count, 1)
        try:
            assert client.get(BASE + path).status_code == 200
        finally:
            database._connection.set_progress_handler(None, 0)
        return counted

    return cost


@pytest.mark.parametrize("path", ["/registered_model?name=m990", "/registered_models/990"])
def test_one_model_is_found_without_looking_at_the_others(cost: Callable[[str], int], path: str) -> None:
    assert cost(path) < 300


@pytest.mark.parametrize("order", ["ID", "CREATE_TIME", "LAST_UPDATE_TIME"])
def test_a_page_costs_no_more_than_its_models(cost: Callable[[str], int], order: str) -> None:
    assert cost(f"/registered_models?pageSize=10&orderBy={order}&sortOrder=DESC") < 1000
