"""A server that costs almost nothing: one file of any size, all zeros, sent by the kernel, in every protocol.

It answers what each kind of store is asked for a listing, and ranged GET, and checks nobody. For tests of what a copy
of many GiB costs the client.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from servers.threads import QuietHandler, serving

_S3 = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>big</Name><Prefix>model/</Prefix>
<KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>
<Contents><Key>model/weights.bin</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>
<ETag>&quot;0123456789abcdef0123456789abcdef-32&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>
</ListBucketResult>"""
_AZURE = """<?xml version="1.0" encoding="utf-8"?>
<EnumerationResults ServiceEndpoint="http://127.0.0.1/" ContainerName="big"><Prefix>model/</Prefix><Blobs><Blob>
<Name>model/weights.bin</Name><Properties><Last-Modified>Thu, 01 Jan 2026 00:00:00 GMT</Last-Modified><Etag>0x1</Etag>
<Content-Length>{size}</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob></Blobs><NextMarker/>
</EnumerationResults>"""
_COMMIT = "0" * 40


class _Handler(QuietHandler):
    content: Path
    size: int
    crc32c: str

    def do_HEAD(self) -> None:
        self.answer(404)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if (said := self._said(parts.path, query)) is not None:
            self.answer(
                200, said.encode(), **{"Content-Type": "application/xml" if said[0] == "<" else "application/json"}
            )
            return
        if "offset" in query:  # WebHDFS names a range in its query, and answers with 200
            start = int(query["offset"])
            self._send(start, min(start + int(query.get("length", self.size)), self.size), {})
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"] or "")
        if asked is None:
            self._send(0, self.size, {})
            return
        start, last = int(asked[1]), min(int(asked[2]), self.size - 1)
        self._send(start, last + 1, {"Content-Range": f"bytes {start}-{last}/{self.size}"})

    def _said(self, path: str, query: dict[str, str]) -> str | None:
        """Return the answer to what is no question for content."""
        item = {"name": "model/weights.bin", "size": str(self.size), "generation": "1", "crc32c": self.crc32c}
        status = {"type": "FILE", "length": self.size, "modificationTime": 1, "fileId": 1, "pathSuffix": ""}
        if "list-type" in query:
            return _S3.format(size=self.size)
        if query.get("comp") == "list":
            return _AZURE.format(size=self.size)
        if path.startswith("/storage/v1/"):
            return json.dumps({"items": [item | {"timeCreated": "2026-01-01T00:00:00.000Z"}]})
        if path.startswith("/api/models/"):
            listed = {"type": "file", "oid": _COMMIT, "size": self.size, "path": "weights.bin"}
            return json.dumps([listed] if "/tree/" in path else {"sha": _COMMIT})
        return json.dumps({"FileStatus": status}) if query.get("op") == "GETFILESTATUS" else None

    def _send(self, start: int, stop: int, headers: dict[str, str]) -> None:
        self.send_response(206 if headers else 200)
        for name, value in {**headers, "Content-Length": str(stop - start)}.items():
            self.send_header(name, value)
        self.end_headers()
        with self.content.open("rb") as content:
            while start < stop:
                start += os.sendfile(self.connection.fileno(), content.fileno(), start, stop - start)


@contextmanager
def sparse_server(folder: Path, size: int, crc32c: str = "") -> Iterator[str]:
    """Serve ``size`` zeros as ``weights.bin``; yield the address.

    That is ``model/weights.bin`` of the bucket or container ``big``, the only file of every model of a hub, and any
    address that is none of these.

    Args:
        folder: for a file that takes no room.
        size: bytes.
        crc32c: what Google Cloud Storage says of it, in base64.
    """
    content = folder / "zeros"
    with content.open("wb") as file:
        file.truncate(size)
    with serving(_Handler, content=content, size=size, crc32c=crc32c) as url:
        yield url
