"""Stores that keep nothing: S3, Google Cloud Storage and Azure, as far as an upload of one large file asks them.

What is sent is counted and dropped. For tests of what an upload of many GiB costs the client.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from servers.threads import QuietHandler, serving

NAME = "model/weights.bin"
_S3 = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_S3_OBJECT = """<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>
<ETag>&quot;0-2&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"""
_AZURE_OBJECT = """<Blob><Name>{name}</Name><Properties><Last-Modified>Thu, 01 Jan 2026 00:00:00 GMT</Last-Modified>
<Etag>0x1</Etag><Content-Length>{size}</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>"""


@dataclass
class Sink:
    """Where it is, and what came."""

    url: str = ""
    size: int = 0
    """Bytes that were dropped."""
    done: bool = False
    requests: int = 0
    """How many brought bytes."""
    said: dict[str, Any] = field(default_factory=dict)

    def environ(self, scheme: str) -> dict[str, str]:
        """What KServe injects for a store of this scheme."""
        return {
            "s3": {"AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"},
            "gs": {"STORAGE_EMULATOR_HOST": self.url},
            "az": {
                "AZURE_ACCOUNT_NAME": "account",
                "AZURE_SERVICE_URL": f"{self.url}/account",
                "AZURE_STORAGE_ACCESS_KEY": "aGFsbG8=",
            },
        }[scheme]


class _Handler(QuietHandler):
    sink: Sink

    def do_HEAD(self) -> None:
        self.answer(404)

    def do_GET(self) -> None:
        sink = self.sink
        query = parse_qs(urlsplit(self.path).query)
        facts = {"name": NAME, "size": sink.size}
        if "list-type" in query:
            listed = _S3_OBJECT.format(**facts) if sink.done else ""
            head = "<Name>b</Name><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>"
            self.answer(200, f"<ListBucketResult {_S3}>{head}{listed}</ListBucketResult>".encode())
        elif "comp" in query:
            listed = _AZURE_OBJECT.format(**facts) if sink.done else ""
            text = f'<?xml version="1.0"?><EnumerationResults ContainerName="b"><Blobs>{listed}</Blobs></EnumerationResults>'
            self.answer(200, text.encode(), **{"Content-Type": "application/xml"})
        elif self.path.startswith("/storage/v1/b/b/o?"):
            items = [{"name": NAME, "size": str(sink.size), "generation": "1"}] if sink.done else []
            self.answer(200, json.dumps({"items": items}).encode())
        else:
            self.answer(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path.startswith("/upload/"):
            self.sink.said = json.loads(body)
            self.answer(200, Location=f"{self.sink.url}/upload/session")
        elif self.path.endswith("?uploads"):
            text = f"<InitiateMultipartUploadResult {_S3}><UploadId>1</UploadId></InitiateMultipartUploadResult>"
            kinds = {"x-amz-checksum-algorithm": self.headers["x-amz-checksum-algorithm"]}
            self.answer(200, text.encode(), **kinds, **{"x-amz-checksum-type": "FULL_OBJECT"})
        else:
            self.sink.done = True
            text = f'<CompleteMultipartUploadResult {_S3}><ETag>"0-2"</ETag></CompleteMultipartUploadResult>'
            self.answer(200, text.encode())

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        listed = "comp=blocklist" in self.path
        self.sink.size += 0 if listed else left
        self.sink.requests += 0 if listed else 1
        while left:
            left -= len(self.rfile.read(min(left, 256 * 1024)))
        self.sink.done |= listed or "/upload/" in self.path
        checksums = {name: value for name, value in self.headers.items() if re.match("x-amz-checksum-", name, re.I)}
        said = {**self.sink.said, "size": str(self.sink.size)}
        self.answer(200 if "/upload/" in self.path else 201, json.dumps(said).encode(), ETag='"0"', **checksums)


@contextmanager
def sink() -> Iterator[Sink]:
    """Serve ``SCHEME://b/model`` for the schemes ``s3``, ``gs`` and ``az``, empty at first."""
    own = Sink()
    with serving(_Handler, sink=own) as own.url:
        yield own
