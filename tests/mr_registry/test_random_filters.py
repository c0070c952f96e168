"""Random filters: written as texts and read again, and carried out in SQL and in Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mr_registry.database import Database, open_database
from mr_registry.documents import write
from mr_registry.errors import BadRequest
from mr_registry.filters import Comparison, Either, Every, Filter, Operator, Property, Value, ValueType, parse
from mr_registry.kinds import ARTIFACTS
from mr_registry.operations import Call, create, list_all


def comparisons_of(properties: SearchStrategy[Property], values: SearchStrategy[Value]) -> SearchStrategy[Comparison]:
    """Return a strategy for comparisons of some properties with some values."""
    operators = st.sampled_from([each for each in get_args(Operator) if each != "IN"])
    single = st.builds(Comparison, properties, operators, st.tuples(values))
    return single | st.builds(Comparison, properties, st.just("IN"), st.lists(values, max_size=3).map(tuple))


def filters_of(comparisons: SearchStrategy[Comparison]) -> SearchStrategy[Filter]:
    """Return a strategy for filters made of some comparisons."""

    def joined(terms: SearchStrategy[Filter]) -> SearchStrategy[Filter]:
        some = st.lists(terms, min_size=2, max_size=3).map(tuple)
        return st.builds(Every, some) | st.builds(Either, some)

    leaves: SearchStrategy[Filter] = comparisons | st.nothing()
    return st.recursive(leaves, joined, max_leaves=8)


characters = st.characters(exclude_categories=["Cs"])
names = st.text(characters).filter(lambda name: name.rpartition(".")[2].lower() not in get_args(ValueType))
properties = st.builds(Property, names, st.none() | st.sampled_from(get_args(ValueType)))
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values: SearchStrategy[Value] = st.text(characters) | numbers | st.booleans()


def _text(value: Value) -> str:
    if not isinstance(value, str):
        return repr(value)
    quote = '"' if "'" in value else "'"
    return quote + re.sub(rf"[\\{quote}]", r"\\\g<0>", value) + quote


def render(query: Filter) -> str:
    """Return a text that writes a filter."""
    if isinstance(query, Comparison):
        suffix = f".{query.property.type}" if query.property.type else ""
        name = "`" + re.sub(r"[\\`]", r"\\\g<0>", query.property.name + suffix) + "`"
        written = ", ".join(map(_text, query.values))
        return f"{name} {query.operator} {f'({written})' if query.operator == 'IN' else written}"
    word = " AND " if isinstance(query, Every) else " OR "
    return word.join(render(term) if isinstance(term, Comparison) else f"({render(term)})" for term in query.terms)


@given(filters_of(comparisons_of(properties, values)))
def test_a_filter_written_as_a_text_is_read_as_itself(query: Filter) -> None:
    """Compared by repr, because True == 1 == 1.0."""
    assert repr(parse(render(query))) == repr(query)


# The same question, answered in Python over the documents that the API answers with.

Type = Literal["text", "integer", "double", "number", "boolean"]
SUFFIXES: dict[str, Type] = {
    "string_value": "text",
    "int_value": "integer",
    "double_value": "double",
    "bool_value": "boolean",
}
COMMON: dict[str, Type] = {
    "id": "integer",
    "name": "text",
    "externalId": "text",
    "state": "text",
    "artifactType": "text",
}
FIELDS: dict[str, dict[str, Type]] = {
    "model-artifact": {**COMMON, "uri": "text"},
    "doc-artifact": {**COMMON, "uri": "text"},
    "dataset-artifact": {**COMMON, "uri": "text", "digest": "text"},
    "metric": {**COMMON, "value": "double", "step": "integer"},
    "parameter": {**COMMON, "value": "text"},
}
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "=": eq,
    "!=": ne,
    "<>": ne,
    ">": gt,
    "<": lt,
    ">=": ge,
    "<=": le,
}
TEXTS = ["", "a", "A", "ab", "aß", "1", "2", "%", "metric", "LIVE"]
NUMBERS = [-1, 0, 1, 2, 10, 2**31 - 1]
FLOATS = [-1.0, -0.0, 0.1, 1 / 3, 0.1 + 0.2, 1.0, 2.0, 10.5, 1e-5, 1e300, 2.5e-300]
NAMES = ["id", "name", "externalId", "state", "artifactType", "uri", "digest", "value", "step", "p", "q", "a`b.c", ""]


class Mismatch(Exception):
    pass


def _documents() -> Iterator[dict[str, Any]]:
    """Yield artifacts of every kind; each value of each type is a custom property of one of them, and a field."""
    kinds = list(FIELDS)
    for number in range(24):
        kind = kinds[number % 5]
        text, whole, real = (some[number % len(some)] for some in (TEXTS, NUMBERS, FLOATS))
        values: list[dict[str, Any]] = [
            {"metadataType": "MetadataStringValue", "string_value": text},
            {"metadataType": "MetadataIntValue", "int_value": str(whole)},
            {"metadataType": "MetadataDoubleValue", "double_value": real},
            {"metadataType": "MetadataBoolValue", "bool_value": number % 8 < 4},
        ]
        named = {
            "p": values[number % 4],
            "q": values[number // 4 % 4],
            "a`b.c": values[2],
            "": values[1],
            "value": values[0],
        }
        document: dict[str, Any] = {"artifactType": kind, "customProperties": dict(list(named.items())[number % 3 :])}
        document |= {"name": f"{text}{number}"} if number % 2 else {}
        document |= {"externalId": f"{text}{number}"} if number % 3 else {}
        document |= {"state": "LIVE"} if number % 4 else {}
        fields = FIELDS[kind]
        document |= {name: text for name in ("uri", "digest", "value") if fields.get(name) == "text" and number % 7}
        document |= {"value": real, "step": whole} if kind == "metric" else {}
        yield document


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    database = open_database(":memory:")
    for document in _documents():
        create(ARTIFACTS)(database, Call(body=write(document).encode()))
    yield database
    database.close()


def _type_of(value: Value) -> Type:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "number"
    return "double" if isinstance(value, float) else "text"


def _actual(document: Mapping[str, Any], property_: Property, value: Value) -> tuple[Type, Any]:
    """Return what a document has under a name, None for nothing; and of which type that is."""
    known = FIELDS[document["artifactType"]].get(property_.name)
    asked = SUFFIXES[property_.type] if property_.type else None
    if known:
        if asked and asked != known and {asked, known} != {"integer", "double"}:
            raise Mismatch
        found = document.get(property_.name)
        return known, int(found) if known == "integer" and found is not None else found
    wanted = asked or _type_of(value)
    stored = document["customProperties"].get(property_.name, {})
    if wanted == "number":
        return wanted, int(stored["int_value"]) if "int_value" in stored else stored.get("double_value")
    key = next(suffix for suffix, type_ in SUFFIXES.items() if type_ == wanted)
    return wanted, int(stored[key]) if key == "int_value" and key in stored else stored.get(key)


def _compare(document: Mapping[str, Any], property_: Property, operator: str, value: Value) -> bool:
    type_, actual = _actual(document, property_, value)
    numeric = type_ in ("integer", "double", "number")
    if type_ == "integer" and isinstance(value, str) and re.fullmatch("[0-9]+", value):
        value = int(value)
    if numeric != (_type_of(value) in ("double", "number")) or (not numeric and type_ != _type_of(value)):
        raise Mismatch
    if type_ in ("integer", "number") and isinstance(value, int) and not -(2**31) <= value < 2**31:
        raise Mismatch
    if operator in ("LIKE", "ILIKE"):
        if not isinstance(value, str) or numeric:
            raise Mismatch
        pattern = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in value)
        flags = re.DOTALL | (re.IGNORECASE if operator == "ILIKE" else 0)
        return actual is not None and re.fullmatch(pattern, actual, flags) is not None
    if actual is None:
        return False
    return bool(COMPARED[operator](actual, value))


def _check_list(comparison: Comparison, kind: str) -> None:
    """A list for a custom property without a type is one of texts."""
    untyped = comparison.property.type is None and comparison.property.name not in FIELDS[kind]
    if comparison.operator == "IN" and untyped and any(_type_of(value) != "text" for value in comparison.values):
        raise Mismatch


def _holds(document: Mapping[str, Any], query: Filter) -> bool:
    if isinstance(query, Every):
        return all(_holds(document, term) for term in query.terms)
    if isinstance(query, Either):
        return any(_holds(document, term) for term in query.terms)
    operator = "=" if query.operator == "IN" else query.operator
    try:
        _check_list(query, document["artifactType"])
        # All before any: one value that does not fit spoils the others.
        held = [_compare(document, query.property, operator, value) for value in query.values]
    except Mismatch:
        return False
    return any(held)


def _fits(comparison: Comparison, kind: str) -> bool:
    """Say whether all values are of types that the property has in a kind of artifact."""
    operator = "=" if comparison.operator == "IN" else comparison.operator
    try:
        _check_list(comparison, kind)
        for value in comparison.values:
            _compare({"artifactType": kind, "customProperties": {}}, comparison.property, operator, value)
    except Mismatch:
        return False
    return True


known_names = st.builds(Property, st.sampled_from(NAMES), st.none() | st.sampled_from(get_args(ValueType)))
known_values: SearchStrategy[Value] = st.sampled_from(
    [*TEXTS, *NUMBERS, 2**31, -(2**31) - 1, *FLOATS, True, False, "%a%", "a_", "_%", "l%", "10"]
)


known = comparisons_of(known_names, known_values)


def _fits_one(comparison: Comparison) -> bool:
    return any(_fits(comparison, kind) for kind in FIELDS)


@given(filters_of(known.filter(_fits_one)))
def test_sql_finds_what_python_finds(database: Database, query: Filter) -> None:
    """Nothing more, nothing less, in the same order."""
    documents: Any = list_all(ARTIFACTS)(database, Call()).document["items"]

    found: Any = list_all(ARTIFACTS)(database, Call(query={"filterQuery": render(query)})).document["items"]

    assert [item["id"] for item in found] == [item["id"] for item in documents if _holds(item, query)]


@given(known)
def test_a_comparison_that_fits_no_kind_is_refused(database: Database, comparison: Comparison) -> None:
    """And no other."""
    call = Call(query={"filterQuery": render(comparison)})

    with nullcontext() if _fits_one(comparison) else pytest.raises(BadRequest, match="type mismatch"):
        list_all(ARTIFACTS)(database, call)
