"""Which files of a copy are begun, and what becomes of those that are not completed?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mr_client.storage.copy.journal import Journal
from mr_client.storage.copy.partial import Partial, temporary_name
from mr_client.storage.disk.files import make_folder
from mr_client.storage.plan import PlannedFile

__all__ = ["Begun"]


class Begun:
    """The files of one copy that are begun and not completed. Safe to share between threads.

    Args:
        journal: whether others are at work in the folder, too, and where it is said that something was begun.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._salt = temporary_name(str(id(self))) if journal.shared else ""
        self._partials: set[Partial] = set()
        self._made: set[Path] = set()

    def begin(
        self, file: PlannedFile, restarts: int, prepare: Callable[[], None] | None = None, **facts: Any
    ) -> Partial:
        """Return the file that is to be written; it is made, and its folder, with its first byte.

        Args:
            file: what it is to be.
            restarts: how often it was begun before.
            prepare: called before it is made.
            facts: the other arguments of ``Partial``.
        """

        def made() -> None:
            folder = file.target.parent
            with self._lock:
                if folder not in self._made:
                    make_folder(folder)
                    self._made.add(folder)
                self._journal.needed = True
            if prepare is not None:
                prepare()

        # Each content has a name of its own: a thread may still be writing the one before.
        salt = self._salt + "again" * restarts
        temporary = file.target.with_name(temporary_name(file.target.name, salt))
        partial = Partial(file, temporary, made, **facts)
        with self._lock:
            self._partials.add(partial)
        return partial

    def leave(self, partial: Partial) -> None:
        """Forget a file that is completed, or discarded."""
        with self._lock:
            self._partials.discard(partial)

    def close(self) -> None:
        """Let go of the others; they stay on disk for the next run, where it can know them."""
        for partial in self._partials:
            if self._journal.shared or partial.abandoned:
                partial.discard()
            else:
                partial.close()
