"""What ``where={…}`` means here, and what of it a server is asked."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mr_client.errors import UsageError
from mr_client.sdk.filters import Kind, check_text, conditions, holds, narrowing


def sent(where: dict[str, Any], kind: Kind = "model") -> str | None:
    return narrowing(conditions(where, kind), kind)


@pytest.mark.parametrize(
    ("where", "query"),
    [
        ({"name": "iris"}, "name = 'iris'"),
        ({"name": ("like", "i%")}, "name LIKE 'i%'"),
        ({"name": ("ilike", "I%")}, "name ILIKE 'I%'"),
        ({"name": ("in", ["a", "b"])}, "name IN ('a', 'b')"),
        ({"stage": "prod", "state": "LIVE"}, "stage = 'prod' AND state = 'LIVE'"),
        ({"ok": True}, "ok = true"),
        ({"ok": ("!=", False)}, "ok != false"),
        ({"rows": 150}, "rows = 150"),
        ({"rows": (">=", 150)}, "rows >= 150"),
        ({"accuracy": 0.97}, "accuracy = 0.97"),
        ({"id": (">", "5")}, "id > 5"),
        ({"createTimeSinceEpoch": (">", 1795175116001)}, "createTimeSinceEpoch > 1795175116001"),
        ({"my-stage": "prod"}, "`my-stage` = 'prod'"),
        ({"mlflow.source": "a"}, "`mlflow.source` = 'a'"),
        ({"模型": "模"}, "`模型` = '模'"),
        ({"and": "a"}, "`and` = 'a'"),
    ],
)
def test_a_server_is_asked_what_it_surely_understands(where: dict[str, Any], query: str) -> None:
    assert sent(where) == query


@pytest.mark.parametrize(
    ("where", "query"),
    [
        ({"accuracy": (">", 0.9)}, "accuracy >= 0"),  # a float is compared with doubles alone
        ({"loss": ("<", -0.5)}, "loss <= 0"),
        ({"rows": (">", 150)}, "rows >= 150"),
        ({"accuracy": 1.0}, "accuracy = 1"),
    ],
)
def test_where_servers_tell_kinds_of_numbers_apart_they_are_asked_for_more(where: dict[str, Any], query: str) -> None:
    assert sent(where) == query


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"stage": ("!=", "prod")},  # MySQL takes Prod for prod
        {"stage": (">", "a")},  # order is the collation's
        {"stage": "it's"},
        {"stage": 'say "hi"'},  # quotes at the ends are cut off
        {"stage": "a\\b"},
        {"stage": "a\nb"},
        {"stage": ""},
        {"stage": ("in", [])},
        {"rows": ("in", [1, 2])},  # untyped, it is looked for among texts
        {"rows": 2**40},  # kept as JSON
        {"rows": ("!=", 1)},
        {"tiny": 1e-07},
        {"a`b": "x"},
        {"a\\b": "x"},
        {"a.int_value": "x"},  # read as a type
        {"license": "mit"},  # a property to upstream's server, and a field to others
        {"id": 2**40},
        {"name": ("ilike", "ä%")},
    ],
)
def test_what_servers_could_read_otherwise_is_decided_here(where: dict[str, Any]) -> None:
    assert sent(where) is None


def test_names_of_versions_and_states_of_artifacts_are_decided_here() -> None:
    """A server keeps ``<model id>:<name>``, and compares it as that or by LIKE."""
    assert sent({"name": "v1", "author": "ada"}, "version") == "author = 'ada'"
    assert sent({"name": "v1", "state": "LIVE", "uri": "s3://a/b"}, "artifact") == "uri = 's3://a/b'"


@pytest.mark.parametrize(
    ("value", "actual", "expected"),
    [
        ("prod", "prod", True),
        ("prod", "Prod", False),
        ("prod", None, False),
        (("!=", "prod"), "test", True),
        (("!=", "prod"), None, False),
        (("!=", "prod"), 7, False),
        (1, 1.0, True),
        (1, True, False),
        (True, 1, False),
        ("1", 1, False),
        ((">", 0.9), 0.97, True),
        ((">", 0.9), 1, True),
        ((">", 0.9), 0.9, False),
        (("<=", 3), 3, True),
        (("<", "b"), "a", True),
        ((">", 1), 2**40, False),
        ((">", 1), [2], False),
        (2**40, 2**40, True),
        (("in", ["a", 1]), 1, True),
        (("in", {"a"}), "b", False),
        (("in", []), "a", False),
        (("like", "i%s"), "iris", True),
        (("like", "i%"), "Iris", False),
        (("ilike", "i%"), "Iris", True),
        (("like", "a_c"), "abc", True),
        (("like", r"a\_c"), "abc", False),
        (("like", r"a\_c"), "a_c", True),
        (("like", "100%"), "100\n", True),
        (("like", "a.c"), "abc", False),
    ],
)
def test_each_condition_is_decided_on_plain_values(value: Any, actual: object, expected: bool) -> None:
    (condition,) = conditions({"property": value}, "model")

    assert holds(condition, actual) is expected


def test_ids_and_times_are_numbers_though_the_registry_sends_texts() -> None:
    (condition,) = conditions({"id": (">", 9)}, "model")

    assert holds(condition, "10")
    assert not holds(condition, "9")
    assert not holds(condition, None)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"a": ("<>", 1)}, "operator '<>' for 'a'"),
        ({"a": ("or 1=1 --", 1)}, "give one of =, !=, >"),
        ({"a": (1, 2, 3)}, "give a value, or"),
        ({"a": [1]}, "compares 'a' with list"),
        ({"a": None}, "compares 'a' with NoneType None"),
        ({"a": math.nan}, "float nan"),
        ({"a": ("in", "abc")}, "give a list"),
        ({"a": ("like", 1)}, "only texts are like"),
        ({"a": (">", True)}, "no order"),
        ({"": 1}, "the name ''"),
        ({"external_id": "x"}, "written 'externalId'"),
        ({"name": 7}, "it is a text"),
        ({"id": "seven"}, "it is a whole number"),
    ],
)
def test_what_cannot_be_compared_is_refused(where: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        conditions(where, "model")

    assert said in str(refused.value)


@pytest.mark.parametrize("query", ["state <> 'LIVE'", "a = 'x' AND b<>1"])
def test_a_text_that_servers_take_for_its_opposite_is_refused(query: str) -> None:
    with pytest.raises(UsageError, match="servers take for '=': write '!='"):
        check_text(query)


@pytest.mark.parametrize("query", ["name = '<>'", 'a = "\'<>"', "`<>` = 1", "a = 1 -- <>", r"a = 'it\'s <>'"])
def test_what_stands_in_quotes_is_no_operator(query: str) -> None:
    check_text(query)


@given(st.text(), st.text(min_size=1))
def test_a_text_never_leaves_its_quotes(name: str, value: str) -> None:
    if name:
        query = sent({f"p{name}": value})
        assert query is None or query.count("'") == 2
        assert query is None or query.count("`") in (0, 2)
