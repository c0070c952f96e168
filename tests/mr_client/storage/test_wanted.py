"""Which files are wanted: KServe's two variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from mr_client.errors import FilesNotFound, InvalidSettings
from mr_client.storage.plan import left_out, plan_copy
from mr_client.storage.stored import StoredFile
from mr_client.storage.wanted import Wanted

FILES = ("config.json", "flax_model.msgpack", "model.safetensors", "onnx/model.onnx", "Config.JSON")


def brought(**environ: str) -> list[str]:
    wanted = Wanted.from_env(environ)
    return [file for file in FILES if wanted.admits(file)]


@pytest.mark.parametrize(
    "text",
    [
        '["*.json", "*.safetensors"]',
        "*.json,*.safetensors",
        " *.json , *.safetensors ,",
        '["*.json", " *.safetensors", ""]',
    ],
)
def test_patterns_are_a_json_list_or_separated_by_commas(text: str) -> None:
    assert brought(STORAGE_ALLOW_PATTERNS=text) == ["config.json", "model.safetensors"]


def test_one_pattern_may_be_a_json_text_a_number_or_plain() -> None:
    assert brought(STORAGE_ALLOW_PATTERNS='"*.json"') == brought(STORAGE_ALLOW_PATTERNS="*.json") == ["config.json"]
    assert Wanted.from_env({"STORAGE_ALLOW_PATTERNS": "7"}).admits("7")


def test_a_star_stands_for_slashes_too_and_a_folder_for_what_is_in_it() -> None:
    assert brought(STORAGE_ALLOW_PATTERNS="*.onnx") == brought(STORAGE_ALLOW_PATTERNS="onnx/") == ["onnx/model.onnx"]


def test_a_pattern_may_begin_with_a_bracket() -> None:
    assert brought(STORAGE_ALLOW_PATTERNS="[cf]*") == ["config.json", "flax_model.msgpack"]


def test_what_is_ignored_is_left_out_even_where_it_is_allowed() -> None:
    found = brought(STORAGE_ALLOW_PATTERNS="*model*", STORAGE_IGNORE_PATTERNS="*.msgpack,onnx/*")

    assert found == ["model.safetensors"]


@pytest.mark.parametrize("text", ["", " ", "[]", '[""]', ","])
def test_no_pattern_leaves_nothing_out(text: str) -> None:
    assert brought(STORAGE_ALLOW_PATTERNS=text, STORAGE_IGNORE_PATTERNS=text) == list(FILES)


@pytest.mark.parametrize("text", ['["*.json"', '{"a": 1}', "true", "null", '["a", 1]', '[["a"]]'])
@pytest.mark.parametrize("name", ["STORAGE_ALLOW_PATTERNS", "STORAGE_IGNORE_PATTERNS"])
def test_json_that_is_no_list_of_texts_is_refused_by_its_variable(name: str, text: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        Wanted.from_env({name: text})


def stored(*paths: str) -> list[StoredFile]:
    return [StoredFile(key=f"model/{path}", path=path, size=10) for path in paths]


def test_a_plan_holds_what_is_wanted_and_says_what_is_left_out() -> None:
    wanted = Wanted(ignore=("*.h5", "a*"))

    plan = plan_copy("s3://b/model", stored("a1", "a2", "a3", "w.h5", "w.bin"), Path("/m"), wanted=wanted)

    assert [file.source.path for file in plan.files] == ["w.bin"]
    assert plan.size == 10
    assert left_out(plan, wanted) == (
        "4 files, 40 bytes, by STORAGE_IGNORE_PATTERNS ['*.h5', 'a*']: 'a1', 'a2', 'a3' and 1 more"
    )


def test_patterns_that_leave_nothing_are_an_error_that_names_them() -> None:
    with pytest.raises(
        FilesNotFound, match=r"2 files below 's3://b/model'.*STORAGE_ALLOW_PATTERNS \['\*\.onnx'\].*'w.bin'"
    ):
        plan_copy("s3://b/model", stored("w.bin", "w.h5"), Path("/m"), wanted=Wanted(allow=("*.onnx",)))


def test_what_is_left_out_need_not_be_a_name_that_a_disk_can_hold() -> None:
    plan = plan_copy("s3://b/model", stored("../evil.h5", "w.bin"), Path("/m"), wanted=Wanted(ignore=("*.h5",)))

    assert len(plan.files) == 1
