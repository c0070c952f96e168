"""The digest of a folder is what the command in docs/digests.md prints."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mr_client.storage.digests.folder import digest_of_names, file_sha256, folder_digest

DOCS = Path(__file__).parents[4] / "docs" / "digests.md"
gnu = pytest.mark.skipif(sys.platform != "linux", reason="the command is GNU's")


def by_command(folder: Path) -> str:
    """Run the command as the page has it."""
    found = re.search(r"^(cd FOLDER && .*)$", DOCS.read_text(), re.MULTILINE)
    assert found is not None
    command = found[1].replace("FOLDER", '"$1"')
    answer = subprocess.run(["/bin/bash", "-c", command, "bash", folder], capture_output=True, text=True, check=True)
    return f"sha256:{answer.stdout.split()[0]}"


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


@gnu
@pytest.mark.parametrize(
    "content",
    [
        {},
        {"model.bin": b"weights"},
        {"empty": b""},
        {"a/b/c.json": b"{}", "a/b.json": b"1", "a-b": b"2", "a": None, "z/empty": b""},
        {"new\nline": b"1", "back\\slash": b"2", "two  spaces ": b"3", "-leading": b"4", "--": b"5", "*": b"6"},
        {"ü": b"1", "u\u0308": b"2", "模型/权重": b"3", "Z": b"4", "a": b"5", "_": b"6", "é": b"7"},
        {os.fsdecode(b"\xff\xfe"): b"no unicode"},
    ],
    ids=["nothing", "one file", "an empty one", "nested", "odd names", "languages", "bytes"],
)
def test_anybody_can_take_it_again(tmp_path: Path, content: dict[str, bytes | None]) -> None:
    for name, body in content.items():
        if body is not None:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(body)

    assert folder_digest(tmp_path, names(tmp_path)) == by_command(tmp_path)


@gnu
def test_more_files_than_one_command_line_holds(tmp_path: Path) -> None:
    """xargs runs sha256sum several times then."""
    for number in range(1500):
        (tmp_path / f"{number:0200}").touch()

    assert folder_digest(tmp_path, names(tmp_path)) == by_command(tmp_path)


def test_each_name_and_each_byte_counts() -> None:
    one = digest_of_names({"a": "0" * 64, "b": "1" * 64})

    assert one == digest_of_names({"b": "1" * 64, "a": "0" * 64})
    assert len({one, digest_of_names({"a": "1" * 64, "b": "0" * 64}), digest_of_names({"a": "0" * 64})}) == 3


def test_a_file_is_hashed_once_for_its_own_digest_and_its_folders(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    digest = file_sha256(tmp_path / "a")

    assert digest == hashlib.sha256(b"abc").hexdigest()
    assert digest_of_names({"a": digest}) == folder_digest(tmp_path, ["a"])
