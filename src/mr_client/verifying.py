"""Is in a folder what a store and a registry, or a lock, say?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mr_client.confidential import refuse_confidential
from mr_client.errors import FilesNotFound, UsageError, VerificationFailed
from mr_client.flow import placed, planned
from mr_client.locks.lockfile import Lock
from mr_client.settings import Settings
from mr_client.storage.archives.kind import archive_kind
from mr_client.storage.copy.partial import is_reserved
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.digests.folder import digest_of_names
from mr_client.storage.disk.files import writing
from mr_client.storage.locate import shown
from mr_client.storage.plan import CopyPlan, PlannedFile
from mr_client.storage.verify import few, recheck, sums_on_disk, verify_copy
from mr_client.storage.wanted import Wanted

if TYPE_CHECKING:
    from mr_client.resolver import Resolution

__all__ = ["Comparison", "verify", "verify_lock"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a folder holds, held against what it should; true where it is just that. Names are below the folder."""

    requested: str
    """What was asked for, as it may be shown."""
    source: str
    """The storage URI of the files, as it may be shown."""
    folder: Path
    files: int
    """How many there should be."""
    missing: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    """``name: what differs``."""
    extra: tuple[str, ...] = ()
    """What is in the folder and should not be."""
    checked: Mapping[str, str] = field(default_factory=dict)
    """Name → algorithm of the digest by which a file is the same."""
    by_size: tuple[str, ...] = ()
    """Of which only the size could be compared, and is the same."""
    recorded: str | None = None
    """Digest of the folder that the registry, or the lock, has."""
    found: str | None = None
    """Digest of those files as they are in the folder, where it was compared."""
    resolution: Resolution | None = None
    """What the registry said, where it was asked."""

    def __bool__(self) -> bool:
        return not (self.missing or self.different or self.extra) and self.found == self.recorded

    def raise_for_difference(self) -> None:
        """Raise if the folder holds anything else.

        Raises:
            VerificationFailed: it says how much, and names the first few.
        """
        if self:
            return
        faults = [
            *(f"{name}: missing" for name in self.missing),
            *self.different,
            *(f"{name}: extra" for name in self.extra),
        ]
        if not faults:
            raise VerificationFailed(
                f"The files in {str(self.folder)!r} have the digest {self.found!r}, and {self.recorded!r} is recorded for "
                f"{self.requested!r}: they were changed after they were registered, so register them anew or restore them."
            )
        raise VerificationFailed(
            f"{str(self.folder)!r} is not what {self.source!r} holds ({len(self.missing)} missing, "
            f"{len(self.different)} different, {len(self.extra)} extra: {few(faults)}): download it into an empty folder."
        )


def verify(
    folder: Path,
    uri: str,
    *,
    environ: Mapping[str, str],
    settings: Settings | None = None,
    copy: CopySettings | None = None,
) -> Comparison:
    """Compare the files in ``folder`` with those of ``uri``; nothing is written, and no file is fetched.

    Each file is read, and held against the best digest that its store vouches for; where the registry recorded a digest
    of the folder, against that as well. Patterns (``STORAGE_ALLOW_PATTERNS``) say which files should be there.

    Args:
        folder: what ``fetch`` brought.
        uri: ``model-registry://…`` or a storage URI.
        environ: environment variables, for credentials and settings.
        settings: which registry to ask.
        copy: how hard to work.

    Raises:
        FilesNotFound: the folder is not there, or nothing is at ``uri``.
        UsageError: the model is one archive: what was unpacked cannot be told from a store's listing.
        UsageError, NotFound, NotAllowed, TransferError: see ``fetch``.
    """
    folder = _folder(folder)
    copy = copy or CopySettings.from_env(environ)
    refuse_confidential(environ)
    location, resolution = placed(uri, environ=environ, settings=settings)
    store, plan = planned(location, folder, Wanted.from_env(environ), copy)
    _check_comparable(plan, copy)
    same_size = [file for file in plan.files if _is_of_size(file)]
    seen = {each.file.target: each for each in recheck(same_size, store, copy.workers)}
    with writing(folder):
        said = verify_copy(plan, seen)
    recorded = resolution.digest if resolution is not None and not plan.left_out else None
    found = None
    if recorded is not None and said:
        found = digest_of_names(sums_on_disk(folder, [file.target for file in plan.files], copy.workers))
    return Comparison(
        requested=shown(uri) if resolution is None else str(resolution.requested),
        source=plan.source,
        folder=folder,
        files=len(plan.files),
        missing=said.missing,
        different=said.mismatched,
        extra=_extra(folder, (file.target for file in plan.files)),
        checked=said.digested,
        by_size=said.by_size,
        recorded=recorded,
        found=found,
        resolution=resolution,
    )


def verify_lock(folder: Path, lock: Lock, *, workers: int = 4) -> Comparison:
    """Compare the files in ``folder`` with a lock, by SHA-256; nobody is asked.

    Args:
        folder: what was brought.
        lock: what it should be.
        workers: how many files to read at once.

    Raises:
        FilesNotFound: the folder is not there.
        NotAllowed, TransferError: a file cannot be read.
    """
    folder = _folder(folder)
    missing: list[str] = []
    different: list[str] = []
    regular: list[Path] = []
    for each in lock.files:
        kind = _kind(folder / each.path)
        if kind is None:
            missing.append(each.path)
        elif not stat.S_ISREG(kind):
            different.append(f"{each.path}: no regular file")
        else:
            regular.append(folder / each.path)
    sums = sums_on_disk(folder, regular, workers)
    wanted = {each.path: each.sha256 for each in lock.files}
    different += [f"{name}: its sha256 is another" for name, digest in sums.items() if digest != wanted[name]]
    whole = not missing and not different
    return Comparison(
        requested=lock.requested,
        source=lock.uri,
        folder=folder,
        files=len(lock.files),
        missing=tuple(missing),
        different=tuple(different),
        extra=_extra(folder, (folder / each.path for each in lock.files)),
        checked={name: "sha256" for name, digest in sums.items() if digest == wanted[name]},
        recorded=lock.digest,
        found=digest_of_names(sums) if whole else None,
    )


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise FilesNotFound(f"{str(folder)!r} is no folder: name the one that the model was downloaded into.")
    return folder


def _check_comparable(plan: CopyPlan, copy: CopySettings) -> None:
    source = plan.files[0].source
    if len(plan.files) != 1 or not copy.unpack or _kind(plan.files[0].target) is not None:
        return
    if archive_kind(source.path, source.content_type) is not None:
        raise UsageError(
            f"{plan.source!r} is one archive, whose listing does not say what was unpacked from it: write a lock with "
            "the download (--to-lock), and compare with that."
        )


def _is_of_size(file: PlannedFile) -> bool:
    kind = _kind(file.target)
    if kind is None or not stat.S_ISREG(kind):
        return False
    return file.source.size is None or file.target.lstat().st_size == file.source.size


def _kind(path: Path) -> int | None:
    """Return the mode of what is there, None where nothing is."""
    try:
        with writing(path):
            return os.lstat(path).st_mode
    except OSError:
        if not os.path.lexists(path):
            return None
        raise


def _extra(folder: Path, wanted: Iterable[Path]) -> tuple[str, ...]:
    """Return the names of what else is in a folder; what a copy keeps there for its next run does not count."""
    known = set(wanted)
    found: list[str] = []
    for below, folders, files in os.walk(folder, onerror=_refused):
        links = [name for name in folders if Path(below, name).is_symlink()]
        folders[:] = [name for name in folders if not is_reserved(name)]
        for name in (*files, *links):
            path = Path(below, name)
            if path not in known and not is_reserved(name):
                found.append(path.relative_to(folder).as_posix())
    return tuple(sorted(found))


def _refused(error: OSError) -> None:
    with writing(Path(error.filename)):
        raise error
