"""How is one file of a store read where it is, a piece at a time?"""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from mr_client.errors import FilesNotFound
from mr_client.storage.copy.carry import answered, pieces
from mr_client.storage.copy.pace import Pace
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.disk.files import writing
from mr_client.storage.stored import Store, StoredFile

__all__ = ["as_text", "opened"]

_FIRST = 128 * 1024
"""Bytes asked for after a seek."""
_MOST = 16 * 1024 * 1024
"""Bytes asked for at a time, at most, while a file is read from one place to the next."""
_BUFFER = 64 * 1024
_NAMED = 5


def opened(store: Store, name: str | None, source: str, *, copy: CopySettings) -> BinaryIO:
    """Open a file for reading; it is asked for as it is read, and closed it lets go of its store.

    Args:
        store: what holds it.
        name: where it is below the location, as the store lists it; None where the location is one file.
        source: the URI of the location, as it may be shown.
        copy: how patient to be.

    Returns:
        A buffered file that can seek. One that the store gives in one go alone is read into a temporary file first.

    Raises:
        FilesNotFound: there is none of this name, or several where no name is given.
        NotAllowed, TransferError: the store cannot be read.
    """
    pace = Pace(copy.wait, copy.rate_limit, threading.Event().wait)
    files = answered(store.files, pace=pace, attempts=copy.attempts)
    file = _chosen(files, name, source)
    if file.size is not None and file.ranged:
        return io.BufferedReader(_Ranges(store, file, pace, copy.attempts), _BUFFER)
    with writing(_temporary()):
        whole = tempfile.TemporaryFile(prefix="mr-client-")  # noqa: SIM115 - the caller closes it
    try:
        for position, piece in pieces(store, file, 0, file.size, pace=pace, attempts=copy.attempts):
            with writing(_temporary()):
                if position == 0:  # begun again, perhaps
                    whole.seek(0)
                    whole.truncate()
                whole.write(piece)
        whole.seek(0)
    except BaseException:
        whole.close()
        raise
    return cast("BinaryIO", whole)


def as_text(content: BinaryIO) -> TextIO:
    """Return a file as text in UTF-8; closed, it closes ``content``."""
    return io.TextIOWrapper(content, encoding="utf-8")


class _Ranges(io.RawIOBase):
    """A file that asks for ranges: more at a time, the longer it is read without a seek."""

    def __init__(self, store: Store, file: StoredFile, pace: Pace, attempts: int) -> None:
        super().__init__()
        self.name = file.path
        self._store: Store | None = store
        self._file = file
        self._pace = pace
        self._attempts = attempts
        self._position = 0
        self._begin = 0
        self._window = b""
        self._next = _FIRST

    @property
    def size(self) -> int:
        """Bytes in all."""
        assert self._file.size is not None, "only such files are read by ranges"
        return self._file.size

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return where the next byte comes from."""
        self._check_open()
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to another place; nothing is asked."""
        self._check_open()
        try:
            base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        except KeyError:
            raise ValueError(f"whence is {whence!r}: give 0, 1 or 2.") from None
        if base + offset < 0:
            raise ValueError(f"There is nothing before the first byte: {base + offset} is below 0.")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # any buffer is one
        """Read into ``buffer`` what is there, or comes with the next range."""
        self._check_open()
        view = memoryview(buffer).cast("B")
        if self._position >= self.size or not len(view):
            return 0
        at = self._position - self._begin
        if not 0 <= at < len(self._window):
            self._fetch(len(view))
            at = 0
        part = self._window[at : at + len(view)]
        view[: len(part)] = part
        self._position += len(part)
        return len(part)

    def readall(self) -> bytes:
        """Read the rest, in one range."""
        self._check_open()
        rest = self._read(self._position, self.size) if self._position < self.size else b""
        self._position = max(self._position, self.size)
        return rest

    def close(self) -> None:
        """Let go of the store, with its connections."""
        self._store, self._window = None, b""
        super().close()

    def _fetch(self, needed: int) -> None:
        goes_on = bool(self._window) and self._position == self._begin + len(self._window)
        self._next = min(self._next * 2, _MOST) if goes_on else _FIRST
        stop = min(self.size, self._position + max(needed, self._next))
        self._window = b""  # before the next one comes, so that there is only one at a time
        self._window = self._read(self._position, stop)
        self._begin = self._position

    def _read(self, start: int, stop: int) -> bytes:
        assert self._store is not None, "an open file has a store"
        carried = pieces(self._store, self._file, start, stop, pace=self._pace, attempts=self._attempts)
        return b"".join(piece for _, piece in carried)

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError(f"{self._file.path!r} is closed: open it again.")


def _chosen(files: Sequence[StoredFile], name: str | None, source: str) -> StoredFile:
    if name is None and len(files) == 1:
        return files[0]
    for file in files:
        if file.path == name:
            return file
    names = sorted(file.path for file in files)
    there = ", ".join(map(repr, names[:_NAMED])) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    what = "One file is to be opened" if name is None else f"No file {name!r} is"
    raise FilesNotFound(f"{what} below {source!r}, which has {there}: name one of them.")


def _temporary() -> Path:
    return Path(tempfile.gettempdir())
