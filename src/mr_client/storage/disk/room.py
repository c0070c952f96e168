"""Is there room for what is to come?"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import TransferError
from mr_client.storage.amounts import amount

__all__ = ["Room", "check_room", "free", "nearest"]


@dataclass(frozen=True, slots=True)
class Room:
    """What a file system has left for this user."""

    mount: Path
    """Where it is mounted."""
    size: int | None
    """Bytes, without those it keeps for root; None where it does not say."""
    files: int | None
    """How many more files and folders; None where it does not say, or sets no limit."""


def free(folder: Path, *, statvfs: Callable[[Path], os.statvfs_result] | None = None) -> Room:
    """Ask the file system of ``folder``, or of what is nearest above it and exists, what it has left.

    A quota counts where the file system shows it to statvfs, as XFS does a project's. The
    ``sizeLimit`` of a Kubernetes emptyDir does not count: its kubelet measures now and then, and evicts.

    Args:
        folder: need not exist.
        statvfs: asked instead of ``os.statvfs``.
    """
    try:
        here = nearest(folder).resolve()
        found = (statvfs or os.statvfs)(here)
    except OSError:
        # Whoever writes there will be told why; room alone is no reason to refuse.
        return Room(folder, None, None)
    return Room(
        mount=next(each for each in (here, *here.parents) if each == each.parent or os.path.ismount(each)),
        # Some network and FUSE file systems answer with zeros all over: they are not full, they do not know.
        size=found.f_bavail * (found.f_frsize or found.f_bsize) if found.f_blocks else None,
        files=found.f_favail if found.f_files else None,
    )


def check_room(destination: Path, *, needed: int, files: int, room: Callable[[Path], Room] = free) -> None:
    """Refuse a copy that is sure not to fit, before its first byte.

    Folders, and blocks that are filled in part, are not counted: a copy that fits by a hair may
    still fill the disk, and then ``files.writing`` says so.

    Args:
        destination: need not exist.
        needed: bytes still to be written, without those that are on disk already.
        files: how many files are still to be made, likewise.
        room: asked what there is.

    Raises:
        TransferError: there is no room; it says how much is missing, and where. Its ``errno`` is ENOSPC.
    """
    there = room(destination)
    if there.size is not None and needed > there.size:
        wanted, found = _told_apart(needed, there.size)
        full = TransferError(
            f"What comes into {str(destination)!r} needs {wanted}, but {found} are free on {str(there.mount)!r}: "
            f"make room for {amount(needed - there.size)} more, or mount a bigger volume."
        )
        full.errno = errno.ENOSPC
        raise full
    if there.files is not None and files > there.files:
        full = TransferError(
            f"What comes into {str(destination)!r} needs {files} inodes, one for each file, but {there.files} are free "
            f"on {str(there.mount)!r}: remove files there, or mount a volume with more."
        )
        full.errno = errno.ENOSPC
        raise full


def nearest(path: Path) -> Path:
    """Return ``path``, or what is nearest above it and exists.

    Raises:
        OSError: what exists cannot be told, for instance where a folder may not be looked into.
    """
    for each in (path, *path.parents):
        try:
            each.stat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        return each
    raise FileNotFoundError(f"Nothing exists at or above {str(path)!r}.")


def _told_apart(size: int, other: int) -> tuple[str, str]:
    """Say two amounts, in bytes where they would read alike."""
    texts = amount(size), amount(other)
    return texts if texts[0] != texts[1] else (f"{size} B", f"{other} B")
