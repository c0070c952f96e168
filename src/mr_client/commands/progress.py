"""Which progress is shown? A bar where a person looks on, else none: what matters is on stdout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mr_client.storage.copy.progress import Progress

__all__ = ["fitting"]


def fitting(quiet: bool) -> Progress:
    """Return a bar on a terminal; nothing elsewhere, or where ``quiet`` is asked for."""
    from mr_client.storage.copy.progress import BarProgress, NoProgress

    return BarProgress(sys.stderr) if not quiet and sys.stderr.isatty() else NoProgress()
