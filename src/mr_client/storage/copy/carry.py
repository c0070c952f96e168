"""How is a range of bytes brought, whatever the network does meanwhile?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TypeVar

from mr_client.errors import StoreBusy, TransferError, TransferInterrupted
from mr_client.storage.copy.pace import Pace
from mr_client.storage.stored import Store, StoredFile

__all__ = ["answered", "pieces"]

T = TypeVar("T")

logger = logging.getLogger(__name__)

_PROGRESS = 256 * 1024
"""Bytes that an attempt must bring to count as one that went well before it broke."""


def pieces(
    store: Store, file: StoredFile, start: int, stop: int | None, *, pace: Pace, attempts: int
) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes of ``file`` from ``start`` up to ``stop`` (None: to its end), each piece with its place.

    After an interruption it goes on where it was. Where the store gives no ranges it begins
    again: then a piece comes whose place is ``start`` once more.

    Args:
        store: where they come from.
        file: what is read.
        start: first byte.
        stop: the byte after the last one; None where the size is not known.
        pace: when the store may be asked.
        attempts: how often in a row it may fail without bringing anything to speak of.

    Raises:
        SourceChanged: it is another content than before.
        FilesNotFound, NotAllowed, TransferError: it cannot be read.
    """
    position, failed = start, 0
    while True:
        began = position
        try:
            pace.ready()
            # Without a range where all is wanted: then the answer says what the store vouches for.
            for piece in store.read(file, position, None if position == 0 and stop == file.size else stop):
                if stop is not None and position + len(piece) > stop:  # or it might never end
                    raise TransferError(f"{file.key!r} is longer than the {file.size} bytes its store says: run again.")
                yield position, piece
                position += len(piece)
                pace.spend(len(piece))
            if stop is None or position == stop:
                return
            raise TransferInterrupted(f"{file.key!r} ended at byte {position}, before byte {stop}.")
        except TransferInterrupted as error:
            failed = 1 if file.ranged and position - began >= _PROGRESS else failed + 1
            _wait(error, failed, pace, attempts)
            if not file.ranged:
                position = start


def answered(question: Callable[[], T], *, pace: Pace, attempts: int) -> T:
    """Ask a store until it answers.

    Args:
        question: asks; may be called again.
        pace: when the store may be asked.
        attempts: how often in a row it may fail.

    Raises:
        FilesNotFound, NotAllowed, TransferError: as ``question`` does.
    """
    failed = 0
    while True:
        try:
            pace.ready()
            return question()
        except TransferInterrupted as error:
            failed += 1
            _wait(error, failed, pace, attempts)


def _wait(error: TransferInterrupted, failed: int, pace: Pace, attempts: int) -> None:
    """Wait before an attempt more, or raise where there were enough, or where the copy stops."""
    if failed >= attempts:
        raise TransferInterrupted(
            f"{error} Tried {failed} times: check the network and the store, then run again."
        ) from error
    logger.warning("%s Trying again (%d of %d).", error, failed + 1, attempts)
    stops = pace.slow_down(failed, error.retry_after) if isinstance(error, StoreBusy) else pace.back_off(failed)
    if stops:
        raise error
