"""An S3 server that keeps checksums and parts as AWS does: ``x-amz-checksum-*``, ``partNumber``.

The real S3 server of these tests keeps none. It checks no signature, except that an
``x-amz-checksum-mode`` which the address was not signed for is refused, as every S3 does.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from servers.threads import QuietHandler, serving

_LISTED = """<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>
<ETag>&quot;{etag}&quot;</ETag>{checksum}<Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"""
_LISTING = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><KeyCount>{count}</KeyCount>
<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"""


@dataclass
class Kept:
    """An object as it is kept."""

    body: bytes
    parts: tuple[int, ...] = ()
    """Bytes of each part of a multipart upload."""
    checksums: dict[str, bytes] = field(default_factory=dict)
    """By algorithm, such as ``crc32c``."""
    composite: bool = False
    """Whether the checksums are of the parts' checksums."""
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""

    def __post_init__(self) -> None:
        if not self.etag:
            slices, start = [], 0
            for size in self.parts:
                slices.append(hashlib.md5(self.body[start : start + size], usedforsecurity=False).digest())
                start += size
            whole = hashlib.md5(b"".join(slices) if slices else self.body, usedforsecurity=False).hexdigest()
            self.etag = f"{whole}-{len(slices)}" if slices else whole


@dataclass
class ChecksumS3:
    """What is kept in ``s3://bucket``, how the server departs from AWS, and what was asked."""

    endpoint: str = ""
    kept: dict[str, Kept] = field(default_factory=dict)
    lists: bool = True
    """Whether a listing names the checksums' algorithms."""
    tells_parts: bool = True
    """Whether it knows ``partNumber``."""
    refuses: int = 0
    """Status for an address that is signed for the mode; 0 for none."""
    heads: bool = True
    """Whether HEAD is allowed."""
    asked: list[str] = field(default_factory=list)
    """Method, key and what was special about the request."""

    @property
    def environ(self) -> dict[str, str]:
        """What KServe injects."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


class _Handler(QuietHandler):
    s3: ChecksumS3

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query, key = parse_qs(parts.query), parts.path.removeprefix("/bucket").lstrip("/")
        mode, asked_range = self.headers["x-amz-checksum-mode"] == "ENABLED", self.headers["Range"]
        number = int(query.get("partNumber", ["0"])[0])
        special = [f"part {number}"] * bool(number) + ["range"] * bool(asked_range) + ["checksums"] * mode
        if "list-type" in query:
            self._answer(200, self._listing(query["prefix"][0]).encode(), {})
            return
        self.s3.asked.append(" ".join([self.command, key, *special]))
        kept, said = self.s3.kept.get(key), self.headers["Authorization"] or ""
        signed = query.get("X-Amz-SignedHeaders", [said.partition("SignedHeaders=")[2].partition(",")[0]])[0]
        if kept is None:
            self._answer(404, b"", {})
        elif (self.command == "HEAD" and not self.s3.heads) or ("checksum-mode" in signed) > mode:
            self._answer(403, b"", {})
        elif "checksum-mode" in signed and self.s3.refuses:
            self._answer(self.s3.refuses, b"", {})
        elif number and self.s3.tells_parts:
            sizes = kept.parts or (len(kept.body),)
            headers = {"x-amz-mp-parts-count": str(len(kept.parts))} if kept.parts else {}
            self._answer(206, bytes(sizes[number - 1]), headers | {"ETag": f'"{kept.etag}"'})
        else:
            self._object(kept, mode and not asked_range, asked_range)

    def _object(self, kept: Kept, checksums: bool, asked_range: str | None) -> None:
        headers = {"ETag": f'"{kept.etag}"', **kept.headers}
        if checksums and kept.checksums:
            headers["x-amz-checksum-type"] = "COMPOSITE" if kept.composite else "FULL_OBJECT"
            for algorithm, value in kept.checksums.items():
                count = f"-{len(kept.parts)}" if kept.composite else ""
                headers[f"x-amz-checksum-{algorithm}"] = base64.b64encode(value).decode() + count
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", asked_range or "")
        if found is None:
            self._answer(200, kept.body, headers)
            return
        start, last = int(found[1]), min(int(found[2]), len(kept.body) - 1)
        headers["Content-Range"] = f"bytes {start}-{last}/{len(kept.body)}"
        self._answer(206, kept.body[start : last + 1], headers)

    def _listing(self, prefix: str) -> str:
        contents = [
            _LISTED.format(
                key=key,
                etag=kept.etag,
                size=len(kept.body),
                checksum="".join(
                    f"<ChecksumAlgorithm>{name.upper()}</ChecksumAlgorithm>" for name in kept.checksums if self.s3.lists
                ),
            )
            for key, kept in sorted(self.s3.kept.items())
            if key.startswith(prefix)
        ]
        return _LISTING.format(count=len(contents), contents="".join(contents))

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def checksum_s3(**kept: Kept) -> Iterator[ChecksumS3]:
    """Serve ``s3://bucket/model/NAME`` for each NAME in ``kept``."""
    s3 = ChecksumS3(kept={f"model/{name}": each for name, each in kept.items()})
    with serving(_Handler, s3=s3) as s3.endpoint:
        yield s3
