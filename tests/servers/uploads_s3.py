"""An S3 server that takes uploads as AWS does, with checksums, and goes wrong as it is told.

The real S3 server of these tests checks signatures, and knows MD5 alone; this one checks none.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from awscrt import checksums

from servers.threads import QuietHandler, serving

_XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_LISTED = """<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>
<ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"""


@dataclass
class UploadsS3:
    """What is kept in ``s3://bucket``, how the server departs from AWS, and what was sent."""

    endpoint: str = ""
    manner: str = "knows"
    """What it does with a checksum: ``knows``, ``ignores`` or ``refuses``."""
    kept: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    """Those that are neither completed nor aborted, by their id."""
    aborted: int = 0
    sent: list[str] = field(default_factory=list)
    """By which digest each request vouched for its bytes."""
    spoils: int = 0
    """How many requests arrive damaged."""
    keeps_damaged: int = 0
    """How many are damaged when they are kept, and nobody compares."""
    fails: dict[str, int] = field(default_factory=dict)
    """Part of an address → status."""
    loses_completion: bool = False
    """Whether the answer is lost that an upload is completed."""
    loses: int = 0
    """How many answers are lost that an object is kept."""
    opaque: bool = False
    """Whether its ETags are no MD5s, and it tells no checksums of what it keeps."""
    forgets: bool = False
    """Whether an upload in parts is no more once there is an object of its key."""
    conditions: str = "knows"
    """What it does with ``If-None-Match``: ``knows``, ``ignores`` or ``refuses``."""
    conflicts_at: int | None = None
    """How many objects there are when it answers 409, once."""
    asked: list[str] = field(default_factory=list)
    """Of each request that makes an object, what it was signed for."""
    etags: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, key: str, body: bytes, etag: str) -> None:
        """Make an object."""
        self.kept[key], self.etags[key] = body, "opaque" if self.opaque else etag

    @property
    def environ(self) -> dict[str, str]:
        """What KServe injects."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


class _Handler(QuietHandler):
    s3: UploadsS3

    def do_HEAD(self) -> None:
        body = self.s3.kept.get(self._key())
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.send_header("ETag", f'"{self.s3.etags.get(self._key(), "")}"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()

    def do_GET(self) -> None:
        if (body := self.s3.kept.get(self._key())) is not None:
            etag = {"ETag": f'"{self.s3.etags[self._key()]}"'}
            start, _, last = (self.headers["Range"] or "").removeprefix("bytes=").partition("-")
            if start:
                part = body[int(start) : int(last or len(body)) + 1]
                span = f"bytes {start}-{int(start) + len(part) - 1}/{len(body)}"
                self.answer(206, part, **etag, **{"Content-Range": span})
            else:
                self.answer(200, body, **etag)
            return
        listed = "".join(
            _LISTED.format(key=key, size=len(body), etag=self.s3.etags[key])
            for key, body in sorted(self.s3.kept.items())
        )
        head = "<Name>bucket</Name><IsTruncated>false</IsTruncated>"
        self.answer(200, f"<ListBucketResult {_XMLNS}>{head}{listed}</ListBucketResult>".encode())

    def do_PUT(self) -> None:
        s3, query = self.s3, parse_qs(urlsplit(self.path).query)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if status := next((status for part, status in s3.fails.items() if part in self.path), 0):
            self.answer(status)
            return
        if s3.spoils:
            s3.spoils -= 1
            body = b"?" + body
        checksum, md5 = self.headers["x-amz-checksum-crc32c"], self.headers["Content-MD5"]
        s3.sent.append("crc32c" if checksum else "md5" if md5 else "nothing")
        if checksum and s3.manner == "refuses":
            self._refuse("InvalidArgument")
            return
        known = checksum if s3.manner == "knows" else None
        if known and known != _base64(checksums.crc32c(body).to_bytes(4, "big")):
            self._refuse("BadDigest")
            return
        if md5 and md5 != _base64(hashlib.md5(body, usedforsecurity=False).digest()):
            self._refuse("BadDigest")
            return
        if s3.keeps_damaged:
            s3.keeps_damaged -= 1
            body = b"?" + body
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        if "uploadId" in query:
            s3.uploads[query["uploadId"][0]][int(query["partNumber"][0])] = body
        elif not self._kept(body, etag):
            return
        echo: dict[str, str] = {"x-amz-checksum-crc32c": known} if known else {}
        self.answer(200, b"", ETag='"opaque"' if s3.opaque else f'"{etag}"', **echo)

    def do_POST(self) -> None:
        s3, query = self.s3, parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        if "uploads" in query:
            asked = self.headers["x-amz-checksum-type"]
            if asked and s3.manner == "refuses":
                self._refuse("InvalidArgument")
                return
            name = str(len(s3.uploads) + 1)
            s3.uploads[name] = {}
            kinds = {"x-amz-checksum-algorithm": "CRC32C", "x-amz-checksum-type": "FULL_OBJECT"}
            text = (
                f"<InitiateMultipartUploadResult {_XMLNS}><UploadId>{name}</UploadId></InitiateMultipartUploadResult>"
            )
            self.answer(200, text.encode(), **(kinds if s3.manner == "knows" else {}))
            return
        parts = s3.uploads.get(query["uploadId"][0])
        if parts is None or (s3.forgets and self._key() in s3.kept):
            self._refuse("NoSuchUpload", 404)
            return
        slices = b"".join(hashlib.md5(parts[each], usedforsecurity=False).digest() for each in sorted(parts))
        etag = f"{hashlib.md5(slices, usedforsecurity=False).hexdigest()}-{len(parts)}"
        if not self._kept(b"".join(parts[number] for number in sorted(parts)), etag):
            return
        del s3.uploads[query["uploadId"][0]]
        if s3.loses_completion:
            self.close_connection = True
            return
        text = (
            f"<CompleteMultipartUploadResult {_XMLNS}><ETag>&quot;{etag}&quot;</ETag></CompleteMultipartUploadResult>"
        )
        self.answer(200, text.encode())

    def do_DELETE(self) -> None:
        self.s3.uploads.pop(parse_qs(urlsplit(self.path).query)["uploadId"][0], None)
        self.s3.aborted += 1
        self.answer(204)

    def _kept(self, body: bytes, etag: str) -> bool:
        """Make an object, if nothing was to be there and is; if not, or where the answer is lost, it is dealt with."""
        s3, key = self.s3, self._key()
        absent = self.headers["If-None-Match"] == "*"
        s3.asked.append((self.headers["Authorization"] or "").partition("SignedHeaders=")[2].partition(",")[0])
        with s3.lock:
            if absent and s3.conditions == "refuses":
                self._refuse("NotImplemented", 501)
                return False
            if absent and s3.conflicts_at == len(s3.kept):
                s3.conflicts_at = None
                self._refuse("ConditionalRequestConflict", 409)
                return False
            if absent and s3.conditions == "knows" and key in s3.kept:
                self._refuse("PreconditionFailed", 412)
                return False
            s3.keep(key, body, etag)
            if s3.loses:
                s3.loses -= 1
                self.close_connection = True
                return False
        return True

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/bucket").lstrip("/")

    def _refuse(self, code: str, status: int = 400) -> None:
        self.answer(status, f"<Error><Code>{code}</Code></Error>".encode())


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


@contextmanager
def uploads_s3(manner: str = "knows") -> Iterator[UploadsS3]:
    """Serve ``s3://bucket``, empty at first."""
    s3 = UploadsS3(manner=manner)
    with serving(_Handler, s3=s3) as s3.endpoint:
        yield s3
