"""Which source goes to which folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from mr_client.errors import UsageError
from mr_client.pairs import Pair, read_pairs


def test_arguments_are_pairs(tmp_path: Path) -> None:
    assert read_pairs(["s3://a", "/mnt/a", "hf://o/m", str(tmp_path)]) == (
        Pair("s3://a", Path("/mnt/a")),
        Pair("hf://o/m", tmp_path),
    )


@pytest.mark.parametrize("arguments", [[], ["s3://a"], ["s3://a", "/mnt/a", "s3://b"]])
def test_what_makes_no_pairs_is_refused(arguments: list[str]) -> None:
    with pytest.raises(UsageError, match=f"{len(arguments)} arguments make no pairs"):
        read_pairs(arguments)


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("models", "models", "the destination of two sources"),
        ("models", "models/", "the destination of two sources"),
        ("models", "other/../models", "the destination of two sources"),
        ("models", "link", "the destination of two sources"),
        ("models", "models/lora", "one inside the other"),
        ("models/lora", "models", "one inside the other"),
        ("link/lora/deep", "models/lora", "one inside the other"),
    ],
)
def test_two_destinations_that_are_one_or_nested_are_refused(
    tmp_path: Path, first: str, second: str, says: str
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "models")

    with pytest.raises(UsageError, match=says):
        read_pairs(["s3://a", f"{tmp_path}/{first}", "s3://b", "/elsewhere", "s3://c", f"{tmp_path}/{second}"])


def test_neighbours_are_not_nested(tmp_path: Path) -> None:
    assert len(read_pairs(["s3://a", f"{tmp_path}/base", "s3://b", f"{tmp_path}/base-2"])) == 2


def test_a_destination_that_is_or_is_below_a_file_or_is_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    for destination in (f"{tmp_path}/file", f"{tmp_path}/file/below", "", " "):
        with pytest.raises(UsageError, match="name a folder"):
            read_pairs(["s3://a", "/mnt/a", "s3://b", destination])
