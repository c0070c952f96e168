"""The notebook's side in threads, and under a running event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import mr_client
from mr_client.errors import AlreadyExists


def test_calls_work_under_a_running_event_loop(registry: mr_client.Registry) -> None:
    async def cell() -> str:
        registry.register("iris", "v1", uri="s3://models/iris/v1")
        registry.alias("iris", "champion", "v1")
        assert [model.name for model in registry.models(where={"name": "iris"})] == ["iris"]
        return registry.resolve("model-registry://iris@champion").uri

    assert asyncio.run(cell()) == "s3://models/iris/v1"


def test_eight_threads_register_versions_of_one_new_model(registry: mr_client.Registry) -> None:
    def register(number: int) -> str:
        registry.register("iris", f"v{number}", uri=f"s3://models/{number}")
        return registry.resolve("iris", f"v{number}").uri

    with ThreadPoolExecutor(8) as threads:
        uris = list(threads.map(register, range(16)))

    assert uris == [f"s3://models/{number}" for number in range(16)]
    assert [model.name for model in registry.models()] == ["iris"]
    assert {version.name for version in registry.versions("iris")} == {f"v{number}" for number in range(16)}


def test_eight_threads_that_register_the_same_version_make_one(registry: mr_client.Registry) -> None:
    def register(exist_ok: bool) -> str | None:
        try:
            return registry.register("iris", "v1", uri="s3://models/v1", exist_ok=exist_ok).name
        except AlreadyExists:
            return None

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(register, [True] * 8)) == {"v1"}
        assert set(threads.map(register, [False] * 8)) == {None}
    assert len(list(registry.versions("iris"))) == len(list(registry.artifacts("iris", "v1"))) == 1
