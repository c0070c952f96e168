"""TLS with a certificate authority of one's own, as clusters have it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
import trustme

from mr_client.errors import FilesNotFound, InvalidSettings, RegistryError, TransferError
from mr_client.flow import fetch
from mr_client.registry import Patience, RegistryAPI
from mr_client.settings import Endpoint
from mr_client.storage.copy.settings import CopySettings
from mr_client.trust.certificates import trusting
from servers.s3 import S3Server
from servers.web import WebServer, web_server

ONCE = CopySettings(attempts=1)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The file that KServe mounts: ``cabundle.crt`` in a folder of its own."""
    (tmp_path / "certs").mkdir()
    return tmp_path / "certs" / "cabundle.crt"


@pytest.fixture
def secure(bundle: Path) -> Iterator[WebServer]:
    """A web server whose certificate is signed by the authority in the bundle."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with web_server(tls=context) as web:
        web.content["/model.bin"] = b"trained"
        yield web


def test_a_file_comes_over_tls_with_the_bundle_that_kserve_mounts(
    secure: WebServer, bundle: Path, target: Path
) -> None:
    fetch(f"{secure.url}/model.bin", target, environ={"CA_BUNDLE_VOLUME_MOUNT_POINT": str(bundle.parent)})

    assert (target / "model.bin").read_bytes() == b"trained"


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: WebServer, target: Path) -> None:
    with pytest.raises(TransferError, match="certificate verify failed"):
        fetch(f"{secure.url}/model.bin", target, environ={}, copy=ONCE)
    assert not target.exists()


def test_a_certificate_for_another_host_is_refused(secure: WebServer, bundle: Path, target: Path) -> None:
    environ = {"CA_BUNDLE_VOLUME_MOUNT_POINT": str(bundle.parent)}

    with pytest.raises(TransferError, match=r"doesn't match 'localhost'|localhost"):
        fetch(f"{secure.url.replace('127.0.0.1', 'localhost')}/model.bin", target, environ=environ, copy=ONCE)


def test_the_registry_is_asked_over_tls_with_its_own_file_and_not_without(secure: WebServer, bundle: Path) -> None:
    with (
        RegistryAPI(Endpoint(secure.url, ca_file=bundle)) as registry,
        pytest.raises(RegistryError, match="no model registry"),
    ):
        list(registry.models())
    waits: list[float] = []
    with (
        RegistryAPI(Endpoint(secure.url), patience=Patience(sleep=waits.append)) as registry,
        pytest.raises(RegistryError, match="certificate that is not trusted .*MODEL_REGISTRY_CA_FILE"),
    ):
        list(registry.models())
    assert waits == [], "no second attempt makes a certificate trusted"


@pytest.mark.parametrize("way", ["variable", "certificates in it", "storage config"])
def test_a_file_comes_over_tls_with_certificates_that_a_variable_names_or_holds(
    secure: WebServer, bundle: Path, target: Path, way: str
) -> None:
    pem = bundle.read_text()
    ways = {
        "variable": {"SSL_CERT_FILE": str(bundle)},
        "certificates in it": {"SSL_CERT_FILE": pem},
        "storage config": {"STORAGE_CONFIG": json.dumps({"type": "http", "url": secure.url, "certificate": pem})},
    }

    fetch(f"{secure.url}/model.bin", target, environ=ways[way])

    assert (target / "model.bin").read_bytes() == b"trained"


def test_public_authorities_stay_trusted_beside_a_private_one(
    secure: WebServer, bundle: Path, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private.crt"
    trustme.CA().cert_pem.write_to_path(str(private))
    # Stands in for the public authorities: none of them signs for loopback.
    monkeypatch.setattr(certifi, "where", lambda: str(bundle))

    fetch(f"{secure.url}/model.bin", target, environ={"SSL_CERT_FILE": str(private)})
    with (
        RegistryAPI(Endpoint(secure.url, ca_file=private)) as registry,
        pytest.raises(RegistryError, match="no model registry"),
    ):
        list(registry.models())

    assert (target / "model.bin").read_bytes() == b"trained"


def test_a_bundle_that_holds_no_certificate_is_refused_by_its_name(bundle: Path, target: Path) -> None:
    bundle.write_text("no certificate")

    with pytest.raises(InvalidSettings, match="cabundle.crt"):
        fetch("https://127.0.0.1:9/m", target, environ={"CA_BUNDLE_VOLUME_MOUNT_POINT": str(bundle.parent)})
    with pytest.raises(InvalidSettings, match="MODEL_REGISTRY_CA_FILE"):
        RegistryAPI(Endpoint("https://127.0.0.1:9", ca_file=bundle))


def test_a_bundle_is_not_read_where_no_tls_is_spoken(
    bundle: Path, web: WebServer, registry_url: str, target: Path
) -> None:
    bundle.write_text("no certificate")
    web.content["/model.bin"] = b"trained"

    fetch(f"{web.url}/model.bin", target, environ={"CA_BUNDLE_VOLUME_MOUNT_POINT": str(bundle.parent)})
    with RegistryAPI(Endpoint(registry_url, ca_file=bundle)) as registry:
        models = list(registry.models())

    assert (target / "model.bin").read_bytes() == b"trained"
    assert models == []


def test_an_s3_endpoint_over_tls_refuses_such_a_bundle_by_its_name_and_one_without_never_reads_it(
    bundle: Path, target: Path, s3: S3Server
) -> None:
    bundle.write_text("no certificate")
    mounted = {**s3.environ, "CA_BUNDLE_VOLUME_MOUNT_POINT": str(bundle.parent)}

    with pytest.raises(InvalidSettings, match="cabundle.crt"):
        fetch("s3://bucket/model/", target, environ={**mounted, "AWS_ENDPOINT_URL": "https://127.0.0.1:9"})
    with pytest.raises(FilesNotFound):
        fetch("s3://no-such-bucket/model/", target, environ=mounted)


def test_a_redirect_to_tls_is_held_to_the_bundle(secure: WebServer, bundle: Path, web: WebServer, target: Path) -> None:
    web.redirects["/model.bin"] = f"{secure.url}/model.bin"

    with pytest.raises(TransferError, match="certificate verify failed"):
        fetch(f"{web.url}/model.bin", target, environ={}, copy=ONCE)
    fetch(f"{web.url}/model.bin", target, environ={"CA_BUNDLE_VOLUME_MOUNT_POINT": str(bundle.parent)})

    assert (target / "model.bin").read_bytes() == b"trained"


def test_certificates_are_read_once_for_all_connections(
    secure: WebServer, bundle: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path | str] = []

    def counted(ca: Path | str, variable: str) -> ssl.SSLContext:
        read.append(ca)
        return trusting(ca, variable)

    # Nothing that can be seen from outside tells how often a file was read.
    monkeypatch.setattr("mr_client.storage.network.pools.trusting", counted)
    secure.content["/model.bin"] = bytes(1_000_000)
    small_ranges = CopySettings(workers=4, range_size=65_536, checkpoint=65_536)

    fetch(
        f"{secure.url}/model.bin",
        target,
        environ={"CA_BUNDLE_VOLUME_MOUNT_POINT": str(bundle.parent)},
        copy=small_ranges,
    )

    assert read == [bundle]
