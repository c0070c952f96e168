"""What does Google Cloud Storage hold at a location, and how is a range of its bytes read?

Two operations of its JSON API, list and get, are all that it takes. They are asked here rather than
by gcsfs, whose import alone takes 90 MiB (it brings gRPC along), of the 100 MiB that a pod is given.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from mr_client.errors import FilesNotFound, NotAllowed, StoreBusy, TransferError, TransferInterrupted
from mr_client.storage.digests.digest import Digest
from mr_client.storage.digests.vouched import gcs_digests
from mr_client.storage.gcs.access import GCSAccess
from mr_client.storage.gcs.identity import Identity
from mr_client.storage.location import Location
from mr_client.storage.network.refusals import Denied
from mr_client.storage.network.web import Web
from mr_client.storage.stored import StoredFile

__all__ = ["GCSStore"]

_FIELDS = "name,size,generation,timeCreated,crc32c,md5Hash,contentEncoding,contentType"
"""Of what Google says of an object."""
_WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before a question is asked again that was not answered."""
_T = TypeVar("_T")


class GCSStore:
    """Objects in Google Cloud Storage: listed by its JSON API, pinned by their generation, carried by plain HTTP.

    Args:
        location: its ``options`` hold ``access``, a ``GCSAccess``.
        web: carries the bytes.
        waits: seconds before a question is asked again that was not answered.
        writing: whether who asks is to be let in to write as well.

    Raises:
        InvalidSettings: what was named are no Google credentials.
    """

    def __init__(self, location: Location, web: Web, *, waits: Sequence[float] = _WAITS, writing: bool = False) -> None:
        access: GCSAccess = location.options["access"]
        self._location = location
        self.web = web
        self._waits = waits
        self._writing = writing
        self._identity = Identity(access, location.trust, location.proxies, writing=writing)
        self.endpoint = access.endpoint
        self._bucket, _, self._name = location.path.partition("/")
        # By name and generation: what was said of one content is not true of the next.
        self._digests: dict[tuple[str, str | None], tuple[Digest, ...]] = {}
        self._compressed: set[tuple[str, str | None]] = set()

    def files(self) -> list[StoredFile]:
        """List what is there: an object alone, or all objects below a prefix that ends at a slash."""
        if not self._location.folder:
            try:
                return [self._object(self._name, self._name.rpartition("/")[2])]
            except FilesNotFound:
                pass  # a folder, then
        prefix = f"{self._name.rstrip('/')}/" if self._name.strip("/") else ""
        # "folder/" without content marks a folder, made by a console; it is no file.
        files = [
            self._stored(item, item["name"].removeprefix(prefix))
            for item in self._items(prefix)
            if not item["name"].endswith("/")
        ]
        if not files:
            raise FilesNotFound(f"No file is below {self._location.uri!r}: check the bucket and the path.")
        return files

    def look(self, file: StoredFile) -> StoredFile:
        """Return ``file`` as it is now."""
        return self._object(file.key.partition("/")[2], file.path)

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the bytes of ``file`` from ``start`` up to ``stop``, as they are stored."""
        name = file.key.partition("/")[2]
        url = f"{self.endpoint}/download/storage/v1/b/{self._bucket}/o/{quote(name, safe='')}?alt=media"
        if file.etag:
            url += f"&ifGenerationMatch={file.etag}"
        # Google would decompress it on the way: then its size and digests were those of something else.
        more = {"Accept-Encoding": "gzip"} if (file.key, file.etag) in self._compressed else {}
        yield from self.authorized(
            lambda headers: (
                piece for piece, _ in self.web.read(url, f"gs://{file.key}", start, stop, more={**headers, **more})
            )
        )

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        """Return what the listing vouches for: CRC-32C, and MD5 but of composed objects."""
        return self._digests.get((file.key, file.etag), ())

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        """Return None: Google's digests are of whole objects."""
        return None

    def _object(self, name: str, path: str) -> StoredFile:
        if not name:
            raise FilesNotFound(f"{self._location.uri!r} names a bucket, not an object.")
        return self._stored(self._answer(f"o/{quote(name, safe='')}", {"fields": _FIELDS}), path)

    def _items(self, prefix: str) -> Iterator[dict[str, Any]]:
        asked = {"maxResults": "1000", "fields": f"nextPageToken,items({_FIELDS})"}
        if prefix:
            asked["prefix"] = prefix
        while True:
            page = self._answer("o", asked)
            yield from page.get("items", ())
            following = page.get("nextPageToken")
            if not following:
                return
            if following == asked.get("pageToken"):
                raise TransferError(f"The list of {self._location.uri!r} has no end: its server names a page twice.")
            asked["pageToken"] = following

    def _answer(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """Ask the JSON API for something of the bucket."""
        url = f"{self.endpoint}/storage/v1/b/{self._bucket}/{path}?{urlencode(asked)}"
        uri = self._location.uri
        try:
            (body,) = self._patiently(lambda headers: iter([self.web.document(url, uri, more=headers)]))
        except FilesNotFound as error:
            raise FilesNotFound(f"Nothing is at {uri!r}: check the bucket and the path.") from error
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise TransferError(f"The server of {uri!r} answers with something else than JSON: check the endpoint.")
        return answer

    def _patiently(self, ask: Callable[[Mapping[str, str]], Iterator[_T]]) -> Iterator[_T]:
        for wait in self._waits:
            try:
                return iter(list(self.authorized(ask)))
            except TransferInterrupted as error:
                time.sleep(min(error.retry_after or wait, 30.0) if isinstance(error, StoreBusy) else wait)
        return self.authorized(ask)

    def authorized(self, ask: Callable[[Mapping[str, str]], Iterator[_T]]) -> Iterator[_T]:
        """Yield what ``ask`` does with headers that say who asks; with others where these are refused."""
        headers: dict[str, str] | None = self._identity.headers()
        refused: list[Denied] = []
        while headers is not None:
            begun = False
            try:
                for each in ask(headers):
                    if not begun and refused and not headers:
                        self._identity.is_nobody()
                    begun = True
                    yield each
                return
            except Denied as error:
                if begun:
                    raise
                refused.append(error)
                headers = self._identity.instead(headers, error.status, len(refused) - 1)
        raise self._denied(refused[0])

    def _denied(self, refusal: Denied) -> NotAllowed:
        uri, name, missing = self._location.uri, self._identity.name, self._identity.missing
        if name is None:
            return NotAllowed(
                f"Access to {uri!r} is denied to anonymous callers ({refusal.said}): name a service account's key file in "
                "GOOGLE_APPLICATION_CREDENTIALS, or give the pod's service account an identity of Google's that may "
                f"{'write' if self._writing else 'read'} there{f'; the one that is there cannot be used ({missing})' if missing else ''}.",
                status=refusal.status,
            )
        if refusal.status == 401:
            return NotAllowed(
                f"Google Cloud Storage does not accept the credentials of {name!r} for {uri!r} ({refusal.said}): "
                "make a new key, or check the machine's clock.",
                status=refusal.status,
            )
        return NotAllowed(
            f"{name!r} may not write {uri!r} ({refusal.said}): grant it the role roles/storage.objectUser on the bucket."
            if self._writing
            else f"{name!r} may not read {uri!r} ({refusal.said}): grant it the role roles/storage.objectViewer on the bucket.",
            status=refusal.status,
        )

    def _stored(self, item: Mapping[str, Any], path: str) -> StoredFile:
        # Of the content, since a change of its metadata alone makes no other generation.
        created = item.get("timeCreated")
        file = StoredFile(
            key=f"{self._bucket}/{item['name']}",
            path=path,
            size=int(item.get("size", 0)),
            etag=str(item["generation"]) if item.get("generation") else None,
            modified=datetime.fromisoformat(created).timestamp() if created else None,
            content_type=item.get("contentType"),
        )
        content = (file.key, file.etag)
        self._digests[content] = gcs_digests(item)
        if item.get("contentEncoding", "identity") not in ("", "identity"):
            self._compressed.add(content)
        return file
