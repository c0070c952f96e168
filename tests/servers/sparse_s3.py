"""An S3 server that costs almost nothing: one object of any size, all zeros, sent by the kernel.

It answers HEAD, listing and ranged GET, and checks no signature. For tests of what a copy of
many GiB costs the client.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.threads import QuietHandler, serving

LISTING = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>big</Name><Prefix>model/</Prefix>
<KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>
<Contents><Key>model/weights.bin</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>
<ETag>&quot;0123456789abcdef0123456789abcdef-32&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>
</ListBucketResult>"""


class _Handler(QuietHandler):
    content: Path
    size: int

    def do_HEAD(self) -> None:
        self._answer(404, b"")

    def do_GET(self) -> None:
        if "list-type" in self.path:
            self._answer(200, LISTING.format(size=self.size).encode())
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"] or f"bytes=0-{self.size - 1}")
        assert asked is not None
        start, last = int(asked[1]), int(asked[2])
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{last}/{self.size}")
        self.send_header("Content-Length", str(last + 1 - start))
        self.end_headers()
        with self.content.open("rb") as content:
            while start <= last:
                start += os.sendfile(self.connection.fileno(), content.fileno(), start, last + 1 - start)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def sparse_s3(folder: Path, size: int) -> Iterator[str]:
    """Serve ``s3://big/model/weights.bin`` of ``size`` bytes; yield the endpoint."""
    content = folder / "zeros"
    with content.open("wb") as file:
        file.truncate(size)
    with serving(_Handler, content=content, size=size) as endpoint:
        yield endpoint
