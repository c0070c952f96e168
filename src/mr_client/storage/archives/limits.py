"""How much may an archive become? Apart from ``unpack``, which only a copy that ends in an archive loads."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["UnpackLimits"]


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
