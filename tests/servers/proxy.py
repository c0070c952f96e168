"""A proxy on loopback: CONNECT for TLS, absolute form for the rest (RFC 9110, sections 7.2 and 9.3.6)."""

from __future__ import annotations

import base64
import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from servers.threads import QuietHandler, serving


@dataclass
class Proxy:
    """What it was asked, and whom it admits."""

    url: str = ""
    who: str = ""
    """``USER:PASSWORD`` that it wants; empty for everybody."""
    tunnels: list[str] = field(default_factory=list)
    """``HOST:PORT`` of each CONNECT."""
    passed_on: list[str] = field(default_factory=list)
    """The address of each other request."""
    hosts: dict[str, str] = field(default_factory=dict)
    """Names that it alone knows, and ``HOST:PORT`` that they stand for."""

    @property
    def with_password(self) -> str:
        """Its address, with who asks."""
        return self.url.replace("://", f"://{self.who}@")


class _Handler(QuietHandler):
    proxy: Proxy

    def _admitted(self) -> bool:
        wanted = f"Basic {base64.b64encode(self.proxy.who.encode()).decode()}"
        if self.proxy.who and self.headers.get("Proxy-Authorization") != wanted:
            self.answer(407, b"", **{"Proxy-Authenticate": "Basic"})
            return False
        return True

    def _place(self, named: str) -> tuple[str, int]:
        host, _, port = self.proxy.hosts.get(named, named).rpartition(":")
        return host, int(port)

    def do_CONNECT(self) -> None:
        self.close_connection = True
        if not self._admitted():
            return
        self.proxy.tunnels.append(self.path)
        with socket.create_connection(self._place(self.path)) as behind:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_carry, args=(behind, self.connection))
            back.start()
            _carry(self.connection, behind)
            back.join()

    def do_GET(self) -> None:
        if not self._admitted():
            return
        self.proxy.passed_on.append(self.path)
        parts = urlsplit(self.path)
        host, port = self._place(parts.netloc if parts.port else f"{parts.netloc}:80")
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        assert self.headers["Host"] == parts.netloc, "a request names the host of its address (RFC 9112, section 3.2.2)"
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection(host, port, timeout=10)
        connection.request(self.command, self.path.partition(parts.netloc)[2], body=body, headers=headers)
        answer = connection.getresponse()
        said = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        if self.command != "HEAD" and answer.getheader("Content-Length") is None:
            self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
        connection.close()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def proxy_server() -> Iterator[Proxy]:
    """Run a proxy."""
    proxy = Proxy()
    with serving(_Handler, proxy=proxy) as proxy.url:
        yield proxy
