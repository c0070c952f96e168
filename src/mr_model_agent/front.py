"""What is answered on the agent's ports?

On the one that Prometheus and Kubernetes ask: how it stands. On the one that KServe leads a pod's requests to, as
to its Go agent (``cmd/agent/main.go``): what the model server answers, once the first set of models is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import urllib3

from mr_model_agent.heads import Refused, check_target
from mr_model_agent.http_server import PIECE, Handler
from mr_model_agent.metrics import CONTENT_TYPE

__all__ = ["Asked", "Forward"]

_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade", "content-length", "expect"),
    }
)
"""Headers that are of one connection (RFC 9110, 7.6.1), and those that are said anew."""
_NUMBER = re.compile("[0-9]{1,18}")


class Asked(Handler):
    """Says how the agent stands: ``/livez``, ``/readyz`` (also ``/healthz``) and ``/metrics``."""

    ready: Callable[[], bool]
    metrics: Callable[[], bytes]

    def do_GET(self) -> None:  # noqa: N802 - as http.server calls it
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

    do_HEAD = do_GET  # noqa: N815


class Forward(Handler):
    """Hands requests on to the model server, and its answers back, without keeping either."""

    ready: Callable[[], bool]
    server_url: str
    http: urllib3.PoolManager

    def _forward(self) -> None:
        try:
            check_target(self.path)
            if (self.headers["User-Agent"] or "").startswith("kube-probe/"):
                self._probed()
                return
            answer = self._asked()
        except Refused as refused:
            self.refuse(refused)
            return
        try:
            self._answer(answer)
        finally:
            answer.close()  # which one that was read to its end outlives: its connection is used again

    def _asked(self) -> urllib3.BaseHTTPResponse:
        try:
            answer = self._ask(self.command, body=self._pieces() if self.left else None, headers=self._headers())
        except urllib3.exceptions.HTTPError as error:
            raise Refused(502, f"the model server does not answer ({type(error).__name__})") from error
        if answer.status < 200 or _length(answer) == -1:
            answer.close()
            raise Refused(502, "the model server answers with something that is no answer")
        return answer

    def _ask(self, method: str, **more: Any) -> urllib3.BaseHTTPResponse:
        # Of a connection, and not of the manager, which asks for what it takes a path with dots and escapes to mean.
        connections = self.http.connection_from_url(self.server_url)
        path = (urllib3.util.parse_url(self.server_url).path or "") + self.path
        return connections.urlopen(method, path, preload_content=False, redirect=False, **more)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Hand on whatever the method is."""
        if name.startswith("do_"):
            return self._forward
        raise AttributeError(name)

    def _pieces(self) -> Iterator[bytes]:
        while self.left > 0:
            piece = self.rfile.read(min(PIECE, self.left))
            if not piece:  # else the server would wait for the rest, and we for the server
                raise ConnectionResetError("the client went away before its request was complete")
            self.left -= len(piece)
            yield piece

    def _headers(self) -> urllib3.HTTPHeaderDict:
        dropped = _of_the_connection(self.headers.get_all("Connection"))
        kept = urllib3.HTTPHeaderDict()
        for name, value in self.headers.items():
            if name.lower() not in dropped:
                kept.add(name, value)
        if self.left or self.command in ("POST", "PUT", "PATCH"):
            kept["Content-Length"] = str(self.left)
        return kept

    def _answer(self, answer: urllib3.BaseHTTPResponse) -> None:
        length, dropped = _length(answer), _of_the_connection(answer.headers.getlist("Connection"))
        self.send_response_only(answer.status)
        for name, value in answer.headers.iteritems():
            if name.lower() not in dropped:
                self.send_header(name, value)
        bare = self.command == "HEAD" or answer.status in (204, 304)
        chunked = not bare and length is None and not self.close_connection
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif length is not None and answer.status != 204:
            self.send_header("Content-Length", str(length))
        self.end_head()
        if bare:
            return
        try:
            for piece in answer.stream(PIECE, decode_content=False):
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
            answer = self._ask("GET", timeout=5.0)
            answer.close()
            status = answer.status
        except urllib3.exceptions.HTTPError:
            status = 503
        if status >= 500:
            self.plain(503, "not ready: the model server is not\n")
        else:
            self.plain(200, "ready\n")


def _of_the_connection(named: list[str] | None) -> frozenset[str]:
    """Return the headers that are not handed on: those of a connection, and what ``Connection`` names."""
    return _HOP | {each.strip().lower() for each in ",".join(named or []).split(",")}


def _length(answer: urllib3.BaseHTTPResponse) -> int | None:
    """Return the bytes that an answer says it has, None where its end will say it; -1 where it is unclear."""
    said = {each.strip() for each in ",".join(answer.headers.getlist("Content-Length")).split(",")}
    if said == {""} or "Transfer-Encoding" in answer.headers:
        return None
    return int(said.pop()) if len(said) == 1 and _NUMBER.fullmatch(min(said)) else -1
