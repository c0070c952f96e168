"""What does Ctrl-C end, and when at the latest?

It is raised in the main thread, which then waits for those that carry files; and they may wait for a store that says
nothing. A copy may be ended at any point, so nobody has to wait for longer than it takes to put things away.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

__all__ = ["CODE", "SENTENCE", "ended_soon"]

CODE = 130
"""128 and the number of the signal, as shells count."""
SENTENCE = "Stopped: the same command again goes on where it was."
_GRACE = 2.0
"""Seconds for an end in good order."""


@contextmanager
def ended_soon() -> Iterator[threading.Lock]:
    """Let an interrupt end the process after a moment, or at once when it comes again.

    Yields:
        a lock: whoever has it may say the sentence, so that it is said once.
    """
    saying = threading.Lock()
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield saying  # somebody else decides what an interrupt does
        return
    again = threading.Event()

    def interrupted(number: int, frame: FrameType | None) -> None:
        if again.is_set():
            _end(saying)
        again.set()
        threading.Thread(target=wait, name="mr-interrupted", daemon=True).start()
        raise KeyboardInterrupt

    def wait() -> None:
        time.sleep(_GRACE)
        _end(saying)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield saying
    finally:
        if not again.is_set():
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(saying: threading.Lock) -> NoReturn:
    if saying.acquire(blocking=False):
        # Not through a stream, which a thread that is cut off here may hold; a bar leaves its line open.
        with suppress(OSError):
            os.write(2, f"{chr(10) if sys.stderr.isatty() else ''}{SENTENCE}\n".encode())
    os._exit(CODE)
