"""What is answered on the agent's ports?

On the one that Prometheus and Kubernetes ask: how it stands. On the one that KServe leads a pod's requests to, as
to its Go agent (``cmd/agent/main.go``): what the model server answers, once the first set of models is there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

from mr_client.errors import TransferError
from mr_model_agent.metrics import CONTENT_TYPE

__all__ = ["Asked", "Forward", "listening"]

logger = logging.getLogger(__name__)

_PIECE = 64 * 1024
_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade", "content-length", "expect"),
    }
)
"""Headers that are of one connection (RFC 9110, 7.6.1), and those that are said anew."""
_PLAIN = "text/plain; charset=utf-8"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 600.0
    """Seconds that a connection is kept without a request."""

    def log_message(self, format: str, *words: object) -> None:
        """Say it to who looks closely."""
        logger.debug(format, *words)

    def plain(self, status: int, text: str | bytes, kind: str = _PLAIN) -> None:
        """Answer with a text."""
        body = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Asked(_Handler):
    """Says how the agent stands: ``/livez``, ``/readyz`` (also ``/healthz``) and ``/metrics``."""

    ready: Callable[[], bool]
    metrics: Callable[[], bytes]

    def do_GET(self) -> None:
        """Answer."""
        match self.path.partition("?")[0]:
            case "/livez":
                self.plain(200, "alive\n")
            case "/readyz" | "/healthz":
                if self.ready():
                    self.plain(200, "ready\n")
                else:
                    self.plain(503, "not ready: the first set of models is not there yet\n")
            case "/metrics":
                self.plain(200, self.metrics(), CONTENT_TYPE)
            case _:
                self.plain(404, "not found: there are /livez, /readyz and /metrics\n")

    do_HEAD = do_GET  # noqa: N815 - as http.server calls it


class Forward(_Handler):
    """Hands requests on to the model server, and its answers back, without keeping either."""

    ready: Callable[[], bool]
    server_url: str
    http: urllib3.PoolManager

    def _forward(self) -> None:
        if self.headers["User-Agent"] and self.headers["User-Agent"].startswith("kube-probe/"):
            self._probed()
            return
        if self.headers["Transfer-Encoding"]:
            self._refuse(411, "length required: the agent hands on bodies that say how long they are\n")
            return
        said = self.headers["Content-Length"] or "0"
        # Anything but a path would become a part of the host: http://localhost:8080@elsewhere/.
        if not self.path.startswith("/") or not (said.isascii() and said.isdigit()):
            self._refuse(400, "bad request: ask for a path, with a length that is a number\n")
            return
        length = int(said)
        try:
            answer = self.http.request(
                self.command,
                self.server_url + self.path,
                body=self._body(length),
                headers=self._headers(length),
                preload_content=False,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            self._refuse(502, f"the model server does not answer ({type(error).__name__})\n")
            return
        try:
            self._answer(answer)
        finally:
            answer.close()  # which one that was read to its end outlives: its connection is used again

    def _refuse(self, status: int, text: str) -> None:
        self.close_connection = True  # what follows on it may be a body
        self.plain(status, text)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Hand on whatever the method is."""
        if name.startswith("do_"):
            return self._forward
        raise AttributeError(name)

    def _body(self, length: int) -> Iterator[bytes] | None:
        return self._pieces(length) if length > 0 else None

    def _pieces(self, length: int) -> Iterator[bytes]:
        while length > 0:
            piece = self.rfile.read(min(_PIECE, length))
            if not piece:  # else the server would wait for the rest, and we for the server
                raise ConnectionResetError("the client went away before its request was complete")
            length -= len(piece)
            yield piece

    def _headers(self, length: int) -> urllib3.HTTPHeaderDict:
        kept = urllib3.HTTPHeaderDict()
        for name, value in _end_to_end(self.headers.items(), self.headers["Connection"]):
            kept.add(name, value)
        if length:  # that there is no body urllib3 says itself, where one would be expected
            kept["Content-Length"] = str(length)
        return kept

    def _answer(self, answer: urllib3.BaseHTTPResponse) -> None:
        length = answer.headers.get("Content-Length")
        self.send_response_only(answer.status, answer.reason)
        for name, value in _end_to_end(answer.headers.iteritems(), answer.headers.get("Connection")):
            self.send_header(name, value)
        bare = self.command == "HEAD" or answer.status in (204, 304)
        chunked = length is None and not bare and self.request_version != "HTTP/1.0"
        if length is not None:
            self.send_header("Content-Length", length)
        elif chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif (
            not bare
        ):  # who speaks HTTP/1.0, as nginx does to what is behind it, reads to the end (RFC 9112, 6.1 and 6.3)
            self.send_header("Connection", "close")
        self.end_headers()
        if bare:
            return
        try:
            for piece in answer.stream(_PIECE, decode_content=False):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        except urllib3.exceptions.HTTPError:
            self.close_connection = True  # cut off as it was for us: what has come cannot be taken back
        else:
            if chunked:
                self.wfile.write(b"0\r\n\r\n")

    def _probed(self) -> None:
        if not self.ready():
            self.plain(503, "not ready: the first set of models is not there yet\n")
            return
        try:
            status = self.http.request("GET", self.server_url + self.path, timeout=5.0, redirect=False).status
        except urllib3.exceptions.HTTPError:
            status = 503
        if status >= 500:
            self.plain(503, "not ready: the model server is not\n")
        else:
            self.plain(200, "ready\n")


def _end_to_end(headers: Iterable[tuple[str, str]], connection: str | None) -> Iterator[tuple[str, str]]:
    """Yield the headers that are not of one connection: of those that are, ``connection`` may name more."""
    named = {each.strip().lower() for each in (connection or "").split(",")}
    for name, value in headers:
        if name.lower() not in _HOP | named:
            yield name, value


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""
        logger.debug("a request was broken off", exc_info=True)


@contextmanager
def listening(handler: type[_Handler], port: int, **attributes: object) -> Iterator[int]:
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
        server = _Server(("", port), type(handler.__name__, (handler,), given))
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
