"""Which files of the disk are uploaded, and what will each be called?

Decided before the first byte is sent: what could not be brought back as it is here is refused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import FilesNotFound, InvalidURI, NotAllowed, TransferError, UsageError
from mr_client.storage.copy.partial import is_reserved

__all__ = ["OutgoingFile", "UploadPlan", "identity", "key_fault", "outgoing", "plan_upload"]

_LONGEST = 1024
"""Bytes of a key (S3 user guide, "Naming objects"; Cloud Storage documentation, "About objects"), characters in Azure."""


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file of the disk that is to be uploaded."""

    path: Path
    name: str
    """Relative to the folder, with slashes."""
    size: int
    """Bytes."""
    identity: tuple[int, int, int, int]
    """Device, inode, size and nanoseconds of the last change: what tells this content from another one."""


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """Which file is written to which key; read by the upload, logs and progress alike."""

    source: Path
    uri: str
    """Where they go, as it may be shown."""
    files: tuple[tuple[OutgoingFile, str], ...]
    """Each with its key, without the bucket."""

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(file.size for file, _ in self.files)


def outgoing(source: Path) -> tuple[OutgoingFile, ...]:
    """List the files of a folder, or a file alone. Links within the folder count as what they lead to.

    Args:
        source: the folder or file; it may be a link itself.

    Raises:
        FilesNotFound: it is not there, or holds no file.
        NotAllowed: a link leads out of the folder, or a file may not be read.
        UsageError: something is no file and no folder, or its name would not come back.
        TransferError: the disk failed.
    """
    try:
        if not source.exists():
            raise FilesNotFound(f"Nothing is at {str(source)!r}: name the folder of a model, or one file.")
        if source.is_dir():
            root = source.resolve()
            found = sorted(_below(source, root, "", (root,)), key=lambda file: os.fsencode(file.name))
        else:
            _check_name(source)
            found = [_file(source, source.name)]
    except PermissionError as error:
        if isinstance(error, NotAllowed):
            raise
        raise NotAllowed(
            f"{error.filename!r} may not be read ({error.strerror}): give this user the right, or leave it out."
        ) from error
    except OSError as error:
        if isinstance(error, FilesNotFound):
            raise
        raise TransferError(
            f"{str(source)!r} cannot be read ({error.strerror}): check the disk, then run again."
        ) from error
    if not found:
        raise FilesNotFound(f"No file is in {str(source)!r}: name the folder of a model.")
    return tuple(found)


def plan_upload(source: Path, files: Sequence[OutgoingFile], uri: str, path: str, *, folder: bool) -> UploadPlan:
    """Decide which key each file gets. Files go below the URI under their names; nothing is touched.

    One file alone whose name the URI ends in already is written to that very place.

    Args:
        source: the folder or file.
        files: what ``outgoing`` lists of it.
        uri: where they go, as it may be shown.
        path: the key that ``uri`` means.
        folder: whether only a folder can be meant.

    Raises:
        InvalidURI: a part of ``path`` could not be read back.
    """
    base = path.rstrip("/")
    if any(part in ("", ".", "..") for part in base.lstrip("/").split("/")) and base:
        raise InvalidURI(f"{uri!r} has an empty part, or a part '.' or '..': write it without.")
    if not folder and base and not source.is_dir() and base.rpartition("/")[2] == files[0].name:
        return UploadPlan(source, uri, ((files[0], base),))
    prefix = f"{base}/" if base or path.startswith("/") else ""
    return UploadPlan(source, uri, tuple((file, prefix + file.name) for file in files))


def key_fault(key: str) -> str | None:
    """Say why no store can hold an object of this key, part of a sentence; None where one can."""
    try:
        encoded = key.encode()
    except UnicodeEncodeError:
        return "is no text in UTF-8"
    if any(ord(character) < 0x20 or ord(character) in (0x7F, 0xFFFE, 0xFFFF) for character in key):
        return "has a control character, which no listing can hold"
    if len(encoded) > _LONGEST:
        return f"would have a key of {len(encoded)} bytes, more than the {_LONGEST} that a store takes"
    return None


def _below(folder: Path, root: Path, prefix: str, above: tuple[Path, ...]) -> Iterator[OutgoingFile]:
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        path = folder / name
        _check_name(path)
        if path.is_symlink():
            _check_link(path, root, above)
        if path.is_dir():
            yield from _below(path, root, f"{prefix}{name}/", (*above, path.resolve()))
        else:
            yield _file(path, prefix + name)


def _check_name(path: Path) -> None:
    if is_reserved(path.name):
        raise UsageError(
            f"{str(path)!r} is what an interrupted download leaves: finish that download, or remove the file."
        )


def _check_link(path: Path, root: Path, above: tuple[Path, ...]) -> None:
    leads_to = Path(os.path.realpath(path))
    shown = f"The link {str(path)!r} to {str(path.readlink())!r}"
    if not leads_to.is_relative_to(root):
        raise NotAllowed(f"{shown} leads out of the folder: put a copy in its place (cp -L), or remove it.")
    if not leads_to.exists():
        raise UsageError(f"{shown} leads nowhere: remove it.")
    if leads_to in above:
        raise UsageError(f"{shown} leads to a folder that it is in, without end: remove it.")


def _file(path: Path, name: str) -> OutgoingFile:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"{str(path)!r} is no file and no folder (a pipe, socket or device): remove it.")
    if not os.access(path, os.R_OK):
        raise NotAllowed(f"{str(path)!r} may not be read: give this user the right, or leave it out.")
    return OutgoingFile(path, name, found.st_size, identity(found))


def identity(found: os.stat_result) -> tuple[int, int, int, int]:
    """Return what tells the content of a file from another one."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
