"""``file://``: a folder that is mounted already."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mr_client.errors import FilesNotFound
from mr_client.flow import fetch


def test_a_folder_is_copied_with_what_is_in_it(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "a model"
    (source / "sub").mkdir(parents=True)
    (source / "sub/b.bin").write_bytes(os.urandom(2_500_000))
    (source / ".hidden").write_text("hidden")
    (source / "link").symlink_to("sub/b.bin")
    os.utime(source / ".hidden", (1_700_000_000, 1_700_000_000))

    receipt = fetch(f"file://{str(source).replace(' ', '%20')}", target, environ={})

    assert receipt.files == 3
    assert (target / "sub/b.bin").read_bytes() == (source / "sub/b.bin").read_bytes()
    assert (target / "link").read_bytes() == (source / "sub/b.bin").read_bytes()
    assert (target / ".hidden").stat().st_mtime == 1_700_000_000


def test_an_empty_folder_is_not_found(tmp_path: Path, target: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(FilesNotFound):
        fetch(f"file://{tmp_path}/empty", target, environ={})
    assert not target.exists()


def test_a_file_that_does_not_change_is_read_once(
    tmp_path: Path, target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing pins a local file, so it is looked at again when it was copied: it must be known again."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "a").write_bytes(b"a")

    fetch(source.as_uri(), target, environ={})

    assert (target / "a").read_bytes() == b"a"
    assert "changed" not in caplog.text
