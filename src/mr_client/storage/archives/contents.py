"""What does an archive hold?

A tar or a zip, whoever made it, becomes a row of entries whose content is read once, piece by
piece. Nothing of an entry is believed here but its shape: where it may go is for ``unpack`` to
decide. The standard library reads both formats; what it leaves open to a hostile archive is closed
around it: no read is larger than a piece (a header may claim gigabytes, and would be read whole),
bytes and entries are counted as they come, and an end that is missing is an error, not an end.
"""

from __future__ import annotations

import calendar
import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, Protocol

from mr_client.errors import NotAllowed, TransferError, VerificationFailed
from mr_client.storage.archives.kind import Kind

__all__ = ["PIECE", "Allowance", "Entry", "entries"]

PIECE = 1024 * 1024
"""Bytes read at a time, and at most."""

_OTHER_COMPRESSIONS = {b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "Zstandard"}
_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard"}
_LOCAL_HEADER = 30
"""Bytes before each entry's name and content (PKWARE's APPNOTE, 4.3.7 and 4.4.5)."""
_DAMAGE = (
    tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError, OverflowError,
    IndexError, KeyError, NotImplementedError, RecursionError,
)  # fmt: skip
"""What the two readers raise about content that makes no sense to them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that an archive holds."""

    name: str
    """As the archive says it, not yet checked."""
    kind: Literal["file", "folder", "symlink", "hardlink", "other"]
    size: int
    """Bytes of a file; 0 for all else."""
    modified: float | None
    """When the file was last changed, in seconds since the epoch."""
    link: str
    """Where a symlink points, seen from its folder; which entry a hard link repeats."""
    pieces: Iterator[bytes]
    """A file's content, to be read before the next entry is asked for."""


class Allowance(Protocol):
    """Says what is too much, by raising."""

    def content(self, size: int, /) -> None:
        """Allow ``size`` bytes in all."""
        ...

    def entries(self, number: int, /) -> None:
        """Allow ``number`` entries in all."""
        ...


@contextmanager
def entries(archive: Path, kind: Kind, allowance: Allowance) -> Iterator[Iterator[Entry]]:
    """Open an archive, and yield its entries in its order.

    Also what the caller's block raises about the content it reads becomes one of these errors.

    Raises:
        VerificationFailed: it is no archive of this kind, or it is damaged.
        NotAllowed: it is encrypted.
        TransferError: it is compressed in a way that is not unpacked.
        OSError: the disk failed.
        whatever the allowance raises.
    """
    try:
        raw = archive.open("rb", buffering=0)
        with io.BufferedReader(raw, PIECE) if kind == "tar" else _ForZip(raw, allowance) as file:
            yield (_tar if kind == "tar" else _zip)(archive.name, file, allowance)
    except (NotAllowed, TransferError, VerificationFailed):
        raise
    except _DAMAGE as error:
        raise VerificationFailed(
            f"{archive.name!r} is damaged ({str(error) or type(error).__name__}): upload it anew, then run again."
        ) from error


def _tar(name: str, file: IO[bytes], allowance: Allowance) -> Iterator[Entry]:
    """Yield what a tar holds; compression is recognised by its bytes, as KServe's ``tarfile.open(…, "r")`` does."""
    start = file.read(6)
    file.seek(0)
    for magic, compression in _OTHER_COMPRESSIONS.items():
        if start.startswith(magic):
            raise TransferError(f"{name!r} is compressed with {compression}, which is not unpacked: pack it with gzip.")
    # Unlike tarfile's own stream, GzipFile checks CRC and length, and reads members that follow each other.
    content: IO[bytes] = gzip.GzipFile(fileobj=file) if start.startswith(b"\x1f\x8b") else file  # type: ignore[assignment]
    stream = _Forward(content, allowance)
    try:
        tar = tarfile.TarFile(fileobj=stream, mode="r", encoding="utf-8")  # type: ignore[arg-type]  # it has no write
    except tarfile.ReadError as error:
        raise VerificationFailed(
            f"{name!r} is no tar archive ({error}): upload it anew, or name it otherwise."
        ) from error
    while (member := tar.next()) is not None:
        tar.members.clear()  # type: ignore[attr-defined]  # the reader would remember all that it saw
        yield Entry(
            member.name,
            "file" if member.isreg() else "folder" if member.isdir() else "symlink" if member.issym()
            else "hardlink" if member.islnk() else "other",
            member.size if member.isreg() else 0,
            member.mtime,
            member.linkname,
            _pieces(tar.extractfile(member) if member.issparse() else stream, member.size) if member.isreg() else iter(()),
        )  # fmt: skip
    if stream.last.strip(b"\0") or len(stream.last) < tarfile.BLOCKSIZE:
        # The reader takes a header that it cannot read, and a missing one, for the end.
        raise tarfile.ReadError("it ends before its end mark")
    stream.drain()


class _Forward:
    """A file that is only read forwards, by at most a piece at a time, and counted: what a tar is read from."""

    def __init__(self, file: IO[bytes], allowance: Allowance) -> None:
        self._file = file
        self._allowance = allowance
        self._position = 0
        self.last = b""
        """The last bytes that were read."""

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= PIECE:
            raise ValueError(f"a header claims {size} bytes")
        if self._position and not self.last:
            raise EOFError("unexpected end of data")  # tarfile would ask again, forever
        self.last = self._file.read(size)
        self._position += len(self.last)
        self._allowance.content(self._position)
        return self.last

    def seek(self, position: int) -> int:
        if position < self._position:
            raise ValueError("a header leads backwards")
        while self._position < position and self.read(min(position - self._position, PIECE)):
            pass
        return self._position

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        pass

    def drain(self) -> None:
        """Read to the end, where gzip has its checksum."""
        while self.read(PIECE):
            pass


class _ForZip(io.BufferedReader):
    """A file, of which only a zip's directory is read in more than a piece; its entries are counted before they are read."""

    def __init__(self, raw: io.RawIOBase, allowance: Allowance) -> None:
        super().__init__(raw)
        self._allowance = allowance

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        if len(found) > PIECE:
            self._allowance.entries(found.count(b"PK\1\2"))
        return found


def _zip(name: str, file: IO[bytes], allowance: Allowance) -> Iterator[Entry]:
    """Yield what a zip holds; what its directory tells is checked before the first entry."""
    try:
        opened = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise VerificationFailed(
            f"{name!r} is no zip archive ({error}): upload it anew, or name it otherwise."
        ) from error
    with opened:
        members = opened.infolist()
        allowance.entries(len(members))
        end = 0
        for member in sorted(members, key=lambda member: member.header_offset):
            if member.header_offset < end:
                raise zipfile.BadZipFile("two entries share their bytes")  # how a bomb of a few KiB holds terabytes
            end = member.header_offset + _LOCAL_HEADER + member.compress_size
            if member.flag_bits & 0x41:
                raise NotAllowed(f"{member.orig_filename!r} in {name!r} is encrypted: pack it without a password.")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                # zipfile gives no bound on what a piece of bzip2 or LZMA becomes in memory.
                method = _METHODS.get(member.compress_type, f"method {member.compress_type}")
                raise TransferError(
                    f"{member.orig_filename!r} in {name!r} is compressed with {method}, which is not unpacked: "
                    "pack it with deflate."
                )
        allowance.content(sum(member.file_size for member in members))
        for member in members:
            yield _zip_entry(opened, member)


def _zip_entry(opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> Entry:
    mode = member.external_attr >> 16 if member.create_system == 3 else 0  # 3: Unix
    kind: Literal["file", "folder", "symlink", "other"] = "other"
    link = ""
    if member.is_dir():
        kind = "folder"
    elif stat.S_ISLNK(mode):
        kind = "symlink"
        with opened.open(member) as content:
            link = content.read(4096).decode(errors="surrogateescape")
    elif stat.S_IFMT(mode) in (0, stat.S_IFREG):
        kind = "file"
    try:
        modified: float | None = calendar.timegm((*member.date_time, 0, 0, 0))
    except ValueError:  # a month of 0, say
        modified = None
    # Not ``filename``, which ends at a NUL.
    return Entry(
        member.orig_filename,
        kind,
        member.file_size if kind == "file" else 0,
        modified,
        link,
        _zip_pieces(opened, member) if kind == "file" else iter(()),
    )


def _zip_pieces(opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with opened.open(member) as content:
        yield from _pieces(content, member.file_size)


def _pieces(content: IO[bytes] | _Forward | None, size: int) -> Iterator[bytes]:
    """Yield the next ``size`` bytes, which must be there."""
    while content is not None and size > 0:
        piece = content.read(min(PIECE, size))
        if not piece:
            raise EOFError("a file ends too soon")
        size -= len(piece)
        yield piece
    if (
        content is not None and not isinstance(content, _Forward) and content.read(1)
    ):  # at its end a zip's CRC is checked
        raise EOFError("a file is longer than its size")
