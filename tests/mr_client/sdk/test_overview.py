"""A model, with what is below it."""

from __future__ import annotations

import time

import pytest

import mr_client
from servers.counted import Calls


def fill(registry: mr_client.Registry, versions: int) -> list[str]:
    names = [f"v{number}" for number in range(versions)]
    for name in names:
        registry.register("iris", name, uri=f"s3://models/{name}")
    return names


def test_versions_that_were_made_at_once_are_in_the_order_of_their_ids_the_last_first(
    registry: mr_client.Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 10**18)
    names = fill(registry, 11)

    found = registry.overview("iris", newest=2)

    assert [each.name for each in found.versions] == names[::-1]
    assert list(found.artifacts) == [each.id for each in found.versions[:2]]


def test_an_alias_is_of_the_one_version_that_it_names(registry: mr_client.Registry) -> None:
    fill(registry, 2)
    registry.alias("iris", "champion", "v0")

    found = registry.overview("iris")

    assert {each.name: found.aliases_of(each) for each in found.versions} == {"v0": ["champion"], "v1": []}


def test_the_one_version_that_is_named_is_looked_into_however_few_of_the_newest_are(
    registry: mr_client.Registry, calls: Calls
) -> None:
    fill(registry, 2)
    calls.clear()

    found = registry.overview("iris", "v0", newest=0)

    assert [[each.uri for each in below] for below in found.artifacts.values()] == [["s3://models/v0"]]
    assert len(calls.made) == 3
