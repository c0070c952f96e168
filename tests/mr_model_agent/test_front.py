"""What is answered on the agent's two ports."""

from __future__ import annotations

import errno
import http.client
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import urllib3

from mr_model_agent import http_server
from mr_model_agent.front import Asked, Forward
from mr_model_agent.http_server import listening
from servers.agent_pod import Pod, until

PROBE = "kube-probe/1.31"


def test_livez_readyz_and_metrics_are_on_a_port_of_their_own(pod: Pod) -> None:
    pod.server.held["a"] = threading.Event()
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        assert pod.get("/livez") == (200, "alive\n")
        assert pod.get("/readyz")[0] == pod.get("/healthz")[0] == 503
        assert pod.metric("mr_agent_ready") == 0
        pod.server.held["a"].set()
        until(lambda: pod.ready)
        assert pod.metric("mr_agent_ready") == 1
        assert pod.get("/other")[0] == 404


def test_what_is_counted_has_a_beginning(pod: Pod) -> None:
    pod.config.models()
    with pod.agent():
        text = pod.get("/metrics")[1]

    assert 'mr_agent_failures_total{fault="server_refused",step="load"} 0.0' in text
    assert "mr_agent_config_problems_total 0.0" in text


def test_requests_are_handed_on_to_the_server_and_its_answers_back(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    body = bytes(range(256)) * 1000
    with pod.agent(), closing(http.client.HTTPConnection("127.0.0.1")) as connection:
        pod.settled(a="1")
        connection.port = pod.ports[0]
        for _ in range(2):  # over one connection
            connection.request("POST", "/v2/models/a/infer", body, {"Content-Type": "application/octet-stream"})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["X-Model"], answer.read()) == (200, "a", body)
        connection.request("GET", "/v2/nothing?x=1")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (404, b"no /v2/nothing?x=1")


def test_a_client_that_goes_away_in_the_middle_of_its_body_leaves_nobody_waiting(pod: Pod) -> None:
    pod.config.models()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        with pod.agent(server_url=f"http://127.0.0.1:{server.getsockname()[1]}"):
            with socket.create_connection(("127.0.0.1", pod.ports[0])) as client:
                client.sendall(b"POST /v2/models/a/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc")
                client.shutdown(socket.SHUT_WR)
                asked, _ = server.accept()
            with asked:
                asked.settimeout(10)
                while asked.recv(1000):
                    pass


def test_a_body_that_does_not_say_how_long_it_is_is_refused(pod: Pod) -> None:
    pod.config.models()
    with pod.agent(), closing(http.client.HTTPConnection("127.0.0.1", pod.ports[0])) as connection:
        connection.request("POST", "/v2/models/a/infer", iter([b"a"]), encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status == 411
        answer.read()


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A front before a server that answers this to whatever it is asked; give its port, and what the server was asked."""
    asked: list[bytes] = []

    class Server(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline():
                head, length = line, 0
                while (line := self.rfile.readline()).strip():
                    head += line
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                asked.append(head + b"\r\n" + self.rfile.read(length))
                self.wfile.write(answer)
                if b"Content-Length: 2" not in answer:
                    return

    with _Threads(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        http, url = urllib3.PoolManager(retries=False, timeout=5.0), f"http://127.0.0.1:{server.server_address[1]}"
        try:
            with listening(Forward, 0, ready=lambda: True, http=http, server_url=url) as port:
                yield port, asked
        finally:
            http.clear()
            server.shutdown()
            thread.join()


def exchange(port: int, sent: bytes, host: str = "127.0.0.1") -> bytes:
    """Send bytes, and nothing after them; return all that is answered."""
    with socket.create_connection((host, port), timeout=10) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        return client.makefile("rb").read()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET @127.0.0.1:1/livez HTTP/1.1", 400),
        (b"GET @127.0.0.1:1/livez HTTP/1.1\r\nUser-Agent: kube-probe/1", 400),
        (b"GET .evil/ HTTP/1.1", 400),
        (b"GET http://elsewhere/ HTTP/1.1", 400),
        (b"CONNECT elsewhere:443 HTTP/1.1", 400),
        (b"GET /%zz HTTP/1.1", 400),
        (b"GET /a#b HTTP/1.1", 400),
        (b"GET /\xe4 HTTP/1.1", 400),
        (b"G(T / HTTP/1.1", 400),
        (b"GET /\rX: y HTTP/1.1", 400),
        (b"GET /", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -5", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000, 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 35", 400),
        (b"POST / HTTP/1.1\r\nContent-Length : 35", 400),
        (b"POST / HTTP/1.1\r\nnonsense\r\nContent-Length: 35", 400),
        (b"POST / HTTP/1.1\r\nContent-Length:\r\n 35", 400),
        (b"POST / HTTP/1.1\r\nA: b\rContent-Length: 35", 400),
        (b"POST / HTTP/1.1\r\nA: b\nContent-Length: 35", 400),
        (b"POST / HTTP/1.1\r\nA: \0", 400),
        (b"POST / HTTP/1.1\r\nHost: other", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 35\r\nTransfer-Encoding: chunked", 411),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding:\r\nTransfer-Encoding: chunked", 411),
        (b"GET / HTTP/1.1" + b"\r\nA: " + b"a" * 60000 + b"\r\nA: " + b"a" * 6000, 431),
    ],
)
def test_a_request_that_two_servers_could_read_differently_is_handed_on_to_nobody(head: bytes, status: int) -> None:
    with answering(OK) as (port, asked):
        answer = exchange(port, head + b"\r\nHost: h\r\n\r\n" + HIDDEN)

    assert asked == []
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("agent", [PROBE, "other"])
def test_a_body_that_nobody_read_is_not_the_next_request(agent: str) -> None:
    head = f"POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: {agent}\r\nContent-Length: {len(HIDDEN)}\r\n\r\n".encode()
    with answering(OK) as (port, asked):
        exchange(port, head + HIDDEN)

    assert len(asked) == 1
    assert not asked[0].startswith(b"GET /hidden")


def test_a_client_that_is_refused_may_go_on_sending_for_a_while_so_that_it_gets_to_read_why() -> None:
    with answering(OK) as (port, _), socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n")
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 400 ")
        for _ in range(100):
            client.sendall(b"a body")


def test_a_body_that_is_sent_to_the_metrics_is_not_the_next_request() -> None:
    with listening(Asked, 0, ready=lambda: True, metrics=lambda: b"") as port:
        answer = exchange(port, b"GET /livez HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN)

    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("path", ["/v2/a%2Fb/../c?d=%3A", "/v2/a/./b", "/?q=../x", "/%C3%A4"])
def test_a_path_is_handed_on_as_it_came(path: str) -> None:
    with answering(OK) as (port, asked):
        exchange(port, f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())

    assert asked[0].startswith(f"GET {path} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 3\r\n\r\nhello",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_an_answer_that_is_none_is_a_bad_gateway(answer: bytes) -> None:
    with answering(answer) as (port, _):
        assert exchange(port, HIDDEN).startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize(
    ("answer", "version", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nhi", b"1.1", b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\nhi", b"1.0", b"Connection: close\r\n\r\nhi"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            b"1.1",
            b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        ),
        (
            b"HTTP/1.1 200 O\rX: y\r\nConnection: A\r\nA: b\r\nContent-Length: 2\r\n\r\nhi",
            b"1.1",
            b"Content-Length: 2\r\n\r\nhi",
        ),
        (b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n", b"1.1", b"\r\n"),
    ],
)
def test_an_answer_ends_where_its_reader_takes_it_to_end(answer: bytes, version: bytes, expected: bytes) -> None:
    with answering(answer) as (port, _):
        said = exchange(port, HIDDEN.replace(b"HTTP/1.1", b"HTTP/" + version)).partition(b"\r\n")

    assert said[0] in (b"HTTP/1.1 200 OK", b"HTTP/1.1 204 No Content")
    assert said[2] == expected


def test_a_connection_too_many_is_closed_and_there_is_room_again_after_one_has_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_server, "_CONNECTIONS", 1)
    with answering(OK) as (port, _):
        with socket.create_connection(("127.0.0.1", port)) as first:
            first.sendall(HIDDEN)
            assert first.recv(1000)
            with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as second:
                assert second.recv(1000) == b""
        until(lambda: _answered(port))


def _answered(port: int) -> bool:
    try:
        return exchange(port, HIDDEN) != b""
    except OSError:
        return False


def test_both_kinds_of_addresses_are_listened_on_where_there_are_both() -> None:
    with answering(OK) as (port, _):
        for host in ["127.0.0.1", *(["::1"] if _has_ipv6() else [])]:
            assert exchange(port, HIDDEN, host).startswith(b"HTTP/1.1 200 ")


def test_a_pod_without_ipv6_listens_on_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    bind = socketserver.TCPServer.server_bind

    def has_none(server: socketserver.TCPServer) -> None:
        if server.address_family == socket.AF_INET6:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        bind(server)

    monkeypatch.setattr(socketserver.TCPServer, "server_bind", has_none)
    with (
        listening(Asked, 0, ready=lambda: True, metrics=lambda: b"") as port,
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as client,
    ):
        client.request("GET", "/livez")
        assert client.getresponse().status == 200


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_a_header_that_comes_twice_goes_on_twice_and_those_of_the_connection_do_not(pod: Pod) -> None:
    pod.config.models()
    with pod.agent(), closing(http.client.HTTPConnection("127.0.0.1", pod.ports[0])) as connection:
        connection.putrequest("GET", "/headers")
        for name, value in [("X-A", "1"), ("X-A", "2"), ("X-Hop", "3"), ("X-Hop2", "4"), ("TE", "trailers")]:
            connection.putheader(name, value)
        connection.putheader("Connection", "X-Hop")
        connection.putheader("Connection", "keep-alive, X-Hop2")
        connection.endheaders()
        seen = connection.getresponse().read().decode().lower()

    assert "x-a: 1, 2" in seen or ("x-a: 1" in seen and "x-a: 2" in seen)
    assert "x-hop" not in seen
    assert "te: trailers" not in seen


def test_a_server_that_is_not_there_is_a_bad_gateway(pod: Pod) -> None:
    pod.config.models()
    with pod.agent(server_url="http://127.0.0.1:1"):
        assert pod.get("/v2/models/a", port=0)[0] == 502


@pytest.mark.parametrize(("server", "status"), [("there", 200), ("gone", 503)])
def test_a_probe_of_the_kubelet_is_about_both_the_agent_and_the_server(pod: Pod, server: str, status: int) -> None:
    url = pod.server.url if server == "there" else "http://127.0.0.1:1"
    with pod.agent(server_url=url, interval=0.02):
        assert pod.get("/", port=0, agent=PROBE)[0] == 503
        pod.config.models()
        until(lambda: pod.ready)
        assert pod.get("/v2/health/ready", port=0, agent=PROBE)[0] == status
        assert pod.get("/", port=0, agent=PROBE)[0] == status, "that the server has no page there is no fault"
