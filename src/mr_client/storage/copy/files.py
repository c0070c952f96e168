"""Bring the missing files of a plan, each whole or absent.

Work is one queue over files and ranges of files, so one large file and thousands of small ones
both keep all workers busy; while there are files enough, each worker has one of its own. Bytes are
digested as they arrive. What an interrupted run wrote is checked and kept. Memory is a piece for
each worker, whatever the size of the model.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mr_client.errors import SourceChanged, TransferError
from mr_client.storage.copy.begun import Begun
from mr_client.storage.copy.carry import answered, pieces
from mr_client.storage.copy.extents import Extent, gaps, ranges, within
from mr_client.storage.copy.journal import Journal
from mr_client.storage.copy.pace import Pace
from mr_client.storage.copy.partial import Partial
from mr_client.storage.copy.progress import NoProgress, Progress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.copy.stop import Stop
from mr_client.storage.copy.workers import Workers
from mr_client.storage.digests import digest as digests
from mr_client.storage.digests.digest import Digest
from mr_client.storage.plan import PlannedFile
from mr_client.storage.stored import Store, StoredFile

__all__ = ["CopiedFile", "copy_files"]

logger = logging.getLogger(__name__)

_RESTARTS = 1
"""How often a file is begun again because its source changed."""


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """What became of a file of a plan."""

    file: PlannedFile
    """As it was copied: its source may have changed since it was planned."""
    fetched: int
    """Bytes that came from the store; 0 for a file that was there."""
    checked: Digest | None = None
    """The store's digest that it was compared with."""


def copy_files(
    files: Sequence[PlannedFile],
    destination: Path,
    store: Store,
    journal: Journal,
    *,
    settings: CopySettings = CopySettings(),
    progress: Progress = NoProgress(),
    stop: Stop | None = None,
) -> list[CopiedFile]:
    """Copy ``files`` from ``store``; each is whole or absent under its own name.

    After an error the finished ones stay, and what is written of the others, for the next run.

    Args:
        files: what to copy.
        destination: the folder they go to, which ``journal`` occupies.
        store: where they come from.
        journal: what an earlier run left.
        settings: how hard to work.
        progress: told of bytes as they arrive.
        stop: ends it, as an error would.

    Raises:
        TransferInterrupted: ``stop`` said so.
        FilesNotFound, NotAllowed: a file cannot be read, or the destination cannot be written.
        TransferError: the network or the disk failed, or a file changed twice while it was copied.
        VerificationFailed: what arrived is not what the store says.
    """
    copying = _Copying(destination, store, journal, settings, progress)
    stop = stop or Stop()
    try:
        with stop.telling(copying.stop):
            copying.run(files)
        stop.check(f"The copy to {str(destination)!r}")
    finally:
        copying.close()
    return copying.copied


class _Copying:
    """One copy while it runs: the queue, and the files begun."""

    def __init__(
        self, destination: Path, store: Store, journal: Journal, settings: CopySettings, progress: Progress
    ) -> None:
        self.copied: list[CopiedFile] = []
        self._destination = destination
        self._store = store
        self._journal = journal
        self._settings = settings
        self._progress = progress
        self._lock = threading.Lock()
        self._workers = Workers(settings.workers, "mr-copy")
        self._stopping = self._workers.stopping
        self._pace = Pace(settings.wait, settings.rate_limit, self._stopping.wait)
        self._begun = Begun(journal)

    def run(self, files: Sequence[PlannedFile]) -> None:
        """Copy; the largest first, so that the last ones to finish are small."""
        by_size = sorted(files, key=lambda file: -(file.source.size or 0))
        self._workers.run(functools.partial(self._begin, file) for file in by_size)

    def stop(self) -> None:
        """End soon."""
        self._workers.stop()

    def close(self) -> None:
        """Let go of what was begun and not completed; it stays on disk for the next run."""
        self._begun.close()

    def _begin(self, file: PlannedFile, restarts: int = 0) -> None:
        source = file.source
        if source.size is None or source.size <= self._settings.checkpoint or not source.ranged:
            partial = self._begun.begin(file, restarts)
            self._unless_changed(partial, restarts, functools.partial(self._whole, partial))
            return
        name, wanted = self._name(file), self._best(source)
        algorithm = digests.range_algorithm(wanted)
        entry = self._journal.found(name)
        # Of a source that nothing pins, nobody knows whether what is on disk is of the same content.
        keep = (
            bool(entry and (entry.identity, entry.algorithm) == (source.identity, algorithm) and source.etag)
            and not restarts
        )

        def prepare() -> None:
            if not keep:
                self._journal.begin(name, source.identity, algorithm)

        partial = self._begun.begin(file, restarts, prepare, keep=keep, algorithm=algorithm, wanted=wanted)
        parts = list(ranges(source.size, self._settings.range_size))
        partial.left = len(parts)
        tasks = []
        for start, stop in parts:
            known = within(entry.extents, start, stop) if entry and keep else ()
            carry = functools.partial(self._range, partial, start, stop, known)
            tasks.append(functools.partial(self._unless_changed, partial, restarts, carry))
        self._workers.share(tasks)

    def _unless_changed(self, partial: Partial, restarts: int, carry: Callable[[], None]) -> None:
        """Carry; where the source changes meanwhile, begin the file again, once."""
        if partial.abandoned:
            return
        try:
            carry()
        except SourceChanged as error:
            with self._lock:
                if not partial.abandon():
                    return  # another range has seen it first
                self._progress.advance(-partial.arrived)
            source = partial.file.source
            if restarts >= _RESTARTS:
                raise TransferError(
                    f"{source.key!r} changed twice while it was copied: run again when it is at rest."
                ) from error
            logger.warning("%s It is begun again.", error)
            changed = replace(partial.file, source=self._look(source))
            self._workers.first(functools.partial(self._begin, changed, restarts + 1))

    def _whole(self, partial: Partial) -> None:
        """Bring a file in one go."""
        source, wanted, running = partial.file.source, None, None
        for position, piece in self._pieces(partial, 0, source.size) if source.size != 0 else ():
            if position == 0:
                wanted = self._best(source)
                running = digests.running(wanted.algorithm) if wanted and not wanted.parts else None
                if partial.arrived:  # the store gives no ranges, and was interrupted
                    self._tell(self._progress.advance, -partial.arrived)
                    partial.truncate()
            if not self._arrived(partial, position, piece):
                return
            if running is not None:
                running.update(piece)
        self._complete(partial, wanted, running.value() if running is not None else None)

    def _range(self, partial: Partial, start: int, stop: int, known: Sequence[Extent]) -> None:
        """Bring what is missing of a range, and complete the file if it was the last one."""
        for extent in known:
            if self._stopping.is_set():
                return
            if partial.holds(extent):
                partial.add(extent)
                self._tell(self._progress.already, extent.size)
        for begin, end in list(gaps(within(partial.extents, start, stop), start, stop)):
            if not self._gap(partial, begin, end):
                return
        stopped, value = self._stopping.is_set, None
        if partial.following is not None:
            partial.following.wrote(partial.descriptor, start, stop, stopped=stopped)
        if partial.one_less():
            if partial.following is not None:
                value = partial.following.value(partial.descriptor, stopped=stopped)
            elif partial.wanted is not None:
                value = partial.checksum()
            self._complete(partial, partial.wanted, value)

    def _gap(self, partial: Partial, start: int, stop: int) -> bool:
        """Bring bytes that are missing, and take note of them; return whether they all came."""
        noted, running = start, partial.running()
        for position, piece in self._pieces(partial, start, stop):
            if not self._arrived(partial, position, piece):
                return False
            running.update(piece)
            end = position + len(piece)
            if end - noted >= self._settings.checkpoint or end == stop:
                extent = Extent(noted, end, running.value())
                if not self._noted(partial, extent):
                    return False
                noted, running = end, partial.running()
        return True

    def _noted(self, partial: Partial, extent: Extent) -> bool:
        """Take note of bytes that are written; return whether they are of use."""
        with self._lock:
            if not partial.abandoned:
                partial.add(extent)
                self._journal.wrote(self._name(partial.file), extent)
            return not partial.abandoned

    def _pieces(self, partial: Partial, start: int, stop: int | None) -> Iterator[tuple[int, bytes]]:
        source = partial.file.source
        return pieces(self._store, source, start, stop, pace=self._pace, attempts=self._settings.attempts)

    def _arrived(self, partial: Partial, position: int, piece: bytes) -> bool:
        """Write a piece; return whether more is wanted."""
        if self._stopping.is_set() or partial.abandoned:
            return False
        partial.write(position, piece)
        with self._lock:
            if useful := partial.take(len(piece)):
                self._progress.advance(len(piece))
        return useful

    def _complete(self, partial: Partial, wanted: Digest | None, value: bytes | None) -> None:
        """Check a file whose bytes are all there, and give it its name."""
        source = partial.file.source
        if not source.etag and self._look(source).identity != source.identity:
            raise SourceChanged(f"{source.key!r} changed while it was copied.")
        if wanted is not None and value is None:
            value = digests.found(partial.descriptor, wanted, stopped=self._stopping.is_set)
        if wanted is not None and wanted.assumed and value not in (None, wanted.value):
            wanted = self._store.confirmed(source, wanted)
            value = digests.found(partial.descriptor, wanted, stopped=self._stopping.is_set) if wanted else None
        if self._stopping.is_set():
            return
        if wanted is not None and value is not None and value != wanted.value:
            self._begun.leave(partial)
            partial.discard()
            raise digests.mismatch(source.key, wanted, value)
        partial.complete()
        self._begun.leave(partial)
        with self._lock:
            self.copied.append(CopiedFile(partial.file, partial.arrived, wanted if value is not None else None))

    # -- names and notes -----------------------------------------------------------------------

    def _look(self, source: StoredFile) -> StoredFile:
        look = functools.partial(self._store.look, source)
        return answered(look, pace=self._pace, attempts=self._settings.attempts)

    def _best(self, source: StoredFile) -> Digest | None:
        return digests.best(self._store.digests(source)) if self._settings.verify != "size" else None

    def _name(self, file: PlannedFile) -> str:
        return file.target.relative_to(self._destination).as_posix()

    def _tell(self, told: Callable[[int], None], size: int) -> None:
        with self._lock:
            told(size)
