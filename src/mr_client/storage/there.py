"""Which files of a plan are on disk already?"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import NotAllowed, TransferError
from mr_client.storage.disk import writing
from mr_client.storage.partial import is_temporary, temporary_name
from mr_client.storage.plan import CopyPlan, PlannedFile

__all__ = ["Remaining", "leftovers", "remaining", "temporary"]


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
        TransferError: a folder is where a file should be, or a file where a folder should be.
        NotAllowed: a link leads out of the destination.
    """
    there: list[PlannedFile] = []
    missing: list[PlannedFile] = []
    folders: set[Path] = {plan.destination}
    for file in plan.files:
        _check_folder(file.target.parent, plan.destination, folders)
        (there if _is_there(file) else missing).append(file)
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


def _check_folder(folder: Path, destination: Path, checked: set[Path]) -> None:
    if folder in checked:
        return
    _check_folder(folder.parent, destination, checked)
    if folder.is_symlink() and not folder.resolve().is_relative_to(destination.resolve()):
        raise NotAllowed(f"{str(folder)!r} leads out of {str(destination)!r} by a link: remove the link.")
    if folder.exists() and not folder.is_dir():
        raise TransferError(f"{str(folder)!r} is a file, where a folder should be: remove or rename it.")
    checked.add(folder)
