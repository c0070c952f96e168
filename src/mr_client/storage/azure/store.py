"""What does a container of Azure Blob Storage hold, and how is a range of a blob read?

Azure's own client lists; the bytes come over plain HTTP, as those of the other stores do. ``azure.entry`` lets both in.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from azure.core.exceptions import ResourceNotFoundError
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobProperties, ContainerClient, ExponentialRetry

from mr_client.errors import FilesNotFound, NotAllowed
from mr_client.storage.azure.entry import AzureEntry
from mr_client.storage.azure.place import AzurePlace
from mr_client.storage.dialects.filesystems import translated
from mr_client.storage.digests.digest import Digest
from mr_client.storage.digests.vouched import azure_digests
from mr_client.storage.location import Location
from mr_client.storage.network.guarded import POOLS
from mr_client.storage.network.roots import written
from mr_client.storage.network.routes import judge
from mr_client.storage.network.web import Web
from mr_client.storage.stored import StoredFile

__all__ = ["VERSION", "AzureStore"]

VERSION = "2021-12-02"
"""Of the service, for requests that name none in a signature: without one, it answers as in 2009."""
_CONNECT = 10.0
"""Seconds to wait for a connection."""


class AzureStore:
    """Blobs below a place in a container: listed by Azure's client, carried by plain HTTP.

    Args:
        location: of the protocol ``azure``.
        web: carries the bytes.
        timeout: seconds without an answer after which a connection counts as broken.
        entry: lets requests in, in a test of its own.
        page: blobs listed by one request; the service gives no more than 5,000.
        writing: whether requests are to be let in to write as well.
    """

    def __init__(
        self,
        location: Location,
        web: Web,
        *,
        timeout: float,
        entry: AzureEntry | None = None,
        page: int = 5000,
        writing: bool = False,
    ) -> None:
        self._location = location
        self.web = web
        self._timeout = timeout
        self._page = page
        self.place: AzurePlace = location.options["place"]
        # Azure's libraries take certificates from a file alone.
        roots = written(location.trust)
        if roots:
            weakref.finalize(self, roots.remove)
        self._trust = replace(location.trust, ca_file=roots.path if roots else None, pem=None)
        self.entry = entry or AzureEntry(self.place, self._trust, location.proxies, writing=writing)
        # By key and ETag: what was said of one content is not true of the next.
        self._digests: dict[tuple[str, str | None], tuple[Digest, ...]] = {}

    def files(self) -> list[StoredFile]:
        """List what is there: a blob alone, or all blobs below a folder. A blob of exactly this name wins."""
        path = self.place.path.rstrip("/")
        folder = f"{path}/" if path else ""
        with translated(self._location.uri), self._container() as container:
            if not self._location.folder and (blob := _blob(container, path)) is not None:
                return [self._stored(blob, path.rpartition("/")[2])]
            files = [
                self._stored(blob, blob.name.removeprefix(folder))
                for blob in container.list_blobs(folder or None, include=["metadata"], results_per_page=self._page)
                # "folder/" without content marks a folder, made by a console; it is no file.
                if not blob.name.endswith("/") and not _is_folder(blob)
            ]
        if not files:
            raise FilesNotFound(f"No file is below {self._location.uri!r}: check the container and the path.")
        return files

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the bytes of ``file`` from ``start`` up to ``stop``."""
        begun = False
        try:
            for piece in self._carried(file, start, stop):
                begun = True
                yield piece
        except NotAllowed as error:
            # A token may be withdrawn before its end.
            if begun or error.status != 401 or not self.entry.renew():
                raise
            yield from self._carried(file, start, stop)

    def look(self, file: StoredFile) -> StoredFile:
        """Return ``file`` as it is now."""
        with translated(self._location.uri), self._container() as container:
            return self._stored(container.get_blob_client(_name(file)).get_blob_properties(), file.path)

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        """Return what was listed with ``file``. Costs no request."""
        return self._digests.get((file.key, file.etag), ())

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        """Return None: nothing is vouched for in parts."""
        return None

    def _carried(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        with translated(self._location.uri):
            query, headers = self.entry.query(), self.entry.headers()
        shown = f"{self.place.endpoint}/{file.key}"
        address = f"{self.place.endpoint}/{quote(file.key, safe='/~')}" + (f"?{query}" if query else "")
        headers["x-ms-version"] = VERSION
        for piece, _ in self.web.read(address, shown, start, stop, etag=file.etag, more=headers):
            yield piece

    def _stored(self, blob: BlobProperties, path: str) -> StoredFile:
        key = f"{self.place.container}/{blob.name}"
        # Quoted in an answer's header, and not in a listing.
        etag = f'"{blob.etag.strip(chr(34))}"' if blob.etag else None
        if digests := azure_digests({"content_settings": blob.content_settings}):
            self._digests[key, etag] = digests
        modified = blob.last_modified.timestamp()
        return StoredFile(key=key, path=path, size=int(blob.size), etag=etag, modified=modified)

    @contextmanager
    def _container(self) -> Iterator[ContainerClient]:
        """Open Azure's client: with our certificates, our refusals, and without its quarter minutes of waiting."""
        verify: Any = str(self._trust.ca_file) if self._trust.ca_file else self._trust.verify
        transport = RequestsTransport(
            connection_verify=verify,
            connection_timeout=min(_CONNECT, self._timeout),
            read_timeout=self._timeout,
            use_env_settings=False,  # the process's own, whatever the mapping says
        )
        transport.open()
        for adapter in transport.session.adapters.values():
            adapter.poolmanager.pool_classes_by_scheme = POOLS
        if proxy := self._location.proxies.of(self.place.endpoint):
            judge(self.place.endpoint)
            transport.session.proxies = {"http": proxy.given, "https": proxy.given}
        self.entry.headers()  # now: a token that is refused within Azure's client is asked for again and again
        query = self.entry.query()
        client = ContainerClient(
            self.place.endpoint + (f"?{query}" if query else ""),
            self.place.container,
            credential=self.entry if self.entry.by_token else None,
            transport=transport,
            retry_policy=ExponentialRetry(
                initial_backoff=1, increment_base=2, random_jitter_range=1, retry_total=3, retry_connect=1
            ),
        )
        with client:
            yield client


def _blob(container: ContainerClient, name: str) -> BlobProperties | None:
    try:
        blob = container.get_blob_client(name).get_blob_properties()
    except ResourceNotFoundError:
        return None
    return None if _is_folder(blob) else blob


def _is_folder(blob: BlobProperties) -> bool:
    """Return whether a blob stands for a folder (hierarchical namespaces, and tools for them)."""
    return any(name.lower() == "hdi_isfolder" and value == "true" for name, value in (blob.metadata or {}).items())


def _name(file: StoredFile) -> str:
    return file.key.partition("/")[2]
