"""What is the one file at a web address, and how is a range of its bytes read?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from mr_client.storage.digests.digest import Digest
from mr_client.storage.digests.vouched import web_digests
from mr_client.storage.location import Location
from mr_client.storage.network.web import Web
from mr_client.storage.stored import StoredFile

__all__ = ["WebFile"]


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
