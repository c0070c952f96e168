"""A web server on loopback that serves bytes with ranges, and misbehaves as it is told."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from servers.threads import QuietHandler, serving

_PIECE = 64 * 1024
"""Bytes that are sent at a time where they are counted."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request for content, to be answered by a test as it likes."""

    handler: QuietHandler
    body: bytes
    """All of what was asked for."""
    start: int | None
    """First byte of the range; None where all is asked for."""
    stop: int
    """The byte after the last one."""

    @property
    def wanted(self) -> bytes:
        """What a good server would send."""
        return self.body[self.start or 0 : self.stop]

    def head(self, status: int | None = None, *, length: int | None = -1, **headers: str | None) -> None:
        """Send the head that a good server would send, but for what is told; None leaves a header out.

        Args:
            status: as the request asks for, if it is not told.
            length: the Content-Length; None for none.
            headers: with ``_`` for ``-``.
        """
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        known = {"ETag": etag_of(self.body), "Content-Length": str(len(self.wanted) if length == -1 else length)}
        if self.start is not None:
            known["Content-Range"] = f"bytes {self.start}-{self.stop - 1}/{len(self.body)}"
        if length is None:
            told.setdefault("Content-Length", None)
            self.handler.close_connection = True
        self.handler.send_response(status or (200 if self.start is None else 206))
        for name, value in {**known, **told}.items():
            if value is not None:
                self.handler.send_header(name, value)
        self.handler.end_headers()

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.handler.wfile.write(data)

    def hang_up(self) -> None:
        """End the connection as one that is done (FIN)."""
        self.handler.close_connection = True

    def reset(self) -> None:
        """End the connection as one that is broken: closing at once, with nothing lingering, is a reset."""
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.handler.close_connection = True


def etag_of(body: bytes) -> str:
    """Return a strong entity tag."""
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


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
    bearer: str | None = None
    """Who bears this token is let in; without one, everybody."""
    digests: bool = False
    """Whether the SHA-256 of the content is said."""
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
    answers: list[Callable[[Request], None]] = field(default_factory=list)
    """Called first, one for each request for content, in place of the answer."""
    questions: list[int] = field(default_factory=list)
    """Statuses answered first to requests for one byte, by which a client asks what there is."""
    etags: bool = True
    """Whether an ETag is said and If-Match is heeded."""
    stop_after: int | None = None
    """Bytes of content, of all answers, after which they stop until ``hold`` is set; ``held`` is set then."""
    sent: int = 0
    """Bytes of content that were sent."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    connections: set[object] = field(default_factory=set)
    """The address of each client's connection."""

    def count(self, size: int) -> None:
        """Take note of bytes that were sent."""
        with self.lock:
            self.sent += size


class _Handler(QuietHandler):
    web: WebServer

    def do_GET(self) -> None:
        web, asked_range = self.web, self.headers["Range"]
        web.asked.append((self.path, asked_range))
        web.encodings.append(self.headers["Accept-Encoding"])
        web.seen.append([(name.lower(), value) for name, value in self.headers.items()])
        web.connections.add(self.client_address)
        path = self.path.partition("?")[0]
        if web.questions and asked_range == "bytes=0-0":
            self._answer(web.questions.pop(0), b"<Error><Code>Told</Code></Error>")
        elif web.statuses and asked_range != "bytes=0-0":
            self._answer(web.statuses.pop(0), b"<Error><Code>Told</Code></Error>")
        elif web.bearer and self.headers["Authorization"] != f"Bearer {web.bearer}":
            self._answer(401, b"")
        elif path in web.redirects:
            self._answer(302, b"", Location=web.redirects[path])
        elif path not in web.content:
            self._answer(404, b"")
        else:
            self._content(web.content[path], asked_range)

    def _content(self, body: bytes, asked_range: str | None) -> None:
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", asked_range or "")
        if self.web.answers and asked_range != "bytes=0-0":
            stop = min(int(found[2] or len(body) - 1) + 1, len(body)) if found else len(body)
            self.web.answers.pop(0)(Request(self, body, int(found[1]) if found else None, stop))
            return
        etag = {"ETag": etag_of(body)} if self.web.etags else {}
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        said = {**etag, **({"Repr-Digest": f"sha-256=:{digest}:"} if self.web.digests else {})}
        if etag and self.headers["If-Match"] not in (None, etag["ETag"]):
            self._answer(412, b"")
            return
        if not (found and self.web.ranges):
            self._answer(200, body, **said)
            return
        start, last = int(found[1]), min(int(found[2] or len(body) - 1), len(body) - 1)
        if start >= len(body):
            self._answer(416, b"", **{"Content-Range": f"bytes */{len(body)}"})
            return
        if start:
            start, last = start - self.web.shift, last - self.web.shift
        self._answer(206, body[start : last + 1], **said, **{"Content-Range": f"bytes {start}-{last}/{len(body)}"})

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
            # Closing at once, with nothing lingering, is a reset. Here, since the server would end its side in order first,
            # and where no length is said that is the end of the content.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            for each in (self.rfile, self.wfile, self.connection):
                each.close()
            return
        if self.web.stop_after is None and not self.web.hold.is_set() and len(body) > 1:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.web.held.set()
            self.web.hold.wait(timeout=60)
            body = body[len(body) // 2 :]
        if self.web.stop_after is None or status not in (200, 206) or len(body) < 2:
            self.wfile.write(body)
            self.web.count(len(body) if len(body) > 1 else 0)
            return
        for position in range(0, len(body), _PIECE):
            piece = body[position : position + _PIECE]
            if self.web.sent + len(piece) > self.web.stop_after:
                self.wfile.flush()
                self.web.held.set()
                self.web.hold.wait(timeout=60)
            self.wfile.write(piece)
            self.web.count(len(piece))


@contextmanager
def web_server(tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """Run a server; yield what it serves."""
    web = WebServer()
    web.hold.set()
    with serving(_Handler, tls=tls, web=web) as web.url:
        yield web
