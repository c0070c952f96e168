"""What is in the cache of models, and what may go?"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mr_client.cache.folders import remove
from mr_client.cache.kept import KEY, Kept, let_go
from mr_client.cache.settings import CacheSettings
from mr_client.errors import UsageError
from mr_client.storage.disk.files import writing
from mr_client.storage.disk.locks import taken

__all__ = ["Entry", "Pruned", "entries", "prune"]

_STALE = timedelta(days=1)
"""After which what an interrupted download left is taken for forgotten."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A model in the cache."""

    key: str
    path: Path
    """The folder that holds the files."""
    source: str
    """The storage URI they came from, as it may be shown."""
    names: tuple[str, ...]
    """The names that mean it offline; a name that meant it before, and means another now, is none."""
    files: int
    size: int
    """Bytes in all."""
    brought: datetime
    """When it was brought."""
    used: datetime
    """When it was last asked for."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed from the cache, and what was not."""

    removed: tuple[Entry, ...]
    size: int
    """Bytes that were removed in all, with what interrupted downloads had left."""
    in_use: tuple[Entry, ...] = ()
    """What would have been removed, but processes that still run were given its files."""


def entries(*, folder: Path | None = None) -> list[Entry]:
    """List the models in the cache, the last used first.

    Args:
        folder: the cache; without one, the environment's (``MR_CACHE``).

    Raises:
        InvalidSettings: a variable has a value that cannot be used.
    """
    kept = _kept(folder)
    names: dict[str, list[str]] = {}
    for each in kept.meanings():
        names.setdefault(each.key, []).append(each.name)
    found = [_entry(kept, key, sorted(names.get(key, []))) for key in _keys(kept)]
    return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.used, reverse=True)


def prune(
    *,
    older_than: timedelta | float | None = None,
    to_size: int | None = None,
    everything: bool = False,
    folder: Path | None = None,
) -> Pruned:
    """Remove models from the cache, the least recently used first, and what interrupted downloads left.

    A model that a process was given which still runs stays, whatever is asked; what this process was given goes
    where everything shall. What a running download brings stays. Without any limit only such leftovers go as are
    older than a day.

    Args:
        older_than: what was not asked for in this time goes; seconds, or a ``timedelta``.
        to_size: bytes that may stay.
        everything: whether all goes.
        folder: the cache; without one, the environment's (``MR_CACHE``).

    Raises:
        UsageError: a limit is below 0.
        NotAllowed, TransferError: the cache cannot be written.
    """
    age = timedelta(seconds=older_than) if isinstance(older_than, int | float) else older_than
    if (age is not None and age < timedelta(0)) or (to_size is not None and to_size < 0):
        raise UsageError("older_than and to_size are limits of 0 or more: give seconds, and bytes.")
    kept = _kept(folder)
    if everything:
        let_go(kept.folder)
    removed: list[Entry] = []
    in_use: list[Entry] = []
    there = entries(folder=kept.folder)
    left = sum(entry.size for entry in there)
    now = datetime.now(UTC)
    for entry in reversed(there):
        old = age is not None and now - entry.used >= age
        if everything or old or (to_size is not None and left > to_size):
            if _removed(kept, entry.key):
                removed.append(entry)
                left -= entry.size
            else:
                in_use.append(entry)
    size = sum(entry.size for entry in removed)
    stale = timedelta(0) if everything else _STALE if age is None else age
    size += sum(_clear(kept, stale.total_seconds()))
    return Pruned(tuple(removed), size, tuple(in_use))


def _kept(folder: Path | None) -> Kept:
    return Kept(CacheSettings.from_env(os.environ).folder if folder is None else folder)


def _keys(kept: Kept) -> list[str]:
    return sorted(each.name for each in _inside(kept.entries) if KEY.fullmatch(each.name) and _is_folder(each))


def _entry(kept: Kept, key: str, names: list[str]) -> Entry | None:
    record = kept.record(key)
    if record is None:
        return None
    entry = kept.entries / key
    brought = datetime.fromtimestamp(record.brought, UTC)
    used = brought
    with suppress(OSError):
        used = datetime.fromtimestamp((entry / "record.json").stat().st_mtime, UTC)
    return Entry(key, entry / "files", record.source, tuple(names), len(record.files), record.size, brought, used)


def _removed(kept: Kept, key: str) -> bool:
    """Remove an entry that no process was given; return whether it is gone."""
    entry = kept.entries / key
    try:
        lock = taken(entry / "use", alone=True, make=False)
    except FileNotFoundError:  # not as we make them
        remove(entry, kept.parts)
        return True
    if lock is None:
        return False
    try:
        remove(entry, kept.parts)
    finally:
        lock.release()
    return True


def _clear(kept: Kept, age: float) -> Iterator[int]:
    """Remove what nobody is at work on and nobody would miss; yield the bytes of each."""
    for each in _inside(kept.parts):
        if each.name.startswith("removed-"):
            yield _size(each)
            remove(each)
        elif KEY.match(each.name) and time.time() - _touched(each) >= age:
            # Those that were brought on a file system without locks, each by itself, are known by their age alone.
            path = kept.parts / f"{each.name[:40]}.lock"
            if (lock := taken(path, alone=True)) is not None:
                try:
                    yield _size(each)
                    remove(each if each != path else kept.parts / path.stem)
                    _unlink(path)
                finally:
                    lock.release()
    for key in _keys(kept):
        if kept.record(key) is None:
            yield _size(kept.entries / key)
            _removed(kept, key)
    there = set(_keys(kept))
    for meaning in kept.meanings():
        if meaning.key not in there:
            _unlink(meaning.file)


def _unlink(path: Path) -> None:
    with writing(path):
        path.unlink(missing_ok=True)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _touched(folder: Path) -> float:
    """Return when something was last written in a part."""
    times = [0.0]
    for each in (folder, *_files(folder)):
        with suppress(OSError):
            times.append(each.lstat().st_ctime)
    return max(times)


def _size(folder: Path) -> int:
    size = 0
    for each in _files(folder):
        with suppress(OSError):
            size += each.lstat().st_size
    return size


def _files(folder: Path) -> Iterator[Path]:
    for below, _, names in os.walk(folder) if not folder.is_symlink() else ():
        yield from (Path(below, name) for name in names)
