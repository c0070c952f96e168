"""Custom properties."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from starlette.testclient import TestClient


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _set(registry: TestClient, value: Any) -> Any:
    """Send a custom property 'p' with a new model; return the answer."""
    return registry.post("/registered_models", json={"name": "iris", "customProperties": {"p": value}})


KEPT = [
    {"metadataType": "MetadataStringValue", "string_value": ""},
    {"metadataType": "MetadataStringValue", "string_value": "ünïcode"},
    {"metadataType": "MetadataIntValue", "int_value": "2147483647"},
    {"metadataType": "MetadataIntValue", "int_value": "-2147483648"},
    {"metadataType": "MetadataDoubleValue", "double_value": 0.97},
    {"metadataType": "MetadataDoubleValue", "double_value": 1e300},
    {"metadataType": "MetadataBoolValue", "bool_value": False},
]


@pytest.mark.parametrize("value", KEPT, ids=lambda value: str(list(value.values())[1]))
def test_a_value_is_answered_as_it_was_sent(registry: TestClient, value: dict[str, Any]) -> None:
    """Then and later."""
    answer = _set(registry, value)

    assert answer.status_code == 201
    assert answer.json()["customProperties"] == {"p": value}
    assert registry.get("/registered_models/1").json()["customProperties"] == {"p": value}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"metadataType": "MetadataIntValue", "int_value": "+007"}, {"int_value": "7"}),
        ({"metadataType": "MetadataDoubleValue", "double_value": 1}, {"double_value": 1.0}),
        ({"metadataType": "MetadataStringValue", "string_value": "x", "other": 1}, {"string_value": "x"}),
        ({"metadataType": "MetadataStringValue", "String_Value": "x"}, {"string_value": "x"}),
        (
            {"metadataType": "MetadataStructValue", "struct_value": _base64('{"a": [1, "ü"]}')},
            {"struct_value": '{"a":[1,"ü"]}'},
        ),
    ],
)
def test_a_value_is_normalised(registry: TestClient, sent: dict[str, Any], kept: dict[str, Any]) -> None:
    """A struct is sent as base64 and answered as its JSON text, which is compact; unknown keys are ignored."""
    value = _set(registry, sent).json()["customProperties"]["p"]

    assert {key: item for key, item in value.items() if key != "metadataType"} == kept


REFUSED = [
    ({"string_value": "x"}, "metadataType not found"),
    ({}, "metadataType not found"),
    ({"metadatatype": "MetadataStringValue", "string_value": "x"}, "metadataType not found"),
    ({"metadataType": "MetadataTextValue", "string_value": "x"}, "must be one of"),
    ({"metadataType": 5, "string_value": "x"}, "must be one of"),
    ({"metadataType": ["MetadataStringValue"]}, "must be one of"),
    ({"metadataType": "MetadataStringValue"}, "needs string_value"),
    ({"metadataType": "MetadataStringValue", "string_value": None}, "needs string_value"),
    ({"metadataType": "MetadataStringValue", "string_value": 5}, "string_value must be a string"),
    ({"metadataType": "MetadataIntValue", "string_value": "5"}, "needs int_value"),
    ({"metadataType": "MetadataIntValue", "int_value": 5}, "int_value must be a string"),
    ({"metadataType": "MetadataIntValue", "int_value": "2147483648"}, "out of range"),
    ({"metadataType": "MetadataIntValue", "int_value": "9" * 5000}, "out of range"),
    ({"metadataType": "MetadataIntValue", "int_value": "1.5"}, "invalid syntax"),
    ({"metadataType": "MetadataIntValue", "int_value": ""}, "invalid syntax"),
    ({"metadataType": "MetadataDoubleValue", "double_value": "0.5"}, "double_value must be a number"),
    ({"metadataType": "MetadataDoubleValue", "double_value": True}, "double_value must be a number"),
    ({"metadataType": "MetadataDoubleValue", "double_value": 10**400}, "out of range"),
    ({"metadataType": "MetadataBoolValue", "bool_value": "true"}, "bool_value must be a boolean"),
    ({"metadataType": "MetadataBoolValue", "bool_value": 1}, "bool_value must be a boolean"),
    ({"metadataType": "MetadataStructValue", "struct_value": '{"a": 1}'}, "illegal base64"),
    ({"metadataType": "MetadataStructValue", "struct_value": _base64("{}") + "="}, "illegal base64"),
    ({"metadataType": "MetadataStructValue", "struct_value": _base64("{}").rstrip("=")}, "illegal base64"),
    *(
        ({"metadataType": "MetadataStructValue", "struct_value": _base64(text)}, "no base64 of a JSON object")
        for text in ("[1]", "5", "null", '"x"', "", "{", '{"a": NaN}', '{"a": ' * 100_000)
    ),
    ({"metadataType": "MetadataProtoValue", "type": "t", "proto_value": "eA=="}, "not supported"),
    (None, "must be an object"),
    ("x", "must be an object"),
    (5, "must be an object"),
]


@pytest.mark.parametrize(("value", "reason"), REFUSED, ids=lambda each: str(each)[:60])
def test_a_wrong_value_is_a_bad_request(registry: TestClient, value: Any, reason: str) -> None:
    """The message names the property, and nothing is stored."""
    answer = _set(registry, value)

    assert answer.status_code == 400
    assert "'p'" in answer.json()["message"]
    assert reason in answer.json()["message"]
    assert registry.get("/registered_models").json()["size"] == 0


def test_a_number_too_large_for_a_double_is_a_bad_request(registry: TestClient) -> None:
    """1e999 is JSON, and no double."""
    body = b'{"name": "a", "customProperties": {"p": {"metadataType": "MetadataDoubleValue", "double_value": 1e999}}}'

    assert registry.post("/registered_models", content=body).status_code == 400


A = {"metadataType": "MetadataStringValue", "string_value": "a"}
B = {"metadataType": "MetadataStringValue", "string_value": "b"}


@pytest.mark.parametrize(
    ("sent", "kept"), [({"y": B}, {"y": B}), ({}, {}), (None, {"x": A})], ids=["map", "empty", "null"]
)
def test_a_change_replaces_all_properties_or_none(
    registry: TestClient, model: str, version: str, sent: Any, kept: Any
) -> None:
    """A map replaces, it does not merge; {} clears, null keeps. Artifacts do likewise."""
    registry.patch(f"/model_versions/{version}", json={"customProperties": {"x": A}})
    registry.post("/model_artifacts", json={"name": "a", "customProperties": {"x": A}})

    changed = registry.patch(f"/model_versions/{version}", json={"customProperties": sent})
    artifact = registry.patch("/model_artifacts/1", json={"customProperties": sent})

    assert changed.json()["customProperties"] == kept
    assert artifact.json()["customProperties"] == kept


def test_names_of_properties_are_kept_as_they_are(registry: TestClient) -> None:
    """They are the user's: no case is folded, nothing is hidden, anything goes."""
    names = ["A", "a", "mlflow.source", 'it\'s "quoted"', "", "experiment_id", "ü"]

    answer = registry.post("/registered_models", json={"name": "m", "customProperties": dict.fromkeys(names, A)})

    assert list(answer.json()["customProperties"]) == names
