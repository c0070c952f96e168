"""What the agent hands on of a server's answers, whatever the server says."""

from __future__ import annotations

import gzip
import http.client
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from servers.agent_pod import Pod, until
from servers.threads import QuietHandler, serving

PROBE = "kube-probe/1.31"


def test_a_probe_may_say_more_in_its_path_and_ask_for_the_head_alone(pod: Pod) -> None:
    pod.config.models()
    with pod.agent(), closing(http.client.HTTPConnection("127.0.0.1", pod.ports[1], timeout=10)) as connection:
        for method, body in (("HEAD", b""), ("GET", b"alive\n")):  # over one connection
            connection.request(method, "/livez?verbose")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, body)


@pytest.mark.parametrize(
    "head",
    [
        "GET @127.0.0.1:PORT/livez HTTP/1.1\r\n",
        "POST /v2 HTTP/1.1\r\nContent-Length: -5\r\n",
        "POST /v2 HTTP/1.1\r\nContent-Length: \xb2\r\n",
        "GET .evil/ HTTP/1.1\r\n",
    ],
)
def test_what_could_lead_elsewhere_is_handed_on_to_nobody(pod: Pod, head: str) -> None:
    pod.config.models()
    with pod.agent(), socket.create_connection(("127.0.0.1", pod.ports[0]), timeout=10) as connection:
        connection.sendall(f"{head.replace('PORT', str(pod.ports[1]))}Host: h\r\n\r\n".encode("latin-1"))
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 400")


def test_a_client_that_keeps_its_connection_keeps_no_agent_from_ending(pod: Pod) -> None:
    pod.config.models()
    with closing(http.client.HTTPConnection("127.0.0.1", timeout=10)) as connection:
        with pod.agent():
            connection.port = pod.ports[0]
            connection.request("GET", "/v2/health/ready")
            assert connection.getresponse().read() == b'{"ready":true}'
        assert connection.sock is not None


# -- any server ---------------------------------------------------------------------------------


@dataclass
class Said:
    """What the agent asked a server, and what that answers to all of it."""

    answer: bytes = b""
    asked: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    """Of each request its first line, and its headers in small letters."""


class _Says(QuietHandler):
    said: Said

    def parse_request(self) -> bool:
        """Answer before anything is made of it; then the connection ends."""
        if super().parse_request():
            headers = [(name.lower(), value) for name, value in self.headers.items()]
            self.said.asked.append((self.requestline, headers))
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.wfile.write(self.said.answer)
        self.close_connection = True
        return False


@pytest.fixture
def said(pod: Pod) -> Iterator[Said]:
    """Stands for the model server, where an agent runs that has no models."""
    said = Said()
    pod.config.models()
    with serving(_Says, said=said) as url, pod.agent(server_url=url):
        yield said


@pytest.fixture
def client(pod: Pod, said: Said) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", pod.ports[0], timeout=10)) as client:
        yield client


def asked(client: http.client.HTTPConnection, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    client.request(method, "/x", headers=headers)
    return client.getresponse()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n"


def test_an_answer_that_does_not_say_how_long_it_is_comes_whole(said: Said, client: http.client.HTTPConnection) -> None:
    said.answer = CHUNKED + b"0\r\n\r\n"

    for _ in range(2):  # over one connection
        answer = asked(client)
        assert answer.headers.get_all("Transfer-Encoding") == ["chunked"]
        assert answer.read() == b"abcdefg"


def test_who_speaks_the_older_http_is_not_sent_chunks(pod: Pod, said: Said) -> None:
    said.answer = CHUNKED + b"0\r\n\r\n"

    with socket.create_connection(("127.0.0.1", pod.ports[0]), timeout=10) as client:
        client.sendall(b"GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")

    assert b"Transfer-Encoding" not in head
    assert body == b"abcdefg"


@pytest.mark.parametrize("answer", [CHUNKED, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabcdefg"])
def test_an_answer_that_is_cut_off_is_cut_off_for_the_client_too(
    said: Said, client: http.client.HTTPConnection, answer: bytes
) -> None:
    said.answer = answer

    with pytest.raises(http.client.IncompleteRead):
        asked(client).read()


@pytest.mark.parametrize("answer", [b"", b"not HTTP\r\n\r\n"])
def test_a_server_that_says_nothing_that_could_be_handed_on_is_a_bad_gateway(
    pod: Pod, said: Said, client: http.client.HTTPConnection, answer: bytes
) -> None:
    said.answer = answer
    until(lambda: pod.ready)

    assert asked(client).status == 502
    assert pod.get("/x", port=0, agent=PROBE)[0] == 503


def test_an_answer_that_is_packed_is_handed_on_as_it_is(said: Said, client: http.client.HTTPConnection) -> None:
    packed = gzip.compress(b"abc")
    said.answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(packed), packed)

    answer = asked(client, **{"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.read() == packed


@pytest.mark.parametrize(
    ("method", "head", "length"),
    [
        ("GET", "204 No Content", None),
        ("GET", "304 Not Modified", None),
        ("HEAD", "200 OK", None),
        ("HEAD", "200 OK\r\nContent-Length: 7", "7"),
    ],
)
def test_an_answer_without_a_body_has_none_and_the_next_one_is_its_own(
    said: Said, client: http.client.HTTPConnection, method: str, head: str, length: str | None
) -> None:
    said.answer = f"HTTP/1.1 {head}\r\n\r\n".encode()

    for _ in range(2):  # over one connection
        answer = asked(client, method)
        assert (answer.headers["Content-Length"], answer.headers["Transfer-Encoding"]) == (length, None)
        assert answer.read() == b""
        assert client.sock is not None, "the connection is kept"


def test_where_a_server_leads_elsewhere_the_client_is_told(said: Said, client: http.client.HTTPConnection) -> None:
    said.answer = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"

    answer = asked(client)

    assert (answer.status, answer.headers["Location"]) == (302, "/elsewhere")
    assert len(said.asked) == 1


def test_headers_of_the_servers_connection_stay_there(said: Said, client: http.client.HTTPConnection) -> None:
    said.answer = (
        b"HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
        b"Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 1\r\n\r\nx"
    )

    answer = asked(client)

    assert sorted(answer.headers.items()) == [("Content-Length", "1"), ("Set-Cookie", "a"), ("Set-Cookie", "b")]
    assert answer.read() == b"x"


def test_who_waits_to_be_told_to_send_its_body_is_told_by_the_agent(
    said: Said, client: http.client.HTTPConnection
) -> None:
    said.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    client.request("POST", "/x", b"abc", {"Expect": "100-continue"})

    assert client.getresponse().status == 200
    assert "expect" not in dict(said.asked[0][1])


def test_a_request_that_could_have_a_body_and_has_none_says_so(said: Said, client: http.client.HTTPConnection) -> None:
    said.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    asked(client, "POST").read()

    assert [value for name, value in said.asked[0][1] if name == "content-length"] == ["0"]


@pytest.mark.parametrize(
    "head",
    [
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: +5\r\n",
    ],
)
def test_what_follows_a_refused_request_is_no_request(pod: Pod, said: Said, head: str) -> None:
    with socket.create_connection(("127.0.0.1", pod.ports[0]), timeout=10) as client:
        client.sendall(f"POST /x HTTP/1.1\r\nHost: h\r\n{head}\r\nGET /hidden HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        client.shutdown(socket.SHUT_WR)
        answer = client.makefile("rb").read()

    assert answer.count(b"HTTP/1.1 ") == 1
    assert said.asked == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [("302 Found\r\nLocation: http://127.0.0.1:1/", 200), ("500 Internal Server Error", 503), ("404 Not Found", 200)],
)
def test_a_probe_follows_no_redirect_and_fails_only_where_the_server_does(
    pod: Pod, said: Said, answer: str, status: int
) -> None:
    said.answer = f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode()
    until(lambda: pod.ready)

    assert pod.get("/x", port=0, agent=PROBE)[0] == status
    assert len(said.asked) == 1


def test_who_has_a_name_like_a_probes_is_answered_by_the_server(pod: Pod, said: Said) -> None:
    said.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nits"

    assert pod.get("/x", port=0, agent="kubectl/1.31") == (200, "its")
