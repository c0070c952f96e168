"""How do the folders and small files of a cache come, stay as they are, and go?"""

from __future__ import annotations

import os
import shutil
import stat
import uuid
from contextlib import suppress
from pathlib import Path

from mr_client.storage.disk.files import make_folder, writing

__all__ = ["make_private", "remove", "seal", "unseal", "write_whole"]


def remove(folder: Path, aside: Path | None = None) -> None:
    """Remove a folder with all that is in it; links in it are removed, never followed.

    Args:
        folder: it may be read-only, or gone.
        aside: the folder where it goes first, by one rename, so that nobody sees half of it.

    Raises:
        NotAllowed, TransferError: see ``writing``.
    """
    with writing(folder):
        try:
            if aside is not None:
                make_folder(aside)
                folder = folder.rename(aside / f"removed-{uuid.uuid4().hex}")
            if stat.S_ISLNK(folder.lstat().st_mode):
                folder.unlink()
                return
        except FileNotFoundError:
            return
        with suppress(FileNotFoundError):  # another process may be at it, too
            unseal(folder)
            shutil.rmtree(folder)


def make_private(folder: Path) -> None:
    """Make a folder that is not there, for its user alone."""
    with writing(folder):
        made = [each for each in (folder, *folder.parents) if not each.is_dir()]
        for each in reversed(made):
            each.mkdir(0o700, exist_ok=True)  # as the XDG Base Directory Specification says


def seal(folder: Path) -> None:
    """Take away the right to write."""
    for each, _, files in os.walk(folder, topdown=False):
        for name in files:
            Path(each, name).chmod(0o444)
        Path(each).chmod(0o555)


def unseal(folder: Path) -> None:
    """Give back the right to write in folders; files are replaced, not written."""
    for each, _, _ in os.walk(folder):
        Path(each).chmod(0o755)


def write_whole(path: Path, text: str, *, sync: bool) -> None:
    """Write a small file, whole or not at all."""
    temporary = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        with temporary.open("x", encoding="ascii") as file:
            file.write(text)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
