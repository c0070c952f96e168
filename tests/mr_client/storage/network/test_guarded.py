"""Connections that are refused before anything is said, whatever led there."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from mr_client.errors import MRClientError, NotAllowed, RegistryError, TransferError
from mr_client.flow import fetch
from mr_client.registry import Patience, RegistryAPI
from mr_client.settings import Endpoint
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate
from mr_client.storage.store import open_store
from mr_client.trust import addresses
from servers.web import WebServer, web_server

METADATA = "http://169.254.169.254/latest/meta-data/iam"
Lookup = Callable[..., None]


def never_wait(seconds: float) -> None:
    raise AssertionError("what is not allowed is not tried again")


@pytest.fixture
def lookup(monkeypatch: pytest.MonkeyPatch) -> Lookup:
    """Have DNS say which addresses a name has: in turn, the last for ever."""
    real = socket.getaddrinfo
    names: dict[str, Iterator[str]] = {}

    def turns(found: tuple[str, ...]) -> Iterator[str]:
        yield from found
        while True:
            yield found[-1]

    def tell(name: str, *found: str) -> None:
        names[name] = turns(found)

    def getaddrinfo(host: Any, *arguments: Any, **keywords: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return real(next(names[name]) if name in names else host, *arguments, **keywords)

    # The seam is DNS itself, which no test can run a server of: the machine decides which one is asked.
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return tell


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A metadata service on loopback: a test cannot have 169.254.169.254, so 127.0.0.1 is forbidden in its place."""
    monkeypatch.setattr(addresses, "_NETWORKS", (ip_network("127.0.0.1/32"),))
    with web_server() as server:
        server.content["/model.bin"] = b"credentials"
        yield server


@pytest.mark.parametrize(
    "to",
    [
        METADATA,
        "https://169.254.169.254/latest",
        "http://2852039166/latest",
        "http://0xa9.254.43518/latest",
        "http://[::ffff:169.254.169.254]/latest",
        "http://[fe80::1]/latest",
        "http://good.example@169.254.169.254/latest",
        "//169.254.169.254/latest",
        "http://metadata.google.internal/computeMetadata/v1/",
    ],
)
def test_a_redirect_to_a_metadata_service_is_refused_once_and_leaves_nothing(
    web: WebServer, target: Path, to: str
) -> None:
    web.redirects["/m"] = to

    with pytest.raises(NotAllowed, match="/m' is not fetched: .* never asked"):
        fetch(f"{web.url}/m", target, environ={}, copy=CopySettings(wait=1000))

    assert [path for path, _ in web.asked] == ["/m"]
    assert not target.exists()


def test_a_redirect_that_turns_bad_in_the_middle_of_a_copy_is_refused(web: WebServer, target: Path) -> None:
    web.content["/model.bin"] = b"x" * 100
    location = locate(f"{web.url}/model.bin", {})
    store = open_store(location)
    (file,) = store.files()
    web.redirects["/model.bin"] = METADATA

    with pytest.raises(NotAllowed, match="never asked"):
        list(store.read(file, 0, None))


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "100.100.100.200"])
def test_a_name_that_is_looked_up_as_one_is_refused_before_a_connection(
    web: WebServer, lookup: Lookup, target: Path, address: str
) -> None:
    lookup("models.example", address)
    web.redirects["/m"] = "http://models.example/model.bin"

    with pytest.raises(NotAllowed, match="'models.example' leads to '.*', a link-local address"):
        fetch("https://models.example/model.bin", target, environ={})
    with pytest.raises(NotAllowed, match="'models.example' leads to"):
        fetch(f"{web.url}/m", target, environ={})


def test_a_name_that_dns_changes_its_mind_about_is_judged_by_the_peer(
    metadata: WebServer, lookup: Lookup, target: Path
) -> None:
    lookup("rebound.example", "127.0.0.2", "127.0.0.1")

    with pytest.raises(NotAllowed, match="'rebound.example' leads to '127.0.0.1'"):
        fetch(metadata.url.replace("127.0.0.1", "rebound.example") + "/model.bin", target, environ={})

    assert metadata.asked == []


def test_a_redirect_to_another_server_takes_nothing_secret_along(web: WebServer, target: Path) -> None:
    with web_server() as other:
        other.content["/cdn.bin"] = b"trained"
        web.redirects["/model.bin"] = f"{other.url}/cdn.bin"

        fetch(f"{web.url}/model.bin?sig=hunter2", target, environ={})

        assert {path for path, _ in other.asked} == {"/cdn.bin"}
        assert not [header for headers in other.seen for header in headers if "hunter2" in "".join(header)]
        assert not {name for headers in other.seen for name, _ in headers} & {"authorization", "cookie", "referer"}


# -- S3 ---------------------------------------------------------------------------------------


def listed(endpoint: str, **environ: str) -> MRClientError | None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": endpoint, **environ}
    try:
        open_store(locate("s3://models/iris/", keys)).files()
    except MRClientError as error:
        return error
    return None


def test_an_endpoint_of_s3_that_is_looked_up_as_one_is_refused(lookup: Lookup) -> None:
    lookup("minio.example", "169.254.169.254")

    error = listed("http://minio.example:9000")

    assert isinstance(error, NotAllowed), error
    assert "'s3://models/iris/' is not fetched: '169.254.169.254' is a link-local address" in str(error)


def test_a_redirect_of_an_endpoint_of_s3_is_refused(web: WebServer) -> None:
    web.redirects["/models"] = METADATA

    error = listed(web.url)

    assert isinstance(error, NotAllowed), error
    assert "never asked" in str(error)


def test_an_endpoint_of_s3_is_judged_by_the_peer(metadata: WebServer, lookup: Lookup) -> None:
    lookup("minio.example", "127.0.0.1")

    error = listed(metadata.url.replace("127.0.0.1", "minio.example"))

    assert isinstance(error, NotAllowed), error
    assert metadata.asked == []


# -- the registry -----------------------------------------------------------------------------


def asked(url: str) -> None:
    with RegistryAPI(Endpoint(url, token="hunter2", timeout=5), patience=Patience(sleep=never_wait)) as registry:
        list(registry.models())


def test_a_registry_that_is_looked_up_as_one_is_refused_before_a_connection(lookup: Lookup) -> None:
    lookup("mr.example", "169.254.169.254")

    with pytest.raises(NotAllowed, match="'mr.example' leads to '169.254.169.254'"):
        asked("http://mr.example:8080")


def test_a_registry_that_dns_changes_its_mind_about_is_judged_by_the_peer(metadata: WebServer, lookup: Lookup) -> None:
    lookup("mr.example", "127.0.0.2", "127.0.0.1")

    with pytest.raises(NotAllowed, match="'mr.example' leads to '127.0.0.1'"):
        asked(metadata.url.replace("127.0.0.1", "mr.example"))

    assert metadata.asked == []


def test_a_proxy_may_know_a_name_that_is_a_metadata_service_here(
    web: WebServer, lookup: Lookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookup("mr.example", "169.254.169.254")
    monkeypatch.setenv("HTTP_PROXY", web.url)

    with pytest.raises(RegistryError):
        asked("http://mr.example:8080")

    assert web.asked[0][0].startswith("http://mr.example:8080/")


def test_the_registry_is_not_followed_elsewhere(web: WebServer) -> None:
    with web_server() as other:
        web.redirects["/api/model_registry/v1alpha3/registered_models"] = f"{other.url}/"

        with pytest.raises(NotAllowed, match="redirect"):
            asked(web.url)

        assert other.asked == []


def test_a_peer_that_is_gone_at_once_is_a_broken_connection(
    web: WebServer, monkeypatch: pytest.MonkeyPatch, target: Path
) -> None:
    class Gone(socket.socket):
        def getpeername(self) -> Any:
            raise OSError(107, "Transport endpoint is not connected")

    # No server can be made to reset between two system calls of its client.
    monkeypatch.setattr(socket, "socket", Gone)

    with pytest.raises(TransferError, match="The connection broke at once"):
        fetch(f"{web.url}/model.bin", target, environ={}, copy=CopySettings(attempts=1))
