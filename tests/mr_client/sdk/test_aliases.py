"""Second names of versions, in the notebook and in the pod."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

import mr_client
from mr_client import errors
from mr_client.registry import properties_of
from mr_client.reports.resolution import resolution_as_dict, resolution_lines
from servers.counted import Calls, counted

CHAMPION = "model-registry://iris@champion"


@pytest.fixture
def iris(registry: mr_client.Registry, calls: Calls) -> mr_client.Registry:
    """A registry with ``iris`` ``v1`` and ``v2``, the first of which is the champion."""
    for version in ("v1", "v2"):
        registry.register("iris", version, uri=f"memory://models/{version}")
    assert registry.alias("iris", "champion", "v1").name == "v1"
    calls.clear()
    return registry


def test_an_alias_is_resolved_in_three_calls_and_reported(iris: mr_client.Registry, calls: Calls) -> None:
    found = iris.resolve(CHAMPION)

    assert (found.alias, found.version.name, found.uri) == ("champion", "v1", "memory://models/v1")
    assert calls.made == ["GET /registered_model", "GET /model_version", "GET /model_versions/artifacts"]
    assert resolution_as_dict(found)["alias"] == "champion"
    assert "alias     champion" in resolution_lines(found)
    assert str(found.requested) == CHAMPION


def test_a_pod_resolves_it_as_the_notebook_does(
    iris: mr_client.Registry, registry_url: str, memory: Any, target: Path
) -> None:
    memory.pipe("/models/v1/model.joblib", b"trained")

    receipt = mr_client.fetch(CHAMPION, target, environ={"MODEL_REGISTRY_BASE_URL": registry_url})

    assert (target / "model.joblib").read_bytes() == b"trained"
    assert receipt.resolution is not None
    assert receipt.resolution.alias == "champion"


def test_an_alias_moves_and_goes_and_the_rest_of_the_model_stays(iris: mr_client.Registry, calls: Calls) -> None:
    iris.update("iris", properties={"stage": "prod"})
    iris.alias("iris", "challenger", "v2")
    calls.clear()
    iris.alias("iris", "champion", "v2")
    moved, calls.made = calls.made, []

    assert iris.aliases("iris") == {"challenger": "v2", "champion": "v2"}
    assert moved == ["GET /registered_model", "GET /model_version", "PATCH /registered_models"]
    assert calls.made == ["GET /registered_model"]
    iris.unalias("iris", "champion")
    assert iris.aliases("iris") == {"challenger": "v2"}
    assert properties_of(iris.model("iris")) == {"stage": "prod", "mr_client:alias:challenger": "v2"}
    assert [model.name for model in iris.models(where={"mr_client:alias:challenger": "v2"})] == ["iris"]


def test_an_alias_that_is_not_there_says_which_are_and_how_an_at_sign_is_written(iris: mr_client.Registry) -> None:
    with pytest.raises(errors.VersionNotFound, match=r"no alias 'champ' \(it has: 'champion'\)\. .*iris%40champ"):
        iris.resolve("model-registry://iris@champ")
    with pytest.raises(errors.ModelNotFound, match=r"'tulip' not found .* 'tulip@champion' .*tulip%40champion"):
        iris.resolve("model-registry://tulip@champion")
    with pytest.raises(errors.VersionNotFound, match="no alias 'champ' .it has: 'champion'"):
        iris.unalias("iris", "champ")
    with pytest.raises(errors.VersionNotFound):
        iris.alias("iris", "next", "v9")


def test_a_model_that_is_called_so_is_reached_with_the_sign_encoded(iris: mr_client.Registry) -> None:
    iris.register("iris@champion", "v9", uri="memory://models/other")

    assert iris.resolve("model-registry://iris%40champion").uri == "memory://models/other"
    assert iris.resolve("iris@champion").uri == "memory://models/other"
    assert iris.resolve(CHAMPION).uri == "memory://models/v1"


def test_an_alias_of_an_archived_version_warns(iris: mr_client.Registry, caplog: pytest.LogCaptureFixture) -> None:
    iris.archive("iris", "v1")

    with caplog.at_level(logging.WARNING):
        assert iris.resolve(CHAMPION).warnings == ("version 'v1' of model 'iris' is ARCHIVED",)


def test_an_alias_whose_version_is_none_says_so(iris: mr_client.Registry) -> None:
    iris.update("iris", properties={"mr_client:alias:champion": "v9"})

    with pytest.raises(errors.VersionNotFound, match="alias 'champion' of model 'iris' means no version: Version 'v9'"):
        iris.resolve(CHAMPION)


@pytest.mark.parametrize("alias", ["", " ", "a b", "a/b", "a@b", "-a", "a" * 101, "a:b", 7])
def test_what_is_no_alias_is_refused_before_anything_is_sent(alias: Any) -> None:
    with counted("http://127.0.0.1:9") as (registry, calls):
        with pytest.raises(errors.UsageError, match="is no alias"):
            registry.alias("iris", alias, "v1")
        with pytest.raises(errors.UsageError, match="is no alias"):
            registry.unalias("iris", alias)

    assert calls.made == []
