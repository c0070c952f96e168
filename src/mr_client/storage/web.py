"""How are bytes carried over HTTP?

One pool of urllib3 connections, ranged GETs, pieces of 1 MiB: ``recv`` releases the GIL, so
threads scale, and a piece for each thread is all the memory it takes.
"""

from __future__ import annotations

import email.utils
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, InsecureRequestWarning, MaxRetryError
from urllib3.util import Retry, Timeout

from mr_client.certificates import trusting
from mr_client.errors import (
    CredentialsExpired,
    FilesNotFound,
    NotAllowed,
    SourceChanged,
    StoreBusy,
    TransferError,
    TransferInterrupted,
)
from mr_client.header_times import http_date, retry_after
from mr_client.storage.credentials import Trust
from mr_client.storage.discreet import discreet
from mr_client.storage.guarded import POOLS, Refused
from mr_client.storage.proxies import Proxies, Proxy
from mr_client.storage.reasons import refused, unreachable
from mr_client.storage.routes import Routed, Routes, proxy_arguments

__all__ = ["PIECE", "Answer", "Denied", "Document", "Web"]

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
_NUMBER = re.compile("[0-9]{1,18}")
"""More digits are no size and no time, and Python itself refuses thousands of them."""
_CONTENT_RANGE = re.compile(r"bytes (?:([0-9]{1,18})-([0-9]{1,18})|\*)/([0-9]{1,18}|\*)")
"""RFC 9110, section 14.4."""
_DOTS = re.compile(r"/\.\.?(?:/|$)")
"""What is taken out of an address before it is sent (RFC 3986, section 5.2.4)."""
_EXPIRED = frozenset({b"ExpiredToken", b"TokenRefreshRequired", b"InvalidToken", b"RequestExpired"})
"""What S3 says of credentials or signatures that were good (S3 API reference, Error responses)."""
_OURS = frozenset({"Accept-Encoding", "Range", "If-Match", "If-Unmodified-Since"})
"""Headers that say what is wanted, not who wants it."""
_DOCUMENT = 64 * 1024 * 1024
"""Most bytes of an answer that is read as a whole: a page of a listing has a few hundred for each file."""


class Denied(NotAllowed):
    """A server refuses who asks; ``said`` is its status and its own words."""

    def __init__(self, shown: str, said: str, status: int) -> None:
        super().__init__(
            f"Access to {shown!r} is denied ({said}): check the credentials, and that they may read there.",
            status=status,
        )
        self.said = said


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


class _Pools(Routed):
    """Reads certificates when TLS is first spoken, once: 30 ms, which urllib3 would take for each connection."""

    def __init__(self, trust: Trust, **keywords: Any) -> None:
        super().__init__(**keywords)
        # A proxy's own address is the operator's.
        self.pool_classes_by_scheme = self.pool_classes_by_scheme if isinstance(self, urllib3.ProxyManager) else POOLS
        self._trust = trust
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext | None:
        """Return what decides which servers are trusted; None where every one is."""
        if self._trust.verify and self._context is None:
            named = self._trust.certificates
            self._context = trusting(named, self._trust.variable) if named else ssl.create_default_context()
        return self._context

    # urllib3 has it overridden for such ends, and calls it with its lock held.
    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> urllib3.HTTPConnectionPool:
        asked = dict(self.connection_pool_kw if request_context is None else request_context)
        if scheme == "https":
            asked |= {
                "cert_reqs": "CERT_REQUIRED" if self._trust.verify else "CERT_NONE",
                "ssl_context": self.context(),
            }
        return super()._new_pool(scheme, host, port, asked)


class _ProxyPools(_Pools, urllib3.ProxyManager):
    """The same through a proxy."""


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
        shown = {"cert_file": certificate[0], "key_file": certificate[1]} if certificate else {}
        seconds = Timeout(connect=min(_CONNECT, timeout), read=timeout)

        def pool(proxy: Proxy | None) -> Routed:
            if proxy is None:
                return _Pools(trust, maxsize=connections, timeout=seconds, **shown)
            return _ProxyPools(trust, maxsize=connections, timeout=seconds, **shown, **proxy_arguments(proxy))

        self._pool = Routes(proxies, pool).direct
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
                raise _refusal(response, shown)
            found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if not whole and not (found and found[1] and int(found[1]) == start):
                raise TransferError(f"The server of {shown!r} answers with another range than the one asked for.")
            # Not every server heeds If-Match and If-Unmodified-Since.
            if another := _another(response.headers, found[3] if found else None, etag, modified, size):
                raise SourceChanged(f"{shown!r} changed while it was copied ({another}): run again when it is at rest.")
            for piece in response.stream(PIECE, decode_content=False):
                yield piece, response.headers
        except HTTPError as error:
            raise TransferInterrupted(f"The connection to {shown!r} broke ({_reason(error)}).") from error
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
                raise _refusal(response, shown)
            body = b"".join(response.stream(PIECE, decode_content=True))
        except HTTPError as error:
            raise TransferInterrupted(f"The connection to {shown!r} broke ({_reason(error)}).") from error
        finally:
            response.close()
        return body

    def _get(self, url: str, shown: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        try:
            with discreet():
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
        except Refused as error:
            raise NotAllowed(f"{shown!r} is not fetched: {error.reason}") from error
        except HTTPError as error:
            if (why := unreachable(error)) is None:
                raise TransferInterrupted(f"The server of {shown!r} cannot be reached ({_reason(error)}).") from _cause(
                    error
                )
            kind = TransferInterrupted if why.passing else TransferError
            raise kind(f"The server of {shown!r} cannot be reached ({why.what}): {why.then}.") from _cause(error)


def _refusal(response: urllib3.BaseHTTPResponse, shown: str) -> Exception:
    """Return the error that an unexpected status means."""
    try:
        body = response.read(2048, decode_content=False)
    except HTTPError:
        body = b""
    # S3 and Azure name the reason in XML, Google in JSON.
    code = re.search(rb"<Code>([A-Za-z0-9]{1,80})</Code>", body) or re.search(
        rb'"message": *"([ !#-\[\]-~]{1,300})', body
    )
    said = f"{response.status} {code[1].decode() if code else response.reason or ''}".strip()
    known = refused(code[1].decode(), response.headers.get("x-amz-bucket-region"), shown=shown) if code else None
    if response.status in (400, 403) and code and (code[1] in _EXPIRED or b"Request has expired" in body):
        return CredentialsExpired(
            str(known or f"The credentials for {shown!r} have expired ({said}): renew them, then run again.")
        )
    if known is not None:
        return known
    match response.status:
        case 401 | 403:
            return Denied(shown, said, response.status)
        case 407:
            return NotAllowed(
                f"The proxy on the way to {shown!r} wants to know who asks ({said}): write USER:PASSWORD@ before its host in "
                "HTTP_PROXY.",
                status=407,
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


def _another(
    headers: Mapping[str, str], total: str | None, etag: str | None, modified: float | None, size: int | None
) -> str | None:
    """Say by what an answer shows that it is of another content than the one that is pinned; None where it does not."""
    # Some servers make an ETag weak on the way; what is in the quotes stays.
    said = headers.get("ETag", "").removeprefix("W/").strip('"')
    if etag and said and said != etag.strip('"'):
        return f"its ETag is {said!r}"
    if (
        not etag
        and modified is not None
        and http_date(headers.get("Last-Modified")) not in (None, float(int(modified)))
    ):
        return f"it is of {headers['Last-Modified']}"
    total = total or headers.get("Content-Length", "")
    if size is not None and _NUMBER.fullmatch(total) and int(total) != size:
        return f"it has {total} bytes, not {size}"
    return None


def _cause(error: HTTPError) -> Exception:
    """Return what a request died of, without urllib3's own words: they quote the address, with what is signed in it."""
    return error.reason if isinstance(error, MaxRetryError) and error.reason else error


def _reason(error: HTTPError) -> str:
    cause = _cause(error)
    return " ".join(str(cause).split())[:300] or type(cause).__name__
