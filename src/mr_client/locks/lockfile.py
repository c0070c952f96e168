"""What was brought, written down so that it can be brought again, and told from anything else.

A lock is a JSON object. Keys may be added; none will be renamed or taken away within a version of the format:

.. code-block:: text

    lock       1, the version of the format
    requested  the URI that was asked for
    registry   URL of the registry, null where none was asked
    model      {id, name}, null likewise; so are version and artifact
    uri        where the files are: a storage URI, of one commit where the store has commits
    endpoint   storage endpoint that the registry names, or null; so is region
    digest     of the folder, "sha256:…", as docs/digests.md defines it
    bytes      in all
    archive    {path, size} of what the files came out of, where they came as one archive, else null
    left_out   how many files of the source patterns did not want
    files      [{path, size, sha256}], sorted by path
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mr_client.errors import FilesNotFound, UsageError
from mr_client.storage.digests.folder import digest_of_names
from mr_client.storage.disk.files import writing
from mr_client.storage.plan import parts_below

__all__ = ["FORMAT", "Lock", "LockedFile", "Record", "check_place", "read_lock", "write_lock"]

FORMAT = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file of a lock."""

    path: str
    """Below the folder, with slashes."""
    size: int
    """Bytes."""
    sha256: str | None = None
    """In hexadecimal; None of an archive, which is gone when it is unpacked."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a registry knows something by."""

    id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Lock:
    """What was brought, and from where."""

    requested: str
    uri: str
    files: tuple[LockedFile, ...]
    registry: str | None = None
    model: Record | None = None
    version: Record | None = None
    artifact: Record | None = None
    endpoint: str | None = None
    region: str | None = None
    archive: LockedFile | None = None
    left_out: int = 0

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(file.size for file in self.files)

    @property
    def digest(self) -> str:
        """Of the folder."""
        return digest_of_names({file.path: file.sha256 or "" for file in self.files})

    @property
    def stored(self) -> tuple[LockedFile, ...]:
        """What the store had."""
        return self.files if self.archive is None else (self.archive,)

    def as_dict(self) -> dict[str, Any]:
        """Return the lock as JSON has it."""
        return {
            "lock": FORMAT,
            "requested": self.requested,
            "registry": self.registry,
            **{kind: _named(getattr(self, kind)) for kind in ("model", "version", "artifact")},
            "uri": self.uri,
            "endpoint": self.endpoint,
            "region": self.region,
            "digest": self.digest,
            "bytes": self.size,
            "archive": self.archive and {"path": self.archive.path, "size": self.archive.size},
            "left_out": self.left_out,
            "files": [{"path": each.path, "size": each.size, "sha256": each.sha256} for each in self.files],
        }


def check_place(path: Path, folder: Path) -> None:
    """Return if a lock can be written beside what it is of, before that is brought.

    Args:
        path: of the lock.
        folder: where the files are to be.

    Raises:
        UsageError: it would be in the folder, where it is none of the model's files.
        FilesNotFound: the folder of the lock is not there.
    """
    if path.absolute().is_relative_to(folder.absolute()):
        raise UsageError(f"The lock {str(path)!r} would be one of the files in {str(folder)!r}: write it elsewhere.")
    if not path.absolute().parent.is_dir():
        raise FilesNotFound(f"There is no folder {str(path.parent)!r} for the lock {path.name!r}: make it first.")


def write_lock(path: Path, lock: Lock) -> None:
    """Write ``lock`` to a file, whole or not at all.

    Raises:
        NotAllowed, TransferError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with writing(path):
        try:
            temporary.write_text(json.dumps(lock.as_dict(), indent=2) + "\n", encoding="utf-8")
            temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink()


def read_lock(path: Path) -> Lock:
    """Read a lock.

    Raises:
        FilesNotFound: there is no such file.
        UsageError: it is no lock, or one that a newer version of this program wrote, or was changed by hand.
        NotAllowed, TransferError: it cannot be read.
    """
    try:
        with writing(path):
            text = path.read_bytes()
    except OSError as error:
        if not path.exists():
            raise FilesNotFound(f"There is no lock {str(path)!r}: --to-lock writes one with a download.") from error
        raise
    try:
        found = json.loads(text)
        form = found["lock"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise UsageError(f"{str(path)!r} is no lock: name a file that --to-lock has written.") from None
    if form != FORMAT or isinstance(form, bool):
        raise UsageError(
            f"{str(path)!r} is a lock of format {form!r}, and {FORMAT} is read here: write it anew, or update mr-client."
        )
    try:
        lock = _lock(found)
        whole = found["digest"] == lock.digest and found["bytes"] == lock.size
        whole = whole and len({each.path for each in lock.files}) == len(lock.files)
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(f"{str(path)!r} is a lock that cannot be read ({error}): write it anew.") from error
    if not whole:
        raise UsageError(
            f"{str(path)!r} was changed since it was written: its digest or its size is not that of its files: write it anew."
        )
    return lock


def _lock(found: Mapping[str, Any]) -> Lock:
    archive = found["archive"]
    return Lock(
        requested=_text(found["requested"]),
        uri=_text(found["uri"]),
        files=tuple(_file(each, _digest(each["sha256"])) for each in found["files"]),
        registry=_text_or_none(found["registry"]),
        model=_record(found["model"]),
        version=_record(found["version"]),
        artifact=_record(found["artifact"]),
        endpoint=_text_or_none(found["endpoint"]),
        region=_text_or_none(found["region"]),
        archive=None if archive is None else _file(archive),
        left_out=_count(found["left_out"]),
    )


def _file(found: Mapping[str, Any], sha256: str | None = None) -> LockedFile:
    path = _text(found["path"])
    if "/".join(parts_below("the lock", path, path)) != path:
        raise ValueError(f"{path!r} is no path")
    return LockedFile(path, _count(found["size"]), sha256)


def _record(found: Mapping[str, Any] | None) -> Record | None:
    return None if found is None else Record(_text_or_none(found["id"]), _text_or_none(found["name"]))


def _named(record: Record | None) -> dict[str, str | None] | None:
    return None if record is None else {"id": record.id, "name": record.name}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"{value!r} is no count")
    return value


def _digest(value: object) -> str:
    if not _SHA256.fullmatch(_text(value)):
        raise ValueError(f"{value!r} is no SHA-256")
    return str(value)
