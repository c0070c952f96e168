"""Which file goes where, decided without touching anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from mr_client.errors import NotAllowed, TransferError
from mr_client.storage.plan import plan_copy
from mr_client.storage.stored import StoredFile

TARGET = Path("/mnt/models")


def stored(*paths: str) -> list[StoredFile]:
    return [StoredFile(key=f"bucket/{path}", path=path, size=10) for path in paths]


def test_files_keep_their_folders_below_the_destination() -> None:
    plan = plan_copy("s3://bucket", stored("b.bin", "a/c.bin"), TARGET)

    assert [file.target for file in plan.files] == [TARGET / "a/c.bin", TARGET / "b.bin"]
    assert plan.size == 20


def test_empty_and_dot_segments_mean_nothing() -> None:
    plan = plan_copy("s3://bucket", stored("/a//./b.bin"), TARGET)

    assert [file.target for file in plan.files] == [TARGET / "a/b.bin"]


@pytest.mark.parametrize("path", ["../evil", "a/../../evil", "a/..", "..", "", "/", "a\0b"])
def test_a_name_that_leads_out_of_the_destination_is_refused(path: str) -> None:
    with pytest.raises(NotAllowed, match="outside the destination"):
        plan_copy("s3://bucket", stored("fine.bin", path), TARGET)


def test_two_names_of_one_file_are_refused() -> None:
    with pytest.raises(TransferError, match="'bucket/a//b' and 'bucket/a/b'|'bucket/a/b' and 'bucket/a//b'"):
        plan_copy("s3://bucket", stored("a//b", "a/b"), TARGET)


def test_a_file_that_is_also_a_folder_is_refused() -> None:
    with pytest.raises(TransferError, match="'bucket/a' in 's3://bucket' is a file, and the folder of 'bucket/a/b/c'"):
        plan_copy("s3://bucket", stored("a", "a-b", "a/b/c"), TARGET)


def test_names_that_only_begin_alike_are_no_conflict() -> None:
    assert len(plan_copy("s3://bucket", stored("model", "model2/x", "model-hf/x"), TARGET).files) == 3
