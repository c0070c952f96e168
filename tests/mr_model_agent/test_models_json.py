"""What a ``models.json`` says, and what is wrong with it."""

from __future__ import annotations

import json

import pytest

from mr_model_agent.models_json import InvalidModels, ModelSpec, read_models
from servers.config_map import entry

IRIS = ModelSpec("iris", "s3://m/iris", "sklearn", "1Gi")
GOOD = entry("iris", "s3://m/iris")


def test_an_entry_of_kserves_is_read() -> None:
    reading = read_models(json.dumps([GOOD]))

    assert reading.models == (IRIS,)
    assert not reading.unclear
    assert not reading.problems


@pytest.mark.parametrize("text", ["", " \n", "null", "[]"])
def test_an_empty_one_names_no_model(text: str) -> None:
    assert read_models(text).models == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[{"modelName": "iris", "modelSp', "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"modelName": "iris"}', "holds no list of models, but an object"),
        ('"iris"', "holds no list"),
    ],
)
def test_what_is_no_list_in_json_is_refused_whole(text: str, says: str) -> None:
    with pytest.raises(InvalidModels, match=says):
        read_models(text)


@pytest.mark.parametrize(
    ("bad", "says", "unclear"),
    [
        (entry("../etc", "s3://m/x"), 'Entry 2 of models.json has the modelName "../etc", which is no name', set()),
        (entry("a/b", "s3://m/x"), "no name", set()),
        (entry("..", "s3://m/x"), "no name", set()),
        (entry(".mr-agent", "s3://m/x"), "no name", set()),
        (entry("", "s3://m/x"), "no name", set()),
        (entry("x\n", "s3://m/x"), "no name", set()),
        (entry("x" * 300, "s3://m/x"), "no name", set()),
        ("iris", "not {", set()),
        ({"modelSpec": {"storageUri": "s3://m/x"}}, "modelName null", set()),
        (entry("b", ""), "Entry 2 of models.json, 'b', has no storageUri", {"b"}),
        ({"modelName": "b"}, "has no storageUri", {"b"}),
        ({"modelName": "b", "modelSpec": {"storageUri": 7}}, "has no storageUri", {"b"}),
        (entry("b", "s3://m/x\n2026-01-01 INFO ready"), "'b', has a storageUri with a control character", {"b"}),
        (entry("b", "file:///m\0"), "has a storageUri with a control character", {"b"}),
        (entry("b", "s3://m/\ud800"), "half a character", {"b"}),
    ],
)
def test_a_bad_entry_is_named_and_keeps_no_other_from_being_read(bad: object, says: str, unclear: set[str]) -> None:
    reading = read_models(json.dumps([GOOD, bad]))

    assert reading.models == (IRIS,)
    assert says in reading.problems[0]
    assert len(reading.problems) == 1
    assert reading.unclear == unclear


def test_a_name_twice_is_unclear_if_the_specs_differ() -> None:
    reading = read_models(json.dumps([GOOD, entry("b", "s3://m/1"), entry("b", "s3://m/2")]))

    assert reading.models == (IRIS,)
    assert reading.unclear == {"b"}
    assert "'b' 2 times" in reading.problems[0]


def test_a_name_twice_with_one_spec_is_one_model() -> None:
    reading = read_models(json.dumps([GOOD, GOOD]))

    assert reading.models == (IRIS,)
    assert not reading.problems


def test_a_uri_may_hold_a_signature_and_is_not_shown() -> None:
    assert "secret" not in repr(ModelSpec("a", "https://h/f?sig=secret"))


@pytest.mark.parametrize(
    "text",
    [
        '"https://h/m?sig=Hunter2"',
        '{"modelName": "a", "modelSpec": {"storageUri": "https://u:Hunter2@h/m"}}',
        '["https://h/m?sig=Hunter2"]',
        '[["https://h/m?sig=Hunter2"]]',
        '[{"modelName": "a", "modelSpec": "https://h/m?sig=Hunter2"}]',
        '[{"modelName": "a", "modelSpec": {"storageUri": "https://h/m?sig=Hunter2\\n"}}]',
    ],
)
def test_an_address_in_the_wrong_place_is_not_repeated(text: str) -> None:
    try:
        said = " ".join(read_models(text).problems)
    except InvalidModels as error:
        said = str(error)

    assert said
    assert "Hunter2" not in said
