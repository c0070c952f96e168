"""From a name to the folder of the cache that holds its files, with the network or without."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from mr_client.cache.folders import remove
from mr_client.cache.kept import Kept, Part, key_of, pinned, record_of
from mr_client.cache.settings import OFFLINE, CacheSettings
from mr_client.errors import FilesNotFound, TransferError
from mr_client.flow import digest_of, planned
from mr_client.logs import step
from mr_client.names import offered
from mr_client.resolver import Resolution
from mr_client.settings import Settings
from mr_client.storage.bring import bring
from mr_client.storage.copy.progress import NoProgress, Progress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.digests.folder import file_sha256
from mr_client.storage.disk.files import check_folder
from mr_client.storage.locate import named_endpoint, shown
from mr_client.storage.location import Location
from mr_client.storage.plan import CopyPlan
from mr_client.storage.stored import Store
from mr_client.storage.verify import recheck
from mr_client.storage.wanted import Wanted
from mr_client.trust.allowed import check_allowed
from mr_client.uri import ModelURI

__all__ = ["Name", "cached", "named", "remembered"]

logger = logging.getLogger(__name__)

_ATTEMPTS = 3
"""How often a model is brought that others remove as soon as it is there."""


@dataclass(frozen=True, slots=True)
class Name:
    """What somebody asks the cache for."""

    shown: str
    key: str
    """Digest of all that tells it from another: the name, the server that knows it, the patterns."""


def named(asked: ModelURI | Location, *, settings: Settings, wanted: Wanted) -> Name:
    """Return what is asked for; nobody is asked.

    Args:
        asked: name of a model, or a place in a store.
        settings: which registry knows the name.
        wanted: which files.

    Raises:
        InvalidURI, NotAllowed: the name's host is no host, or one that is never asked.
    """
    if isinstance(asked, ModelURI):
        # However its registry is named: by a host, by a namespace, or by the settings.
        parts = [settings.endpoint(asked).url, str(replace(asked, host=None, namespace=None))]
        text = str(asked)
    else:
        parts, text = [*asked.server, asked.path, str(asked.folder)], asked.uri
    digest = hashlib.sha256(json.dumps([parts, wanted.allow, wanted.ignore]).encode()).hexdigest()[:40]
    return Name(f"{text} with {wanted}" if wanted != Wanted() else text, digest)


def cached(
    location: Location,
    resolution: Resolution | None,
    names: Sequence[Name],
    cache: CacheSettings,
    *,
    wanted: Wanted,
    environ: Mapping[str, str],
    copy: CopySettings,
    progress: Progress = NoProgress(),
) -> Path:
    """Return a folder of the cache that holds what is at ``location``, now and while this process runs.

    What is there costs a listing. What is not is brought and checked as ``mr_client.fetch`` does it, by one process:
    others that ask for it wait, and share it.

    Args:
        location: where the files are.
        resolution: what the registry said, where it was asked.
        names: what will mean this folder offline.
        cache: which cache.
        wanted: which files.
        environ: environment variables.
        copy: how hard to work, and how closely to check.
        progress: told of bytes as they arrive.

    Raises:
        NotFound, NotAllowed, TransferError, VerificationFailed: see ``mr_client.errors``.
    """
    check_folder(cache.folder)
    kept = Kept(cache.folder)
    store, plan = planned(location, cache.folder, wanted, copy)
    digest = digest_of(resolution, plan)
    # What one archive becomes is another thing than the archive.
    settled = (digest, len(plan.files) == 1 and copy.unpack is not None)
    key = key_of(location.server, plan, *settled)
    sure = digest is not None or pinned(plan)
    for _ in range(_ATTEMPTS):
        if (files := _there(kept, key, plan, store, copy) if sure else None) is None:
            with kept.bringing(key, patience=copy.patience, waiting=lambda: _say_waiting(plan)) as part:
                # Whoever was at work there meanwhile may have brought it.
                if sure and (files := _there(kept, key, plan, store, copy)) is not None:
                    remove(part.folder)
                else:
                    brought = bring(plan.moved(part.files), store, settings=copy, progress=progress, digest=digest)
                    contents = () if sure else _contents(part, brought.files, copy.workers)
                    key = key_of(location.server, brought.plan, *settled, *contents)
                    record = record_of(part.files, brought.files, plan.source, time.time())
                    kept.publish(part, key, record, sync=copy.sync)
                    files = kept.use(key, patience=copy.patience, now=time.time())
        if files is not None:
            _remember(kept, names, key, resolution, environ)
            return files
    raise TransferError(
        f"What is brought to {str(cache.folder)!r} is removed at once: stop what does that, and run again."
    )


def remembered(name: Name, cache: CacheSettings, *, settings: Settings, patience: float) -> Path:
    """Return the folder of the cache that ``name`` meant when it was asked for last; nobody is asked.

    Args:
        name: what is asked for.
        cache: which cache.
        settings: which places a registry may name.
        patience: seconds to wait for a process that is about to remove it.

    Raises:
        FilesNotFound: the cache does not know the name, or has its files no more.
        NotAllowed: a list does not admit where they came from.
    """
    kept = Kept(cache.folder)
    said = kept.remembered(name.key)
    if said is not None:
        for place in said.places:
            check_allowed(place, settings.allowed_uris, shown=place, named_by=name.shown)
        if (files := kept.use(said.key, patience=patience, now=time.time())) is not None:
            logger.info("%s is answered from the cache alone: %s", name.shown, files)
            return files
    known = [(name, None) for name in sorted({each.name for each in kept.meanings()})]
    raise FilesNotFound(
        f"{name.shown!r} is not in the cache {str(cache.folder)!r} ({offered(name.shown, known)}), and nobody else is "
        f"asked: download it once without offline=True, and without {OFFLINE.name}."
    )


def _there(kept: Kept, key: str, plan: CopyPlan, store: Store, copy: CopySettings) -> Path | None:
    """Return the folder of an entry that is whole."""
    files = kept.use(key, patience=copy.patience, now=time.time())
    if files is None:
        return None
    mine = plan.moved(files)
    if copy.verify == "full" and all(file.target.exists() for file in mine.files):  # or it was an archive
        faults = [each.file.target for each in recheck(mine.files, store, copy.workers) if not each.ok]
        if faults:
            logger.warning("%s is not as it was brought: it is brought anew", faults[0])
            remove(files.parent, kept.parts)
            return None
    said = step("cached", source=plan.source, destination=str(files), files=len(plan.files))
    logger.info("all %d files of %s are in %s already", len(plan.files), plan.source, files, extra=said)
    return files


def _contents(part: Part, files: Sequence[Path], workers: int) -> list[tuple[str, str]]:
    """Return what tells contents apart whose store says neither ETag nor time."""
    with ThreadPoolExecutor(workers, thread_name_prefix="mr-verify") as pool:
        sums = pool.map(file_sha256, files)
        return [(file.relative_to(part.files).as_posix(), found) for file, found in zip(files, sums, strict=True)]


def _remember(
    kept: Kept,
    names: Sequence[Name],
    key: str,
    resolution: Resolution | None,
    environ: Mapping[str, str],
) -> None:
    places: list[str] = []
    if resolution is not None:
        endpoint = named_endpoint(environ, resolution.endpoint) if resolution.uri.lower().startswith("s3:") else None
        places = [shown(place) for place in (resolution.uri, endpoint) if place is not None]
    for name in names:
        kept.remember(name.key, name.shown, key, places)


def _say_waiting(plan: CopyPlan) -> None:
    logger.info("another process brings %s to the cache: waiting for it", plan.source)
