"""What does a store hold at a location, and how is a range of its bytes read?

fsspec decides, urllib3 carries: fsspec's filesystems authenticate, list and sign; where an
object has a web address the bytes come over plain HTTP, because that costs a fifth of the CPU
and none of the memory. Where it has none, bounded reads through fsspec do the same job.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mr_client.errors import (
    CredentialsExpired,
    FilesNotFound,
    MissingExtra,
    NotAllowed,
    TransferError,
    TransferInterrupted,
)
from mr_client.storage.connections import StoreConnections, filesystem
from mr_client.storage.dialects import reason_is_hidden, translated
from mr_client.storage.digests import Digest
from mr_client.storage.locate import Location
from mr_client.storage.s3_digests import Heard, S3Digests
from mr_client.storage.s3_requests import S3Requests
from mr_client.storage.stored import Store, StoredFile
from mr_client.storage.vouched import web_digests

if TYPE_CHECKING:
    from mr_client.storage.web import Web

__all__ = ["Store", "StoredFile", "begin_loading", "open_store", "source_of"]

logger = logging.getLogger(__name__)

_PIECE = 1024 * 1024
"""Bytes read at a time through fsspec."""


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
    location: Location, *, workers: int = 4, timeout: float = 30.0, connections: StoreConnections | None = None
) -> Store:
    """Return the store of a location; nothing is asked yet.

    Args:
        location: where, and how to get in.
        workers: how many threads will read at once.
        timeout: seconds without a byte after which a connection counts as broken.
        connections: what it shares with other stores.

    Raises:
        MissingExtra: the library for this kind of store is not installed.
        InvalidSettings: the file of certificates to trust holds none, and TLS is to be spoken to an S3 endpoint.
    """
    if not location.trust.verify:
        logger.warning("Certificates are not checked for %s: whoever is on the way can change it.", location.uri)
    # What carries bytes, and what asks, is loaded when it is known by what they come.
    try:
        return _opened(location, workers, timeout, connections or StoreConnections())
    except ImportError as error:
        extra = location.protocol
        raise MissingExtra(
            f"{location.uri!r} needs a library that is not installed ({error}): pip install 'mr-client[{extra}]'."
        ) from error


def _opened(location: Location, workers: int, timeout: float, connections: StoreConnections) -> Store:
    if location.protocol in ("file", "memory"):
        return RangeStore(location, filesystem(location.protocol, location.options))
    certificate = location.options.get("client_certificate")
    web = connections.web(location.trust, connections=workers, timeout=timeout, certificate=certificate)
    match location.protocol:
        case "http":
            return WebFile(location, web)
        case "gcs":
            from mr_client.storage.gcs import GCSStore

            return GCSStore(location, web)
        case "azure":
            from mr_client.storage.azure_store import AzureStore

            return AzureStore(location, web, timeout=timeout)
        case "hf":
            from mr_client.storage.hub import HubStore

            return HubStore(location, web)
        case "webhdfs":
            from mr_client.storage.hdfs import HdfsStore

            return HdfsStore(location, web)
        case _:
            return SignedStore(location, connections.s3(location.trust, location.options), web)


def source_of(store: Store, location: Location) -> str:
    """Return the URI of what ``store`` has listed, as it may be shown: of one commit, where there are commits."""
    uri: str = getattr(store, "pinned", location.uri)
    return uri


class RangeStore:
    """Files without a web address: local ones, and those in memory. Read through fsspec, piece by piece."""

    def __init__(self, location: Location, filesystem: Any) -> None:
        self._location = location
        self._filesystem = filesystem

    def files(self) -> list[StoredFile]:
        """List what is there: a file alone, or all files below a folder."""
        return _listed(self._location, self._filesystem)

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the bytes of ``file`` from ``start`` up to ``stop``."""
        stop = file.size if stop is None else stop
        assert stop is not None, "these stores know the size of every file"
        while start < stop:
            with translated(self._location.uri):
                piece: bytes = self._filesystem.cat_file(file.key, start=start, end=min(start + _PIECE, stop))
            if not piece:
                raise TransferInterrupted(f"{file.key!r} ended at byte {start}, before its size.")
            start += len(piece)
            yield piece

    def look(self, file: StoredFile) -> StoredFile:
        """Return ``file`` as it is now."""
        with translated(self._location.uri):
            return _stored(self._filesystem.info(file.key), file.path)

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        """Return none: these stores give no digest."""
        return ()

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        """Return None: these stores know no parts."""
        return None


class SignedStore:
    """Objects in S3: listed and signed by s3fs, carried by plain HTTP.

    Checksums come with the answer that brings a whole object: asking for them costs nothing. Not
    where the listing names none, since some stores refuse an address that is signed for one more
    header (SeaweedFS before 4). Where one is refused that should not be, it is signed without.
    """

    def __init__(self, location: Location, filesystem: Any, web: Web) -> None:
        self._location = location
        self._filesystem = filesystem
        self._web = web
        # ETags of directory buckets look like one and are no MD5 (S3 user guide, directory buckets).
        directory_bucket = location.path.partition("/")[0].endswith("--x-s3")
        self._requests = S3Requests(filesystem)
        self._vouching = S3Digests(filesystem, etag_is_md5=not directory_bucket)
        # By key and ETag: what was said of one content is not true of the next.
        self._heard: dict[tuple[str, str | None], Heard] = {}
        self._digests: dict[tuple[str, str | None], tuple[Digest, ...]] = {}
        self._signs_more = True

    def files(self) -> list[StoredFile]:
        """List what is there: an object alone, or all objects below a prefix that ends at a slash."""
        try:
            return _listed(self._location, self._filesystem)
        except (NotAllowed, TransferError) as error:
            if not reason_is_hidden(error):
                raise
            # Answers to HEAD have no body that could say why (RFC 9110, section 9.3.2).
            with translated(self._location.uri):
                bucket = self._location.path.partition("/")[0]
                self._filesystem.call_s3("list_objects_v2", Bucket=bucket, MaxKeys=1)
            raise

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the bytes of ``file`` from ``start`` up to ``stop``."""
        if not (file.checksums != () and start == 0 and stop is None and self._signs_more):
            yield from self._carried(file, start, stop, checksums=False)
            return
        begun = False
        try:
            for piece in self._carried(file, start, stop, checksums=True):
                begun = True
                yield piece
            return
        except (NotAllowed, TransferError) as error:
            if begun or isinstance(error, TransferInterrupted):
                raise
        for piece in self._carried(file, start, stop, checksums=False):
            self._signs_more = False  # it is what the store minded
            yield piece

    def look(self, file: StoredFile) -> StoredFile:
        """Return ``file`` as it is now."""
        with translated(self._location.uri):
            return _stored(self._filesystem.info(file.key), file.path)

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        """Return what the answers of the store vouch for."""
        if not file.size:
            return ()  # all that can be said of an empty one is its size
        content = (file.key, file.etag)
        if content not in self._digests:
            heard = self._heard.get(content)
            self._digests[content] = self._vouching.of(file.key, file.size, file.etag, heard)
            self._heard.pop(content, None)
        return self._digests[content]

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        """Return ``digest`` with the sizes that the store tells of each part."""
        return self._vouching.confirmed(file.key, file.size or 0, digest)

    def _carried(self, file: StoredFile, start: int, stop: int | None, *, checksums: bool) -> Iterator[bytes]:
        begun = False
        try:
            for piece in self._asked(file, start, stop, checksums):
                begun = True
                yield piece
        except CredentialsExpired:
            if begun:
                raise
            self._requests.forget_credentials()
            yield from self._asked(file, start, stop, checksums)

    def _asked(self, file: StoredFile, start: int, stop: int | None, checksums: bool) -> Iterator[bytes]:
        with translated(self._location.uri):
            address, headers = self._requests.get(file.key, checksums=checksums)
        content = (file.key, file.etag)
        for piece, answer in self._web.read(address, f"s3://{file.key}", start, stop, etag=file.etag, more=headers):
            if content not in self._heard and content not in self._digests:
                self._heard[content] = Heard.of(answer, partial=start != 0 or stop is not None)
            yield piece


class WebFile:
    """One file at a web address."""

    def __init__(self, location: Location, web: Web) -> None:
        self._location = location
        self._web = web
        self._headers: Mapping[str, str] = location.options.get("headers", {})
        self._digests: tuple[Digest, ...] = ()

    def files(self) -> list[StoredFile]:
        """Return the file, named as the last part of its address."""
        url = self._location.path
        answer = self._web.ask(url, self._location.uri, more=self._headers)
        self._digests = web_digests(answer.headers, partial=answer.ranged)
        return [
            StoredFile(
                key=url,
                path=unquote(urlsplit(url).path.rpartition("/")[2]),
                size=answer.size,
                etag=answer.etag,
                modified=answer.modified,
                content_type=answer.headers.get("Content-Type"),
                ranged=answer.ranged and answer.size is not None,
            )
        ]

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the bytes of ``file`` from ``start`` up to ``stop``."""
        whole = start == 0 and stop is None
        uri, who = self._location.uri, self._headers
        answers = self._web.read(
            file.key, uri, start, stop, etag=file.etag, modified=file.modified, size=file.size, more=who
        )
        for number, (piece, headers) in enumerate(answers):
            # An answer with all of it may vouch for more than one with a range.
            if number == 0 and whole and (digests := web_digests(headers, partial=False)):
                self._digests = digests
            yield piece

    def look(self, file: StoredFile) -> StoredFile:
        """Return ``file`` as it is now."""
        return self.files()[0]

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        """Return what the server's headers vouch for. Costs no request."""
        return self._digests

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        """Return None: a web server knows no parts."""
        return None


def _listed(location: Location, filesystem: Any) -> list[StoredFile]:
    """List a location of an fsspec filesystem. A file of exactly this name wins over a folder of the same name."""
    path = location.path.rstrip("/") or "/"
    with translated(location.uri):
        if not location.folder:
            info = filesystem.info(path)
            if info["type"] != "directory":
                return [_stored(info, path.rpartition("/")[2])]
        found: dict[str, dict[str, Any]] = filesystem.find(path, detail=True)
    folder = "" if path == "/" else path
    files = [
        _stored({"ChecksumAlgorithm": (), **info}, key.removeprefix(f"{folder}/"))
        for key, info in found.items()
        # "folder/" without content marks a folder, made by a console; it is no file.
        if info["type"] != "directory" and not key.endswith("/")
    ]
    if not files:
        raise FilesNotFound(f"No file is below {location.uri!r}: check the bucket and the path.")
    return files


def _stored(info: dict[str, Any], path: str) -> StoredFile:
    etag = info.get("ETag") or None
    modified = info.get("LastModified", info.get("mtime"))
    checksums = info.get("ChecksumAlgorithm")
    return StoredFile(
        key=info["name"],
        path=path,
        size=int(info["size"]),
        etag=etag,
        modified=modified.timestamp() if isinstance(modified, datetime) else modified,
        checksums=None if checksums is None else tuple(checksums),
    )
