"""Which store is meant by a location, and what opens it?

What carries bytes, and what asks, is loaded when it is known by what they come.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextlib import suppress

from mr_client.errors import MissingExtra
from mr_client.storage.connections import StoreConnections
from mr_client.storage.location import Location
from mr_client.storage.stored import Store

__all__ = ["begin_loading", "open_store", "source_of"]

logger = logging.getLogger(__name__)


def begin_loading(environ: Mapping[str, str]) -> None:
    """Load, in a thread, what S3 needs, if ``environ`` has variables for it: 300 ms while others wait for an answer.

    Nothing is raised, or lost where it was in vain: ``open_store`` says what is missing.
    """
    if not any(name.startswith("AWS_") and environ[name] for name in environ):
        return

    def load() -> None:
        with suppress(Exception):
            import fsspec

            fsspec.get_filesystem_class("s3")

    threading.Thread(target=load, name="mr-load", daemon=True).start()


def open_store(
    location: Location,
    *,
    workers: int = 4,
    timeout: float = 30.0,
    writing: bool = False,
    connections: StoreConnections | None = None,
) -> Store:
    """Return the store of a location; nothing is asked yet.

    Args:
        location: where, and how to get in.
        workers: how many threads will read at once.
        timeout: seconds without a byte after which a connection counts as broken.
        writing: whether whoever asks is to be let in to write as well, where that is asked for when they are.
        connections: what it shares with other stores.

    Raises:
        MissingExtra: the library for this kind of store is not installed.
        InvalidSettings: the file of certificates to trust holds none, and TLS is to be spoken to an S3 endpoint.
    """
    if not location.trust.verify:
        logger.warning("Certificates are not checked for %s: whoever is on the way can change it.", location.uri)
    try:
        return _opened(location, workers, timeout, writing, connections or StoreConnections())
    except ImportError as error:
        extra = location.protocol
        raise MissingExtra(
            f"{location.uri!r} needs a library that is not installed ({error}): pip install 'mr-client[{extra}]'."
        ) from error


def _opened(location: Location, workers: int, timeout: float, writing: bool, connections: StoreConnections) -> Store:
    if location.protocol in ("file", "memory"):
        from mr_client.storage.filesystem import RangeStore, filesystem_of

        return RangeStore(location, filesystem_of(location.protocol, location.options))
    web = connections.web(location, connections=workers, timeout=timeout)
    match location.protocol:
        case "http":
            from mr_client.storage.web.file import WebFile

            return WebFile(location, web)
        case "gcs":
            from mr_client.storage.gcs.store import GCSStore

            return GCSStore(location, web, writing=writing)
        case "azure":
            from mr_client.storage.azure.store import AzureStore

            return AzureStore(location, web, timeout=timeout, writing=writing)
        case "hf":
            from mr_client.storage.hub.store import HubStore

            return HubStore(location, web)
        case "webhdfs":
            from mr_client.storage.hdfs.store import HdfsStore

            return HdfsStore(location, web)
        case _:
            from mr_client.storage.s3.store import S3Store

            return S3Store(location, connections.s3(location), web)


def source_of(store: Store, location: Location) -> str:
    """Return the URI of what ``store`` has listed, as it may be shown: of one commit, where there are commits."""
    uri: str = getattr(store, "pinned", location.uri)
    return uri
