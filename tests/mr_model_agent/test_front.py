"""What is answered on the agent's two ports."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import closing

import pytest

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


@pytest.mark.parametrize(
    "head",
    [
        "GET @127.0.0.1:PORT/livez HTTP/1.1\r\n",
        "POST /v2 HTTP/1.1\r\nContent-Length: -5\r\n",
        "GET .evil/ HTTP/1.1\r\n",
    ],
)
def test_what_could_lead_elsewhere_is_handed_on_to_nobody(pod: Pod, head: str) -> None:
    pod.config.models()
    with pod.agent(), socket.create_connection(("127.0.0.1", pod.ports[0]), timeout=10) as connection:
        connection.sendall(f"{head.replace('PORT', str(pod.ports[1]))}Host: h\r\n\r\n".encode())
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 400")


def test_a_header_that_comes_twice_goes_on_twice_and_those_of_the_connection_do_not(pod: Pod) -> None:
    pod.config.models()
    with pod.agent(), closing(http.client.HTTPConnection("127.0.0.1", pod.ports[0])) as connection:
        connection.putrequest("GET", "/headers")
        for name, value in [("X-A", "1"), ("X-A", "2"), ("X-Hop", "3"), ("Connection", "X-Hop"), ("TE", "trailers")]:
            connection.putheader(name, value)
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
