"""What is on disk, held against the plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from mr_client.errors import VerificationFailed
from mr_client.storage.plan import CopyPlan, plan_copy
from mr_client.storage.stored import StoredFile
from mr_client.storage.verify import verify_copy


@pytest.fixture
def plan(tmp_path: Path) -> CopyPlan:
    files = [StoredFile("a", "a.bin", 3), StoredFile("b", "sub/b.bin", 0), StoredFile("c", "c.bin", None)]
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.bin").write_bytes(b"abc")
    (tmp_path / "sub/b.bin").touch()
    (tmp_path / "c.bin").write_bytes(b"of any size")
    return plan_copy("s3://bucket/model", files, tmp_path)


def test_files_of_the_right_size_are_verified(plan: CopyPlan) -> None:
    verification = verify_copy(plan)

    assert verification
    verification.raise_for_failure(plan)


def test_what_is_missing_or_of_another_size_is_named_all_at_once(plan: CopyPlan) -> None:
    (plan.destination / "a.bin").write_bytes(b"abcd")
    (plan.destination / "sub/b.bin").unlink()

    verification = verify_copy(plan)

    assert verification.missing == ("sub/b.bin",)
    assert verification.mismatched == ("a.bin: 4 bytes, not 3",)
    with pytest.raises(VerificationFailed, match=r"2 of 3 files .*sub/b.bin: missing; a.bin: 4 bytes, not 3"):
        verification.raise_for_failure(plan)


def test_a_link_or_a_folder_is_no_file(plan: CopyPlan) -> None:
    (plan.destination / "a.bin").unlink()
    (plan.destination / "a.bin").symlink_to(plan.destination / "c.bin")
    (plan.destination / "c.bin").unlink()
    (plan.destination / "c.bin").mkdir()

    assert verify_copy(plan).mismatched == ("a.bin: no regular file", "c.bin: no regular file")


def test_of_many_faults_five_are_told_and_that_there_are_more(tmp_path: Path) -> None:
    plan = plan_copy("s3://bucket/model", [StoredFile(name, name, 1) for name in "abcdef"], tmp_path)

    with pytest.raises(VerificationFailed, match=r"^6 of 6 files .*\(a: missing; .*; e: missing; …\)"):
        verify_copy(plan).raise_for_failure(plan)
