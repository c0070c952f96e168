"""Every store through a proxy, which knows names that nobody else does: what goes around it does not arrive."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from mr_client.errors import MRClientError, NotAllowed, TransferError
from mr_client.flow import fetch
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.gcs.access import GCSAccess
from mr_client.storage.gcs.identity import Identity
from mr_client.storage.network.proxies import proxies
from mr_client.storage.network.trusted import Trust
from mr_client.uploading import upload
from servers.gcs import GCSServer, key_file
from servers.hub import hub_server
from servers.proxy import Proxy, proxy_server
from servers.s3 import S3Server
from servers.web import WebServer, web_server
from servers.webhdfs import webhdfs_server

ONCE = CopySettings(attempts=1)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with proxy_server() as proxy:
        proxy.who = "me:hunter2"
        yield proxy


@pytest.fixture
def environ(proxy: Proxy) -> dict[str, str]:
    return {"HTTP_PROXY": proxy.with_password, "HTTPS_PROXY": proxy.with_password}


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[WebServer, Path]]:
    """A web server over TLS, and its authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("models.test", "127.0.0.1").configure_cert(context)
    with web_server(tls=context) as web:
        web.content["/model.bin"] = b"trained" * 100_000
        yield web, tmp_path / "ca.crt"


def place(url: str) -> str:
    return urlsplit(url).netloc


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_comes_through_it(web: WebServer, proxy: Proxy, environ: dict[str, str], target: Path) -> None:
    web.content["/model.bin"] = b"trained"
    proxy.hosts["models.test:80"] = place(web.url)

    fetch("http://models.test/model.bin", target, environ=environ)

    assert found(target) == {"model.bin": b"trained"}
    assert set(proxy.passed_on) == {"http://models.test/model.bin"}


def test_a_file_comes_over_tls_that_the_proxy_does_not_see_into(
    secure: tuple[WebServer, Path], proxy: Proxy, environ: dict[str, str], target: Path
) -> None:
    proxy.hosts["models.test:443"] = place(secure[0].url)

    fetch("https://models.test/model.bin", target, environ={**environ, "SSL_CERT_FILE": str(secure[1])})

    assert found(target) == {"model.bin": b"trained" * 100_000}
    assert set(proxy.tunnels) == {"models.test:443"}
    assert not proxy.passed_on


def test_who_is_excepted_is_asked_directly(web: WebServer, proxy: Proxy, environ: dict[str, str], target: Path) -> None:
    web.content["/model.bin"] = b"trained"

    fetch(f"{web.url}/model.bin", target, environ={**environ, "NO_PROXY": "127.0.0.0/8"})

    assert found(target) == {"model.bin": b"trained"}
    assert not proxy.passed_on


def test_a_redirect_goes_its_own_way(
    web: WebServer, secure: tuple[WebServer, Path], proxy: Proxy, environ: dict[str, str], target: Path
) -> None:
    web.redirects["/a"] = f"{secure[0].url}/model.bin"
    web.redirects["/b"] = "http://models.test/c"
    web.content["/c"] = b"c"
    proxy.hosts["models.test:80"] = place(web.url)
    trusted = {**environ, "SSL_CERT_FILE": str(secure[1])}

    fetch("http://models.test/a", target, environ={**trusted, "NO_PROXY": "127.0.0.1"})
    assert not proxy.tunnels, "from the proxy to what needs none"
    fetch("http://models.test/b", target, environ=trusted)
    proxy.passed_on.clear()
    fetch(f"{web.url}/b", target, environ={**trusted, "NO_PROXY": "127.0.0.1"})

    assert set(proxy.passed_on) == {"http://models.test/c"}, "from what needs none to the proxy"
    assert found(target)["b"] == b"c"


def test_s3_is_listed_and_read_through_it(s3: S3Server, proxy: Proxy, environ: dict[str, str], target: Path) -> None:
    s3.make_bucket("through-a-proxy")
    s3.filesystem().pipe_file("through-a-proxy/model/a b", b"trained")
    proxy.hosts["s3.test:80"] = place(s3.endpoint)

    fetch("s3://through-a-proxy/model", target, environ={**s3.environ, **environ, "AWS_ENDPOINT_URL": "http://s3.test"})

    assert found(target) == {"a b": b"trained"}
    assert any("list-type=2" in address for address in proxy.passed_on)
    assert any(address.endswith("/model/a%20b") for address in proxy.passed_on)


def test_a_hub_and_its_cdn_are_asked_through_it(proxy: Proxy, environ: dict[str, str], target: Path) -> None:
    with hub_server() as hub:
        hub.commit("main", {"a.bin": b"large", "b.json": b"{}"})
        proxy.hosts["hub.test:80"] = place(hub.url)

        fetch("hf://acme/iris", target, environ={**environ, "HF_ENDPOINT": "http://hub.test"})

        assert found(target) == {"a.bin": b"large", "b.json": b"{}"}
        assert any(place(address) == place(hub.cdn) for address in proxy.passed_on)


def test_hdfs_is_asked_through_it(proxy: Proxy, environ: dict[str, str], target: Path) -> None:
    with webhdfs_server() as hdfs:
        hdfs.files = {"/m/a": b"trained"}
        proxy.hosts["namenode.test:9870"] = place(hdfs.url)

        fetch("webhdfs://namenode.test/m", target, environ=environ)

    assert found(target) == {"a": b"trained"}


def test_google_and_its_token_server_are_asked_through_it(
    gcs: GCSServer, proxy: Proxy, environ: dict[str, str], target: Path, tmp_path: Path
) -> None:
    gcs.make_bucket("through-a-proxy")
    gcs.put("through-a-proxy", "model/a", b"trained")
    gcs.anonymous, gcs.issued, gcs.tokens = False, ["first"], {"first": 200}
    key = key_file(tmp_path, gcs)
    proxy.hosts["gcs.test:80"] = place(gcs.url)
    key.write_text(key.read_text().replace(gcs.url, "http://gcs.test"))
    said = {"STORAGE_EMULATOR_HOST": "http://gcs.test", "GOOGLE_APPLICATION_CREDENTIALS": str(key)}

    fetch("gs://through-a-proxy/model", target, environ={**environ, **said})

    assert found(target) == {"a": b"trained"}
    assert any("token" in address for address in proxy.passed_on)


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_what_is_uploaded_goes_through_it(
    scheme: str, s3: S3Server, gcs: GCSServer, proxy: Proxy, environ: dict[str, str], target: Path, tmp_path: Path
) -> None:
    server = s3 if scheme == "s3" else gcs
    server.make_bucket("sent-through-a-proxy")
    proxy.hosts["store.test:80"] = place(s3.endpoint if scheme == "s3" else gcs.url)
    said = {**s3.environ, "AWS_ENDPOINT_URL": "http://store.test", "STORAGE_EMULATOR_HOST": "http://store.test"}
    (tmp_path / "a b").write_bytes(b"trained")

    upload(tmp_path / "a b", f"{scheme}://sent-through-a-proxy/model", environ={**said, **environ}, copy=ONCE)
    sent = list(proxy.passed_on)
    fetch(f"{scheme}://sent-through-a-proxy/model", target, environ={**said, **environ})

    assert found(target) == {"a b": b"trained"}
    assert any(address.endswith("/model/a%20b") or "/upload/" in address for address in sent)


def test_this_machines_metadata_server_is_never_asked_through_it(proxy: Proxy, environ: dict[str, str]) -> None:
    identity = Identity(GCSAccess(ambient=True), Trust(), proxies(environ))

    routes = identity._pool.routes
    assert routes is not None
    assert routes.to("http://metadata.google.internal/computeMetadata/v1") is routes.direct
    assert routes.to("https://oauth2.googleapis.com/token") is not routes.direct


@pytest.mark.parametrize("place", ["169.254.169.254", "metadata.google.internal"])
def test_nor_is_it_asked_for_what_is_never_asked(
    web: WebServer, proxy: Proxy, environ: dict[str, str], target: Path, place: str
) -> None:
    web.redirects["/model.bin"] = f"http://{place}/latest"
    proxy.hosts[f"{place}:80"] = urlsplit(web.url).netloc

    with pytest.raises(NotAllowed, match="never asked"):
        fetch(f"{web.url}/model.bin", target, environ=environ)

    assert not [address for address in proxy.passed_on if place in address]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("uri", ["models.test/model.bin", "s3"])
def test_a_proxy_that_refuses_is_named_and_its_password_is_not(
    proxy: Proxy, target: Path, scheme: str, uri: str
) -> None:
    wrong = proxy.url.replace("://", "://me:hunter3@")
    environ = {"HTTP_PROXY": wrong, "HTTPS_PROXY": wrong, "AWS_ENDPOINT_URL": f"{scheme}://s3.test"}
    named = "s3://bucket/model" if uri == "s3" else f"{scheme}://{uri}"
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}

    with pytest.raises((NotAllowed, TransferError)) as raised:
        fetch(named, target, environ={**environ, **keys}, copy=ONCE)

    assert "proxy" in str(raised.value).lower()
    assert "hunter" not in told(raised.value)


def told(error: MRClientError) -> str:
    return f"{error!r} {error.__cause__!r}"
