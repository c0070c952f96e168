"""The registry as a server."""

from __future__ import annotations

import http.client
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import httpx
import pytest

import mr_registry
from mr_registry.contract import BASE_PATH


def _client(url: str) -> httpx.Client:
    """Return a client of the registry at a URL. Without certificates, which take long to read and are not needed."""
    return httpx.Client(base_url=url + BASE_PATH, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), timeout=30)


def _servers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "mr-registry"}


@pytest.fixture(scope="module")
def served() -> Iterator[httpx.Client]:
    """A client of a registry that several tests share, each with names of its own."""
    with mr_registry.serve() as url, _client(url) as client:
        yield client


def test_a_served_registry_answers_at_its_url(served: httpx.Client) -> None:
    """On a free port of this machine."""
    assert served.base_url.host == "127.0.0.1"
    assert served.post("/registered_models", json={"name": "served"}).status_code == 201


def test_several_registries_may_be_served_at_once(served: httpx.Client) -> None:
    """Each on its own port, with its own models; an exception ends its own only, and is not swallowed."""
    served.post("/registered_models", json={"name": "several"})
    registry = mr_registry.serve()
    client = _client(registry.__enter__())
    assert client.base_url != served.base_url
    assert client.get("/registered_models").json()["size"] == 0

    error = KeyError()
    assert not registry.__exit__(KeyError, error, None)

    with pytest.raises(httpx.ConnectError):
        client.get("/registered_models")
    client.close()
    assert served.get("/registered_models").status_code == 200


def test_a_file_survives_a_restart(tmp_path: Path) -> None:
    """On the same port too, which is free again at once; an empty host is every address, and any will do as URL."""
    with mr_registry.serve(tmp_path / "registry.db") as url, _client(url) as client:
        client.post("/registered_models", json={"name": "iris"})

    port = urlsplit(url).port or 0
    with mr_registry.serve(tmp_path / "registry.db", "", port) as again, _client(again) as client:
        assert again == url
        assert client.get("/registered_model?name=iris").json()["id"] == "1"


def test_a_server_stops_while_connections_are_open() -> None:
    """Idle ones and half-sent requests do not hold it up for long; afterwards the port refuses."""
    threads = _servers()
    with mr_registry.serve() as url:
        address = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        idle = http.client.HTTPConnection(*address)
        idle.request("GET", "/readyz/health")
        assert idle.getresponse().read() == b"OK"
        unfinished = socket.create_connection(address)
        unfinished.sendall(
            b"POST /api/model_registry/v1alpha3/artifacts HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
        )
        began = time.monotonic()

    assert time.monotonic() - began < 5
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    idle.close()
    unfinished.close()
    assert _servers() == threads


def test_threads_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """Eight threads, five models and versions each: all are there, under ids of their own."""
    with mr_registry.serve(tmp_path / "registry.db") as url:

        def write(worker: int) -> list[str]:
            ids = []
            with _client(url) as client:
                for number in range(5):
                    model = client.post("/registered_models", json={"name": f"{worker}-{number}"}).json()
                    version = client.post("/model_versions", json={"name": "v1", "registeredModelId": model["id"]})
                    ids += [model["id"], version.json()["id"]]
            return ids

        with ThreadPoolExecutor(8) as threads, _client(url) as client:
            ids = [each for written in threads.map(write, range(8)) for each in written]

            assert sorted(map(int, ids)) == list(range(1, 81))
            assert client.get("/registered_models").json()["size"] == 40
            assert client.get("/model_versions").json()["size"] == 40


def test_threads_that_create_the_same_name_create_it_once(served: httpx.Client) -> None:
    """One gets 201, the others 409."""
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda _: served.post("/registered_models", json={"name": "same"}), range(16))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 15


def test_threads_that_log_the_same_metric_make_one(served: httpx.Client) -> None:
    """The check for the name and the write are one transaction."""
    model = served.post("/registered_models", json={"name": "metric"}).json()["id"]
    version = served.post("/model_versions", json={"name": "v1", "registeredModelId": model}).json()["id"]
    metric = {"artifactType": "metric", "name": "loss", "value": 1}

    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda _: served.post(f"/model_versions/{version}/artifacts", json=metric), range(16))

    assert [answer.status_code for answer in answers] == [200] * 16
    assert served.get(f"/model_versions/{version}/artifacts").json()["size"] == 1


def test_a_request_is_not_delayed_by_the_network_stack(served: httpx.Client) -> None:
    """An answer is not held back until the client acknowledges its first half, which takes 40 ms."""
    seconds = []
    for number in range(15):
        began = time.perf_counter()
        served.post("/registered_models", json={"name": f"delay-{number}"})
        seconds.append(time.perf_counter() - began)

    assert median(seconds) < 0.03


def test_a_large_body_is_refused_on_a_connection_that_lives_on(served: httpx.Client) -> None:
    """A client that sends all before it reads gets the answer, not a reset."""
    connection = http.client.HTTPConnection(served.base_url.host, served.base_url.port)
    connection.request("POST", f"{BASE_PATH}/registered_models", body=b"x" * 12_000_000)
    answer = connection.getresponse()
    answer.read()

    assert answer.status == 413
    assert connection.sock is not None
    connection.close()


def test_a_port_in_use_is_an_os_error_that_says_what_to_do(tmp_path: Path) -> None:
    """Before anything starts: no database is made either."""
    file = tmp_path / "registry.db"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for start in (
            lambda: mr_registry.run(file, "127.0.0.1", port),
            lambda: mr_registry.serve(file, port=port).__enter__(),
        ):
            with pytest.raises(OSError, match=rf"^Cannot listen on 127\.0\.0\.1:{port} .*give another address or port"):
                start()
    assert not file.exists()


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70000), ("a..b", 0)])
def test_an_address_that_cannot_be_had_is_an_os_error(host: str, port: int) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(OSError, match=r"^Cannot listen on "):
        mr_registry.run(":memory:", host, port)


def test_a_database_that_cannot_be_used_leaves_no_server(tmp_path: Path) -> None:
    """The port is given back."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    with pytest.raises(mr_registry.DatabaseError), mr_registry.serve(tmp_path / "missing" / "r.db", port=port):
        pass

    socket.create_server(("127.0.0.1", port)).close()


_RUN = """
import sys, mr_registry
mr_registry.run(sys.argv[1], "127.0.0.1", 0, ready=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_run_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """`ready` is told the URL when it answers; the call returns, and nothing is printed on the way."""
    program = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(tmp_path / "registry.db")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        url = program.stdout.readline().strip()
        with _client(url) as client:
            assert client.post("/registered_models", json={"name": "iris"}).status_code == 201

        program.send_signal(number)
        output, errors = program.communicate(timeout=10)
    finally:
        program.kill()

    assert (program.returncode, output, errors) == (0, "stopped\n", "")


def test_a_failing_ready_ends_the_run(tmp_path: Path) -> None:
    """And the signals mean again what they meant before."""
    before = signal.getsignal(signal.SIGTERM)

    def ready(url: str) -> None:
        raise KeyError(url)

    with pytest.raises(KeyError):
        mr_registry.run(":memory:", "127.0.0.1", 0, ready=ready)
    assert signal.getsignal(signal.SIGTERM) == before


_MISSING = """
import sys
import mr_registry
assert not {"lark", "starlette", "uvicorn"} & sys.modules.keys()
sys.modules[sys.argv[1]] = None
try:
    mr_registry.serve
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize("missing", ["lark", "starlette", "uvicorn"])
def test_a_missing_extra_is_named_when_it_is_needed(missing: str) -> None:
    """Importing the package alone does not need it."""
    output = subprocess.run([sys.executable, "-c", _MISSING, missing], capture_output=True, text=True, check=True)

    assert missing in output.stdout
    assert "pip install 'mr-client[server]'" in output.stdout


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    """As in any module."""
    assert not hasattr(mr_registry, "nothing")
