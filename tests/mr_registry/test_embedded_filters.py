"""Lists that are asked with a filterQuery."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import pytest
from starlette.testclient import TestClient

from mr_registry import conditions
from mr_registry.api import application
from mr_registry.contract import BASE_PATH
from mr_registry.database import Database, open_database
from mr_registry.kinds import REGISTERED_MODELS, Kind
from mr_registry.operations import Call, list_all

MISMATCH = "invalid filter query, type mismatch or invalid value in comparison: bad request"


def _properties(**values: Any) -> dict[str, Any]:
    """Return custom properties of the types that the values have in Python."""
    return {name.replace("__", "."): _metadata(value) for name, value in values.items()}


def _metadata(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"metadataType": "MetadataBoolValue", "bool_value": value}
    if isinstance(value, int):
        return {"metadataType": "MetadataIntValue", "int_value": str(value)}
    if isinstance(value, float):
        return {"metadataType": "MetadataDoubleValue", "double_value": value}
    return {"metadataType": "MetadataStringValue", "string_value": value}


def _client(database: Database) -> TestClient:
    return TestClient(application(database), base_url=f"http://registry{BASE_PATH}")


def _post(client: TestClient, path: str, **body: Any) -> None:
    answer = client.post(path, json=body)
    assert answer.is_success, answer.text


def _found(client: TestClient, path: str, query: str, **more: Any) -> list[str]:
    answer = client.get(path, params={"filterQuery": query, **more})
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


@pytest.fixture(scope="module")
def shelf() -> Iterator[TestClient]:
    """A registry of three models, three versions of the first, and artifacts of the first of these.

    The clock starts at 1000 and each write takes one millisecond. Tests only read.
    """
    clock = count(1000)
    with _client(open_database(":memory:", lambda: next(clock))) as client:
        models: list[dict[str, Any]] = [
            {
                "name": "pytorch-model-v1",
                "description": "An NLP model",
                "externalId": "ext-pytorch-001",
                "owner": "alice",
                "language": ["en", "de"],
                "customProperties": _properties(
                    framework="pytorch", accuracy=0.95, version=2, experimental=True, stage="production"
                ),
            },
            {
                "name": "pytorch-model-v2-beta",
                "description": "vision",
                "externalId": "ext-pytorch-002",
                "state": "ARCHIVED",
                "customProperties": _properties(
                    framework="pytorch", accuracy=0.92, version=10, experimental=False, stage="development"
                ),
            },
            {
                "name": "tensorflow-model",
                "customProperties": _properties(
                    framework="tensorflow",
                    accuracy=0.85,
                    budget=15000.0,
                    priority=1,
                    project="nlp",
                    customProperties="x",
                )
                | _properties(mlflow__source__type="notebook")
                | {"custom-metric": _metadata(0.9)},
            },
        ]
        for model in models:
            _post(client, "/registered_models", **model)
        for name, author, state in [
            ("v1.0.0", "alice", "LIVE"),
            ("v1.1.0", "bob", "ARCHIVED"),
            ("2", "charlie", "LIVE"),
        ]:
            _post(client, "/model_versions", name=name, registeredModelId="1", author=author, state=state)
        artifacts: list[dict[str, Any]] = [
            {
                "artifactType": "model-artifact",
                "name": "weights",
                "uri": "s3://bucket/iris",
                "state": "LIVE",
                "modelFormatName": "onnx",
                "customProperties": _properties(digest="custom", uri=1),
            },
            {"artifactType": "metric", "name": "accuracy", "value": 0.5, "step": 10, "timestamp": "123"},
            {"artifactType": "metric", "name": "loss", "value": 2, "step": 9, "customProperties": _properties(uri=1)},
            {"artifactType": "parameter", "name": "rate", "value": "0.5", "parameterType": "number"},
            {"artifactType": "dataset-artifact", "name": "rows", "digest": "abc"},
            {"artifactType": "doc-artifact", "name": "card", "uri": "https://host/Card.md"},
        ]
        for artifact in artifacts:
            _post(client, "/model_versions/4/artifacts", **artifact)
        yield client


P1, P2, TF = "pytorch-model-v1", "pytorch-model-v2-beta", "tensorflow-model"

MODELS = [
    ("name = 'pytorch-model-v1'", [P1]),
    ("name LIKE 'pytorch-%'", [P1, P2]),
    ("description LIKE '%NLP%'", [P1]),
    ("externalId = 'ext-pytorch-001'", [P1]),
    ("externalId != 'ext-pytorch-001'", [P2]),
    ("state = 'ARCHIVED'", [P2]),
    ("framework = 'pytorch'", [P1, P2]),
    ("accuracy > 0.9", [P1, P2]),
    ("version = 2", [P1]),
    ("version > 9", [P2]),
    ("experimental = true", [P1]),
    ("framework = 'pytorch' AND accuracy > 0.93", [P1]),
    ("(framework = 'pytorch' OR framework = 'tensorflow') AND accuracy < 0.9", [TF]),
    ("framework = 'pytorch' OR framework = 'tensorflow' AND accuracy < 0.5", [P1, P2]),
    ("name ILIKE '%BETA%'", [P2]),
    ("name LIKE '%BETA%'", []),
    ("stage != 'development'", [P1]),
    ("stage <> 'development'", [P1]),
    ("budget.double_value > 12000", [TF]),
    ("priority.int_value IN (1, 2)", [TF]),
    ("project IN ('nlp', 'vision')", [TF]),
    ("project IN ()", []),
    ("version.int_value IN (1, 2)", [P1]),
    ("version < 2147483647", [P1, P2]),
    ("accuracy.double_value < 99999999999", [P1, P2, TF]),
    ("createTimeSinceEpoch > 9999999999999", []),
    ("createTimeSinceEpoch < '9999999999999'", [P1, P2, TF]),
    ('`mlflow.source.type` = "notebook"', [TF]),
    ('mlflow.source.type = "notebook"', [TF]),
    ("`custom-metric` > 0.8", [TF]),
    ("`custom-metric.double_value` > 0.8", [TF]),
    ("id IN (1, 3)", [P1, TF]),
    ("id IN (200, 201)", []),
    ("id > 1 -- and so on", [P2, TF]),
    ("id = '2'", [P2]),
    ("id >= 1.5", [P2, TF]),
    ("id.int_value = 2", [P2]),
    ("owner = 'alice'", [P1]),
    ("name.string_value = 'tensorflow-model'", [TF]),
    ("createTimeSinceEpoch = 1001", [P2]),
    ("createTimeSinceEpoch > '1001'", [TF]),
    ("lastUpdateTimeSinceEpoch <= 1000.5", [P1]),
    ("language LIKE '%\"de\"%'", [P1]),
    ("author = 'alice'", []),
    ("Name = 'tensorflow-model'", []),
    ("customProperties = 'x'", [TF]),
    ("name = '%'", []),
    ("name > 'pytorch-model-v1'", [P2, TF]),
]


@pytest.mark.parametrize(("query", "names"), MODELS)
def test_models_are_found_by_fields_and_custom_properties(shelf: TestClient, query: str, names: list[str]) -> None:
    """A name that the contract does not give to models is a custom property."""
    assert _found(shelf, "/registered_models", query) == names


VERSIONS = [
    ("name='v1.0.0' AND state='LIVE'", ["v1.0.0"]),
    ("name LIKE 'v1.%'", ["v1.0.0", "v1.1.0"]),
    ("name IN ('2', '3')", ["2"]),
    ("name != '2'", ["v1.0.0", "v1.1.0"]),
    ("author = 'alice' OR author = 'charlie'", ["v1.0.0", "2"]),
    ("registeredModelId = 1 AND id > 4", ["v1.1.0", "2"]),
    ("registeredModelId = '1' AND state = 'ARCHIVED'", ["v1.1.0"]),
    ("registeredModelId = 4", []),
]


@pytest.mark.parametrize("path", ["/model_versions", "/registered_models/1/versions"])
@pytest.mark.parametrize(("query", "names"), VERSIONS)
def test_versions_are_found_by_their_own_names(shelf: TestClient, path: str, query: str, names: list[str]) -> None:
    """Exactly, and by their model, which is no part of the name."""
    assert _found(shelf, path, query) == names


ARTIFACTS = [
    ("uri LIKE 's3://%'", ["weights"]),
    ("state = 'LIVE'", ["weights"]),
    ("modelFormatName = 'onnx'", ["weights"]),
    ("value >= 0.5", ["accuracy", "loss"]),
    ("value = 2", ["loss"]),
    ("value = '0.5'", ["rate"]),
    ("value IN (0.5, 2)", ["accuracy", "loss"]),
    ("value LIKE '0%'", ["rate"]),
    ("step > 9", ["accuracy"]),
    ("timestamp = 123", ["accuracy"]),
    ("uri = 1", ["loss"]),
    ("uri.int_value = 1", ["loss"]),
    ("digest IN ('abc', 'custom')", ["weights", "rows"]),
    ("parameterType = 'number'", ["rate"]),
    ("artifactType = 'metric'", ["accuracy", "loss"]),
    ("artifactType LIKE '%-artifact' AND artifactType != 'doc-artifact'", ["weights", "rows"]),
    ("uri ILIKE '%card%' OR value < 1", ["accuracy", "card"]),
]


@pytest.mark.parametrize("path", ["/artifacts", "/model_versions/4/artifacts"])
@pytest.mark.parametrize(("query", "names"), ARTIFACTS)
def test_artifacts_of_each_kind_have_fields_of_their_own(
    shelf: TestClient, path: str, query: str, names: list[str]
) -> None:
    """`value` is a number in metrics and a text in parameters; `digest` is a field of data sets alone."""
    assert _found(shelf, path, query) == names


@pytest.mark.parametrize("query", ["modelVersionId > 9", "modelVersionId = '10'", "servingEnvironmentId = 3"])
def test_a_field_that_holds_an_id_is_an_integer(query: str) -> None:
    """Though it is stored as a text, and though the contract calls it no integer; the parent's has its column."""
    kind = Kind("InferenceService", "contexts", "inference service", parent_field="servingEnvironmentId")
    condition = conditions.read(query, [kind])
    assert condition is not None
    row = """(SELECT '{"modelVersionId":"10","runtime":"10"}' AS fields, 3 AS parent_id)"""
    with closing(sqlite3.connect(":memory:")) as connection:
        found = connection.execute(f"SELECT * FROM {row} WHERE {condition.sql}", condition.values).fetchall()  # noqa: S608

    assert len(found) == 1


def test_a_kind_that_is_asked_for_decides_what_a_field_is(shelf: TestClient) -> None:
    """A comparison must fit one of the kinds of the list."""
    assert _found(shelf, "/artifacts", "value = '0.5'", artifactType="parameter") == ["rate"]
    answer = shelf.get("/artifacts", params={"filterQuery": "value = 'x'", "artifactType": "metric"})
    assert (answer.status_code, answer.json()["message"]) == (400, MISMATCH)


@pytest.fixture(scope="module")
def typed() -> Iterator[TestClient]:
    """Models that are named after the type of their property p, which is a kind of 2; one has none."""
    with _client(open_database(":memory:")) as client:
        for name, value in [("text", "2"), ("int", 2), ("double", 2.0), ("bool", True)]:
            _post(client, "/registered_models", name=name, customProperties=_properties(p=value))
        _post(client, "/registered_models", name="struct", customProperties={
            "p": {"metadataType": "MetadataStructValue", "struct_value": "eyJ2IjoyfQ=="}
        })  # fmt: skip
        _post(client, "/registered_models", name="none", customProperties={})
        yield client


NUMBERS = ["int", "double"]
# What each operator finds, in the order of the literals: text, int, double, bool.
LITERALS = [
    ("=", ["'2'", "2", "2.0", "true"]),
    ("!=", ["'3'", "3", "3.0", "false"]),
    ("<>", ["'3'", "3", "3.0", "false"]),
    (">", ["'1'", "1", "1.5", "false"]),
    (">=", ["'2'", "2", "2.0", "true"]),
    ("<", ["'3'", "3", "2.5", "TRUE"]),
    ("<=", ["'2'", "2", "2.0", "true"]),
]


@pytest.mark.parametrize(("operator", "literals"), LITERALS)
def test_a_literal_decides_which_properties_are_meant(typed: TestClient, operator: str, literals: list[str]) -> None:
    """Integers mean both kinds of numbers, floats only doubles; a property that is not there is never found."""
    found = [_found(typed, "/registered_models", f"p {operator} {literal}") for literal in literals]

    assert found == [["text"], NUMBERS, ["double"], [] if literals[3] == "TRUE" else ["bool"]]


@pytest.mark.parametrize("query", ["p = '3'", "p != '2'", "p = 3", "p != 2", "p != 2.0", "p > 2", "p < 2", "p = false"])
def test_what_does_not_hold_is_not_found(typed: TestClient, query: str) -> None:
    """For no type."""
    assert _found(typed, "/registered_models", query) == []


SUFFIXED = [
    ("p.string_value = '2'", ["text"]),
    ("p.string_value IN ('2')", ["text"]),
    ("p.string_value LIKE '_'", ["text"]),
    ("p.int_value = 2", ["int"]),
    ("p.int_value = 2.0", ["int"]),
    ("p.int_value > 1.5", ["int"]),
    ("p.int_value = '2'", ["int"]),
    ("p.INT_VALUE IN (1, 2.0)", ["int"]),
    ("p.double_value = 2", ["double"]),
    ("p.double_value <= 2.0", ["double"]),
    ("p.bool_value = true", ["bool"]),
    ("p.bool_value != true", []),
    ("p.double_value IN (2.0, 3)", ["double"]),
    ("p.bool_value IN (true, false)", ["bool"]),
    ("p IN ('1', '2')", ["text"]),
    ("p LIKE '%'", ["text"]),
    ("p ILIKE '2'", ["text"]),
]


@pytest.mark.parametrize(("query", "names"), SUFFIXED)
def test_a_suffix_decides_the_type(typed: TestClient, query: str, names: list[str]) -> None:
    """A list of other values than texts needs one."""
    assert _found(typed, "/registered_models", query) == names


MISMATCHES = [
    "p.string_value = 2",
    "p.string_value = true",
    "p.int_value = 'two'",
    "p.int_value = '2.0'",
    "p.int_value = true",
    "p.int_value LIKE '2'",
    "p.int_value IN (2, 'x')",
    "p.double_value = '2'",
    "p.double_value ILIKE '2'",
    "p.bool_value = 1",
    "p.bool_value = 'true'",
    "p IN (1, 2)",
    "p IN (2.0)",
    "p IN (true, false)",
    "p IN ('2', 2)",
    "p = 2147483648",
    "p = -2147483649",
    "p.int_value = '2147483648'",
    "p.int_value IN (1, 99999999999)",
    "id = 99999999999",
    "id > '2147483648'",
    "id IN (1, 2147483648)",
    "p LIKE 2",
    "p LIKE 2.0",
    "p ILIKE true",
    "name = 1",
    "name IN ('x', 1)",
    "name.int_value = 1",
    "id = 'abc'",
    "id = true",
    "id LIKE '1%'",
    "id.string_value = '1'",
    "createTimeSinceEpoch > 'yesterday'",
    "state = true",
    "name = 'x' OR (id = 1 AND name = 1)",
]


@pytest.mark.parametrize("query", MISMATCHES)
def test_a_value_of_another_type_is_a_bad_request(typed: TestClient, query: str) -> None:
    """Wherever it stands."""
    answer = typed.get("/registered_models", params={"filterQuery": query})

    assert answer.status_code == 400
    assert answer.json() == {"code": "Bad Request", "message": MISMATCH}


@pytest.mark.parametrize("query", ["name = ", 'name "test"', '(name = "test"', 'name === "test"', "NOT name = 'x'"])
def test_bad_syntax_is_a_bad_request_with_a_hint(typed: TestClient, query: str) -> None:
    """In the words of servers."""
    answer = typed.get("/registered_models", params={"filterQuery": query})

    assert answer.status_code == 400
    assert answer.json()["code"] == "Bad Request"
    message = answer.json()["message"]
    assert message.startswith("invalid filter query syntax: ")
    assert message.endswith("quotes (e.g., id>5, active=true): bad request")


def test_a_filter_goes_with_pages_and_orders(shelf: TestClient) -> None:
    """Pages hold what the filter finds, and nothing of it is lost between them."""
    query = {
        "filterQuery": "name LIKE '%a%' AND id > 0",
        "pageSize": "2",
        "orderBy": "CREATE_TIME",
        "sortOrder": "DESC",
    }
    names: list[list[str]] = []
    page = {"nextPageToken": ""}
    while not names or page["nextPageToken"]:
        page = shelf.get("/artifacts", params={**query, "nextPageToken": page["nextPageToken"]}).json()
        names.append([item["name"] for item in page["items"]])

    assert names == [["card", "rate"], ["accuracy"]]


def test_a_filter_goes_with_the_other_filters(shelf: TestClient) -> None:
    """Parent, name, type: all have to hold, and an OR does not get around them."""
    either = "name = 'accuracy' OR name = 'weights' OR name = 'v1.0.0'"

    assert _found(shelf, "/artifacts", either, artifactType="metric") == ["accuracy"]
    assert _found(shelf, "/model_artifacts", either) == ["weights"]
    assert _found(shelf, "/model_artifacts", "artifactType = 'metric'") == []
    assert _found(shelf, "/model_versions/4/artifacts", either, name="weights") == ["weights"]
    assert _found(shelf, "/model_versions/5/artifacts", either) == []
    assert _found(shelf, "/registered_models", either) == []
    assert _found(shelf, "/registered_models/2/versions", either) == []


def test_not_equal_can_be_what_other_servers_make_of_it() -> None:
    """They take `<>` for `=`; `!=` stays what it is."""
    database = open_database(":memory:")
    with _client(database) as client:
        for name in "ab":
            _post(client, "/registered_models", name=name)

        def names(query: str, like_upstream: bool) -> list[Any]:
            operation = list_all(REGISTERED_MODELS)
            items: Any = operation(database, Call(query={"filterQuery": query}, like_upstream=like_upstream)).document[
                "items"
            ]
            return [item["name"] for item in items]

        assert names("name <> 'a'", like_upstream=False) == ["b"]
        assert names("name <> 'a'", like_upstream=True) == ["a"]
        assert names("name != 'a'", like_upstream=True) == ["b"]


ODD = [
    "'; DROP TABLE contexts; --",
    "x') OR 1=1 --",
    'say "so"',
    "back\\slash",
    "tick`ed",
    "a.b",
    "$.a",
    "a[0]",
    "",
    "line\nbreak",
    "tab\tand\x1f",
    "?",
    "ünïcode 🙂",
    "it's",
    "{}",
]


def _quoted(text: str, quote: str) -> str:
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


@pytest.mark.parametrize("text", ODD)
def test_any_text_can_be_a_name_or_a_value_and_is_never_sql(registry: TestClient, text: str) -> None:
    """What is asked for is found, and nothing else."""
    _post(registry, "/registered_models", name="odd", description=text, customProperties={text: _metadata(text)})
    _post(registry, "/registered_models", name="other", customProperties={"a": _metadata("b")})

    for quote in "'\"":
        value = _quoted(text, quote)
        assert _found(registry, "/registered_models", f"description = {value}") == ["odd"]
        assert _found(registry, "/registered_models", f"{_quoted(text, '`')} = {value}") == ["odd"]
        assert _found(registry, "/registered_models", f"{_quoted(f'{text}.string_value', '`')} IN ({value})") == ["odd"]
        assert _found(registry, "/registered_models", f"description != {value} OR name = {value}") == []
    assert len(registry.get("/registered_models").json()["items"]) == 2


LARGEST = [
    " OR ".join(f"`x{number}`=1" for number in range(100)),
    " AND ".join(["value IN (0.5, 2)"] * 100),
    " OR ".join(["uri!='a'"] * 100),
    "artifactType IN ('x'" + ",''" * 2700 + ")",
    "uri IN ('x'" + ",''" * 2700 + ")",
    "step IN (10" + ",1" * 4000 + ")",
    "name LIKE '" + "%a" * 4000 + "'",
    *(
        f"{term} OR (" + f"{term} AND ({term} OR (" * 7 + f"{term} AND {term}" + ")" * 15
        for term in ("a=1", "a IN ('', 'x')", "uri='x'", "value IN (1, 2)", "value='x'", "artifactType='x'")
    ),
]


@pytest.mark.parametrize("query", LARGEST, ids=lambda query: query[:30])
def test_the_largest_filter_is_carried_out(shelf: TestClient, query: str) -> None:
    """It goes beyond no limit of SQLite's, neither of depth nor of values."""
    assert len(query) <= 8192
    assert shelf.get("/artifacts", params={"filterQuery": query}).status_code == 200


@pytest.mark.parametrize(
    "query", ["(" * 8000, "(a=1 OR " * 900 + "a=1" + ")" * 900, "a=1 OR " * 1000 + "a=1", "a" * 9000]
)
def test_a_filter_that_is_too_large_is_a_bad_request(shelf: TestClient, query: str) -> None:
    """It is no failure of the registry."""
    answer = shelf.get("/artifacts", params={"filterQuery": query})

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("invalid filter query syntax: ")
