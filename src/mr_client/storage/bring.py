"""From a plan to verified files in a folder: what is there, is there room, copy, verify."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from mr_client.logs import step
from mr_client.storage.archives.kind import Kind, archive_kind
from mr_client.storage.copy.files import CopiedFile, copy_files
from mr_client.storage.copy.journal import JOURNAL, Journal, occupy
from mr_client.storage.copy.progress import NoProgress, Progress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.copy.stop import Stop
from mr_client.storage.copy.there import Remaining, leftovers, remaining, temporary
from mr_client.storage.disk.files import sync_folder, writing
from mr_client.storage.disk.room import check_room
from mr_client.storage.plan import CopyPlan
from mr_client.storage.stored import Store
from mr_client.storage.verify import Checked, Verification, check_folder, recheck, verify_copy

__all__ = ["Brought", "bring"]

logger = logging.getLogger(__name__)

_SYNCED_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Brought:
    """What was brought into a folder, and how it was checked."""

    plan: CopyPlan
    """As it was carried out: with the files that changed at their source as they are now."""
    fetched: int
    """Bytes that came from the store."""
    verification: Verification
    seconds: float
    """For the copy alone, without its checks."""
    unpacked: tuple[Path, ...] = ()
    """The files that came out of the archive, where the plan was one."""

    @property
    def files(self) -> tuple[Path, ...]:
        """What is in the folder now."""
        return self.unpacked or tuple(file.target for file in self.plan.files)


def bring(
    plan: CopyPlan,
    store: Store,
    *,
    settings: CopySettings = CopySettings(),
    progress: Progress = NoProgress(),
    digest: str | None = None,
    stop: Stop | None = None,
) -> Brought:
    """Bring what is missing of ``plan`` into its folder, and check it.

    Args:
        plan: what is to be there.
        store: where it comes from.
        settings: how hard to work.
        progress: told of bytes as they arrive.
        digest: the folder digest to hold it to, as ``mr_client.storage.digests.folder`` takes it.
        stop: ends it; the next run goes on.

    An archive that is the only file is unpacked, as KServe does (see ``unpack``).

    Raises:
        NotAllowed, TransferError, VerificationFailed: see ``copy_files``; the next run goes on.
    """
    stop = stop or Stop()
    rest = remaining(plan)
    if not rest.missing and not (plan.destination / JOURNAL).exists():
        logger.info("all %d files are in %s already", len(plan.files), plan.destination)
        return _checked(plan, [], store, settings, digest, 0.0)
    check_room(plan.destination, needed=rest.needed, files=len(rest.missing))
    with occupy(plan.destination, patience=settings.patience) as journal:
        begun = time.monotonic()
        rest = _rest(plan, store, journal, settings)
        progress.begin(len(plan.files), plan.size if plan.sized else None)
        try:
            progress.already(sum(file.source.size or 0 for file in rest.there))
            copied = copy_files(
                rest.missing, plan.destination, store, journal, settings=settings, progress=progress, stop=stop
            )
        finally:
            progress.end()
        seconds = time.monotonic() - begun
        fetched = sum(file.fetched for file in copied)
        numbers = {"files": len(copied), "bytes": fetched, "seconds": round(seconds, 3)}
        logger.info(
            "copied %d files, %d bytes, in %.2f s", len(copied), fetched, seconds, extra=step("copy", **numbers)
        )
        brought = _checked(plan, copied, store, settings, digest, seconds)
        if (kind := _archive(brought.plan)) and settings.unpack:
            from mr_client.storage.archives.unpack import unpack  # here, since few copies end in an archive

            archive = brought.plan.files[0].target
            with writing(plan.destination):
                unpacked = unpack(archive, plan.destination, kind=kind, limits=settings.unpack, stop=stop.is_said)
            said = step("unpack", files=len(unpacked), archive=archive.name)
            logger.info("unpacked %d files from %s", len(unpacked), archive.name, extra=said)
            brought = replace(brought, unpacked=unpacked)
        if settings.sync:
            _sync(brought.files)
    return brought


def _archive(plan: CopyPlan) -> Kind | None:
    """Return what kind of archive came, if it came alone."""
    if len(plan.files) != 1:
        return None
    source = plan.files[0].source
    return archive_kind(source.path, source.content_type)


def _rest(plan: CopyPlan, store: Store, journal: Journal, settings: CopySettings) -> Remaining:
    """Compare with the disk once more, now that nobody else writes there; clear what nobody needs."""
    rest = remaining(plan)
    if not journal.intact:
        logger.warning("an earlier run into %s was cut short: what it left is checked", plan.destination)
        seen = recheck(rest.there, store, settings.workers)
        good = [each.file for each in seen if each.digest and each.ok]
        targets = {file.target for file in good}
        rest = Remaining(tuple(good), tuple(file for file in plan.files if file.target not in targets))
    if not journal.shared:
        wanted = {
            temporary(file)
            for file in rest.missing
            if journal.found(file.target.relative_to(plan.destination).as_posix())
        }
        _remove(leftovers(plan.destination, frozenset(wanted)))
    return rest


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with writing(path):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _checked(
    plan: CopyPlan,
    copied: list[CopiedFile],
    store: Store,
    settings: CopySettings,
    digest: str | None,
    seconds: float,
) -> Brought:
    plan = plan.changed(file.file for file in copied)
    begun = time.monotonic()
    if settings.verify == "full":
        checked = recheck(plan.files, store, settings.workers)
    else:
        checked = [Checked(file.file, file.checked) for file in copied]
    verification = verify_copy(plan, {each.file.target: each for each in checked})
    verification.raise_for_failure(plan)
    if digest is not None:
        check_folder(plan, digest, settings.workers)
    numbers = {"files": len(plan.files), "by_digest": len(verification.digested), "by_size": len(verification.by_size)}
    logger.info(
        "verified %d files, %d by a digest and %d by size",
        *numbers.values(),
        extra=step("verify", **numbers, seconds=round(time.monotonic() - begun, 3)),
    )
    return Brought(plan, sum(file.fetched for file in copied), verification, seconds)


def _sync(files: Sequence[Path]) -> None:
    """Wait until files and names are on the disk. The next run trusts what it finds by size and time."""

    def sync(file: Path) -> None:
        with writing(file):
            descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    # Several at once, because a journaling file system brings what waits for it to the disk together.
    with ThreadPoolExecutor(min(_SYNCED_AT_ONCE, max(1, len(files))), thread_name_prefix="mr-sync") as pool:
        for _ in pool.map(sync, files):
            pass
    for folder in {file.parent for file in files}:
        sync_folder(folder)
