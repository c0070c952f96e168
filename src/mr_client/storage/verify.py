"""Is on disk what was planned?"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from mr_client.errors import VerificationFailed
from mr_client.storage.digests import digest as digests
from mr_client.storage.digests.digest import Digest
from mr_client.storage.digests.folder import digest_of_names, file_sha256
from mr_client.storage.disk.files import writing
from mr_client.storage.plan import CopyPlan, PlannedFile
from mr_client.storage.stored import Store

__all__ = ["Checked", "Verification", "check_folder", "few", "recheck", "sums_on_disk", "verify_copy"]

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was read from the disk."""

    file: PlannedFile
    digest: Digest | None = None
    """The store's, that it was compared with; None where there is none that can be computed."""
    ok: bool = True
    """Whether it is the same."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a look at the disk says of a plan; the names are below the plan's destination."""

    missing: tuple[str, ...] = ()
    mismatched: tuple[str, ...] = ()
    """``name: what differs``."""
    digested: Mapping[str, str] = field(default_factory=dict)
    """Name → algorithm of the store's digest that its content was compared with, now or while it was copied."""
    by_size: tuple[str, ...] = ()
    """Of which only the size was compared."""

    def __bool__(self) -> bool:
        return not (self.missing or self.mismatched)

    def raise_for_failure(self, plan: CopyPlan) -> None:
        """Raise if anything is missing or mismatched.

        Raises:
            VerificationFailed: it says how many, and names the first few.
        """
        if self:
            return
        faults = [*(f"{name}: missing" for name in self.missing), *self.mismatched]
        raise VerificationFailed(
            f"{len(faults)} of {len(plan.files)} files in {str(plan.destination)!r} are not what {plan.source!r} holds "
            f"({few(faults)}): run again, and if it stays so, upload the model anew."
        )


def few(faults: Sequence[str]) -> str:
    """Return the first of many faults, for a message."""
    return "; ".join(faults[:_NAMED]) + ("; …" if len(faults) > _NAMED else "")


def verify_copy(plan: CopyPlan, checked: Mapping[Path, Checked] | None = None) -> Verification:
    """Compare what is on disk with ``plan``: every file is there, a regular file, of the right size.

    Args:
        plan: what should be there.
        checked: by target, what was compared with a digest already: by the copy before a file
            got its name, or by ``recheck``.
    """
    missing: list[str] = []
    mismatched: list[str] = []
    digested: dict[str, str] = {}
    by_size: list[str] = []
    for file in plan.files:
        name = file.target.relative_to(plan.destination).as_posix()
        try:
            found = os.lstat(file.target)
        except (FileNotFoundError, NotADirectoryError):
            missing.append(name)
            continue
        seen = (checked or {}).get(file.target, Checked(file))
        if not stat.S_ISREG(found.st_mode):
            mismatched.append(f"{name}: no regular file")
        elif file.source.size is not None and found.st_size != file.source.size:
            mismatched.append(f"{name}: {found.st_size} bytes, not {file.source.size}")
        elif not seen.ok:
            mismatched.append(f"{name}: its {seen.digest and seen.digest.algorithm} is another")
        elif seen.digest is not None:
            digested[name] = seen.digest.algorithm
        else:
            by_size.append(name)
    return Verification(tuple(missing), tuple(mismatched), digested, tuple(by_size))


def recheck(files: Sequence[PlannedFile], store: Store, workers: int) -> list[Checked]:
    """Read files from the disk, and compare each with the store's digest.

    Args:
        files: as planned, and on disk.
        store: asked for the digests.
        workers: how many files to read at once.
    """

    def check(file: PlannedFile) -> Checked:
        wanted = digests.best(store.digests(file.source))
        if wanted is None:
            return Checked(file)
        with writing(file.target):
            descriptor = os.open(file.target, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            found = digests.found(descriptor, wanted)
            if found != wanted.value and wanted.assumed:
                confirmed = store.confirmed(file.source, wanted)
                if confirmed is None:
                    return Checked(file)
                found = digests.found(descriptor, confirmed)
        finally:
            os.close(descriptor)
        return Checked(file, wanted, found == wanted.value)

    with ThreadPoolExecutor(workers, thread_name_prefix="mr-verify") as pool:
        return list(pool.map(check, files))


def sums_on_disk(folder: Path, files: Sequence[Path], workers: int) -> dict[str, str]:
    """Return name → SHA-256 in hexadecimal, of files as they are on disk; names are below ``folder``, with slashes.

    Args:
        folder: where they are.
        files: regular files in it.
        workers: how many to read at once.
    """
    with writing(folder), ThreadPoolExecutor(workers, thread_name_prefix="mr-verify") as pool:
        sums = pool.map(file_sha256, files)
        return dict(zip((file.relative_to(folder).as_posix() for file in files), sums, strict=True))


def check_folder(plan: CopyPlan, expected: str, workers: int) -> None:
    """Compare the folder digest of what was planned with the one that the registry has.

    Raises:
        VerificationFailed: it is another.
    """
    found = digest_of_names(sums_on_disk(plan.destination, [file.target for file in plan.files], workers))
    if found != expected:
        raise VerificationFailed(
            f"The files from {plan.source!r} have the digest {found!r}, but the registry recorded {expected!r}: "
            "they were changed after they were registered, so register them anew or restore them."
        )
