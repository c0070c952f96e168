"""What is found in a registry, and that nothing else is."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import mr_client
import mr_registry
from mr_client import errors
from servers.counted import Calls, counted

ROWS: dict[str, dict[str, Any]] = {
    "iris": {"stage": "prod", "accuracy": 0.97, "big": 2**40},
    "Iris": {"stage": "Prod", "accuracy": 1},
    "it's": {"stage": "it's", "accuracy": 0.5},
    "i_s": {"stage": "a\\b", "ok": True},
    "plain": {"my-stage": "prod", "and": "x"},
}


def register_rows(registry: mr_client.Registry) -> None:
    for name, properties in ROWS.items():
        registry.register(name, "v1", uri="s3://models/x")
        registry.update(name, properties=properties)


@pytest.mark.parametrize("like_upstream", [False, True])
def test_a_mapping_finds_just_those_for_which_all_holds_whether_the_server_heeds_it_or_not(like_upstream: bool) -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"stage": "prod"}, ["iris"]),
        ({"stage": ("!=", "prod")}, ["Iris", "it's", "i_s"]),
        ({"accuracy": (">", 0.9)}, ["iris", "Iris"]),
        ({"accuracy": (">", 0.9), "stage": "prod"}, ["iris"]),
        ({"accuracy": 1.0}, ["Iris"]),
        ({"big": 2**40}, ["iris"]),
        ({"stage": "it's"}, ["it's"]),
        ({"stage": "a\\b"}, ["i_s"]),
        ({"ok": True}, ["i_s"]),
        ({"my-stage": "prod", "and": "x"}, ["plain"]),
        ({"name": ("like", r"i\_s")}, ["i_s"]),
        ({"name": ("ilike", "IRIS")}, ["iris", "Iris"]),
        ({"name": ("in", ["iris", "plain"])}, ["iris", "plain"]),
        ({"id": (">", 0), "state": "ARCHIVED"}, []),
        ({}, list(ROWS)),
    ]
    with mr_registry.serve(like_upstream=like_upstream) as url, counted(url) as (registry, calls):
        register_rows(registry)
        for drops in (None, "filterQuery"):
            calls.drops = drops
            for where, names in cases:
                assert [model.name for model in registry.models(where=where)] == names, (where, drops)


def test_no_row_is_lost_to_what_a_server_is_asked() -> None:
    """Whatever is asked for, with a server that heeds filters and with one that does not."""
    random = Random(9)
    texts = ["prod", "Prod", "it's", "a\\b", "", '"q"', "a_b", "模型", "5"]
    values: list[Any] = [*texts, 0, 1, -1, 5, 2**31, 2**40, 0.5, 1.0, -0.5, 1e-07, 1e300, True, False]
    names = ["p", "a.b", "my-p", "p`q", "p.int_value", "in"]
    with mr_registry.serve(like_upstream=True) as url, counted(url) as (registry, calls):
        for number in range(12):
            registry.register(f"m{number}", "v1", uri="s3://models/x")
            registry.update(f"m{number}", properties={name: random.choice(values) for name in names})
        for _ in range(150):
            value = random.choice(values)
            words = ["=", "!=", "like", "ilike"] if isinstance(value, str) else ["=", "!="]
            words += [] if isinstance(value, bool) else ["<", "<=", ">", ">="]
            given = random.choice([(random.choice(words), value), ("in", random.sample(values, 3))])
            where = {random.choice(names): given}
            calls.drops = None
            asked = [model.name for model in registry.models(where=where)]
            calls.drops = "filterQuery"
            assert asked == [model.name for model in registry.models(where=where)], where


def test_a_server_that_can_leave_rows_out_is_asked_to(registry: mr_client.Registry, calls: Calls) -> None:
    list(registry.models(where={"stage": "prod", "accuracy": (">", 0.9)}))

    assert calls.asked[0].params["filterQuery"] == "stage = 'prod' AND accuracy >= 0"
    assert len(calls.asked) == 1


def test_a_text_is_the_servers_affair(registry: mr_client.Registry, calls: Calls) -> None:
    for name in ("iris", "tulip"):
        registry.register(name, "v1", uri="s3://models/x", model_format="onnx")
    calls.clear()

    assert [model.name for model in registry.models(where="name LIKE 'i%'")] == ["iris"]
    assert [model.name for model in registry.models(where="name LIKE 't%'")] == ["tulip"]
    assert len(calls.made) == 3  # of which one found out that it is heeded
    assert [version.name for version in registry.versions("iris", where="state = 'ARCHIVED'")] == []
    assert [artifact.name for artifact in registry.artifacts("iris", where="modelFormatName = 'onnx'")] == ["iris"]


def test_rows_of_a_server_that_ignores_a_text_are_not_passed_off_as_found(
    registry: mr_client.Registry, calls: Calls
) -> None:
    registry.register("iris", "v1", uri="s3://models/x")
    calls.drops = "filterQuery"

    for found in (
        registry.models(where="name = 'tulip'"),
        registry.versions("iris", where="name = 'v9'"),
        registry.artifacts("iris", where="name = 'tulip'"),
    ):
        with pytest.raises(errors.NotSupported, match="ignores filter queries, .* give where as a mapping"):
            next(iter(found))


def test_a_text_that_is_no_filter_is_refused_by_the_server(registry: mr_client.Registry) -> None:
    with pytest.raises(errors.UsageError, match="invalid filter query"):
        list(registry.models(where="name = "))


@pytest.mark.parametrize("arguments", [{"where": 7}, {"where": " "}, {"where": {"a": ("<>", 1)}}, {"order_by": "size"}])
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(arguments: dict[str, Any]) -> None:
    with counted("http://127.0.0.1:9") as (registry, calls):
        for listed in (registry.models, lambda **given: registry.versions("iris", **given)):
            with pytest.raises(errors.UsageError):
                listed(**arguments)

    assert calls.made == []


def test_versions_and_artifacts_are_filtered_by_their_own_names(registry: mr_client.Registry) -> None:
    for name in ("v1", "v_", "a:v1"):
        registry.register("iris", name, uri=f"s3://models/{name}", author="ada" if name == "v1" else None)

    assert [each.name for each in registry.versions("iris", where={"name": "v1"})] == ["v1"]
    assert [each.name for each in registry.versions("iris", where={"name": "v_"})] == ["v_"]
    assert [each.name for each in registry.versions("iris", where={"author": "ada"})] == ["v1"]
    assert [each.uri for each in registry.artifacts("iris", "v_", where={"state": "LIVE"})] == ["s3://models/v_"]
    assert list(registry.artifacts("iris", "v1", where={"uri": "s3://models/v_"})) == []


def test_a_list_is_in_the_order_that_is_asked_for(registry: mr_client.Registry) -> None:
    for name in ("b", "c", "a"):
        registry.register(name, "v1", uri="s3://models/x")
    registry.update("c", description="changed last")

    def names(order_by: str) -> list[str]:
        return [model.name for model in registry.models(order_by=order_by)]

    assert names("id") == names("created") == names("CREATE_TIME") == ["b", "c", "a"]
    assert names("-id") == names("-created") == ["a", "c", "b"]
    assert names("name") == ["a", "b", "c"]
    assert names("-updated")[0] == "c"


def test_pages_are_fetched_as_they_are_needed(registry: mr_client.Registry, calls: Calls) -> None:
    listed = registry.models()
    assert calls.made == []
    assert list(listed) == []
    assert calls.made == ["GET /registered_models"]


def test_without_a_name_the_newest_live_version_is_meant_as_it_is_to_resolve(
    registry: mr_client.Registry, calls: Calls
) -> None:
    for version in ("v1", "v2", "v3"):
        registry.register("iris", version, uri=f"s3://models/{version}")
    registry.archive("iris", "v3")
    calls.clear()

    assert registry.version("iris").name == registry.resolve("iris").version.name == "v2"
    assert registry.artifact("iris").uri == "s3://models/v2"
    assert len(calls.made) == 2 + 3 + 3


def test_what_is_not_there_is_said(registry: mr_client.Registry) -> None:
    registry.register("iris", "v1", uri="s3://models/x")

    with pytest.raises(errors.ModelNotFound):
        registry.model("tulip")
    with pytest.raises(errors.ModelNotFound):
        registry.versions("tulip")
    with pytest.raises(errors.VersionNotFound):
        registry.artifacts("iris", "v9")
    with pytest.raises(errors.ArtifactNotFound, match="'other'"):
        registry.artifact("iris", "v1", "other")
