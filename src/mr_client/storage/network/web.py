"""How are bytes carried over HTTP?

One pool of urllib3 connections, ranged GETs, pieces of 1 MiB: ``recv`` releases the GIL, so
threads scale, and a piece for each thread is all the memory it takes.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import InsecureRequestWarning
from urllib3.util import Retry

from mr_client.errors import SourceChanged, TransferError
from mr_client.header_times import http_date, retry_after
from mr_client.storage.network.discreet import discreet
from mr_client.storage.network.pools import web_pool
from mr_client.storage.network.proxies import Proxies
from mr_client.storage.network.refusals import BUSY, PASSING, another, broken, reached, refusal
from mr_client.storage.network.trusted import Trust

__all__ = ["PIECE", "Answer", "Document", "Web"]

PIECE = 1024 * 1024
"""Bytes read at a time: sockets read in pieces of 64 KiB cost twice as much for each byte."""
_PAUSES = (0.2, 1.0, 5.0)
"""Seconds before a listing is asked for again."""
_NUMBER = re.compile("[0-9]{1,18}")
"""More digits are no size and no time, and Python itself refuses thousands of them."""
_CONTENT_RANGE = re.compile(r"bytes (?:([0-9]{1,18})-([0-9]{1,18})|\*)/([0-9]{1,18}|\*)")
"""RFC 9110, section 14.4."""
_DOTS = re.compile(r"/\.\.?(?:/|$)")
"""What is taken out of an address before it is sent (RFC 3986, section 5.2.4)."""
_OURS = frozenset({"Accept-Encoding", "Range", "If-Match", "If-Unmodified-Since"})
"""Headers that say what is wanted, not who wants it."""
_WRITTEN = frozenset({200, 201})
_ANSWER = 1024 * 1024
"""Most bytes of an answer to what was sent."""
_DOCUMENT = 64 * 1024 * 1024
"""Most bytes of an answer that is read as a whole: a page of a listing has a few hundred for each file."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says of an object, before its bytes."""

    size: int | None
    """Bytes of the whole object; None where the server does not say."""
    ranged: bool
    """Whether the server gives ranges."""
    etag: str | None
    """A strong entity tag; a weak one does not pin the bytes (RFC 9110, section 8.8.3)."""
    modified: float | None
    """Seconds since the epoch."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All that it says; upper and lower case are one."""


@dataclass(frozen=True, slots=True)
class Document:
    """An answer that was read as a whole."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    """Where it came from, after redirects."""


class Web:
    """A pool of connections that carries bytes. Safe to share between threads.

    Args:
        trust: which certificates a server may show.
        connections: how many to keep open to one host: as many as there are threads.
        timeout: seconds without a byte after which a connection counts as broken.
        certificate: files (PEM) of the certificate that is shown to servers, and of its key.
        proxies: which proxy is for which address.

    """

    def __init__(
        self,
        trust: Trust,
        *,
        connections: int,
        timeout: float = 30.0,
        certificate: tuple[str, str] | None = None,
        proxies: Proxies = Proxies(),
    ) -> None:
        self._pool = web_pool(trust, connections=connections, timeout=timeout, certificate=certificate, proxies=proxies)
        if not trust.verify:
            # It comes with each request; that certificates are not checked is said once, when the store is opened.
            urllib3.disable_warnings(InsecureRequestWarning)

    def whole(self, url: str, shown: str, more: Mapping[str, str] | None = None) -> Document:
        """Return an answer as a whole, whatever its status; a server that is busy is asked again a few times.

        For the arguments see ``read``; redirects are followed.

        Raises:
            NotAllowed: the address is never asked.
            TransferError: there is no answer, or no end of it.
        """
        for pause in (*_PAUSES, None):
            response = self._get(url, shown, more or {})
            try:
                if response.status not in BUSY | PASSING or pause is None:
                    with broken(shown):
                        body = response.read(_DOCUMENT + 1, decode_content=False)
                    break
            finally:
                response.close()
            time.sleep(min(retry_after(response.headers.get("Retry-After", "")) or pause, _PAUSES[-1]))
        if len(body) > _DOCUMENT:
            raise TransferError(f"The server of {shown!r} answers with more than {_DOCUMENT} bytes: check the address.")
        return Document(response.status, response.headers, body, urljoin(url, response.geturl() or ""))

    def ask(self, url: str, shown: str, more: Mapping[str, str] | None = None) -> Answer:
        """Ask for what a server says of an object: by GET, since a signed address is good for GET alone.

        Raises:
            FilesNotFound, NotAllowed, TransferError: as for ``read``.
        """
        response = self._get(url, shown, {"Range": "bytes=0-0", **(more or {})})
        try:
            if response.status not in (200, 206, 416):
                raise refusal(response, shown)
            found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            length = response.headers.get("Content-Length") if response.status == 200 else found and found[3]
            etag = response.headers.get("ETag")
            if response.status != 200:
                response.drain_conn()  # a byte at most: the connection is good for the next request
            return Answer(
                size=int(length) if length and _NUMBER.fullmatch(length) else None,
                ranged=response.status != 200,
                etag=etag if etag and not etag.startswith("W/") else None,
                modified=http_date(response.headers.get("Last-Modified")),
                headers=response.headers,
            )
        finally:
            response.close()

    def read(
        self,
        url: str,
        shown: str,
        start: int,
        stop: int | None,
        *,
        etag: str | None = None,
        modified: float | None = None,
        size: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Iterator[tuple[bytes, Mapping[str, str]]]:
        """Yield the bytes from ``start`` up to ``stop`` (None: to the end), each piece with the answer's headers.

        Args:
            url: address of the object.
            shown: what to call it in an error: an address may hold a signature.
            start: first byte.
            stop: the byte after the last one, or None.
            etag: pins the object: another one under the same address is refused (RFC 9110, section 13.1.1).
            modified: pins it where there is no etag: seconds since the epoch, whole ones (section 13.1.4).
            size: bytes of the whole object, likewise.
            more: further headers of the request, such as those that an address is signed for.

        Raises:
            FilesNotFound: there is no such object.
            NotAllowed: the server refuses, or it or a redirect leads to an address that is never asked.
            SourceChanged: it is another object than the one that is pinned.
            TransferInterrupted: the connection broke or stalled; StoreBusy: the server asks for patience.
            TransferError: anything else.
        """
        if _DOTS.search(urlsplit(url).path):
            raise TransferError(f"{shown!r} has a part '.' or '..', which leads elsewhere on the web: rename it.")
        whole = start == 0 and stop is None
        headers = {} if whole else {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"}
        if etag:
            headers["If-Match"] = etag
        elif modified is not None:
            headers["If-Unmodified-Since"] = email.utils.formatdate(modified, usegmt=True)
        headers |= more or {}
        response = self._get(url, shown, headers)
        try:
            if response.status != (200 if whole else 206):
                raise refusal(response, shown)
            found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if not whole and not (found and found[1] and int(found[1]) == start):
                raise TransferError(f"The server of {shown!r} answers with another range than the one asked for.")
            # Not every server heeds If-Match and If-Unmodified-Since.
            if fault := another(response.headers, found[3] if found else None, etag, modified, size):
                raise SourceChanged(f"{shown!r} changed while it was copied ({fault}): run again when it is at rest.")
            with broken(shown):
                for piece in response.stream(PIECE, decode_content=False):
                    yield piece, response.headers
        finally:
            # A response that was read to its end has gone back to the pool; any other would spoil it.
            response.close()

    def document(self, url: str, shown: str, *, more: Mapping[str, str] | None = None) -> bytes:
        """Return the body of an answer that is small, such as a page of a list.

        Args:
            url: address of the document.
            shown: what to call it in an error.
            more: further headers of the request.

        Raises:
            FilesNotFound, NotAllowed, TransferError: as for ``read``.
        """
        response = self._get(url, shown, more or {})
        try:
            if response.status != 200:
                raise refusal(response, shown)
            with broken(shown):
                body = b"".join(response.stream(PIECE, decode_content=True))
        finally:
            response.close()
        return body

    def send(
        self,
        method: str,
        url: str,
        shown: str,
        body: bytes | Iterable[bytes],
        size: int,
        *,
        more: Mapping[str, str] | None = None,
        also: frozenset[int] = frozenset(),
    ) -> Document:
        """Send bytes; return the answer. A redirect is not followed: the bytes are for this server.

        Args:
            method: ``PUT`` or ``POST``.
            url: address of the object.
            shown: what to call it in an error.
            body: the bytes, in pieces; what it raises is raised, and the server has not got all of them then.
            size: how many bytes they are.
            more: further headers of the request.
            also: statuses beside 200 and 201 that are an answer.

        Raises:
            FilesNotFound, NotAllowed, TransferError: as for ``read``; what came damaged, as the server says by a
                digest among the headers, counts as interrupted.
        """
        headers = {"Accept-Encoding": "identity", **(more or {}), "Content-Length": str(size)}
        with reached(shown, writing=True), discreet():
            response = self._pool.urlopen(
                method, url, body=body, headers=headers, preload_content=False, retries=False, redirect=False
            )
        try:
            if response.status not in _WRITTEN | also:
                raise refusal(response, shown, writing=True)
            with broken(shown):
                answer = response.read(_ANSWER, decode_content=False)
        finally:
            response.close()
        return Document(response.status, response.headers, answer, url)

    def _get(self, url: str, shown: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        with reached(shown), discreet():
            return self._pool.urlopen(
                "GET",
                url,
                headers={"Accept-Encoding": "identity", **headers},
                preload_content=False,
                # Redirects are followed (a hub sends on to its CDN); all else is tried again by the copy.
                retries=Retry(
                    total=None,
                    connect=0,
                    read=0,
                    status=0,
                    other=0,
                    redirect=5,
                    # Who asks is nobody else's affair than the server's that was meant.
                    remove_headers_on_redirect=Retry.DEFAULT_REMOVE_HEADERS_ON_REDIRECT | (headers.keys() - _OURS),
                ),
            )
