"""A web server on loopback that serves bytes with ranges, and misbehaves as it is told."""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from servers.threads import QuietHandler, serving


@dataclass
class WebServer:
    """What is served, what goes wrong, and what was asked."""

    url: str = ""
    content: dict[str, bytes] = field(default_factory=dict)
    """By path, such as ``/model.bin``."""
    ranges: bool = True
    """Whether ranges are given."""
    lengths: bool = True
    """Whether the length is said."""
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with every answer."""
    statuses: list[int] = field(default_factory=list)
    """Answered first, one for each request, in place of the content."""
    cuts: list[int] = field(default_factory=list)
    """Bytes after which the connection is reset, one for each request for content."""
    redirects: dict[str, str] = field(default_factory=dict)
    hold: threading.Event = field(default_factory=threading.Event)
    """While it is clear, an answer stops in the middle of its content."""
    held: threading.Event = field(default_factory=threading.Event)
    """Set when an answer has stopped."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range of each request."""
    encodings: list[str | None] = field(default_factory=list)
    """Accept-Encoding of each request."""
    seen: list[list[tuple[str, str]]] = field(default_factory=list)
    """Headers of each request, names in lower case."""
    shift: int = 0
    """How far the bytes of a range are from where they were asked."""
    connections: set[object] = field(default_factory=set)
    """The address of each client's connection."""


class _Handler(QuietHandler):
    web: WebServer

    def do_GET(self) -> None:
        web, asked_range = self.web, self.headers["Range"]
        web.asked.append((self.path, asked_range))
        web.encodings.append(self.headers["Accept-Encoding"])
        web.seen.append([(name.lower(), value) for name, value in self.headers.items()])
        web.connections.add(self.client_address)
        path = self.path.partition("?")[0]
        if web.statuses and asked_range != "bytes=0-0":
            self._answer(web.statuses.pop(0), b"<Error><Code>Told</Code></Error>")
        elif path in web.redirects:
            self._answer(302, b"", Location=web.redirects[path])
        elif path not in web.content:
            self._answer(404, b"")
        else:
            self._content(web.content[path], asked_range)

    def _content(self, body: bytes, asked_range: str | None) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers["If-Match"] not in (None, etag):
            self._answer(412, b"")
            return
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", asked_range or "")
        if not (found and self.web.ranges):
            self._answer(200, body, ETag=etag)
            return
        start, last = int(found[1]), min(int(found[2] or len(body) - 1), len(body) - 1)
        if start >= len(body):
            self._answer(416, b"", **{"Content-Range": f"bytes */{len(body)}"})
            return
        if start:
            start, last = start - self.web.shift, last - self.web.shift
        self._answer(206, body[start : last + 1], ETag=etag, **{"Content-Range": f"bytes {start}-{last}/{len(body)}"})

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, **self.web.headers}.items():
            self.send_header(name, value)
        if self.web.lengths:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.web.cuts and status in (200, 206) and len(body) > 1:
            self.wfile.write(body[: self.web.cuts.pop(0)])
            self.wfile.flush()
            # Closing at once, with nothing lingering, is a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        if not self.web.hold.is_set() and len(body) > 1:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.web.held.set()
            self.web.hold.wait(timeout=60)
            body = body[len(body) // 2 :]
        self.wfile.write(body)


@contextmanager
def web_server(tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """Run a server; yield what it serves."""
    web = WebServer()
    web.hold.set()
    with serving(_Handler, tls=tls, web=web) as web.url:
        yield web
