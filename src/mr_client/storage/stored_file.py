"""What does a store say of a file?"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StoredFile"]


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
