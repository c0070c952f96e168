"""A fresh registry in memory for each test, and a model and a version in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

import mr_registry
from mr_registry.contract import BASE_PATH


@pytest.fixture
def registry() -> Iterator[TestClient]:
    """A client of an empty registry; its paths are those below the base path."""
    with TestClient(mr_registry.create_app(), base_url=f"http://registry{BASE_PATH}") as client:
        yield client


@pytest.fixture
def model(registry: TestClient) -> str:
    """The id of the registered model 'iris'."""
    answer = registry.post("/registered_models", json={"name": "iris"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
def version(registry: TestClient, model: str) -> str:
    """The id of the version 'v1' of the registered model 'iris'."""
    answer = registry.post("/model_versions", json={"name": "v1", "registeredModelId": model})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
