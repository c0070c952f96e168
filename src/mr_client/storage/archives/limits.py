"""How much may an archive become, and has it? Apart from ``unpack``, which only a copy that ends in an archive loads."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import TransferError

__all__ = ["Allowance", "UnpackLimits"]


@dataclass(frozen=True, slots=True)
class UnpackLimits:
    """How much an archive may become."""

    size: int | None = 1024**4
    """Bytes of content, a tar's headers included; larger than models are. None: what the disk has free, which
    limits it in any case."""
    entries: int = 100_000
    """Files, folders and links, also folders that are only part of a name: each costs an inode, and 0.5 KiB of
    memory while a zip is read."""
    ratio: int = 1100
    """Bytes of content for each byte of the archive. A file of zeros is an honest one and deflates by 1032, the most
    that deflate can (zlib's technical details); beyond are only holes and other tricks."""


class Allowance:
    """Counts against the limits, and says which one is exceeded."""

    def __init__(self, name: str, ceilings: Iterable[tuple[int, str]], entries: int) -> None:
        self._name = name
        self._ceiling, self._why = min(ceilings)
        self._entries = entries

    @classmethod
    def of(cls, archive: Path, destination: Path, limits: UnpackLimits) -> Allowance:
        """Return what this archive may become on this disk."""
        ceilings = [
            (
                limits.ratio * archive.stat().st_size,
                f"more than {limits.ratio} times its own size: if that is right, raise MR_UNPACK_RATIO",
            )
        ]
        if limits.size is not None:
            ceilings.append((limits.size, f"more than {limits.size} bytes: if that is right, raise MR_UNPACK_SIZE"))
        disk = shutil.disk_usage(destination)
        if disk.total:  # some volumes do not know
            ceilings.append((disk.free, f"more than the {disk.free} bytes free at {str(destination)!r}: make room"))
        return cls(archive.name, ceilings, limits.entries)

    def content(self, size: int) -> None:
        """Return if so many bytes may be written in all, else raise ``TransferError``."""
        if size > self._ceiling:
            raise TransferError(f"{self._name!r} holds {self._why}, then run again.")

    def entries(self, number: int) -> None:
        """Return if there may be so many, else raise ``TransferError``."""
        if number > self._entries:
            raise TransferError(
                f"{self._name!r} holds more than {self._entries} files and folders: if that is right, raise "
                "MR_UNPACK_ENTRIES, then run again."
            )
