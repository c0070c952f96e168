"""What did an earlier run leave in a folder, and who is at work there now?

One file in the destination, there only while a copy runs or after one that was interrupted. It
is locked, so that two copies never write into one folder at once, and it says which bytes of
unfinished files are on disk, with their checksums, a line of JSON each. Lines are only added: a
killed run leaves at worst a torn last line, which is left out.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mr_client.errors import TransferError
from mr_client.storage.copy.extents import Extent
from mr_client.storage.disk.files import is_at, make_folder, sync_folder, writing
from mr_client.storage.disk.locks import NO_LOCKS

__all__ = ["JOURNAL", "Entry", "Journal", "occupy"]

logger = logging.getLogger(__name__)

JOURNAL = ".mr-part-journal"
_FORM = 1
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PAUSE = 0.2
"""Seconds between two looks at what another run has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is on disk of an unfinished file."""

    identity: tuple[object, ...]
    """What pins the source: an entry of another content is of no use."""
    algorithm: str
    """Of the extents' checksums."""
    extents: tuple[Extent, ...]


class Journal:
    """A folder that is being filled. Safe to share between threads.

    Args:
        descriptor: the journal, open and locked; None where the file system knows no locks.
        path: where it is.
    """

    def __init__(self, descriptor: int | None, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path
        self._lock = threading.Lock()
        self._found: dict[str, Entry] = {}
        self.intact = True
        """Whether what an earlier run finished has reached the disk: not, if the machine went down meanwhile."""
        self.needed = False
        """Whether the folder holds something that the next run must know of, if this one fails."""
        if descriptor is not None:
            self._read(descriptor)

    @property
    def shared(self) -> bool:
        """Whether others may write here at the same time, because the file system knows no locks."""
        return self._descriptor is None

    def found(self, name: str) -> Entry | None:
        """Return what an earlier run left of the file ``name``, a path below the folder."""
        return self._found.get(name)

    def begin(self, name: str, identity: Sequence[object], algorithm: str) -> None:
        """Say that a file is begun; what was said of it before is void."""
        self.needed = True
        self._add({"file": name, "identity": list(identity), "algorithm": algorithm})

    def wrote(self, name: str, extent: Extent) -> None:
        """Say that bytes of a file are written."""
        self._add({"wrote": name, "start": extent.start, "stop": extent.stop, "sum": extent.checksum.hex()})

    def _add(self, line: dict[str, object]) -> None:
        if self._descriptor is None:
            return
        data = json.dumps(line, ensure_ascii=True).encode() + b"\n"
        with writing(self._path), self._lock:
            os.write(self._descriptor, data)

    def _read(self, descriptor: int) -> None:
        boot = _boot_id()
        with os.fdopen(os.dup(descriptor), "rb") as content:
            content.seek(0)
            lines = content.read().split(b"\n")
        begun: dict[str, tuple[tuple[object, ...], str, dict[int, Extent]]] = {}
        try:
            head = json.loads(lines[0])
            if head["form"] != _FORM:
                raise ValueError(head)
            self.intact = head["boot"] == boot
            for line in lines[1:-1]:  # after the last newline is nothing, or a torn line
                _take(begun, json.loads(line))
        except (ValueError, KeyError, TypeError, IndexError):
            # New, or not ours to read: what it says is left out, and every byte fetched.
            if lines != [b""]:
                self.intact = False
            begun.clear()
            with writing(self._path):
                os.ftruncate(descriptor, 0)
        else:
            with writing(self._path):  # what follows begins on a line of its own
                os.ftruncate(descriptor, sum(len(line) + 1 for line in lines[:-1]))
        self._found = {
            name: Entry(identity, algorithm, tuple(extents.values()))
            for name, (identity, algorithm, extents) in begun.items()
        }
        self.needed = os.fstat(descriptor).st_size > 0
        if not self.needed:
            os.fchmod(descriptor, 0o660)  # the next run may be another user of the same group (fsGroup, in a pod)
            self._add({"form": _FORM, "boot": boot, "pid": os.getpid()})
            with writing(self._path):
                os.fsync(descriptor)
            sync_folder(self._path.parent)


def _take(begun: dict[str, tuple[tuple[object, ...], str, dict[int, Extent]]], line: dict[str, Any]) -> None:
    if "file" in line:
        begun[line["file"]] = (tuple(line["identity"]), str(line["algorithm"]), {})
    else:
        extent = Extent(int(line["start"]), int(line["stop"]), bytes.fromhex(line["sum"]))
        begun[line["wrote"]][2][extent.start] = extent


@contextmanager
def occupy(folder: Path, *, patience: float) -> Iterator[Journal]:
    """Have a folder for oneself, with the journal of what an earlier run left there.

    On success the journal is removed; after an error it stays for the next run, unless nothing
    came to be written: then the folder is as it was.

    Args:
        folder: made if it is not there.
        patience: seconds to wait for another run that is at work there.

    Raises:
        NotAllowed, TransferError: the folder cannot be written; another run is at work there for too long.
    """
    made = [missing for missing in (folder, *folder.parents) if not missing.exists()]
    make_folder(folder)
    path = folder / JOURNAL
    descriptor = _locked(path, patience)
    try:
        journal = Journal(descriptor, path)
        try:
            yield journal
        except BaseException:
            if not journal.needed or _is_alone(path):
                _remove(path, made)
            raise
        _remove(path, ())
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked(path: Path, patience: float) -> int | None:
    """Open and lock the journal; return None where the file system knows no locks."""
    end, told = time.monotonic() + patience, False
    while True:
        with writing(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o660)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_at(path, descriptor):
                return descriptor
        except BlockingIOError:
            if time.monotonic() > end:
                os.close(descriptor)
                raise TransferError(
                    f"Another run has been at work in {str(path.parent)!r} for {patience:.0f} s: wait for it, "
                    "or stop it, then run again."
                ) from None
            if not told:
                logger.info("another run is at work in %s: waiting for it", path.parent)
                told = True
        except OSError as error:
            os.close(descriptor)
            if error.errno not in NO_LOCKS:
                with writing(path):
                    raise
            logger.warning("%s knows no locks: nothing is resumed there, and two runs may copy twice", path.parent)
            return None
        os.close(descriptor)
        if told:
            time.sleep(_PAUSE)


def _is_alone(path: Path) -> bool:
    """Return whether no other file is in the journal's folder, such as when what came was not what it should be."""
    return not any(Path(folder, name) != path for folder, _, names in os.walk(path.parent) for name in names)


def _remove(path: Path, made: Sequence[Path]) -> None:
    """Remove the journal, while it is locked, and the folders made for it, innermost first."""
    with writing(path):
        path.unlink(missing_ok=True)
    for folder in made:
        try:
            folder.rmdir()
        except OSError:
            return  # something is in it


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
