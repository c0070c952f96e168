"""From a URI to verified files in a folder: uri → resolve → locate → plan → copy → verify."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from mr_client.asking import resolve_uri
from mr_client.confidential import refuse_confidential
from mr_client.connections import Connections
from mr_client.logs import step
from mr_client.receipt import Preview, Receipt
from mr_client.settings import Settings
from mr_client.storage.bring import bring
from mr_client.storage.connections import StoreConnections
from mr_client.storage.copy.carry import answered
from mr_client.storage.copy.pace import Pace
from mr_client.storage.copy.progress import NoProgress, Progress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.copy.stop import Stop
from mr_client.storage.copy.there import remaining
from mr_client.storage.disk.files import check_folder
from mr_client.storage.locate import locate, shown
from mr_client.storage.location import Location
from mr_client.storage.plan import CopyPlan, left_out, plan_copy
from mr_client.storage.store import begin_loading, open_store, source_of
from mr_client.storage.stored import Store
from mr_client.storage.wanted import Wanted
from mr_client.uri import is_model_uri

if TYPE_CHECKING:
    from mr_client.resolver import Resolution

__all__ = [
    "brought_as",
    "digest_of",
    "fetch",
    "fetch_resolved",
    "located",
    "placed",
    "planned",
    "preview",
]

logger = logging.getLogger(__name__)


def fetch(
    uri: str,
    destination: Path,
    *,
    environ: Mapping[str, str],
    settings: Settings | None = None,
    copy: CopySettings | None = None,
    progress: Progress = NoProgress(),
    connections: Connections | None = None,
    wanted: Wanted | None = None,
    stop: Stop | None = None,
) -> Receipt:
    """Bring the files of ``uri`` into the folder ``destination``, and check them.

    Where it fails before the first byte arrived, nothing was written.

    Args:
        uri: ``model-registry://…`` or a storage URI.
        destination: made if it is not there; files of the same names are replaced, others left.
            What an interrupted run brought there is not fetched again.
        environ: environment variables, for credentials, for the patterns of files that are wanted and, without
            ``settings`` and ``copy``, for those.
        settings: which registry to ask.
        copy: how hard to work, and how closely to check.
        progress: told of bytes as they arrive.
        connections: what it shares with other sources; the caller closes them.
        wanted: which files, in place of what ``environ`` says.
        stop: ends it from another thread, with ``TransferInterrupted``; what has come stays for the next run.

    Raises:
        UsageError, NotFound, NotAllowed, TransferError, VerificationFailed: see ``mr_client.errors``.
    """
    begun = time.monotonic()
    stop = stop or Stop()
    copy = copy or CopySettings.from_env(environ)
    refuse_confidential(environ)
    check_folder(destination)
    with nullcontext(connections) if connections is not None else Connections() as shared:
        location, resolution = placed(
            uri, environ=environ, settings=settings, connections=shared, meanwhile=begin_loading
        )
        wanted = Wanted.from_env(environ) if wanted is None else wanted
        store, plan = planned(location, destination, wanted, copy, shared.stores, stop)
        requested = shown(uri) if resolution is None else str(resolution.requested)
        return brought_as(store, plan, requested, resolution, copy, progress, begun, stop)


def preview(uri: str, destination: Path, *, environ: Mapping[str, str], settings: Settings | None = None) -> Preview:
    """Say what ``fetch`` would bring into the folder ``destination``; nothing is written, or made.

    For the arguments, and for what is raised, see ``fetch``.
    """
    refuse_confidential(environ)
    check_folder(destination)
    location, resolution = placed(uri, environ=environ, settings=settings)
    _, plan = planned(location, destination, Wanted.from_env(environ), CopySettings(workers=1))
    there = sum(file.source.size or 0 for file in remaining(plan).there)
    return Preview(requested=shown(uri), source=plan.source, plan=plan, there=there, resolution=resolution)


def fetch_resolved(
    resolution: Resolution,
    destination: Path,
    *,
    environ: Mapping[str, str],
    copy: CopySettings | None = None,
    progress: Progress = NoProgress(),
    wanted: Wanted | None = None,
) -> Receipt:
    """Bring the files that ``resolution`` names into the folder ``destination``, and check them.

    For the arguments, and for what is raised, see ``fetch``.
    """
    begun = time.monotonic()
    copy = copy or CopySettings.from_env(environ)
    refuse_confidential(environ)
    check_folder(destination)
    wanted = Wanted.from_env(environ) if wanted is None else wanted
    store, plan = planned(located(resolution, environ), destination, wanted, copy)
    return brought_as(store, plan, str(resolution.requested), resolution, copy, progress, begun)


def placed(
    uri: str,
    *,
    environ: Mapping[str, str],
    settings: Settings | None = None,
    connections: Connections | None = None,
    meanwhile: Callable[[Mapping[str, str]], None] | None = None,
) -> tuple[Location, Resolution | None]:
    """Find out where the files of a URI are, and what the registry says, which is asked only for a name.

    For the arguments, and for what is raised, see ``mr_client.asking.resolve_uri`` and ``locate``.
    """
    if not is_model_uri(uri):
        return locate(uri, environ), None
    resolution = resolve_uri(uri, environ=environ, settings=settings, connections=connections, meanwhile=meanwhile)
    return located(resolution, environ), resolution


def located(resolution: Resolution, environ: Mapping[str, str]) -> Location:
    """Decide where the files of a resolution are, and how to get in; for what is raised see ``locate``."""
    return locate(resolution.uri, environ, endpoint=resolution.endpoint, region=resolution.region)


def planned(
    location: Location,
    destination: Path,
    wanted: Wanted,
    copy: CopySettings,
    connections: StoreConnections | None = None,
    stop: Stop | None = None,
) -> tuple[Store, CopyPlan]:
    """Ask a store what it has, and decide which of it is copied where; for what is raised see ``fetch``."""
    store = open_store(location, workers=copy.workers, timeout=copy.timeout, connections=connections)
    stop, stopping = stop or Stop(), threading.Event()
    pace = Pace(copy.wait, None, stopping.wait)
    with stop.telling(stopping.set):
        files = answered(store.files, pace=pace, attempts=copy.attempts)
    stop.check(f"The copy to {str(destination)!r}")
    if len(files) == 1 and location.names(files[0].key):
        wanted = Wanted()  # as KServe has it: a file that is named itself is wanted
    plan = plan_copy(source_of(store, location), files, destination, wanted=wanted)
    numbers = {"files": len(plan.files), "bytes": plan.size}
    said = step("plan", source=plan.source, destination=str(destination), left_out=len(plan.left_out), **numbers)
    logger.info("planned %d files, %d bytes, from %s to %s", *numbers.values(), plan.source, destination, extra=said)
    if plan.left_out:
        size = sum(file.size or 0 for file in plan.left_out)
        said = step("left_out", files=len(plan.left_out), bytes=size)
        logger.info("left out %s", left_out(plan, wanted), extra=said)
    return store, plan


def brought_as(
    store: Store,
    plan: CopyPlan,
    requested: str,
    resolution: Resolution | None,
    copy: CopySettings,
    progress: Progress,
    begun: float,
    stop: Stop | None = None,
) -> Receipt:
    """Bring what is planned, and return what to say of it; for what is raised see ``fetch``.

    Args:
        store: where it comes from.
        plan: what is wanted of it.
        requested: what was asked for, as it may be shown.
        resolution: what the registry said, where it was asked.
        copy: how hard to work, and how closely to check.
        progress: told of bytes as they arrive.
        begun: when, by ``time.monotonic``.
        stop: ends it.
    """
    brought = bring(plan, store, settings=copy, progress=progress, digest=digest_of(resolution, plan), stop=stop)
    return Receipt(
        requested=requested,
        source=plan.source,
        destination=plan.destination,
        files=len(brought.files),
        # From the disk: not every store says how big its files are.
        size=sum(file.stat().st_size for file in brought.files),
        seconds=time.monotonic() - begun,
        fetched=brought.fetched,
        verification=brought.verification,
        left_out=len(plan.left_out),
        resolution=resolution,
        paths=brought.files,
        archive=brought.plan.files[0].source if brought.unpacked else None,
    )


def digest_of(resolution: Resolution | None, plan: CopyPlan) -> str | None:
    """Return the digest that the registry recorded, where ``plan`` can be held to it: where it leaves nothing out."""
    if resolution is None or resolution.digest is None or not plan.left_out:
        return resolution.digest if resolution is not None else None
    logger.warning(
        "%s has a recorded digest of all its files, which cannot be compared: patterns leave out %d of them",
        resolution.requested,
        len(plan.left_out),
    )
    return None
