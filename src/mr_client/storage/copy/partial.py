"""A file on its way to disk: written under a temporary name beside its target, checked, renamed."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

from mr_client.storage.copy.extents import Extent, joined
from mr_client.storage.digests import digest as digests
from mr_client.storage.digests.checksums import Crc
from mr_client.storage.digests.digest import Digest, Running
from mr_client.storage.digests.following import Following
from mr_client.storage.disk.files import writing
from mr_client.storage.plan import PlannedFile

__all__ = ["PIECE", "Partial", "is_reserved", "is_temporary", "temporary_name"]

PIECE = 1024 * 1024
"""Bytes read back at a time."""
_PREFIX = ".mr-part-"
_TEMPORARY = re.compile(re.escape(_PREFIX) + "[0-9a-f]{20}")


def temporary_name(name: str, salt: str = "") -> str:
    """Return the temporary name of a file: short whatever the length of its own, and the same in each run.

    Args:
        name: the file's own name.
        salt: sets runs apart that cannot keep one another out.
    """
    return _PREFIX + hashlib.sha256((salt + name).encode(errors="surrogateescape")).hexdigest()[:20]


def is_temporary(name: str) -> bool:
    """Return whether a file or folder of this name was made on the way to another."""
    return _TEMPORARY.fullmatch(name) is not None


def is_reserved(name: str) -> bool:
    """Return whether a file or folder at the source would be taken for one of ours."""
    return name.startswith(_PREFIX)


class Partial:
    """One content of one file while it is written. Several threads may write to it at once.

    Args:
        file: what it is to be.
        temporary: where it is written, from the first byte on.
        prepare: called before the file is made.
        keep: whether to go on with what an earlier run wrote there.
        algorithm: checksum of what is written; for files that come in ranges.
        wanted: the digest that the store vouches for.
    """

    def __init__(
        self,
        file: PlannedFile,
        temporary: Path,
        prepare: Callable[[], None],
        *,
        keep: bool = False,
        algorithm: Crc = "crc32",
        wanted: Digest | None = None,
    ) -> None:
        self.file = file
        self.algorithm = algorithm
        self.wanted = wanted
        self.following = Following(wanted, file.source.size or 0) if wanted and not wanted.joins else None
        """The digest, where it cannot be put together from those of ranges."""
        self.extents: list[Extent] = []
        """What is written, in no order; only of files that come in ranges."""
        self.left = 1
        """Ranges that are still to be written."""
        self.arrived = 0
        """Bytes that came from the store."""
        self.abandoned = False
        """Whether its source changed: what still arrives of the old content is of no use."""
        self._temporary = temporary
        self._prepare = prepare
        self._keep = keep
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        """The temporary file, open; made on first use."""
        with self._lock:
            if self._descriptor is None:
                self._prepare()
                with writing(self.file.target):
                    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | (0 if self._keep else os.O_EXCL)
                    try:
                        self._descriptor = os.open(self._temporary, flags, 0o660)
                    except FileExistsError:  # of another content, or a link that somebody laid there
                        self._temporary.unlink()
                        self._descriptor = os.open(self._temporary, flags, 0o660)
                    # The next run may be another user of the same group (fsGroup, in a pod).
                    if not self._keep:
                        os.fchmod(self._descriptor, 0o660)
            return self._descriptor

    def write(self, position: int, piece: bytes) -> None:
        """Write a piece where it belongs."""
        descriptor = self.descriptor
        # One at a time: the kernel lets but one thread write to a file, and the others would spin until they may.
        with self._writing, writing(self.file.target):
            view = memoryview(piece)
            while view:
                written = os.pwrite(descriptor, view, position)
                view, position = view[written:], position + written

    def truncate(self) -> None:
        """Forget what is written: it comes again from its first byte."""
        with writing(self.file.target):
            os.ftruncate(self.descriptor, 0)
        self.arrived = 0

    def running(self) -> Running:
        """Begin a checksum of what is written."""
        return digests.begun(self.algorithm)

    def holds(self, extent: Extent) -> bool:
        """Return whether what an earlier run says it wrote is on disk."""
        running, position = self.running(), extent.start
        with writing(self.file.target):
            while position < extent.stop:
                piece = os.pread(self.descriptor, min(PIECE, extent.stop - position), position)
                if not piece:
                    return False
                running.update(piece)
                position += len(piece)
        return running.value() == extent.checksum

    def add(self, extent: Extent) -> None:
        """Take note of what is written."""
        self.extents.append(extent)

    def checksum(self) -> bytes:
        """Return the checksum of the whole file, joined from those of its extents."""
        return joined(sorted(self.extents), self.algorithm)

    def abandon(self) -> bool:
        """Say that its source changed; return whether nobody else has said so before."""
        first, self.abandoned = not self.abandoned, True
        return first

    def take(self, size: int) -> bool:
        """Count bytes that came from the store; return whether they are of use."""
        if not self.abandoned:
            self.arrived += size
        return not self.abandoned

    def one_less(self) -> bool:
        """Count a range as written; return whether it was the last one."""
        with self._lock:
            self.left -= 1
            return self.left == 0

    def complete(self) -> None:
        """Give the file its name, and its source's time: by the two the next run knows it."""
        target, modified = self.file.target, self.file.source.modified
        with writing(target):
            descriptor = self.descriptor
            os.fchmod(descriptor, 0o644)
            if modified is not None:
                os.utime(descriptor, (modified, modified))
            self.close()
            self._temporary.replace(target)

    def close(self) -> None:
        """Let go of the file; what is written stays for the next run."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def discard(self) -> None:
        """Remove what is written."""
        self.close()
        with writing(self.file.target):
            self._temporary.unlink(missing_ok=True)
