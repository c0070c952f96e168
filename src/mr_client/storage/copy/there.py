"""Which files of a plan are on disk already?"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import NotAllowed, TransferError
from mr_client.storage.copy.partial import is_reserved, is_temporary, temporary_name
from mr_client.storage.disk.files import writing
from mr_client.storage.disk.room import nearest
from mr_client.storage.plan import CopyPlan, PlannedFile

__all__ = ["Remaining", "leftovers", "remaining", "temporary"]

_PATH_MAX = 4096
"""Bytes of a path that Linux takes, with the zero at its end (limits.h)."""
_TEMPORARY = len(temporary_name("")) + 2
"""Bytes that the path of a temporary file may be longer than its target's."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """A plan, held against the disk."""

    there: tuple[PlannedFile, ...]
    """Of the size and the time that the store says, as rsync compares."""
    missing: tuple[PlannedFile, ...]
    """To be copied."""

    @property
    def needed(self) -> int:
        """Bytes that the disk must still take, as far as the store says."""
        return sum(max(0, (file.source.size or 0) - _on_disk(temporary(file))) for file in self.missing)


def remaining(plan: CopyPlan) -> Remaining:
    """Compare what is on disk with ``plan``; nothing is changed.

    Raises:
        TransferError: a folder is where a file should be, or a file where a folder should be; a name is
            too long, or one of ours; links make two files one.
        NotAllowed: a link leads out of the destination.
    """
    there: list[PlannedFile] = []
    missing: list[PlannedFile] = []
    folders: set[Path] = {plan.destination}
    links: set[Path] = set()
    _check_names(plan)
    for file in plan.files:
        _check_folder(file.target.parent, plan.destination, folders, links)
        (there if _is_there(file) else missing).append(file)
    if links:
        _check_apart(plan)
    return Remaining(tuple(there), tuple(missing))


def temporary(file: PlannedFile) -> Path:
    """Return where a file is written before it gets its name."""
    return file.target.with_name(temporary_name(file.target.name))


def leftovers(destination: Path, wanted: frozenset[Path]) -> list[Path]:
    """Return the temporary files and folders below ``destination`` that are not ``wanted``."""
    found: list[Path] = []
    with writing(destination):
        for folder, folders, files in os.walk(destination):
            below = [Path(folder, name) for name in (*folders, *files) if is_temporary(name)]
            found += [path for path in below if path not in wanted]
            folders[:] = [name for name in folders if not is_temporary(name)]
    return found


def _on_disk(path: Path) -> int:
    try:
        return os.lstat(path).st_blocks * 512  # what is written: the size counts holes, too
    except OSError:
        return 0


def _is_there(file: PlannedFile) -> bool:
    source = file.source
    try:
        found = os.lstat(file.target)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        with writing(file.target):
            raise
    if stat.S_ISDIR(found.st_mode):
        raise TransferError(f"{str(file.target)!r} is a folder, where a file should be: remove or rename it.")
    # A link is replaced by the file, never followed. Times are compared in whole seconds: not every disk keeps more.
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_size == source.size
        and source.modified is not None
        and int(found.st_mtime) == int(source.modified)
    )


def _check_names(plan: CopyPlan) -> None:
    """Refuse names before the first byte that would fail, or lead astray, later."""
    longest = 255
    with suppress(OSError, ValueError):
        longest = os.pathconf(nearest(plan.destination), "PC_NAME_MAX")
    above = len(plan.destination.parts)
    for file in plan.files:
        names = file.target.parts[above:]
        if any(map(is_reserved, names)):
            raise TransferError(
                f"{file.source.key!r} in {plan.source!r} has a name that unfinished files have here: rename or remove it."
            )
        path = os.fsencode(file.target)
        if len(path) > longest or len(path) + _TEMPORARY > _PATH_MAX:
            with writing(file.target):
                if len(path) + _TEMPORARY > _PATH_MAX or any(len(os.fsencode(name)) > longest for name in names):
                    raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))


def _check_folder(folder: Path, destination: Path, checked: set[Path], links: set[Path]) -> None:
    if folder in checked:
        return
    above = [each for each in (folder, *folder.parents) if each not in checked and each.is_relative_to(destination)]
    for each in reversed(above):
        if found := _in_the_way(each):
            raise TransferError(f"{str(each)!r} is a {found}, where a folder should be: remove or rename it.")
        if each.is_symlink():
            if not each.resolve().is_relative_to(destination.resolve()):
                raise NotAllowed(f"{str(each)!r} leads out of {str(destination)!r} by a link: remove the link.")
            links.add(each)
        checked.add(each)


def _check_apart(plan: CopyPlan) -> None:
    """Refuse two files that are one, because a link makes two folders one."""
    seen: dict[Path, PlannedFile] = {}
    for file in plan.files:
        other = seen.setdefault(file.target.parent.resolve() / file.target.name, file)
        if other is not file:
            raise TransferError(
                f"{str(other.target)!r} and {str(file.target)!r} are one file by a link: remove the link."
            )


def _in_the_way(folder: Path) -> str | None:
    """Return what is in the place of a folder; None where nothing is, or the folder. By one look: it may be made meanwhile."""
    try:
        return None if stat.S_ISDIR(folder.stat().st_mode) else "file"
    except OSError:
        return "link to nothing" if folder.is_symlink() else None
