"""File systems of their own for tests, and another user: what takes a right to have is skipped where it is missing.

Each case that is skipped so is covered where the same error is raised, or answered, by hand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NOBODY = 65534


@contextmanager
def small_disk(options: str = "size=1m") -> Iterator[Path]:
    """Mount a file system of 1 MiB in memory; these options are those of tmpfs(5)."""
    with open_folder() as folder:
        disk = folder / "disk"
        disk.mkdir()
        _mount("-t", "tmpfs", "-o", options, "tmpfs", str(disk))
        try:
            yield disk
        finally:
            subprocess.run(["umount", str(disk)], check=True)  # noqa: S607 - wherever the system has it


def make_read_only(disk: Path) -> None:
    """Mount ``disk`` again, read-only."""
    _mount("-o", "remount,ro", str(disk))


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder that other users may enter, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp()).resolve()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for locked in folder.iterdir():
            locked.chmod(0o755)
        shutil.rmtree(folder)


@contextmanager
def ordinary_user() -> Iterator[int]:
    """Be a user whom permissions bind: this one, unless it is root. Yield its id."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(_NOBODY)
    try:
        yield os.geteuid()
    finally:
        os.seteuid(before)


def _mount(*arguments: str) -> None:
    try:
        subprocess.run(["mount", *arguments], check=True, capture_output=True)  # noqa: S607 - wherever the system has it
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs the right to mount a file system: {error}")
