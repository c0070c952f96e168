"""What is a file in a store, and what can be asked of a store?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from mr_client.storage.digests.digest import Digest

__all__ = ["Store", "StoredFile"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file, as its store describes it."""

    key: str
    """What the store calls it."""
    path: str
    """Where it is below the location, with slashes; as the store says it, not yet checked."""
    size: int | None
    """Bytes; None where the store cannot say."""
    etag: str | None = None
    """Pins the content: if it changes meanwhile, the store refuses to go on."""
    modified: float | None = None
    """When it was last changed, in seconds since the epoch."""
    checksums: tuple[str, ...] | None = None
    """Algorithms of the checksums that the store keeps, as its listing says; None where it was not listed."""
    content_type: str | None = None
    """What a web server says it is (RFC 9110, section 8.3)."""
    ranged: bool = True
    """Whether the store gives ranges of it; if not, it is read in one go."""

    @property
    def identity(self) -> tuple[str, int | None, str | None, float | None]:
        """What tells this content from another one under the same key."""
        return self.key, self.size, self.etag, self.modified


class Store(Protocol):
    """One location in a store."""

    def files(self) -> list[StoredFile]:
        """List what is there: a file alone, or all files below a folder; markers of folders are none.

        Raises:
            FilesNotFound, NotAllowed, TransferError: there is nothing, or it cannot be listed.
        """
        ...

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the bytes of ``file`` from ``start`` up to ``stop`` (None: to its end), a piece at a time.

        Raises:
            FilesNotFound, NotAllowed, TransferError: it cannot be read.
        """
        ...

    def look(self, file: StoredFile) -> StoredFile:
        """Return ``file`` as it is now.

        Raises:
            FilesNotFound, NotAllowed, TransferError: it is gone, or cannot be asked for.
        """
        ...

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        """Return what the store vouches for; nothing is raised: what cannot be had is not there.

        Free once the first piece of a file that is read whole has arrived, since its answer says it;
        otherwise it may cost a request or two. Remembered from then on.
        """
        ...

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        """Return ``digest`` with the sizes that the store tells of each part; None if it tells none.

        For a digest that is ``assumed`` and does not match: costs a request for each part.
        """
        ...
