"""What a terminal and a pipe are shown."""

from __future__ import annotations

import pytest

from mr_client.commands.output import Branch, print_table, print_tree, said


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("iris", "iris"),
        ("[bold]iris[/]", "[bold]iris[/]"),
        ("a\x1b[2Jb", r"'a\x1b[2Jb'"),
        ("two\nlines", r"'two\nlines'"),
        (True, "true"),
        (0.97, "0.97"),
        ({"stage": "prod", "sizes": [1, 2]}, "stage=prod, sizes=1, 2"),
        (["a", "b"], "a, b"),
    ],
)
def test_a_value_is_shown_as_text_that_steers_nothing(value: object, text: str) -> None:
    assert said(value) == text


def test_a_pipe_gets_aligned_columns_that_are_never_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([{"name": "iris", "uri": "s3://" + "m" * 300}, {"name": "é", "uri": "x"}], nothing="")

    assert capsys.readouterr().out == f"name  uri\niris  s3://{'m' * 300}\né     x\n"


def test_a_pipe_gets_a_tree_by_its_depth(capsys: pytest.CaptureFixture[str]) -> None:
    root = Branch("iris")
    root.add("v1").add("stage: prod")
    root.add("v2")
    print_tree(root)

    assert capsys.readouterr().out == "iris\n  v1\n    stage: prod\n  v2\n"
