"""Which stores are written to, and how is one opened?"""

from __future__ import annotations

from typing import cast

from mr_client.errors import InvalidURI
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.location import Location
from mr_client.storage.store import open_store
from mr_client.storage.upload.writer import Writer

__all__ = ["key_in", "key_of", "open_writer"]

_INSTEAD = {
    "http": "a web server is not written to",
    "hf": "the hub is written to by its own program (hf upload OWNER/MODEL FOLDER)",
    "webhdfs": "HDFS is written to by its own program (hdfs dfs -put FOLDER PATH)",
    "memory": "it would be gone with this program",
}


def open_writer(location: Location, settings: CopySettings) -> Writer:
    """Return what writes to a location; nothing is asked yet.

    Args:
        location: where, and how to get in.
        settings: how hard to work.

    Raises:
        InvalidURI: a store of this kind is not written to.
        MissingExtra, InvalidSettings: see ``open_store``.
    """
    if (why := _INSTEAD.get(location.protocol)) is not None:
        raise InvalidURI(
            f"Nothing is uploaded to {location.uri!r}: {why}; use s3://, gs://, abfs://, az://, https:// of an Azure "
            "container, file:// or an absolute path."
        )
    store = open_store(location, workers=settings.workers, timeout=settings.timeout, writing=True)
    bucket = location.path.partition("/")[0]
    # What writes is loaded when it is known to where, as what reads is.
    match location.protocol:
        case "gcs":
            from mr_client.storage.gcs.store import GCSStore
            from mr_client.storage.upload.gcs import GCSWriter

            return GCSWriter(cast("GCSStore", store), bucket, location.uri)
        case "azure":
            from mr_client.storage.azure.store import AzureStore
            from mr_client.storage.upload.azure import AzureWriter

            return AzureWriter(cast("AzureStore", store), location.uri)
        case "s3":
            from mr_client.storage.s3.store import S3Store
            from mr_client.storage.upload.s3 import S3Writer

            return S3Writer(cast("S3Store", store), bucket, etags=settings.verify != "size")
        case _:
            from mr_client.storage.upload.disk import DiskWriter

            return DiskWriter(store, sync=settings.sync)


def key_of(location: Location) -> str:
    """Return what a store calls a location, without its bucket: a key, or a path of the disk."""
    return key_in(location, location.path)


def key_in(location: Location, path: str) -> str:
    """Return the same of what is listed there, as ``StoredFile.key`` has it."""
    return path if location.protocol == "file" else path.partition("/")[2]
