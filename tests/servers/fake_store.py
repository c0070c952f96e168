"""A store in memory that misbehaves as it is told, and notes what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mr_client.errors import FilesNotFound, SourceChanged
from mr_client.storage.bring import Brought, bring
from mr_client.storage.copy.progress import NoProgress, Progress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.digests.digest import Digest
from mr_client.storage.plan import plan_copy
from mr_client.storage.stored import StoredFile

FAST = CopySettings(range_size=1000, checkpoint=400, wait=0, patience=0, sync=False)
"""Several ranges, and several notes in the journal, for files of some thousand bytes."""


class FakeStore:
    """Holds bytes by key.

    Args:
        content: key → bytes.
        piece: bytes of each piece that is read.
        digests: key → what the store vouches for.
        facts: of every StoredFile, in place of what the content says.
    """

    def __init__(
        self,
        content: dict[str, bytes],
        *,
        piece: int = 300,
        digests: dict[str, Digest] | None = None,
        **facts: Any,
    ) -> None:
        self.content = dict(content)
        self.etags = dict.fromkeys(content, '"1"')
        self.piece = piece
        self.vouched = digests or {}
        self.parts: tuple[int, ...] = ()
        """Told when a digest of assumed parts is to be confirmed."""
        self.facts = facts
        self.reads: list[tuple[str, int, int | None]] = []
        self.sent = 0
        """Bytes that were given away."""
        self.fault: Callable[[str, int], None] = lambda key, position: None
        """Called with key and position before each piece; may raise."""

    def put(self, key: str, body: bytes) -> None:
        """Change a file."""
        self.content[key] = body
        self.etags[key] = f'"{int(self.etags[key].strip(chr(34))) + 1}"'

    def files(self) -> list[StoredFile]:
        return [self._stored(key) for key in self.content]

    def look(self, file: StoredFile) -> StoredFile:
        if file.key not in self.content:
            raise FilesNotFound(f"{file.key!r} is gone.")
        return self._stored(file.key)

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        return (self.vouched[file.key],) if file.key in self.vouched else ()

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        return replace(digest, parts=self.parts, assumed=False) if self.parts else None

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        self.reads.append((file.key, start, stop))
        body = self.content[file.key]
        end = len(body) if stop is None else stop
        for position in range(start, end, self.piece):
            self.fault(file.key, position)
            if file.etag is not None and file.etag != self.etags[file.key]:
                raise SourceChanged(f"{file.key!r} changed.")
            piece = body[position : min(position + self.piece, end)]
            self.sent += len(piece)
            yield piece

    def _stored(self, key: str) -> StoredFile:
        facts = {"etag": self.etags[key], "modified": 1_700_000_000.0, "size": len(self.content[key]), **self.facts}
        return StoredFile(key=key, path=key, **facts)


def brought(
    store: FakeStore, target: Path, settings: CopySettings = FAST, progress: Progress = NoProgress()
) -> Brought:
    """Bring everything that ``store`` has into ``target``."""
    return bring(plan_copy("fake://model", store.files(), target), store, settings=settings, progress=progress)


def found(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
