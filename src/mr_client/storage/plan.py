"""Which file is copied where?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mr_client.errors import FilesNotFound, NotAllowed, TransferError
from mr_client.storage.stored import StoredFile
from mr_client.storage.wanted import Wanted

__all__ = ["CopyPlan", "PlannedFile", "left_out", "parts_below", "plan_copy"]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file of a plan."""

    source: StoredFile
    target: Path
    """Where it will be, below the plan's destination."""


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """Which files are copied where; read by the copy, the verification, logs and progress alike."""

    source: str
    """The URI they come from, as it may be shown."""
    destination: Path
    files: tuple[PlannedFile, ...]
    left_out: tuple[StoredFile, ...] = ()
    """What the store has, and patterns do not want."""

    @property
    def size(self) -> int:
        """Bytes in all, as far as the store says."""
        return sum(file.source.size or 0 for file in self.files)

    @property
    def sized(self) -> bool:
        """Whether the store says how big every file is."""
        return all(file.source.size is not None for file in self.files)

    def moved(self, destination: Path) -> CopyPlan:
        """Return the plan into another folder."""
        files = (replace(file, target=destination / file.target.relative_to(self.destination)) for file in self.files)
        return replace(self, destination=destination, files=tuple(files))

    def changed(self, files: Iterable[PlannedFile]) -> CopyPlan:
        """Return the plan with ``files`` in place of those with the same target."""
        others = {file.target: file for file in files}
        return replace(self, files=tuple(others.get(file.target, file) for file in self.files))


def plan_copy(source: str, files: Iterable[StoredFile], destination: Path, *, wanted: Wanted = Wanted()) -> CopyPlan:
    """Decide where each file goes; nothing is touched.

    Args:
        source: the URI the files come from, for messages.
        files: what the store lists.
        destination: the folder they go to.
        wanted: which of them are to be brought.

    Raises:
        FilesNotFound: none of them is.
        NotAllowed: a name leads out of the destination.
        TransferError: two names cannot both be files in one folder.
    """
    planned: dict[tuple[str, ...], PlannedFile] = {}
    left_out: list[StoredFile] = []
    for file in sorted(files, key=lambda file: file.path):
        if not wanted.admits(file.path):
            left_out.append(file)
            continue
        parts = parts_below(source, file.key, file.path)
        if parts in planned:
            raise TransferError(
                f"{file.key!r} and {planned[parts].source.key!r} in {source!r} would be one file: rename or remove one."
            )
        planned[parts] = PlannedFile(file, destination.joinpath(*parts))
    if left_out and not planned:
        raise FilesNotFound(
            f"None of the {len(left_out)} files below {source!r} is left by {wanted}, for instance not "
            f"{left_out[0].path!r}: correct the patterns."
        )
    for parts, target in planned.items():
        for depth in range(1, len(parts)):
            if above := planned.get(parts[:depth]):
                raise TransferError(
                    f"{above.source.key!r} in {source!r} is a file, and the folder of {target.source.key!r}: "
                    "a disk cannot hold both, so rename or remove one."
                )
    return CopyPlan(source, destination, tuple(planned.values()), tuple(left_out))


def left_out(plan: CopyPlan, wanted: Wanted) -> str:
    """Say what of the source is not brought, and why, by a few of its names."""
    names = [repr(file.path) for file in plan.left_out]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    size = sum(file.size or 0 for file in plan.left_out)
    return f"{len(names)} files, {size} bytes, by {wanted}: {', '.join(names[:_NAMED])}{more}"


def parts_below(source: str, shown: str, path: str) -> tuple[str, ...]:
    """Split a name at its slashes; empty parts mean nothing, as they do for every file system.

    Args:
        source: where the name comes from, for messages.
        shown: what to call it in a message.
        path: the name.

    Raises:
        NotAllowed: it leads out of the folder that it should be in.
    """
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if not parts or ".." in parts or "\0" in path:
        raise NotAllowed(f"{shown!r} in {source!r} would be written outside the destination: rename or remove it.")
    return parts
