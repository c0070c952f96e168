"""Why does a web server not bring what it is asked for, or not take what it is sent?

From a status, and what the answer says beside it (RFC 9110; S3 and Azure in XML, Google in JSON), or from what a
connection died of, to errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError

from mr_client.errors import (
    CredentialsExpired,
    FilesNotFound,
    MRClientError,
    NotAllowed,
    SourceChanged,
    StoreBusy,
    TransferError,
    TransferInterrupted,
)
from mr_client.header_times import http_date, retry_after
from mr_client.storage.network.guarded import Refused
from mr_client.storage.network.reasons import causes, refused, unreachable

__all__ = ["BUSY", "PASSING", "Denied", "Taken", "another", "broken", "reached", "refusal"]

BUSY = frozenset({429, 503})
"""Statuses by which a server asks for patience (S3's SlowDown, Azure's ServerBusy, RFC 6585)."""
PASSING = frozenset({408, 425, 500, 502, 504})
"""Statuses that may pass by themselves."""
_EXPIRED = frozenset({b"ExpiredToken", b"TokenRefreshRequired", b"InvalidToken", b"RequestExpired"})
"""What S3 says of credentials or signatures that were good (S3 API reference, Error responses)."""
_NUMBER = re.compile("[0-9]{1,18}")
"""More digits are no size and no time, and Python itself refuses thousands of them."""
_DAMAGED = frozenset(
    {b"BadDigest", b"XAmzContentChecksumMismatch", b"Md5Mismatch", b"RequestTimeout", b"IncompleteBody"}
)
"""What S3 and Azure say of bytes that are not those of the digest, or did not come; Google says it in a sentence."""
_TAKEN = frozenset({b"PreconditionFailed", b"ConditionNotMet", b"BlobAlreadyExists", b"InvalidBlockList"})
"""What S3 and Azure say where something is there and nothing was to be; Google says 412.

A blob that is made drops the blocks that others have sent for it: then their lists name some that are no more.
"""


class Taken(TransferError):
    """What was sent on a condition was not kept: something is there."""


class Denied(NotAllowed):
    """A server refuses who asks; ``said`` is its status and its own words."""

    def __init__(self, shown: str, said: str, status: int, *, writing: bool = False) -> None:
        super().__init__(
            f"Access to {shown!r} is denied ({said}): check the credentials, and that they may "
            f"{'write' if writing else 'read'} there.",
            status=status,
        )
        self.said = said


@contextmanager
def reached(shown: str, *, writing: bool = False) -> Iterator[None]:
    """Say why a server cannot be asked.

    Args:
        shown: what to call the address in an error.
        writing: whether something is sent there, not asked for.

    Raises:
        NotAllowed: it is never asked.
        TransferError: there is no answer; TransferInterrupted: it may be asked again.
        MRClientError: what a body that was being sent has raised.
    """
    try:
        yield
    except Refused as error:
        raise NotAllowed(
            f"{shown!r} is not written to: {error.reason}" if writing else f"{shown!r} is not fetched: {error.reason}"
        ) from error
    except HTTPError as error:
        # What a body raised that is an OSError, too, urllib3 takes for the socket's.
        if (own := next((each for each in causes(error) if isinstance(each, MRClientError)), None)) is not None:
            raise own from None
        if (why := unreachable(error)) is None:
            raise TransferInterrupted(f"The server of {shown!r} cannot be reached ({_reason(error)}).") from _cause(
                error
            )
        kind = TransferInterrupted if why.passing else TransferError
        raise kind(f"The server of {shown!r} cannot be reached ({why.what}): {why.then}.") from _cause(error)


@contextmanager
def broken(shown: str) -> Iterator[None]:
    """Say that a connection broke while an answer was read.

    Raises:
        TransferInterrupted: it did.
    """
    try:
        yield
    except HTTPError as error:
        raise TransferInterrupted(f"The connection to {shown!r} broke ({_reason(error)}).") from error


def refusal(response: urllib3.BaseHTTPResponse, shown: str, *, writing: bool = False) -> Exception:
    """Return the error that an unexpected status means; ``writing`` tells what was sent from what was asked for."""
    try:
        body = response.read(2048, decode_content=False)
    except HTTPError:
        body = b""
    # S3 and Azure name the reason in XML, Google in JSON.
    code = re.search(rb"<Code>([A-Za-z0-9]{1,80})</Code>", body) or re.search(
        rb'"message": *"([ !#-\[\]-~]{1,300})', body
    )
    said = f"{response.status} {code[1].decode() if code else response.reason or ''}".strip()
    known = (
        refused(code[1].decode(), response.headers.get("x-amz-bucket-region"), shown=shown, writing=writing)
        if code
        else None
    )
    if response.status in (400, 403) and code and (code[1] in _EXPIRED or b"Request has expired" in body):
        return CredentialsExpired(
            str(known or f"The credentials for {shown!r} have expired ({said}): renew them, then run again.")
        )
    if known is not None:
        return known
    if writing and (meant := _not_written(response.status, code[1] if code else b"", body, shown, said)) is not None:
        return meant
    match response.status:
        case 401 | 403:
            return Denied(shown, said, response.status, writing=writing)
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
        case status if status in BUSY:
            asked = retry_after(response.headers.get("Retry-After", ""))
            return StoreBusy(f"The server of {shown!r} is busy ({said}).", retry_after=asked)
        case status if status in PASSING:
            return TransferInterrupted(f"The server of {shown!r} is broken for now ({said}).")
        case _:
            return TransferError(f"The server of {shown!r} answers {said}: check the address.", status=status)


def _not_written(status: int, code: bytes, body: bytes, shown: str, said: str) -> Exception | None:
    """Return what a status means of what was sent, where it means something else than of what was asked for."""
    if status == 400 and (code in _DAMAGED or b"match calculated" in body):
        return TransferInterrupted(f"What came to {shown!r} is not what was sent ({said}).")
    if status == 412 or code in _TAKEN:
        return Taken(f"The server of {shown!r} answers {said}: run again when nobody else writes there.", status=status)
    if status == 416:
        return TransferError(f"The server of {shown!r} answers {said}: run again when nobody else writes there.")
    if code == b"ConditionalRequestConflict":
        return TransferInterrupted(f"Somebody else writes {shown!r} at this moment ({said}).")
    if status in (404, 410):
        return FilesNotFound(f"{shown!r} cannot be written ({said}): check the name of its bucket or container.")
    return None


def another(
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
