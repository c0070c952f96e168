"""What does a filesystem of fsspec hold at a location, and how are files read that have no web address?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mr_client.errors import FilesNotFound, TransferInterrupted
from mr_client.storage.dialects.filesystems import translated
from mr_client.storage.digests.digest import Digest
from mr_client.storage.location import Location
from mr_client.storage.stored import StoredFile

__all__ = ["RangeStore", "filesystem_of", "listed", "stored"]

_PIECE = 1024 * 1024
"""Bytes read at a time."""


def filesystem_of(protocol: str, options: Mapping[str, Any]) -> Any:
    """Return the filesystem that fsspec has for ``protocol``: a new one, which keeps no listing.

    Raises:
        ImportError: its library is not installed.
    """
    import fsspec

    return fsspec.filesystem(protocol, skip_instance_cache=True, use_listings_cache=False, **options)


class RangeStore:
    """Files without a web address: local ones, and those in memory. Read through fsspec, piece by piece."""

    def __init__(self, location: Location, filesystem: Any) -> None:
        self._location = location
        self._filesystem = filesystem

    def files(self) -> list[StoredFile]:
        """List what is there: a file alone, or all files below a folder."""
        return listed(self._location, self._filesystem)

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the bytes of ``file`` from ``start`` up to ``stop``."""
        stop = file.size if stop is None else stop
        assert stop is not None, "these stores know the size of every file"
        while start < stop:
            with translated(self._location.uri):
                piece: bytes = self._filesystem.cat_file(file.key, start=start, end=min(start + _PIECE, stop))
            if not piece:
                raise TransferInterrupted(f"{file.key!r} ended at byte {start}, before its size.")
            start += len(piece)
            yield piece

    def look(self, file: StoredFile) -> StoredFile:
        """Return ``file`` as it is now."""
        with translated(self._location.uri):
            return stored(self._filesystem.info(file.key), file.path)

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        """Return none: these stores give no digest."""
        return ()

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        """Return None: these stores know no parts."""
        return None


def listed(location: Location, filesystem: Any) -> list[StoredFile]:
    """List a location of a filesystem. A file of exactly this name wins over a folder of the same name."""
    path = location.path.rstrip("/") or "/"
    with translated(location.uri):
        if not location.folder:
            info = filesystem.info(path)
            if info["type"] != "directory":
                return [stored(info, path.rpartition("/")[2])]
        found: dict[str, dict[str, Any]] = filesystem.find(path, detail=True)
    folder = "" if path == "/" else path
    files = [
        stored({"ChecksumAlgorithm": (), **info}, key.removeprefix(f"{folder}/"))
        for key, info in found.items()
        # "folder/" without content marks a folder, made by a console; it is no file.
        if info["type"] != "directory" and not key.endswith("/")
    ]
    if not files:
        raise FilesNotFound(f"No file is below {location.uri!r}: check the bucket and the path.")
    return files


def stored(info: dict[str, Any], path: str) -> StoredFile:
    """Return what a row of a filesystem says of a file, which is at ``path`` below the location."""
    etag = info.get("ETag") or None
    modified = info.get("LastModified", info.get("mtime"))
    checksums = info.get("ChecksumAlgorithm")
    return StoredFile(
        key=info["name"],
        path=path,
        size=int(info["size"]),
        etag=etag,
        modified=modified.timestamp() if isinstance(modified, datetime) else modified,
        checksums=None if checksums is None else tuple(checksums),
    )
