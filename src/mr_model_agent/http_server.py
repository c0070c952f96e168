"""How are requests read, by whom, and how does an answer end? Beside what is answered, which ``front`` says.

``http.server`` does what it does well; what is a head, and how many of them there may be, is said here and in ``heads``.
"""

from __future__ import annotations

import errno
import io
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from mr_client.errors import TransferError
from mr_model_agent.heads import Refused, body_length, read_head

__all__ = ["PIECE", "Handler", "listening"]

logger = logging.getLogger(__name__)

PIECE = 64 * 1024
"""Bytes of a body that are held at once."""
_DROPPED = 256
"""Pieces, or seconds, of what nobody wants."""
_CONNECTIONS = 512
"""At once, for each port. An idle one takes 25 KiB, one whose head comes slowly 90."""
_PLAIN = "text/plain; charset=utf-8"


class Handler(BaseHTTPRequestHandler):
    """A connection, and the requests on it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 600.0
    """Seconds that a connection is kept without a request."""

    def log_message(self, format: str, *words: object) -> None:
        """Say it to who looks closely."""
        logger.debug(format, *words)

    raw_requestline: bytes
    left = 0
    """Bytes of the request's body that have not been read."""
    more = False
    """Whether it was answered without all of it being read."""

    def version_string(self) -> str:
        """Say what this is, and not which Python runs it."""
        return "mr-model-agent"

    def parse_request(self) -> bool:
        """Read a head; answer what is none, and go on no further then."""
        self.command, self.requestline, self.request_version, self.left = "", "", self.protocol_version, 0
        body = self.rfile
        try:
            self.rfile = io.BytesIO(read_head(self.raw_requestline, body))
            if not super().parse_request():
                return False
            self.left = body_length(self.headers)
        except Refused as refused:
            self.refuse(refused)
            return False
        finally:
            self.rfile = body
        if self.request_version == "HTTP/1.0":
            self.close_connection = True  # such a client would wait to be told that it may stay
        return True

    def refuse(self, refused: Refused) -> None:
        """Answer with a refusal, and nothing more: what follows may be a body."""
        self.close_connection = self.more = True
        self.plain(refused.status, refused.line)

    def plain(self, status: int, text: str | bytes, kind: str = _PLAIN) -> None:
        """Answer with a text."""
        body = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_head()
        if self.command != "HEAD":
            self.wfile.write(body)

    def finish(self) -> None:
        """Read some of what is still coming, and drop it: a client that is reset while it sends would not see the answer."""
        super().finish()
        if self.more:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_WR)
                self.connection.settimeout(1.0)
                for _ in range(_DROPPED):
                    if not self.connection.recv(PIECE):
                        break

    def end_head(self) -> None:
        """End the head of an answer. A body that was not read must not be taken for the next request."""
        self.more = self.more or self.left > 0
        if self.left or self.close_connection:
            self.send_header("Connection", "close")  # which also has it closed
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler], family: int) -> None:
        self.address_family = family
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__(("", port), handler)

    def server_bind(self) -> None:
        """Take IPv4 and IPv6, where this machine has both: a pod may have either."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a thread for a connection; where there are too many, close it."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer what comes over a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""
        logger.debug("a request was broken off", exc_info=True)


def _server(port: int, handler: type[BaseHTTPRequestHandler]) -> _Server:
    if socket.has_dualstack_ipv6():
        try:
            return _Server(port, handler, socket.AF_INET6)
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise
            # The kernel knows IPv6, and this pod has none.
    return _Server(port, handler, socket.AF_INET)


@contextmanager
def listening(handler: type[Handler], port: int, **attributes: object) -> Iterator[int]:
    """Answer with ``handler`` on all addresses of this machine, in threads; yield the port.

    Args:
        handler: given the attributes beside its own; a function among them is called without the handler.
        port: 0 takes a free one.
        attributes: what the handler needs.

    Raises:
        TransferError: the port is taken.
    """
    given = {name: staticmethod(each) if callable(each) else each for name, each in attributes.items()}
    try:
        server = _server(port, type(handler.__name__, (handler,), given))
    except OSError as error:
        raise TransferError(
            f"Port {port} cannot be listened on ({error}): name another one with --port and --admin-port."
        ) from error
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
