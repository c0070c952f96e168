"""What is changed, and that nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

import mr_client
import mr_registry
from mr_client import errors
from mr_client.registry import properties_of
from servers.counted import Calls, counted

URI = "s3://models/iris/v1"


@pytest.fixture
def iris(registry: mr_client.Registry, calls: Calls) -> mr_client.Registry:
    """A registry with ``iris`` ``v1``, which has a description and two properties."""
    registry.register("iris", "v1", uri=URI, description="a flower", author="ada", properties={"a": 1, "b": ["x"]})
    calls.clear()
    return registry


def test_what_is_given_is_changed_and_the_rest_stays(iris: mr_client.Registry, calls: Calls) -> None:
    changed = iris.update("iris", "v1", properties={"b": 2**40, "c": {"d": None}})

    assert (changed.description, changed.author, changed.state) == ("a flower", "ada", "LIVE")
    assert properties_of(changed) == {"a": 1, "b": 2**40, "c": {"d": None}}
    assert calls.made == ["GET /registered_model", "GET /model_version", "PATCH /model_versions"]


def test_none_removes_a_property_and_replacing_removes_the_others(iris: mr_client.Registry) -> None:
    assert properties_of(iris.update("iris", "v1", properties={"a": None})) == {"b": ["x"]}
    assert properties_of(iris.update("iris", "v1", properties={"c": 0.5}, replace_properties=True)) == {"c": 0.5}
    assert properties_of(iris.update("iris", "v1", properties={}, replace_properties=True)) == {}


def test_replacing_the_properties_of_a_model_keeps_its_aliases(iris: mr_client.Registry) -> None:
    iris.alias("iris", "champion", "v1")
    iris.update("iris", properties={"a": 1})

    iris.update("iris", properties={"b": 2}, replace_properties=True)

    assert iris.aliases("iris") == {"champion": "v1"}
    assert "a" not in properties_of(iris.model("iris"))


def test_a_model_is_changed_where_no_version_is_named(iris: mr_client.Registry, calls: Calls) -> None:
    changed = iris.update("iris", description="all irises", owner="grace")

    assert (changed.description, changed.owner) == ("all irises", "grace")
    assert calls.made == ["GET /registered_model", "PATCH /registered_models"]
    assert iris.version("iris", "v1").description == "a flower"


def test_what_is_archived_stays_so_whatever_else_is_changed() -> None:
    """Servers bring back what was archived when a state is not sent."""
    with mr_registry.serve(like_upstream=True) as url, counted(url) as (registry, _):
        registry.register("iris", "v1", uri=URI)
        registry.register("iris", "v2", uri=URI)
        assert registry.archive("iris", "v1").state == "ARCHIVED"
        assert registry.archive("iris").state == "ARCHIVED"

        assert registry.update("iris", "v1", description="old").state == "ARCHIVED"
        assert registry.update("iris", properties={"a": 1}).state == "ARCHIVED"
        registry.alias("iris", "old", "v1")

        assert registry.model("iris").state == "ARCHIVED"
        assert registry.restore("iris").state == "LIVE"
        assert registry.version("iris").name == "v2"
        assert registry.restore("iris", "v1").state == "LIVE"
        assert registry.version("iris", "v1").description == "old"


def test_to_archive_what_is_archived_writes_nothing(iris: mr_client.Registry, calls: Calls) -> None:
    iris.archive("iris", "v1")
    calls.clear()

    assert iris.archive("iris", "v1").state == "ARCHIVED"
    assert calls.made == ["GET /registered_model", "GET /model_version"]


def test_a_change_that_somebody_made_meanwhile_is_noticed(iris: mr_client.Registry, calls: Calls) -> None:
    read, model = iris.version("iris", "v1"), iris.model("iris")
    while iris.update("iris", "v1", description="theirs").last_update_time_since_epoch == (
        read.last_update_time_since_epoch
    ):
        pass  # within the same millisecond, nobody can tell
    while iris.update("iris", owner="them").last_update_time_since_epoch == model.last_update_time_since_epoch:
        pass
    calls.clear()

    with pytest.raises(errors.Changed, match="'v1' was changed since it was read .* read it again"):
        iris.update("iris", "v1", description="mine", if_unchanged=read)
    with pytest.raises(errors.Changed):
        iris.archive("iris", if_unchanged=model)
    with pytest.raises(errors.UsageError, match="if_unchanged is 'iris' .* not 'v1'"):
        iris.archive("iris", "v1", if_unchanged=model)  # type: ignore[call-overload]
    assert not any(call.startswith("PATCH") for call in calls.made)
    assert iris.update("iris", "v1", description="mine", if_unchanged=iris.version("iris", "v1")).description == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "Nothing of version 'v1' of model 'iris' is to be changed"),
        ({"owner": "grace"}, "owner='grace' is of a model"),
        ({"version": None, "author": "ada"}, "author='ada' is of a version"),
        ({"properties": {"loss": float("nan")}}, "property 'loss' is float nan"),
        ({"replace_properties": True, "description": "x"}, "says nothing without properties"),
        ({"name": "", "description": "x"}, "name of the model is ''"),
        ({"version": "", "description": "x"}, "name of the version is ''"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(arguments: dict[str, Any], said: str) -> None:
    with counted("http://127.0.0.1:9") as (registry, calls), pytest.raises(errors.UsageError) as refused:
        registry.update(**{"name": "iris", "version": "v1", **arguments})

    assert said in str(refused.value)
    assert calls.made == []
