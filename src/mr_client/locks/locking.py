"""How is what was brought locked, and how is just that brought again?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mr_client.asking import check_places, resolve_uri
from mr_client.confidential import refuse_confidential
from mr_client.errors import SourceChanged, UsageError, VerificationFailed
from mr_client.flow import brought_as, fetch, located, planned
from mr_client.locks.lockfile import Lock, LockedFile, Record
from mr_client.receipt import Receipt
from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel
from mr_client.settings import Settings
from mr_client.storage.copy.progress import NoProgress, Progress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.disk.files import check_folder
from mr_client.storage.locate import locate, shown
from mr_client.storage.plan import CopyPlan
from mr_client.storage.verify import few, sums_on_disk
from mr_client.storage.wanted import Wanted
from mr_client.uri import is_model_uri

__all__ = ["fetch_and_lock", "fetch_locked"]


def fetch_and_lock(
    uri: str,
    destination: Path,
    *,
    environ: Mapping[str, str],
    copy: CopySettings | None = None,
    progress: Progress = NoProgress(),
) -> tuple[Receipt, Lock]:
    """Bring the files of ``uri`` into a folder as ``fetch`` does, and say just what was brought.

    SHA-256 of each file is taken as it is on the disk then.

    Args:
        uri: ``model-registry://…`` or a storage URI.
        destination: see ``fetch``.
        environ: environment variables.
        copy: how hard to work.
        progress: told of bytes as they arrive.

    Raises:
        UsageError: where the files are cannot be written down, since it holds what may be secret; nothing was brought.
        UsageError, NotFound, NotAllowed, TransferError, VerificationFailed: see ``fetch``.
    """
    begun = time.monotonic()
    copy = copy or CopySettings.from_env(environ)
    if not is_model_uri(uri):
        _check_open(uri)
        receipt = fetch(uri, destination, environ=environ, copy=copy, progress=progress)
        return receipt, locked(receipt, workers=copy.workers)
    refuse_confidential(environ)
    check_folder(destination)
    resolution = resolve_uri(uri, environ=environ)
    for place in (resolution.uri, resolution.endpoint):
        if place is not None:
            _check_open(place)
    store, plan = planned(located(resolution, environ), destination, Wanted.from_env(environ), copy)
    receipt = brought_as(store, plan, str(resolution.requested), resolution, copy, progress, begun)
    return receipt, locked(receipt, workers=copy.workers)


def locked(receipt: Receipt, *, workers: int = 4) -> Lock:
    """Return the lock of what was brought: each file is read.

    Args:
        receipt: what ``fetch`` has returned.
        workers: how many files to read at once.
    """
    files = _on_disk(receipt, workers)
    archive = receipt.archive
    lock = Lock(
        requested=receipt.requested,
        uri=receipt.source,
        files=files,
        archive=None if archive is None else LockedFile(archive.path, archive.size or 0),
        left_out=receipt.left_out,
    )
    if (resolution := receipt.resolution) is None:
        return lock
    return replace(
        lock,
        registry=resolution.registry,
        model=_record(resolution.model),
        version=_record(resolution.version),
        artifact=_record(resolution.artifact),
        endpoint=resolution.endpoint,
        region=resolution.region,
    )


def fetch_locked(
    lock: Lock,
    destination: Path,
    *,
    environ: Mapping[str, str],
    settings: Settings | None = None,
    copy: CopySettings | None = None,
    progress: Progress = NoProgress(),
) -> Receipt:
    """Bring what a lock says into a folder, and nothing else; no registry is asked.

    Args:
        lock: what is to be brought.
        destination: see ``fetch``.
        environ: environment variables, for credentials and settings.
        settings: which places a registry may name; the lock may name no others.
        copy: how hard to work.
        progress: told of bytes as they arrive.

    Raises:
        SourceChanged: the store has other files, or files of other sizes; nothing was written.
        VerificationFailed: a file has another content than the one that was locked.
        UsageError, NotFound, NotAllowed, TransferError: see ``fetch``.
    """
    begun = time.monotonic()
    copy = copy or CopySettings.from_env(environ)
    refuse_confidential(environ)
    check_folder(destination)
    settings = settings or Settings.from_env(environ)
    if lock.registry is not None:
        check_places(lock.uri, lock.endpoint, environ=environ, settings=settings, named_by=lock.requested)
    location = locate(lock.uri, environ, endpoint=lock.endpoint, region=lock.region)
    store, plan = planned(location, destination, Wanted(), copy)
    receipt = brought_as(store, _as_locked(plan, lock), lock.requested, None, copy, progress, begun)
    there = {file.path: file for file in _on_disk(receipt, copy.workers)}
    others = [
        *(f"{each.path}: missing" for each in lock.files if each.path not in there),
        *(f"{each.path}: another content" for each in lock.files if there.get(each.path, each) != each),
        *(f"{name}: not locked" for name in there if name not in {each.path for each in lock.files}),
    ]
    if others:
        raise VerificationFailed(
            f"What {lock.uri!r} has now is not what was locked ({few(others)}): restore it there, or lock what it has; "
            f"{str(destination)!r} is not to be used."
        )
    by_sum = {each.path: "sha256" for each in lock.files}
    return replace(receipt, verification=replace(receipt.verification, digested=by_sum, by_size=()))


def _as_locked(plan: CopyPlan, lock: Lock) -> CopyPlan:
    """Return the plan without what is not locked.

    Raises:
        SourceChanged: the store has not just what was locked.
    """
    sizes = {file.target.relative_to(plan.destination).as_posix(): file for file in plan.files}
    stored = {file.path: file.size for file in lock.stored}
    faults = [f"{name}: missing" for name in stored if name not in sizes]
    for name, file in sizes.items():
        if name not in stored:
            faults += [f"{name}: not locked"] if not lock.left_out else []
        elif file.source.size not in (None, stored[name]):
            faults.append(f"{name}: {file.source.size} bytes, not {stored[name]}")
    if faults:
        raise SourceChanged(
            f"{plan.source!r} has other files than were locked ({few(faults)}): restore them there, or lock what it has."
        )
    return replace(
        plan,
        files=tuple(file for name, file in sizes.items() if name in stored),
        left_out=tuple(file.source for name, file in sizes.items() if name not in stored),
    )


def _check_open(uri: str) -> None:
    if shown(uri) != uri:
        raise UsageError(
            f"{shown(uri)!r} cannot be locked, since its query or password may be a secret: name the files by a URI "
            "without one, and give credentials by the environment."
        )


def _on_disk(receipt: Receipt, workers: int) -> tuple[LockedFile, ...]:
    sums = sums_on_disk(receipt.destination, receipt.paths, workers)
    return tuple(LockedFile(name, (receipt.destination / name).stat().st_size, sums[name]) for name in sorted(sums))


def _record(resource: RegisteredModel | ModelVersion | ModelArtifact) -> Record:
    return Record(resource.id or None, resource.name or None)
