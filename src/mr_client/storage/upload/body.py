"""Are the bytes that are sent those that were digested?

A file is read twice: once for its digests, once to be sent, a piece at a time, so that memory does
not grow with it. Before the last piece goes out both must be of one content; a store that has not
got the last piece has no object.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mr_client.errors import NotAllowed, SourceChanged, TransferError
from mr_client.storage.copy.extents import Extent, joined
from mr_client.storage.digests import digest as digests
from mr_client.storage.digests.checksums import Crc
from mr_client.storage.digests.digest import Algorithm, Digest
from mr_client.storage.upload.outgoing import OutgoingFile, identity

__all__ = ["Body", "Content", "Stopped"]

_PIECE = 256 * 1024


class Stopped(Exception):
    """The work is to end; it says nothing of this file."""


class Content:
    """A file that is uploaded, open.

    Args:
        file: as it was planned.
        whole: the digests of all of it that its store wants.
        stopped: whether the work is to end.

    Raises:
        SourceChanged: it is another one than was planned.
        NotAllowed, TransferError: it cannot be read.
    """

    def __init__(self, file: OutgoingFile, whole: frozenset[Algorithm], stopped: Callable[[], bool]) -> None:
        self.file = file
        self.crc: Crc = digests.journal_algorithm()
        self.extents: list[Extent] = []
        """What was digested, in order, with checksums by ``crc``."""
        self._stopped = stopped
        self._running = {each: digests.begun(each) for each in (*sorted(whole), "sha256")}
        with _reading(file):
            self._descriptor = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.check()
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.file.path

    def check(self) -> None:
        """Raise if the file is no longer as it was planned."""
        if identity(os.fstat(self._descriptor)) != self.file.identity:
            raise self.changed()

    def changed(self) -> SourceChanged:
        """Return the error that says so."""
        return SourceChanged(f"{str(self.path)!r} changed while it was uploaded: run again when it is at rest.")

    def take(self, stop: int) -> Extent:
        """Digest the next bytes, up to ``stop``."""
        start = self.extents[-1].stop if self.extents else 0
        crc = digests.begun(self.crc)
        for piece in self.read(start, stop):
            crc.update(piece)
            for running in self._running.values():
                running.update(piece)
        self.extents.append(Extent(start, stop, crc.value()))
        return self.extents[-1]

    def digest(self, algorithm: Algorithm) -> bytes:
        """Return a digest of the whole file: ``crc``, SHA-256, or one that was asked for. All was taken."""
        if algorithm in self._running:
            return self._running[algorithm].value()
        assert algorithm == self.crc, "any other one was to be asked for"
        return joined(self.extents, self.crc)

    def has(self, digest: Digest) -> bool:
        """Read the file, and return whether it has this digest.

        Raises:
            TransferError: it cannot be read; Stopped: the work is to end.
        """
        with _reading(self.file):
            value = digests.found(self._descriptor, digest, stopped=self._stopped)
        if value is None:
            raise Stopped
        return value == digest.value

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield bytes, a piece at a time.

        Raises:
            SourceChanged: it has become shorter.
            TransferError: it cannot be read; Stopped: the work is to end.
        """
        while start < stop:
            if self._stopped():
                raise Stopped
            with _reading(self.file):
                piece = os.pread(self._descriptor, min(_PIECE, stop - start), start)
            if not piece:
                raise self.changed()
            yield piece
            start += len(piece)

    def close(self) -> None:
        """Let go of the file."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class Body:
    """What one request carries of a file: all of it, or a part.

    Args:
        content: the file; what is sent of it was taken.
        start: first byte.
        stop: the byte after the last one.
        advance: told of bytes as they are sent; a negative number takes back what is sent again.
    """

    def __init__(self, content: Content, start: int, stop: int, advance: Callable[[int], None]) -> None:
        self.content = content
        self.start, self.stop = start, stop
        self._extents = [extent for extent in content.extents if start <= extent.start and extent.stop <= stop]
        self._advance = advance
        self._sent = 0

    @property
    def size(self) -> int:
        """Bytes."""
        return self.stop - self.start

    @property
    def checksum(self) -> bytes:
        """By the content's ``crc``."""
        return joined(self._extents, self.content.crc)

    def digest(self, algorithm: Algorithm) -> bytes:
        """Read it for another digest."""
        running = digests.begun(algorithm)
        for piece in self.content.read(self.start, self.stop):
            running.update(piece)
        return running.value()

    def pieces(self, there: int = 0) -> Iterator[bytes]:
        """Yield the bytes, but for the first ``there``, which the store has.

        Raises:
            SourceChanged: they are not what was digested; the last piece was not given out.
        """
        self.take_back()
        position, waiting = self.start, b""
        for extent in self._extents:
            crc = digests.begun(self.content.crc)
            for piece in self.content.read(extent.start, extent.stop):
                crc.update(piece)
                position += len(piece)
                unsent = (
                    piece[max(0, len(piece) - (position - self.start - there)) :]
                    if position > self.start + there
                    else b""
                )
                self._told(len(piece) - len(unsent))
                if waiting:
                    yield waiting
                    self._told(len(waiting))
                waiting = unsent
            if crc.value() != extent.checksum:
                raise self.content.changed()
        self.content.check()
        if waiting:
            yield waiting
            self._told(len(waiting))

    def take_back(self) -> None:
        """Count what was sent as not sent."""
        self._told(-self._sent)

    def _told(self, size: int) -> None:
        self._sent += size
        if size:
            self._advance(size)


@contextmanager
def _reading(file: OutgoingFile) -> Iterator[None]:
    """Turn an error of the disk that is read into one of ours."""
    try:
        yield
    except OSError as error:
        shown, why = str(file.path), error.strerror or error
        if isinstance(error, PermissionError):
            raise NotAllowed(
                f"{shown!r} may not be read ({why}): give this user the right, or leave it out."
            ) from error
        if isinstance(error, FileNotFoundError):
            raise SourceChanged(f"{shown!r} is gone since the upload began: run again when it is at rest.") from error
        raise TransferError(f"{shown!r} cannot be read ({why}): check the disk, then run again.") from error
