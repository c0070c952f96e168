"""Custom properties: plain values there and back."""

from __future__ import annotations

import base64
import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mr_client.errors import UsageError
from mr_client.properties import from_wire, to_wire


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        (True, {"metadataType": "MetadataBoolValue", "bool_value": True}),
        (3, {"metadataType": "MetadataIntValue", "int_value": "3"}),
        (0.5, {"metadataType": "MetadataDoubleValue", "double_value": 0.5}),
        ("dev", {"metadataType": "MetadataStringValue", "string_value": "dev"}),
        (["a"], {"metadataType": "MetadataStructValue", "struct_value": base64.b64encode(b'["a"]').decode()}),
    ],
)
def test_a_plain_value_gets_the_registrys_type(value: Any, typed: dict[str, Any]) -> None:
    assert to_wire({"p": value}) == {"p": typed}


json_values = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), json_values))
def test_values_come_back_as_they_were(properties: dict[str, Any]) -> None:
    assert from_wire(to_wire(properties)) == properties


@given(st.integers())
def test_a_whole_number_keeps_its_type_whatever_its_size(number: int) -> None:
    assert isinstance(from_wire(to_wire({"n": number}))["n"], int)


def test_a_struct_is_read_as_json_text_too_as_servers_answer() -> None:
    assert from_wire({"p": {"metadataType": "MetadataStructValue", "struct_value": '{"a": [1]}'}}) == {"p": {"a": [1]}}


@pytest.mark.parametrize("value", [math.nan, math.inf, date(2026, 1, 1), {"when": date(2026, 1, 1)}, [math.nan], b"x"])
def test_what_json_cannot_hold_is_refused_by_name(value: Any) -> None:
    with pytest.raises(UsageError, match="property 'when'"):
        to_wire({"when": value})
