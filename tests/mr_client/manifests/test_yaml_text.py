"""The same text for the same manifest, which every reader reads alike."""

from __future__ import annotations

import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mr_client import errors
from mr_client.manifests import to_yaml

PLAIN = ["iris", "model-registry://iris/v1", "/mnt/models", "image:1.0", "sha256:00ff", "serving.kserve.io/v1beta1"]
QUOTED = [
    *("1", "1.0", "0x1f", "0o7", "1e3", "1_000", "12:30:45", "2026-01-01", "+1", ".5", ".inf", "-", "~", "="),
    *("true", "True", "y", "N", "no", "off", "null", "NaN"),
    *(
        "a: b",
        "a #b",
        "#a",
        "a:",
        "[a",
        "{a}",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        " a",
        "a ",
        "",
        "a\nb",
        "ä",
    ),
]


@pytest.mark.parametrize("text", PLAIN)
def test_a_text_that_can_be_nothing_else_stands_without_quotes(text: str) -> None:
    assert to_yaml([{"a": text}]) == f"a: {text}\n"


@pytest.mark.parametrize("text", QUOTED)
def test_a_text_that_some_reader_takes_for_something_else_is_quoted(text: str) -> None:
    written = to_yaml([{"a": text}])

    assert written.startswith('a: "')
    assert yaml.safe_load(written) == {"a": text}


@given(st.dictionaries(st.text(), st.recursive(st.text() | st.booleans() | st.integers(), st.lists, max_leaves=5)))
def test_whatever_is_written_is_read_again(manifest: dict[str, object]) -> None:
    assert yaml.safe_load(to_yaml([manifest])) == manifest


def test_keys_keep_their_order_lists_are_indented_and_nothing_is_folded() -> None:
    shared = {"z": 1, "a": True}

    assert to_yaml([{"b": [shared, shared], "a": "x " * 100 + "x"}, {"c": {}}]) == (
        f'b:\n  - z: 1\n    a: true\n  - z: 1\n    a: true\na: "{"x " * 100}x"\n---\nc: {{}}\n'
    )


def test_without_pyyaml_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)

    with pytest.raises(errors.MissingExtra, match=r"pip install 'mr-client\[render\]'"):
        to_yaml([{}])
