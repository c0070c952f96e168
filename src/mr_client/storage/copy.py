"""Bring the files of a plan, each whole or absent.

Work is one queue over files and ranges of files, so one large file and thousands of small ones
both keep all workers busy. A file is written under a temporary name in its own folder, checked,
and renamed. Memory is a piece for each worker, whatever the size of the model.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mr_client.errors import NotAllowed, TransferError, TransferInterrupted, VerificationFailed
from mr_client.storage.digests import best, found, mismatch
from mr_client.storage.plan import CopyPlan, PlannedFile
from mr_client.storage.store import Store

__all__ = ["CopySettings", "Progress", "copy_files"]

_TEMPORARY = ".mr-part-"
_IS_TEMPORARY = re.compile(re.escape(_TEMPORARY) + "[0-9a-f]{20}")
_LONGEST_WAIT = 10.0
"""Seconds between two attempts, at most."""


class Progress(Protocol):
    """Told of bytes as they arrive; called from several threads, one at a time."""

    def __call__(self, arrived: int, /) -> None:
        """Take note of ``arrived`` more bytes; a negative number takes back what must come again."""
        ...


@dataclass(frozen=True, slots=True)
class CopySettings:
    """How hard a copy works."""

    workers: int = 4
    """Threads, each with one connection and about 1 MiB of memory."""
    range_size: int = 64 * 1024 * 1024
    """Bytes asked for at a time: each range costs a round trip, and large files are split into them."""
    attempts: int = 5
    """How often a range is asked for before the copy gives up."""
    wait: float = 0.5
    """Seconds before the second attempt; doubled for each one after."""


def copy_files(
    plan: CopyPlan, store: Store, *, settings: CopySettings = CopySettings(), progress: Progress | None = None
) -> None:
    """Copy every file of ``plan`` from ``store``.

    After an error no temporary file is left, and each file is either whole or absent.

    Raises:
        FilesNotFound, NotAllowed: a file cannot be read, or the destination cannot be written.
        TransferError: the network or the disk failed.
        VerificationFailed: what arrived is not what the store says.
    """
    _remove_leftovers(plan.destination)
    copying = _Copying(plan, store, settings, progress)
    with ThreadPoolExecutor(settings.workers, thread_name_prefix="mr-copy") as pool:
        try:
            for worker in as_completed([pool.submit(copying.work) for _ in range(settings.workers)]):
                worker.result()
        except BaseException:
            copying.stopping.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            copying.discard()


class _Copying:
    """One copy while it runs: the queue, and the files begun."""

    def __init__(self, plan: CopyPlan, store: Store, settings: CopySettings, progress: Progress | None) -> None:
        self._plan = plan
        self._store = store
        self._settings = settings
        self._progress = progress
        self._lock = threading.Lock()
        self._begun: set[_Partial] = set()
        self._ranges = self._queue()
        self.stopping = threading.Event()

    def work(self) -> None:
        """Carry ranges until none is left; an error stops the other workers too."""
        try:
            while not self.stopping.is_set():
                with self._lock:
                    task = next(self._ranges, None)
                if task is None:
                    return
                partial, start, stop = task
                self._carry(partial, start, stop)
                if not self.stopping.is_set() and partial.one_range_less():
                    partial.complete(self._store)
                    with self._lock:
                        self._begun.discard(partial)
        except BaseException:
            self.stopping.set()
            raise

    def discard(self) -> None:
        """Remove what was begun and not completed."""
        for partial in self._begun:
            partial.discard()

    def _queue(self) -> Iterator[tuple[_Partial, int, int | None]]:
        for file in self._plan.files:
            size, step = file.source.size, self._settings.range_size
            ranges: list[tuple[int, int | None]] = [(0, size)]
            if file.source.ranged and size is not None and size > step:
                ranges = [(start, min(start + step, size)) for start in range(0, size, step)]
            partial = _Partial(file, self._plan.destination, ranges=len(ranges))
            self._begun.add(partial)
            for start, stop in ranges:
                yield partial, start, stop

    def _carry(self, partial: _Partial, start: int, stop: int | None) -> None:
        """Bring one range, going on where an interrupted attempt ended."""
        file = partial.file.source
        if file.size == 0:
            return
        position = start
        for attempt in range(1, self._settings.attempts + 1):
            whole = position == 0 and stop == file.size
            try:
                for piece in self._store.read(file, position, None if whole else stop):
                    if self.stopping.is_set():
                        return
                    partial.write(position, piece)
                    position += len(piece)
                    self._tell(len(piece))
                if stop is None or position == stop:
                    return
                if position > stop:
                    raise TransferError(f"{file.key!r} is longer than the {file.size} bytes its store says: run again.")
                raise TransferInterrupted(f"{file.key!r} ended at byte {position}, before byte {stop}.")
            except TransferInterrupted as error:
                if attempt == self._settings.attempts:
                    raise TransferInterrupted(
                        f"{error} Tried {attempt} times: check the network and the store, then run again."
                    ) from error
                if not file.ranged:
                    self._tell(start - position)
                    position = start
                    partial.begin_again()
                wait = min(self._settings.wait * 2 ** (attempt - 1), _LONGEST_WAIT)
                self.stopping.wait(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards nothing

    def _tell(self, arrived: int) -> None:
        if self._progress is not None:
            with self._lock:
                self._progress(arrived)


class _Partial:
    """A file that is being written under its temporary name."""

    def __init__(self, file: PlannedFile, destination: Path, *, ranges: int) -> None:
        self.file = file
        self._destination = destination
        # Short, whatever the length of the name; the same in each run.
        digest = hashlib.sha256(file.target.name.encode(errors="surrogateescape")).hexdigest()[:20]
        self._temporary = file.target.with_name(_TEMPORARY + digest)
        self._lock = threading.Lock()
        self._left = ranges
        self._descriptor: int | None = None
        self._made = False

    def write(self, position: int, piece: bytes) -> None:
        """Write a piece where it belongs. The file is made when its first byte is there."""
        with _disk(self.file.target):
            descriptor = self._open()
            view = memoryview(piece)
            while view:
                written = os.pwrite(descriptor, view, position)
                view, position = view[written:], position + written

    def begin_again(self) -> None:
        """Forget what was written."""
        with _disk(self.file.target):
            os.ftruncate(self._open(), 0)

    def one_range_less(self) -> bool:
        """Count a range as written; return whether it was the last one."""
        with self._lock:
            self._left -= 1
            return self._left == 0

    def complete(self, store: Store) -> None:
        """Check the file and give it its name.

        Raises:
            VerificationFailed: its digest is not what the store says.
        """
        source, target = self.file.source, self.file.target
        with _disk(target):
            descriptor = self._open()
            self._check(descriptor, store)
            os.fchmod(descriptor, 0o644)
            if source.modified is not None:
                os.utime(descriptor, (source.modified, source.modified))
            self._close()
            self._temporary.replace(target)
            self._made = False

    def discard(self) -> None:
        """Remove the temporary file, if there is one."""
        self._close()
        if self._made:
            self._temporary.unlink(missing_ok=True)

    def _check(self, descriptor: int, store: Store) -> None:
        source = self.file.source
        digest = best(store.digests(source))
        value = found(descriptor, digest) if digest else None
        if digest and value != digest.value and digest.assumed and (digest := store.confirmed(source, digest)):
            value = found(descriptor, digest)
        if digest and value is not None and value != digest.value:
            raise mismatch(source.key, digest, value)

    def _open(self) -> int:
        with self._lock:
            if self._descriptor is None:
                if not self._temporary.parent.resolve().is_relative_to(self._destination.resolve()):
                    raise NotAllowed(
                        f"{str(self._temporary.parent)!r} leads out of {str(self._destination)!r} by a link: remove the link."
                    )
                _make_folder(self._temporary.parent)
                self._descriptor = os.open(
                    self._temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644
                )
                self._made = True
            return self._descriptor

    def _close(self) -> None:
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, which anybody may read whatever the umask."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


@contextmanager
def _disk(target: Path) -> Iterator[None]:
    """Turn an error of the local file system into one of our tree."""
    try:
        yield
    except (NotAllowed, TransferError, VerificationFailed):
        raise
    except PermissionError as error:
        raise NotAllowed(
            f"{str(target)!r} cannot be written ({error.strerror}): give this user the right to write there."
        ) from error
    except OSError as error:
        raise TransferError(
            f"{str(target)!r} cannot be written ({error.strerror}): check the space and the volume, then run again."
        ) from error


def _remove_leftovers(destination: Path) -> None:
    """Remove temporary files that a killed run left behind."""
    with _disk(destination):
        for path in destination.rglob(_TEMPORARY + "*"):
            if _IS_TEMPORARY.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                path.unlink(missing_ok=True)
