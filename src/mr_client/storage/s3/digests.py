"""What does S3 vouch for of an object, asked at the least cost?

What an answer said that came with the bytes is free. A HEAD is worth its round trip for an object
that is read in ranges, whose answers say no checksum, and for one of parts. How long the parts are
is asked of the first, and of the others only when that was not enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from mr_client.storage.digests.digest import Digest, best
from mr_client.storage.digests.vouched import Parts, likely_parts, part_count, s3_digests, uniform_parts
from mr_client.storage.network.discreet import discreet

__all__ = ["Heard", "S3Digests"]

_AT_ONCE = 8
"""Requests for the parts' sizes at a time; botocore keeps ten connections."""
_MATTERS = ("x-amz-checksum-", "x-amz-server-side-encryption")


@dataclass(frozen=True, slots=True)
class Heard:
    """What an answer said of an object."""

    headers: Mapping[str, str] = field(repr=False)
    """Those that matter, in lower case: thousands of files may be remembered."""
    partial: bool
    """Whether it brought a range."""

    @classmethod
    def of(cls, headers: Mapping[str, str], *, partial: bool) -> Heard:
        """Keep of an answer's headers what ``s3_digests`` reads."""
        named = ((name.lower(), value) for name, value in headers.items())
        return cls({name: value for name, value in named if name.startswith(_MATTERS)}, partial)


class S3Digests:
    """Asks through s3fs. Safe to share between threads.

    Args:
        filesystem: s3fs's.
        etag_is_md5: False for buckets whose ETags never are.
    """

    def __init__(self, filesystem: Any, *, etag_is_md5: bool) -> None:
        self._filesystem = filesystem
        self._etag_is_md5 = etag_is_md5

    def of(self, key: str, size: int, etag: str | None, heard: Heard | None) -> tuple[Digest, ...]:
        """Return what S3 vouches for; nothing is raised: what cannot be had is not there.

        Args:
            key: ``bucket/key``.
            size: bytes of the object.
            etag: pins the object: what is said of another one is not heard.
            heard: what came with its bytes; None if nothing did yet.
        """
        count = part_count(etag)
        if heard is not None and not heard.partial:
            digests = self._vouched(heard, etag)
            if best(digests) or not count:
                return digests
        with suppress(Exception):
            headers = self._head(key, ChecksumMode="ENABLED")
            if headers.get("etag") == etag:
                heard = Heard.of(headers, partial=False)
        if heard is None:
            return ()
        digests = self._vouched(heard, etag)
        if best(digests) is None and count:
            digests = self._vouched(heard, etag, self._parts(key, size, count))
        return digests

    def confirmed(self, key: str, size: int, digest: Digest) -> Digest | None:
        """Return ``digest`` with the sizes that the store tells of each part; None if it tells none."""
        parts = self._told_parts(key, size, len(digest.parts))
        return replace(digest, parts=parts.sizes, assumed=False) if parts else None

    def _vouched(self, heard: Heard, etag: str | None, parts: Parts | None = None) -> tuple[Digest, ...]:
        md5 = etag if self._etag_is_md5 else None
        return s3_digests(heard.headers, md5, parts=parts, partial=heard.partial)

    def _parts(self, key: str, size: int, count: int) -> Parts | None:
        if count > 1:
            with suppress(Exception):
                if first := self._part(key, 1, count):
                    return uniform_parts(size, first, count) or self._told_parts(key, size, count)
        return likely_parts(size, count)

    def _told_parts(self, key: str, size: int, count: int) -> Parts | None:
        with suppress(Exception), ThreadPoolExecutor(min(_AT_ONCE, count)) as pool:
            sizes = tuple(pool.map(lambda number: self._part(key, number, count), range(1, count + 1)))
            if sum(sizes) == size:
                return Parts(sizes, assumed=False)
        return None

    def _part(self, key: str, number: int, count: int) -> int:
        """Return the bytes of a part; 0 from a store that tells of no parts, and answers with the whole."""
        headers = self._head(key, PartNumber=number)
        return int(headers["content-length"]) if headers.get("x-amz-mp-parts-count") == str(count) else 0

    def _head(self, key: str, **asked: object) -> Mapping[str, str]:
        bucket, name, _ = self._filesystem.split_path(key)
        with discreet():
            answer = self._filesystem.call_s3("head_object", Bucket=bucket, Key=name, **asked)
        headers: Mapping[str, str] = answer["ResponseMetadata"]["HTTPHeaders"]
        return headers
