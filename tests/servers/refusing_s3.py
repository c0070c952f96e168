"""An S3 server that refuses everything in AWS's words, and quotes in them what must not be shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from servers.threads import QuietHandler, serving


class _Handler(QuietHandler):
    code: str
    status: int
    region: str

    def do_GET(self) -> None:
        key = self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
        self._answer(
            f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{self.code}</Code><Message>As AWS says it.</Message>'
            f"<AWSAccessKeyId>{key}</AWSAccessKeyId><StringToSign>AWS4 hunter2-to-sign</StringToSign>"
            f"<SignatureProvided>hunter2-signature</SignatureProvided><Region>{self.region}</Region></Error>".encode()
        )

    def do_HEAD(self) -> None:
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", "application/xml")
        if self.region:
            self.send_header("x-amz-bucket-region", self.region)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def refusing_s3(code: str, status: int, region: str = "") -> Iterator[str]:
    """Refuse everything; yield the endpoint."""
    with serving(_Handler, code=code, status=status, region=region) as endpoint:
        yield endpoint
