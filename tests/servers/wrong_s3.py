"""An S3 server whose ETag is the MD5 of something else than it sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from servers.threads import QuietHandler, serving

LISTING = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>model/</Prefix>
<KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>
<Contents><Key>model/a</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>
<ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>
</ListBucketResult>"""


@dataclass
class WrongS3:
    """Where it is, and what was asked."""

    endpoint: str = ""
    encryption: str = ""
    """What it says of the object's encryption."""
    refusals: list[tuple[int, str]] = field(default_factory=list)
    """Status and body with which it answers first, when asked for the object."""
    redirect: str = ""
    """Where it sends whoever asks for the object."""
    asked: list[str] = field(default_factory=list)
    """Each request's line and headers."""


class _Handler(QuietHandler):
    wrong: WrongS3

    def do_GET(self) -> None:
        self.wrong.asked.append(f"{self.requestline}\n{self.headers}")
        status, body = 200, LISTING if "list-type" in self.path else b"wrong"
        if "list-type" not in self.path and self.wrong.refusals:
            status, text = self.wrong.refusals.pop(0)
            body = text.encode()
        elif "list-type" not in self.path and self.wrong.redirect:
            status = 307
        self.send_response(status)
        if status == 307:
            self.send_header("Location", self.wrong.redirect)
        self.send_header("Content-Length", str(len(body)))
        if self.wrong.encryption:
            self.send_header("x-amz-server-side-encryption", self.wrong.encryption)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def wrong_s3(encryption: str = "") -> Iterator[WrongS3]:
    """Serve ``s3://bucket/model/a``."""
    wrong = WrongS3(encryption=encryption)
    with serving(_Handler, wrong=wrong) as wrong.endpoint:
        yield wrong
