"""How does one archive become the files that it holds?

KServe unpacks where exactly one file was copied and it is an archive: ``_unpack_archive_file`` in
python/storage/kserve_storage/kserve_storage.py, for s3, gs, Azure, hdfs and http(s). Its content goes
into the destination, over what is there, and the archive is removed; two archives stay packed. Kept
from its ``tarfile`` filter "data" and from ``zipfile.extractall``: a leading slash means nothing,
setuid bits and owners are dropped, ``__MACOSX/`` and ``._x`` are files as others are. Different here:

- There are limits, and nothing is in its place before all of the archive was read and checked.
- ``..`` in a zip is refused; KServe takes it off and writes the file elsewhere.
- A symlink or hard link to a file in the same archive becomes that file, in zips too; every other link
  is refused. No symlink is ever made, so none can be written through.
- The same name twice is refused; KServe keeps the last. An archive without a file is an error.
- Files are 0644 and folders 0755, as after every copy.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mr_client.errors import NotAllowed, TransferError, TransferInterrupted, VerificationFailed
from mr_client.storage.archives.contents import PIECE, Entry, entries
from mr_client.storage.archives.kind import Kind
from mr_client.storage.archives.limits import Allowance, UnpackLimits
from mr_client.storage.disk.files import open_to_readers
from mr_client.storage.plan import parts_below

__all__ = ["unpack"]

_DEEPEST = 100
"""Folders in each other: what walks and removes them goes one call deeper for each."""
_MOST_HOPS = 40
"""Symlinks to symlinks, as many as Linux follows."""


def _never() -> bool:
    return False


def unpack(
    archive: Path,
    destination: Path,
    *,
    kind: Kind,
    limits: UnpackLimits = UnpackLimits(),
    stop: Callable[[], bool] = _never,
) -> tuple[Path, ...]:
    """Put what ``archives.contents`` holds into ``destination``, then remove the archive.

    All is written and checked in a folder ``.mr-part-<20 hexadecimal digits>`` in the destination, and moved into
    place by renames. What is raised before them leaves the destination and the archive as they were. A
    killed run leaves at most that folder, which the next one removes. Memory is a few MiB, and 0.5 KiB for
    each entry of a zip. The disk holds archive and content at the same time.

    Args:
        archive: the file; it may be in the destination, and what it holds may take its place.
        destination: the folder; made if it is not there. Files there are replaced, also by name of a symlink.
        kind: what ``archives.kind`` says.
        limits: how much it may become.
        stop: asked before each MiB; True ends it.

    Returns:
        The files, sorted.

    Raises:
        NotAllowed: a name or a link leads out of the archive; it holds a device or a pipe; it is encrypted; a symlink
            in the destination leads out of it.
        VerificationFailed: it is not of this kind, damaged, truncated or empty.
        TransferError: a limit is exceeded; two names cannot both be there, or a folder is where a file must be; it is
            compressed in a way that is not unpacked.
        TransferInterrupted: ``stop`` said so.
        OSError: the disk failed. To be wrapped by the caller, who knows what to say of disks.
    """
    digest = hashlib.sha256(b"unpack " + os.fsencode(archive.name)).hexdigest()[:20]
    staging = destination / f".mr-part-{digest}"  # as copies in progress are named: whoever cleans up finds it
    if staging.is_dir() and not staging.is_symlink():
        shutil.rmtree(staging)
    try:
        _make_folder(destination)
        staging.mkdir(mode=0o700)
        content, aside = staging / "content", staging / "archive"
        _make_folder(content)
        open_to_readers(content, destination)
        unpacking = _Unpacking(archive, content, Allowance.of(archive, destination, limits), stop)
        with entries(archive, kind, unpacking.allowance) as held:
            unpacking.stage(held)
        files = sorted(
            Path(folder, name).relative_to(content) for folder, _, names in os.walk(content) for name in names
        )
        if not files:
            raise VerificationFailed(f"{archive.name!r} holds no file: upload it anew, then run again.")
        archive = archive.parent.resolve() / archive.name
        moves = list(_moves(content, destination.resolve(), archive))
        if any(target == archive for _, target in moves):
            archive = archive.rename(aside)
        for staged, target in moves:
            staged.replace(target)
        archive.unlink()
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return tuple(destination / file for file in files)


class _Unpacking:
    """One archive while it is written into a folder of its own."""

    def __init__(self, archive: Path, content: Path, allowance: Allowance, stop: Callable[[], bool]) -> None:
        self.allowance = allowance
        self._name = archive.name
        self._content = content
        self._stop = stop
        self._entries = 0
        self._written = 0
        self._links: dict[tuple[str, ...], tuple[str, ...]] = {}

    def stage(self, held: Iterable[Entry]) -> None:
        """Write all entries. The folder is new and without links, so the disk itself finds names that clash."""
        for entry in held:
            self._count()
            if entry.kind == "folder" and set(entry.name.split("/")) <= {"", "."}:
                continue  # the archive's own root
            parts = parts_below(self._name, entry.name, entry.name)
            if len(parts) > _DEEPEST:
                raise TransferError(
                    f"{entry.name[:80]!r}… in {self._name!r} is more than {_DEEPEST} folders deep: pack it flatter."
                )
            match entry.kind:
                case "folder":
                    self._make_folders(parts)
                case "file":
                    self._make_folders(parts[:-1])
                    self._write(parts, entry.size, entry.modified, entry.pieces)
                case "symlink" | "hardlink":
                    if parts in self._links:
                        raise self._clash(parts)
                    self._links[parts] = self._linked(entry, parts)
                case "other":
                    raise NotAllowed(
                        f"{entry.name!r} in {self._name!r} is a device, a pipe or the like: pack files and folders only."
                    )
        for parts in self._links:
            self._link(parts)

    def _count(self) -> None:
        self._entries += 1
        self.allowance.entries(self._entries)
        self._go_on()

    def _go_on(self) -> None:
        if self._stop():
            raise TransferInterrupted(f"Unpacking {self._name!r} was stopped: run again.")

    def _make_folders(self, parts: tuple[str, ...]) -> None:
        folder = self._content.joinpath(*parts)
        if not parts or folder.is_dir():
            return
        self._make_folders(parts[:-1])
        self._count()
        try:
            _make_folder(folder)
        except FileExistsError:
            raise self._clash(parts) from None

    def _write(self, parts: tuple[str, ...], size: int, modified: float | None, pieces: Iterable[bytes]) -> None:
        self.allowance.content(self._written + size)
        try:
            descriptor = os.open(
                self._content.joinpath(*parts),
                os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW,
                0o644,
            )
        except FileExistsError:
            raise self._clash(parts) from None
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            for piece in pieces:
                self._go_on()
                view = memoryview(piece)
                while view:
                    view = view[file.write(view) :]
                self._written += len(piece)
                self.allowance.content(self._written)
            os.fchmod(descriptor, 0o644)
            if modified is not None and 0 <= modified < 2**33:  # beyond, file systems differ
                os.utime(descriptor, (modified, modified))

    def _linked(self, entry: Entry, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Return what a link means, without asking a disk."""
        if entry.kind == "hardlink":
            return parts_below(self._name, entry.name, entry.link)
        found = list(parts[:-1])
        for part in entry.link.split("/"):
            if part == "..":
                if not found:
                    raise self._astray(parts)
                found.pop()
            elif part not in ("", "."):
                found.append(part)
        if entry.link.startswith("/") or "\0" in entry.link:
            raise self._astray(parts)
        return tuple(found)

    def _link(self, parts: tuple[str, ...]) -> None:
        """Put the file that a link means at its place: a second name of it, or a copy where a disk has no such thing."""
        meant = parts
        for _ in range(_MOST_HOPS):
            meant = self._links.get(meant, meant)
        source, target = self._content.joinpath(*meant), self._content.joinpath(*parts)
        if meant in self._links or not source.is_file():
            raise self._astray(parts)
        self._make_folders(parts[:-1])
        try:
            os.link(source, target)
        except FileExistsError:
            raise self._clash(parts) from None
        except OSError:
            facts = source.stat()
            with source.open("rb") as file:
                self._write(parts, facts.st_size, facts.st_mtime, iter(lambda: file.read(PIECE), b""))

    def _astray(self, parts: tuple[str, ...]) -> NotAllowed:
        return NotAllowed(
            f"{'/'.join(parts)!r} in {self._name!r} is a link to what is no file of the archive: pack the file itself."
        )

    def _clash(self, parts: tuple[str, ...]) -> TransferError:
        return TransferError(
            f"{'/'.join(parts)!r} is in {self._name!r} twice, or as a file and as a folder: a disk cannot hold both, "
            "so rename or remove one."
        )


def _moves(staged: Path, target: Path, archive: Path, within: Path | None = None) -> Iterator[tuple[Path, Path]]:
    """Yield what is renamed to what, whole folders where they are new; nothing is touched."""
    within = within or target
    for path in sorted(staged.iterdir()):
        there = target / path.name
        mode = _mode(there)
        if not path.is_dir():
            if mode is not None and stat.S_ISDIR(mode):
                raise TransferError(f"{str(there)!r} is a folder, where a file must be: remove it, then run again.")
            yield path, there
        elif mode is None or there == archive:
            yield path, there
        elif there.is_dir():
            if not there.resolve().is_relative_to(within):
                raise NotAllowed(f"{str(there)!r} leads out of {str(within)!r} by a link: remove the link.")
            yield from _moves(path, there, archive, within)
        else:
            raise TransferError(f"{str(there)!r} is no folder, where one must be: remove it, then run again.")


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _make_folder(folder: Path) -> None:
    """Make a folder which anybody may read whatever the umask; one that is there stays as it is."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    folder.mkdir()
    open_to_readers(folder, folder.parent)
