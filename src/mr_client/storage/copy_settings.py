"""How hard may a copy work, and how closely is it checked?"""

from __future__ import annotations

from dataclasses import dataclass

from mr_client.storage.digests import Verify
from mr_client.storage.unpack import UnpackLimits

__all__ = ["CopySettings"]

CHECKPOINT = 8 * 1024 * 1024
"""Bytes after which the journal takes note: what a killed run loses, at most, for each worker.
Files up to this size come in one go."""


@dataclass(frozen=True, slots=True)
class CopySettings:
    """How hard a copy works."""

    workers: int = 4
    """Threads, each with one connection and about 2 MiB of memory. More help where the network is far away."""
    range_size: int = 64 * 1024 * 1024
    """Bytes asked for at a time: each range costs a round trip, and large files are split into them."""
    attempts: int = 5
    """How often in a row a range may fail without a byte before the copy gives up."""
    wait: float = 0.5
    """Seconds before the second attempt; doubled for each one after, up to 30."""
    timeout: float = 30.0
    """Seconds without a byte after which a connection counts as broken."""
    rate_limit: float | None = None
    """Bytes a second, of all workers together."""
    verify: Verify = "store"
    """What is compared beside the size; see ``mr_client.storage.digests``."""
    patience: float = 3600.0
    """Seconds to wait for another run that is at work in the same folder."""
    sync: bool = True
    """Whether to wait until the disk has it all: without, a power failure may leave files that only look finished."""
    checkpoint: int = CHECKPOINT
    """Bytes after which the journal takes note."""
    unpack: UnpackLimits | None = UnpackLimits()
    """How much an archive that comes alone may become; None leaves it packed."""
