"""What a new version of the contract changes, told to a reader."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from report import report

CONTRACT: dict[str, Any] = {
    "paths": {
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getThing",
                "parameters": [{"$ref": "#/components/parameters/size"}],
                "responses": {"200": {}, "404": {}},
            },
            "patch": {
                "operationId": "updateThing",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"200": {}},
            },
        }
    },
    "components": {
        "parameters": {"size": {"name": "size", "in": "query", "schema": {"type": "string"}}},
        "schemas": {
            "Base": {"properties": {"name": {"type": "string"}}, "required": ["name"]},
            "Thing": {
                "allOf": [
                    {"$ref": "#/components/schemas/Base"},
                    {"properties": {"tags": {"type": "array", "items": {"type": "string"}}}},
                ]
            },
            "Color": {"type": "string", "enum": ["RED", "BLUE"]},
            "Any": {"oneOf": [{"$ref": "#/components/schemas/Thing"}]},
        },
    },
}
Edit = Callable[[dict[str, Any]], Any]


def get(contract: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = contract["paths"]["/things/{id}"]["get"]
    return operation


def schemas(contract: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = contract["components"]["schemas"]
    return found


def size(contract: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = contract["components"]["parameters"]["size"]
    return found


def name(contract: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schemas(contract)["Base"]["properties"]["name"]
    return found


def move(contract: dict[str, Any]) -> None:
    contract["paths"]["/objects/{id}"] = contract["paths"].pop("/things/{id}")


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (
            lambda c: c["paths"]["/things/{id}"].pop("patch"),
            "BREAKING  operation updateThing: removed (it was PATCH /things/{id})",
        ),
        (
            lambda c: c["paths"].update({"/x": {"get": {"operationId": "getX"}}}),
            "          operation getX: added (GET /x)",
        ),
        (move, "BREAKING  operation getThing: GET /things/{id} is now GET /objects/{id}"),
        (lambda c: get(c)["responses"].pop("200"), "BREAKING  status 200 of getThing: removed"),
        (lambda c: get(c)["responses"].pop("404"), "          status 404 of getThing: removed"),
        (lambda c: get(c)["responses"].update({"400": {}}), "          status 400 of getThing: added"),
        (lambda c: get(c).pop("parameters"), "BREAKING  parameter size of getThing: removed"),
        (lambda c: size(c).update(required=True), "BREAKING  parameter size of getThing: made required"),
        (
            lambda c: size(c).update(schema={"type": "integer"}),
            "BREAKING  parameter size of getThing: type string is now integer",
        ),
        (
            lambda c: size(c)["schema"].update(pattern="[0-9]+"),
            "narrower  parameter size of getThing: limited by pattern [0-9]+",
        ),
        (
            lambda c: size(c)["schema"].update(format="int32"),
            "          parameter size of getThing: format none is now int32",
        ),
        (
            lambda c: c["paths"]["/things/{id}"]["patch"].pop("requestBody"),
            "BREAKING  operation updateThing: body Thing is now none",
        ),
        (lambda c: schemas(c).pop("Color"), "BREAKING  schema Color: removed"),
        (lambda c: schemas(c).update(New={}), "          schema New: added"),
        (lambda c: schemas(c)["Base"].pop("required"), "          field name of Base, Thing: made optional"),
        (lambda c: name(c).update(minLength=1), "narrower  field name of Base, Thing: limited by minLength 1"),
        (lambda c: name(c).update(enum=["a"]), "narrower  field name of Base, Thing: only a now, it was anything"),
        (lambda c: schemas(c)["Base"]["properties"].pop("name"), "BREAKING  field name of Base, Thing: removed"),
        (lambda c: schemas(c)["Base"]["properties"].update(age={}), "          field age of Base, Thing: added"),
        (
            lambda c: schemas(c)["Thing"]["allOf"][1].update(required=["tags"]),
            "BREAKING  field tags of Thing: made required",
        ),
        (
            lambda c: schemas(c)["Thing"]["allOf"][1]["properties"]["tags"].update(items={"type": "integer"}),
            "BREAKING  field tags of Thing: type [string] is now [integer]",
        ),
        (lambda c: schemas(c)["Color"].update(enum=["RED"]), "BREAKING  schema Color: value BLUE removed"),
        (lambda c: schemas(c)["Color"]["enum"].append("GREEN"), "          schema Color: value GREEN added"),
        (
            lambda c: schemas(c)["Color"].pop("enum"),
            "          schema Color: may be anything now, it was one of BLUE, RED",
        ),
        (
            lambda c: schemas(c)["Any"]["oneOf"].append({"$ref": "#/components/schemas/Base"}),
            "          schema Any: value Base added",
        ),
    ],
)
def test_a_change_is_told_with_what_it_means_for_a_caller(edit: Edit, line: str) -> None:
    new = copy.deepcopy(CONTRACT)
    edit(new)

    assert line in report(CONTRACT, new).splitlines()


def test_what_breaks_comes_first_and_is_counted() -> None:
    new = copy.deepcopy(CONTRACT)
    schemas(new)["New"] = {}
    name(new)["minLength"] = 1
    del schemas(new)["Color"]

    lines = report(CONTRACT, new).splitlines()

    assert lines[0] == "operations 2 -> 2, schemas 4 -> 4; 4 changes, 1 breaking"
    assert [line[:9].strip() for line in lines[1:]] == ["BREAKING", "narrower", ""]


def test_a_change_in_many_places_is_told_once() -> None:
    old = copy.deepcopy(CONTRACT)
    for number in range(6):
        old["paths"][f"/{number}"] = {
            "get": {"operationId": f"get{number}", "parameters": [{"$ref": "#/components/parameters/size"}]}
        }
    new = copy.deepcopy(old)
    size(new)["schema"]["minLength"] = 1

    assert "narrower  parameter size of 7 operations (get0, get1, get2, get3, …): limited by minLength 1" in report(
        old, new
    )


def test_the_same_contract_changes_nothing() -> None:
    assert report(CONTRACT, copy.deepcopy(CONTRACT)).endswith("; nothing changed for a user")
