"""How is an object of S3 asked for, so that the store knows who asks?

s3fs knows endpoint, region, addressing style and credentials, and signs an address when asked.
That takes a round through its event loop and botocore's client for each object: a third of the
time that small files take. So it is asked once for each store, and what it answers is followed:
requests are signed in their headers, as the AWS SDKs do, by their common runtime, in a quarter of the
time that botocore takes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from mr_client.errors import TransferError

__all__ = ["S3Requests"]

_SIGNED_FOR = 3600
"""Seconds that a presigned address is good for, where one is needed."""
_KEPT = 60.0
"""Seconds for which credentials of the SDK's own chain are kept: it renews them minutes before they expire."""
_PROBE = "k"


@dataclass(frozen=True, slots=True)
class _Way:
    """What s3fs does with an address of this store."""

    base: str
    """Before the key."""
    region: str | None
    """Of the signature; None where requests are not signed."""
    host: str
    """As the header Host has it: without the port that goes without saying (RFC 9110, section 7.2)."""


class S3Requests:
    """Addresses and headers of requests for the objects of a bucket. Safe to share between threads.

    Args:
        filesystem: an ``s3fs.S3FileSystem``.
    """

    def __init__(self, filesystem: Any) -> None:
        self._filesystem = filesystem
        self._lock = threading.Lock()
        self._ways: dict[str, _Way | None] = {}
        self._credentials: Any = None
        self._until = 0.0

    def get(self, path: str, *, checksums: bool) -> tuple[str, dict[str, str]]:
        """Return address and headers of a GET.

        Args:
            path: ``bucket/key``.
            checksums: whether the answer is to name the object's checksums.
        """
        bucket, _, key = path.partition("/")
        headers = {"x-amz-checksum-mode": "ENABLED"} if checksums else {}
        way = self._way(bucket)
        if way is None:
            # Whatever is signed in another way, such as a directory bucket's session.
            mode = {"ChecksumMode": "ENABLED"} if checksums else {}
            return self._filesystem.sign(path, expiration=_SIGNED_FOR, **mode), headers
        url = way.base + quote(key, safe="/~")
        if way.region is not None:
            headers = self._signed("GET", url, headers, way.region, way.host)
        return url, headers

    def put(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Return address and headers of a PUT. Its bytes are not signed: a digest among ``headers`` is, of them.

        Args:
            path: ``bucket/key``.
            query: what is behind the address's question mark.
            headers: those that are to be signed.

        Raises:
            TransferError: the store is asked in a way that is not known here.
        """
        bucket, _, key = path.partition("/")
        way = self._way(bucket)
        if way is None:
            # Such as a directory bucket, whose sessions sign for themselves.
            raise TransferError(
                f"Requests to the bucket {bucket!r} are signed in a way that uploads do not know: use another bucket."
            )
        url = way.base + quote(key, safe="/~") + (f"?{urlencode(query, quote_via=quote, safe='~')}" if query else "")
        return url, dict(headers) if way.region is None else self._signed("PUT", url, headers, way.region, way.host)

    def forget_credentials(self) -> None:
        """Ask for the credentials again, because a store says that they have expired."""
        with self._lock:
            self._until = 0.0

    def _way(self, bucket: str) -> _Way | None:
        with self._lock:
            if bucket not in self._ways:
                self._ways[bucket] = _way_of(self._filesystem.sign(f"{bucket}/{_PROBE}", expiration=_SIGNED_FOR))
            return self._ways[bucket]

    def _signed(self, method: str, url: str, headers: Mapping[str, str], region: str, host: str) -> dict[str, str]:
        from awscrt.auth import AwsSignedBodyHeaderType, AwsSignedBodyValue, AwsSigningConfig, aws_sign_request
        from awscrt.http import HttpHeaders, HttpRequest

        parts = urlsplit(url)
        how = AwsSigningConfig(
            service="s3",
            region=region,
            date=datetime.now(UTC),
            credentials_provider=self._asker(),
            # S3's keys are what they are: encoded once, and dots in them mean nothing.
            use_double_uri_encode=False,
            should_normalize_uri_path=False,
            signed_body_value=AwsSignedBodyValue.EMPTY_SHA256
            if method == "GET"
            else AwsSignedBodyValue.UNSIGNED_PAYLOAD,
            signed_body_header_type=AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
        )
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        request = HttpRequest(method, target, HttpHeaders([*headers.items(), ("Host", host)]))
        aws_sign_request(request, how).result()  # nothing is waited for, since the credentials are at hand
        return {name: value for name, value in request.headers if name != "Host"}

    def _asker(self) -> Any:
        with self._lock:
            if time.monotonic() > self._until:
                self._credentials = self._ask_for_credentials()
                self._until = time.monotonic() + _KEPT
            return self._credentials

    def _ask_for_credentials(self) -> Any:
        from awscrt.auth import AwsCredentialsProvider
        from fsspec.asyn import sync

        filesystem = self._filesystem
        if filesystem.key:
            return AwsCredentialsProvider.new_static(filesystem.key, filesystem.secret, filesystem.token)

        async def of_the_chain() -> Any:
            return await (await filesystem.session.get_credentials()).get_frozen_credentials()

        found = sync(filesystem.loop, of_the_chain)
        return AwsCredentialsProvider.new_static(found.access_key, found.secret_key, found.token)


def _way_of(address: str) -> _Way | None:
    """Read from a signed address how its store is asked; None where it is in no way that is known here."""
    place, _, query = address.partition("?")
    if not place.endswith(f"/{_PROBE}"):
        return None
    base = place.removesuffix(_PROBE)
    host = _host(base)
    if not query:
        return _Way(base, None, host)
    signed = {name.lower(): values[0] for name, values in parse_qs(query).items()}
    match signed.get("x-amz-credential", "").rsplit("/", 4):
        case [_, _, region, "s3", "aws4_request"] if signed.get("x-amz-algorithm") == "AWS4-HMAC-SHA256":
            return _Way(base, region, host)
    return None


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return host.removesuffix(":443" if parts.scheme == "https" else ":80")
