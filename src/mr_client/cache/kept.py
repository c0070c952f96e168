"""What does a cache of models hold, whole, and for whom?

.. code-block:: text

    entries/KEY/files          a model: read-only, never half there
    entries/KEY/record.json    what it is; its time says when it was last asked for
    entries/KEY/use            shared by the processes that were given the files, see ``storage.disk.locks``
    parts/KEY                  an entry that is being brought; renamed when it is whole
    parts/KEY.lock             of whoever brings it
    names/NAME.json            which entry a name meant last

A key is a digest of what the store lists: a changed object makes another entry, and two names of
the same content share one.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mr_client.cache.folders import make_private, remove, seal, unseal, write_whole
from mr_client.errors import MRClientError
from mr_client.storage.disk.files import make_folder, sync_folder, writing
from mr_client.storage.disk.locks import Lock, waited
from mr_client.storage.plan import CopyPlan

__all__ = ["KEY", "Kept", "Meaning", "Part", "Record", "key_of", "let_go", "pinned", "record_of"]

KEY = re.compile("[0-9a-f]{40}")
_FORM = 1
_TAKEN = frozenset({errno.ENOTEMPTY, errno.EEXIST})

_used: dict[Path, Lock] = {}
_using = threading.Lock()
"""Entries that this process was given, with their locks: whoever has a path reads there until the process ends."""


@dataclass(frozen=True, slots=True)
class Record:
    """What an entry is."""

    source: str
    """The URI it came from, as it may be shown."""
    files: Mapping[str, tuple[int, int]]
    """Path below the entry's folder → bytes, and time of the last change in nanoseconds."""
    brought: float
    """When, in seconds since the epoch."""

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(size for size, _ in self.files.values())


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which entry a name meant last."""

    file: Path
    """Where that is written."""
    name: str
    """As it may be shown."""
    key: str
    """Of the entry."""
    places: tuple[str, ...]
    """What the registry named, as it may be shown."""


@dataclass(frozen=True, slots=True)
class Part:
    """An entry that is being brought, by nobody else."""

    folder: Path

    @property
    def files(self) -> Path:
        """Where the files go."""
        return self.folder / "files"


def key_of(server: Sequence[str], plan: CopyPlan, *settled: object) -> str:
    """Return the key of what a store lists.

    Args:
        server: which store, see ``Location.server``.
        plan: what of it is wanted; where it goes does not count.
        settled: what else decides what is in the folder in the end.
    """
    files = [(file.target.relative_to(plan.destination).as_posix(), *file.source.identity) for file in plan.files]
    text = json.dumps([_FORM, list(server), files, list(settled)])
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def pinned(plan: CopyPlan) -> bool:
    """Return whether the listing tells each content from any other: by an ETag, or a time."""
    return all(file.source.etag is not None or file.source.modified is not None for file in plan.files)


def record_of(folder: Path, files: Sequence[Path], source: str, now: float) -> Record:
    """Return the record of what was brought into a folder."""
    found = {file.relative_to(folder).as_posix(): file.lstat() for file in files}
    return Record(source, {name: (each.st_size, each.st_mtime_ns) for name, each in found.items()}, now)


class Kept:
    """A cache's folder; nothing is made before it is needed. Safe to share between threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries, self.parts, self.names = (folder / name for name in ("entries", "parts", "names"))

    def record(self, key: str) -> Record | None:
        """Return what an entry is; None where there is none, or none that can be read."""
        try:
            said: dict[str, Any] = json.loads((self.entries / key / "record.json").read_text(encoding="ascii"))
            files = {name: (int(size), int(time)) for name, (size, time) in said["files"].items()}
            return Record(str(said["source"]), files, float(said["brought"])) if said["form"] == _FORM else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def use(self, key: str, *, patience: float, now: float) -> Path | None:
        """Return the folder of an entry that is whole, which stays there while this process runs.

        Args:
            key: which.
            patience: seconds to wait for another process that is about to remove it.
            now: the time that it is asked for, in seconds since the epoch.

        Returns:
            None where it is not there, or a file in it is not as it was brought.
        """
        entry = self.entries / key
        with _using:
            lock = _used.get(entry)
            if lock is None or not lock.still():
                if lock is not None:
                    lock.release()
                    del _used[entry]
                try:
                    lock = waited(entry / "use", alone=False, make=False, patience=patience)
                except FileNotFoundError:
                    return None
            record = self.record(key)
            if record is None or not _is_whole(entry / "files", record):
                _used.pop(entry, lock).release()
                return None
            _used[entry] = lock
        with suppress(OSError):  # of another user, or on a disk for reading
            os.utime(entry / "record.json", (now, now))
        return entry / "files"

    @contextmanager
    def bringing(self, key: str, *, patience: float, waiting: Any = lambda: None) -> Iterator[Part]:
        """Have the part of a key for oneself, with what an interrupted process left of it.

        Args:
            key: which.
            patience: seconds to wait for another process that brings it.
            waiting: called once, where it has to wait.

        Raises:
            NotAllowed, TransferError: the cache cannot be written; another process brings it for too long.
        """
        make_private(self.folder)
        make_folder(self.parts)
        path = self.parts / f"{key}.lock"
        lock = waited(path, alone=True, patience=patience, waiting=waiting)
        # Without locks each has a part of its own, which nobody goes on with.
        part = Part(self.parts / (key if lock.real else f"{key}-{uuid.uuid4().hex}"))
        try:
            if part.folder.is_symlink():
                remove(part.folder)
            with writing(part.folder):
                unseal(part.files)  # of a process that was ended just before its entry was there
            yield part
            with writing(path):
                path.unlink(missing_ok=True)
        except BaseException:
            if not lock.real:
                remove(part.folder)
            raise
        finally:
            lock.release()

    def publish(self, part: Part, key: str, record: Record, *, sync: bool) -> None:
        """Make an entry of a part whose files are whole.

        Args:
            part: of which nothing is left.
            key: whose entry; one that is there, and is whole, is left as it is.
            record: what it is.
            sync: whether to wait until the disk has it.

        Raises:
            NotAllowed, TransferError: the cache cannot be written.
        """
        entry = self.entries / key
        make_folder(self.entries)
        with writing(entry):
            (part.folder / "use").touch()
            said = {"form": _FORM, **asdict(record)}
            write_whole(part.folder / "record.json", json.dumps(said, indent=1), sync=sync)
            seal(part.files)
            try:
                part.folder.rename(entry)
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
                known = self.record(key)
                if known is None or not _is_whole(entry / "files", known):
                    remove(entry, self.parts)
                    part.folder.rename(entry)
                else:
                    remove(part.folder)
        if sync:
            sync_folder(self.entries)

    def remember(self, name: str, shown: str, key: str, places: Sequence[str]) -> None:
        """Write what a name means.

        Args:
            name: as it is kept: a digest, see ``KEY``.
            shown: as a person writes it.
            key: the entry that it means.
            places: what the registry named, as it may be shown.
        """
        said = {"form": _FORM, "name": shown, "key": key, "places": list(places)}
        with suppress(OSError, MRClientError):  # a cache that this user may only read still answers
            make_folder(self.names)
            write_whole(self.names / f"{name}.json", json.dumps(said, indent=1), sync=False)

    def remembered(self, name: str) -> Meaning | None:
        """Return what a name meant last; None where that is not known."""
        file = self.names / f"{name}.json"
        try:
            said = json.loads(file.read_text(encoding="ascii"))
            if said["form"] != _FORM or not KEY.fullmatch(said["key"]):
                return None
            return Meaning(file, str(said["name"]), said["key"], tuple(map(str, said["places"])))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def meanings(self) -> list[Meaning]:
        """Return what every name meant last."""
        found = (self.remembered(file.stem) for file in sorted(self.names.glob("*.json")))
        return [each for each in found if each is not None]


def let_go(folder: Path) -> None:
    """Let go of the entries of a cache that this process was given."""
    with _using:
        for entry in [each for each in _used if each.is_relative_to(folder)]:
            _used.pop(entry).release()


def _is_whole(folder: Path, record: Record) -> bool:
    for name, (size, time) in record.files.items():
        try:
            found = os.lstat(folder / name)
        except OSError:
            return False
        if not stat.S_ISREG(found.st_mode) or (found.st_size, found.st_mtime_ns) != (size, time):
            return False
    return bool(record.files)
