"""What was brought where, and what would be?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mr_client.storage.plan import CopyPlan
from mr_client.storage.stored import StoredFile
from mr_client.storage.verify import Verification

if TYPE_CHECKING:
    from mr_client.resolver import Resolution

__all__ = ["Preview", "Receipt"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was brought where."""

    requested: str
    """The URI that was asked for, as it may be shown."""
    source: str
    """The storage URI the files came from, as it may be shown."""
    destination: Path
    files: int
    size: int
    """Bytes in all."""
    seconds: float
    fetched: int
    """Bytes that came from the store; the others were there."""
    verification: Verification
    """How it was checked."""
    left_out: int = 0
    """Files that the source has, and patterns did not want."""
    resolution: Resolution | None = None
    """What the registry said, where it was asked."""
    paths: tuple[Path, ...] = ()
    """The files, below ``destination``."""
    archive: StoredFile | None = None
    """What they came out of, where they came as one archive."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be brought where."""

    requested: str
    """The URI that was asked for, as it may be shown."""
    source: str
    """The storage URI the files would come from, as it may be shown."""
    plan: CopyPlan
    there: int = 0
    """Bytes that are there already, and would not be copied."""
    resolution: Resolution | None = None
    """What the registry said, where it was asked."""
