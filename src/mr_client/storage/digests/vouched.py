"""Which digests does a store's answer vouch for?

Pure functions, one for each dialect: S3's headers, those of web servers, and what Google and
Azure list. A digest of unknown kind or of the wrong length is none.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mr_client.storage.digests.digest import SIZES, Algorithm, Digest

__all__ = [
    "Parts",
    "azure_digests",
    "gcs_digests",
    "likely_parts",
    "part_count",
    "s3_digests",
    "uniform_parts",
    "web_digests",
]

_ETAG = re.compile(r'"?([0-9a-fA-F]{32})(?:-([1-9]\d{0,4}))?"?')
"""MD5 of the content, or of the parts' MD5s and their number. What looks otherwise is something else, as nginx's."""
_RFC_9530: dict[str, Algorithm] = {"sha-256": "sha256", "sha-512": "sha512", "md5": "md5", "sha": "sha1"}
"""Names of the registry of hash algorithms for HTTP digest fields; those of RFC 3230 are the same."""
_MIB, _MB = 1024 * 1024, 1000 * 1000
_USUAL = (5, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 200, 256, 500, 512, 1024)
"""Sizes of parts that clients use when nobody says otherwise, in MiB or MB."""


@dataclass(frozen=True, slots=True)
class Parts:
    """How long the parts of an object are."""

    sizes: tuple[int, ...]
    assumed: bool
    """Whether that is inferred rather than told of each part."""


def s3_digests(
    headers: Mapping[str, str], etag: str | None, *, parts: Parts | None = None, partial: bool = False
) -> tuple[Digest, ...]:
    """Return what an answer of S3 vouches for.

    Args:
        headers: of an answer to GET or HEAD; names in lower case, or a mapping that does not mind.
        etag: the object's; None where ETags are never an MD5, as in directory buckets.
        parts: the parts' sizes, where the object has parts; without, digests of parts' digests are left out.
        partial: whether the answer is one of a range, whose checksums may be the range's.
    """
    digests: list[Digest] = []
    for algorithm in () if partial else SIZES:
        source = f"x-amz-checksum-{algorithm}"
        if (text := headers.get(source)) is None:
            continue
        text, _, count = text.partition("-")
        if (value := _base64(algorithm, text)) is None:
            continue
        if not count and headers.get("x-amz-checksum-type") != "COMPOSITE":
            digests.append(Digest(algorithm, value, source))
        elif parts is not None and count in ("", str(len(parts.sizes))):
            digests.append(Digest(algorithm, value, source, parts.sizes, parts.assumed))
    found = _ETAG.fullmatch(etag or "")
    # With keys of the caller's or of KMS the ETag is no digest (S3 API reference, Object).
    if found and not _encrypted(headers):
        value = bytes.fromhex(found[1])
        if not found[2]:
            digests.append(Digest("md5", value, "ETag"))
        elif parts is not None and int(found[2]) == len(parts.sizes):
            digests.append(Digest("md5", value, "ETag", parts.sizes, parts.assumed))
    return tuple(digests)


def part_count(etag: str | None) -> int:
    """Return of how many parts an S3 object is made, going by its ETag; 0 if that does not say."""
    found = _ETAG.fullmatch(etag or "")
    return int(found[2] or 0) if found else 0


def uniform_parts(size: int, first: int, count: int) -> Parts | None:
    """Return the parts of an object of ``size`` bytes whose first part is known, if all but the last are alike.

    One part is known then, and so are two; the others are assumed.
    """
    if not (count - 1) * first < size <= count * first:
        # Two parts are known even if the second one is the longer.
        return Parts((first, size - first), assumed=False) if count == 2 and 0 < first < size else None
    return Parts((first,) * (count - 1) + (size - (count - 1) * first,), assumed=count > 2)


def likely_parts(size: int, count: int) -> Parts | None:
    """Return the parts of an object whose store tells none: of a usual size, if one alone gives their number.

    Whole MiB are tried before MB, which few clients use.
    """
    if count == 1:
        return Parts((size,), assumed=False)
    for unit in (_MIB, _MB):
        if fitting := [each for each in _USUAL if -(-size // (each * unit)) == count]:
            parts = uniform_parts(size, fitting[0] * unit, count) if len(fitting) == 1 else None
            return Parts(parts.sizes, assumed=True) if parts else None
    return None


def web_digests(headers: Mapping[str, str], *, partial: bool) -> tuple[Digest, ...]:
    """Return what a web server's answer vouches for, of the whole file.

    ``Repr-Digest`` and ``Content-Digest`` (RFC 9530), ``Digest`` (RFC 3230), ``Content-MD5`` (RFC 1864),
    ``x-goog-hash``, ``x-ms-blob-content-md5`` and ``x-amz-checksum-*``. An ETag is none: it may be anything.

    Args:
        headers: names in lower case, or a mapping that does not mind.
        partial: whether the answer is one of a range; ``Content-…`` is of what was sent.
    """
    digests: list[Digest | None] = []
    for source in ("Repr-Digest",) if partial else ("Repr-Digest", "Content-Digest"):
        for name, text in re.findall(r"([a-z0-9*_.-]+)=:([A-Za-z0-9+/]*={0,2}):", headers.get(source.lower(), "")):
            digests.append(_digest(_RFC_9530.get(name), text, source))
    for name, text in _pairs(headers.get("digest", "")):
        digests.append(_digest(_RFC_9530.get(name.lower()), text, "Digest"))
    # Of what is stored; a file that is stored compressed may have been sent otherwise.
    stored = headers.get("x-goog-stored-content-encoding", "identity")
    if stored in ("identity", headers.get("content-encoding", "identity")):
        google: dict[str, Algorithm] = {"crc32c": "crc32c", "md5": "md5"}
        for name, text in _pairs(headers.get("x-goog-hash", "")):
            digests.append(_digest(google.get(name), text, "x-goog-hash"))
    digests.append(_digest("md5", headers.get("x-ms-blob-content-md5", ""), "x-ms-blob-content-md5"))
    if not partial:
        digests.append(_digest("md5", headers.get("content-md5", ""), "Content-MD5"))
    digests.extend(s3_digests(headers, None, partial=partial))
    return _each_once(digests)


def gcs_digests(info: Mapping[str, Any]) -> tuple[Digest, ...]:
    """Return what Google Cloud Storage vouches for, from its description of an object (JSON API, Objects).

    The digests are of what is stored: an object with ``contentEncoding: gzip`` has to be read as it is
    (``Accept-Encoding: gzip``). Composed objects have no MD5.
    """
    return _each_once((_digest("crc32c", info.get("crc32c"), "crc32c"), _digest("md5", info.get("md5Hash"), "md5Hash")))


def azure_digests(info: Mapping[str, Any]) -> tuple[Digest, ...]:
    """Return what Azure Blob Storage vouches for, from its description of a blob.

    It is what the client said that uploaded it; blobs uploaded in blocks often have none.
    """
    settings = info.get("content_settings") or {}
    value = settings.get("content_md5") if isinstance(settings, Mapping) else getattr(settings, "content_md5", None)
    if isinstance(value, str):
        return _each_once((_digest("md5", value, "Content-MD5"),))
    return (Digest("md5", bytes(value), "Content-MD5"),) if value and len(value) == SIZES["md5"] else ()


def _encrypted(headers: Mapping[str, str]) -> bool:
    """Return whether S3 encrypts the object with another key than its own."""
    return (
        headers.get("x-amz-server-side-encryption", "AES256") != "AES256"
        or "x-amz-server-side-encryption-customer-algorithm" in headers
    )


def _pairs(text: str) -> list[tuple[str, str]]:
    return re.findall(r"(?:^|[,\s])([A-Za-z0-9-]+)=([A-Za-z0-9+/]+={0,2})(?=\s*(?:,|$))", text)


def _digest(algorithm: Algorithm | None, text: str | None, source: str) -> Digest | None:
    value = _base64(algorithm, text) if algorithm and text else None
    return Digest(algorithm, value, source) if algorithm and value else None


def _base64(algorithm: Algorithm, text: str) -> bytes | None:
    try:
        value = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if len(value) == SIZES[algorithm] else None


def _each_once(digests: Iterable[Digest | None]) -> tuple[Digest, ...]:
    """Leave out what is none, and what another header said already."""
    seen: dict[tuple[Algorithm, bytes, tuple[int, ...]], Digest] = {}
    for digest in digests:
        if digest is not None:
            seen.setdefault((digest.algorithm, digest.value, digest.parts), digest)
    return tuple(seen.values())
