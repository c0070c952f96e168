"""Custom properties: plain values there and back."""

from __future__ import annotations

import base64
import json
import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mr_client.errors import UsageError
from mr_client.properties import from_wire, merged, to_wire


def struct(document: bytes) -> dict[str, Any]:
    return {"metadataType": "MetadataStructValue", "struct_value": base64.b64encode(document).decode()}


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        (True, {"metadataType": "MetadataBoolValue", "bool_value": True}),
        (3, {"metadataType": "MetadataIntValue", "int_value": "3"}),
        (0.5, {"metadataType": "MetadataDoubleValue", "double_value": 0.5}),
        ("dev", {"metadataType": "MetadataStringValue", "string_value": "dev"}),
        ({"a": [1]}, struct(b'{"a": [1]}')),
        (["a"], struct(b'{"mr_client:value": ["a"]}')),
        (2**31, struct(b'{"mr_client:value": 2147483648}')),
        (2**53 + 1, struct(b'{"mr_client:value": "9007199254740993"}')),
        ({"mr_client:value": 1}, struct(b'{"mr_client:value": {"mr_client:value": 1}}')),
        ({"mr_client:value": 1, "a": 2}, struct(b'{"mr_client:value": 1, "a": 2}')),
    ],
)
def test_a_plain_value_gets_the_registrys_type(value: Any, typed: dict[str, Any]) -> None:
    assert to_wire({"p": value}) == {"p": typed}


json_values = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(), inner) | st.builds(lambda one: {"mr_client:value": one}, inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text(min_size=1), json_values))
def test_values_come_back_as_they_were(properties: dict[str, Any]) -> None:
    assert from_wire(to_wire(properties)) == properties


@given(st.dictionaries(st.text(min_size=1), json_values))
def test_a_struct_is_always_a_json_object(properties: dict[str, Any]) -> None:
    """Servers refuse others."""
    structs = [typed["struct_value"] for typed in to_wire(properties).values() if "struct_value" in typed]

    assert all(isinstance(json.loads(base64.b64decode(each)), dict) for each in structs)


@given(st.dictionaries(st.text(min_size=1), json_values))
def test_what_is_kept_comes_back_as_it_was(properties: dict[str, Any]) -> None:
    """Servers answer with the JSON text of a struct."""
    answered = {
        name: {**typed, "struct_value": base64.b64decode(typed["struct_value"]).decode()}
        if "struct_value" in typed
        else typed
        for name, typed in to_wire(properties).items()
    }

    assert from_wire(answered) == properties
    assert merged(answered, {}) == to_wire(properties)
    assert from_wire(merged(answered, {"new": [1]})) == {**properties, "new": [1]}


@given(st.integers())
def test_a_whole_number_keeps_its_type_whatever_its_size(number: int) -> None:
    assert isinstance(from_wire(to_wire({"n": number}))["n"], int)


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**53, 2**53 + 1, -(10**30)])
def test_a_whole_number_outlives_a_server_that_knows_doubles(number: int) -> None:
    text = base64.b64decode(to_wire({"n": number})["n"]["struct_value"])
    answered = json.dumps(json.loads(text, parse_int=lambda digits: int(float(digits))))

    found = from_wire({"n": {"metadataType": "MetadataStructValue", "struct_value": answered}})

    assert found == {"n": number}


@pytest.mark.parametrize(
    ("text", "value"), [("[1]", [1]), ("WzFd", [1]), ("5000000000", 5000000000), ('{"mr_client:value":"x"}', "x")]
)
def test_a_struct_that_somebody_else_wrote_is_read_and_kept(text: str, value: Any) -> None:
    """Bare lists were sent once."""
    properties = {"p": {"metadataType": "MetadataStructValue", "struct_value": text}}

    assert from_wire(properties) == {"p": value}
    assert from_wire(merged(properties, {})) == {"p": value}


def test_a_struct_is_read_as_json_text_too_as_servers_answer() -> None:
    assert from_wire({"p": {"metadataType": "MetadataStructValue", "struct_value": '{"a": [1]}'}}) == {"p": {"a": [1]}}


@pytest.mark.parametrize("value", [math.nan, math.inf, date(2026, 1, 1), {"when": date(2026, 1, 1)}, [math.nan], b"x"])
def test_what_json_cannot_hold_is_refused_by_name(value: Any) -> None:
    with pytest.raises(UsageError, match="property 'when'"):
        to_wire({"when": value})
