"""How is a file written to a folder that is mounted?"""

from __future__ import annotations

import errno
import hashlib
import os
import uuid
from pathlib import Path

from mr_client.storage.copy.partial import temporary_name
from mr_client.storage.digests.digest import Algorithm
from mr_client.storage.disk.files import make_folder, sync_folder, writing
from mr_client.storage.stored import Store
from mr_client.storage.upload.body import Body, Content
from mr_client.storage.upload.taken import taken
from mr_client.storage.upload.writer import Parts

__all__ = ["DiskWriter"]

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EMLINK})
"""What file systems say that have no links (link(2), and FUSE's)."""


class DiskWriter:
    """Files below a folder: each is written under a temporary name beside its own, and gets its own when it is whole.

    Args:
        store: lists what is there.
        sync: whether to wait until the disk has it all.
    """

    whole: frozenset[Algorithm] = frozenset()

    def __init__(self, store: Store, *, sync: bool = True) -> None:
        self.store = store
        self._sync = sync

    def fault(self, key: str) -> str | None:
        """Return None: what a disk holds, a disk can hold."""
        return None

    def part_size(self, size: int, wanted: int) -> int | None:
        """Return None: one thread fills a disk's queue."""
        return None

    def put(self, key: str, body: Body, *, new: bool) -> None:
        """Write a file; its mode is 0644, whatever the umask, as that of a download."""
        target = Path(key)
        make_folder(target.parent)
        temporary = target.with_name(temporary_name(target.name, uuid.uuid4().hex))
        with writing(target):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            try:
                for piece in body.pieces():
                    _write(descriptor, piece, target)
                with writing(target):
                    os.fchmod(descriptor, 0o644)
                    if self._sync:
                        os.fsync(descriptor)
            finally:
                os.close(descriptor)
            with writing(target):
                there = new and not _linked(temporary, target)
                if not new:
                    temporary.replace(target)
            if there and not _has(target, body.content.digest("sha256")):
                raise taken(str(target))
        finally:
            with writing(target):
                temporary.unlink(missing_ok=True)
        if self._sync:
            sync_folder(target.parent)

    def begin(self, key: str, content: Content, *, new: bool) -> Parts:
        """Raise: there are no parts."""
        raise NotImplementedError


def _linked(temporary: Path, target: Path) -> bool:
    """Give a file another name; return whether that was free. A rename would replace what is there, a link does not."""
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Such as FAT, CIFS, and buckets that are mounted: a moment is left to another upload.
        if os.path.lexists(target):
            return False
        temporary.replace(target)
    return True


def _has(target: Path, sha256: bytes) -> bool:
    """Return whether a file is of this content: over NFS an answer may be lost, and a link is asked for once more."""
    try:
        if not target.is_file():
            return False
        with target.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest() == sha256
    except OSError:
        return False


def _write(descriptor: int, piece: bytes, target: Path) -> None:
    view = memoryview(piece)
    while view:
        with writing(target):
            written = os.write(descriptor, view)
        view = view[written:]
