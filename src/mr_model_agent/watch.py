"""When may a folder's content be another? The kernel says so, and now and then it is looked at anyway.

Kubernetes changes a ConfigMap's volume by another link ``..data``, put in place by a rename; any file that is
written counts as well.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import watchfiles

__all__ = ["changes"]

logger = logging.getLogger(__name__)

_STEP = 10
"""Milliseconds without a further change after which one is told."""
_DEBOUNCE = 200
"""Milliseconds after which it is told even if changes go on."""


def changes(folder: Path, stop: threading.Event, *, interval: float) -> Iterator[None]:
    """Yield at once, whenever something changes in ``folder``, and at least each ``interval``, until ``stop`` is set.

    Where the folder is not there yet, or the kernel has no watch left, the interval alone counts.

    Args:
        folder: what is watched, without the folders in it.
        stop: ends it.
        interval: seconds.
    """
    told = False
    while not stop.is_set():
        yield
        try:
            for _ in watchfiles.watch(
                folder,
                watch_filter=None,
                step=_STEP,
                debounce=_DEBOUNCE,
                stop_event=stop,
                rust_timeout=max(1, int(interval * 1000)),
                yield_on_timeout=True,
                recursive=False,
            ):
                told = False
                if not folder.is_dir():
                    break  # the watch is of a folder that is gone
                yield
        except (OSError, RuntimeError) as error:  # RuntimeError is what watchfiles makes of the kernel's refusals
            if not told:
                logger.warning("%s cannot be watched (%s): it is looked at each %g s", folder, error, interval)
                told = True
        stop.wait(interval)
