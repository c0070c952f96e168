"""How are bytes carried over HTTP?

One pool of urllib3 connections, ranged GETs, pieces of 1 MiB: ``recv`` releases the GIL, so
threads scale, and a piece for each thread is all the memory it takes.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import Retry, Timeout

from mr_client.certificates import trusting
from mr_client.errors import (
    FilesNotFound,
    NotAllowed,
    SourceChanged,
    StoreBusy,
    TransferError,
    TransferInterrupted,
)
from mr_client.storage.credentials import Trust
from mr_client.storage.guarded import POOLS, Refused
from mr_client.storage.reasons import refused, unreachable

__all__ = ["PIECE", "Answer", "Document", "Web"]

PIECE = 1024 * 1024
"""Bytes read at a time: sockets read in pieces of 64 KiB cost twice as much for each byte."""
_CONNECT = 10.0
"""Seconds to wait for a connection."""
_PAUSES = (0.2, 1.0, 5.0)
"""Seconds before a listing is asked for again."""
_BUSY = frozenset({429, 503})
"""Statuses by which a server asks for patience (S3's SlowDown, Azure's ServerBusy, RFC 6585)."""
_PASSING = frozenset({408, 425, 500, 502, 504})
"""Statuses that may pass by themselves."""
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
"""RFC 9110, section 14.4."""
_OURS = frozenset({"Accept-Encoding", "Range", "If-Match", "If-Unmodified-Since"})
"""Headers that say what is wanted, not who wants it."""
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

    Raises:
        InvalidSettings: the file of certificates to trust holds none.
    """

    def __init__(
        self, trust: Trust, *, connections: int, timeout: float = 30.0, certificate: tuple[str, str] | None = None
    ) -> None:
        self._pool = urllib3.PoolManager(
            maxsize=connections,
            timeout=Timeout(connect=min(_CONNECT, timeout), read=timeout),
            cert_reqs="CERT_REQUIRED" if trust.verify else "CERT_NONE",
            ssl_context=trusting(trust.ca_file) if trust.verify and trust.ca_file else None,
            cert_file=certificate and certificate[0],
            key_file=certificate and certificate[1],
        )
        self._pool.pool_classes_by_scheme = POOLS

    def document(self, url: str, shown: str, more: Mapping[str, str] | None = None) -> Document:
        """Return an answer as a whole, whatever its status; a server that is busy is asked again a few times.

        For the arguments see ``read``; redirects are followed.

        Raises:
            NotAllowed: the address is never asked.
            TransferError: there is no answer, or no end of it.
        """
        for pause in (*_PAUSES, None):
            response = self._get(url, shown, more or {})
            try:
                if response.status not in _BUSY | _PASSING or pause is None:
                    body = response.read(_DOCUMENT + 1, decode_content=False)
                    break
            except HTTPError as error:
                raise TransferInterrupted(f"The connection to {shown!r} broke ({_reason(error)}).") from error
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
                raise _refusal(response, shown)
            found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            length = response.headers.get("Content-Length") if response.status == 200 else found and found[3]
            etag = response.headers.get("ETag")
            modified = email.utils.parsedate_tz(response.headers.get("Last-Modified"))
            if response.status != 200:
                response.drain_conn()  # a byte at most: the connection is good for the next request
            return Answer(
                size=int(length) if length and length.isdigit() else None,
                ranged=response.status != 200,
                etag=etag if etag and not etag.startswith("W/") else None,
                modified=email.utils.mktime_tz(modified) if modified else None,
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
            more: further headers of the request, such as those that an address is signed for.

        Raises:
            FilesNotFound: there is no such object.
            NotAllowed: the server refuses, or it or a redirect leads to an address that is never asked.
            SourceChanged: it is another object than the one that is pinned.
            TransferInterrupted: the connection broke or stalled; StoreBusy: the server asks for patience.
            TransferError: anything else.
        """
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
                raise _refusal(response, shown)
            found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if not whole and not (found and found[1] and int(found[1]) == start):
                raise TransferError(f"The server of {shown!r} answers with another range than the one asked for.")
            for piece in response.stream(PIECE, decode_content=False):
                yield piece, response.headers
        except HTTPError as error:
            raise TransferInterrupted(f"The connection to {shown!r} broke ({_reason(error)}).") from error
        finally:
            # A response that was read to its end has gone back to the pool; any other would spoil it.
            response.close()

    def _get(self, url: str, shown: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.request(
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
        except Refused as error:
            raise NotAllowed(f"{shown!r} is not fetched: {error.reason}") from error
        except HTTPError as error:
            if (why := unreachable(error)) is None:
                raise TransferInterrupted(f"The server of {shown!r} cannot be reached ({_reason(error)}).") from error
            kind = TransferInterrupted if why.passing else TransferError
            raise kind(f"The server of {shown!r} cannot be reached ({why.what}): {why.then}.") from error


def _refusal(response: urllib3.BaseHTTPResponse, shown: str) -> Exception:
    """Return the error that an unexpected status means."""
    try:
        body = response.read(2048, decode_content=False)
    except HTTPError:
        body = b""
    # S3 and Azure name the reason in XML.
    code = re.search(rb"<Code>([A-Za-z0-9]{1,80})</Code>", body)
    said = f"{response.status} {code[1].decode() if code else response.reason or ''}".strip()
    region = response.headers.get("x-amz-bucket-region")
    if code and (known := refused(code[1].decode(), region, shown=shown)) is not None:
        return known
    match response.status:
        case 401 | 403:
            return NotAllowed(
                f"Access to {shown!r} is denied ({said}): check the credentials, and that they may read there."
            )
        case 404 | 410:
            return FilesNotFound(f"Nothing is at {shown!r} ({said}): check the address.")
        case 412 | 416:
            return SourceChanged(f"{shown!r} changed while it was copied ({said}): run again when it is at rest.")
        case 200:
            return TransferError(f"The server of {shown!r} stopped giving ranges: run again.")
        case status if status in _BUSY:
            asked = retry_after(response.headers.get("Retry-After", ""))
            return StoreBusy(f"The server of {shown!r} is busy ({said}).", retry_after=asked)
        case status if status in _PASSING:
            return TransferInterrupted(f"The server of {shown!r} is broken for now ({said}).")
        case _:
            return TransferError(f"The server of {shown!r} answers {said}: check the address.")


def retry_after(value: str) -> float | None:
    """Return the seconds that a Retry-After header asks for: a number or a date (RFC 9110, section 10.2.3)."""
    if value.isdigit():
        return float(value)
    date = email.utils.parsedate_tz(value)
    return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None


def _reason(error: HTTPError) -> str:
    cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    return " ".join(str(cause).split())[:300] or type(cause).__name__
