"""What aiobotocore would do, and must not: show a token to another host, and try for long what cannot be mended."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from mr_client.errors import MRClientError, TransferError
from mr_client.flow import fetch
from servers.odd_s3 import Busy, Elsewhere, SendsOn
from servers.threads import serving

KEYS = {
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "AWS_SESSION_TOKEN": "hunter2",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("uri", ["s3://bucket/model", "s3://bucket/model/"])
def test_a_session_token_is_not_shown_to_a_host_that_an_answer_names(status: int, uri: str, target: Path) -> None:
    asked: list[dict[str, str]] = []
    with (
        serving(Elsewhere, asked=asked) as elsewhere,
        serving(SendsOn, status=status, target=elsewhere.replace("127.0.0.1", "localhost")) as endpoint,
        pytest.raises(TransferError, match="it sends on to 'http://localhost:"),
    ):
        fetch(uri, target, environ={**KEYS, "AWS_ENDPOINT_URL": endpoint})

    assert asked == []


@pytest.fixture
def untrusted() -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with serving(Elsewhere, tls=context, asked=[]) as url:
        yield url


@pytest.fixture
def closed() -> Iterator[str]:
    """An endpoint whose port nobody listens on, and nobody else can take."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.mark.parametrize(
    ("server", "says"), [("untrusted", "certificate verify failed"), ("closed", "connection refused")]
)
def test_what_does_not_heal_is_told_within_three_seconds(
    server: str, says: str, target: Path, request: pytest.FixtureRequest
) -> None:
    endpoint: str = request.getfixturevalue(server)
    fetch_once_to_load(target)
    begun = time.monotonic()

    with pytest.raises(TransferError, match=says):
        fetch("s3://bucket/model", target, environ={**KEYS, "AWS_ENDPOINT_URL": endpoint})

    assert time.monotonic() - begun < 3


def fetch_once_to_load(target: Path) -> None:
    """Load what S3 needs, which on a busy machine takes seconds of its own."""
    with serving(SendsOn, status=404, target="") as endpoint, pytest.raises(MRClientError):
        fetch("s3://bucket/model", target, environ={**KEYS, "AWS_ENDPOINT_URL": endpoint})


def test_a_server_that_is_busy_is_asked_again(target: Path) -> None:
    asked: list[str] = []
    with serving(Busy, asked=asked) as endpoint, pytest.raises(MRClientError):
        fetch("s3://bucket/model", target, environ={**KEYS, "AWS_ENDPOINT_URL": endpoint})

    assert asked[0] == asked[1]


def test_a_server_that_is_just_starting_is_waited_for(target: Path) -> None:
    asked: list[str] = []
    done = threading.Event()
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

        def start() -> None:
            held.listen()  # until then it refuses
            while not done.is_set():
                connection, _ = held.accept()
                with connection:
                    if done.is_set():
                        return
                    asked.append(connection.recv(65536).decode())
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        starter = threading.Timer(0.5, start)
        starter.daemon = True
        starter.start()
        with pytest.raises(MRClientError):
            fetch(
                "s3://bucket/model",
                target,
                environ={**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{held.getsockname()[1]}"},
            )
        done.set()
        # Closing a socket does not wake who waits for it: left alone, it would take what has its number next.
        with suppress(OSError), socket.create_connection(held.getsockname()):
            starter.join()

    assert "bucket" in asked[0]
