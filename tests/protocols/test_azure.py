"""Azure Blob Storage, against azurite, which checks keys, signatures and tokens, over TLS."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
import trustme
from azure.core.credentials import AccessToken
from azure.storage.blob import ContainerClient, ContentSettings

from mr_client.errors import FilesNotFound, InvalidSettings, NotAllowed, TransferError, VerificationFailed
from mr_client.flow import fetch
from mr_client.receipt import Receipt
from mr_client.storage.azure.entry import AzureEntry
from mr_client.storage.azure.store import AzureStore
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate
from mr_client.storage.network.web import Web
from mr_client.storage.store import open_store
from mr_client.storage.stored import StoredFile
from servers.azurite import ACCOUNT, KEY, Azurite, signature
from servers.proxy import proxy_server
from servers.web import web_server

Bring = Callable[..., Receipt]
MIB = 1024 * 1024
RANGES = CopySettings(range_size=MIB, checkpoint=MIB)


@pytest.fixture
def server(azure: Azurite) -> Azurite:
    return azure


@pytest.fixture
def container(server: Azurite) -> Iterator[ContainerClient]:
    """A container of this test's own."""
    with server.container(f"models-{uuid.uuid4().hex[:12]}") as client:
        client.create_container()
        yield client


@pytest.fixture
def bring(server: Azurite, target: Path) -> Bring:
    def bring(uri: str, **environ: str) -> Receipt:
        return fetch(uri, target, environ={**server.environ, **environ}, copy=RANGES)

    return bring


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_markers_of_folders_are_no_files(container: ContainerClient, bring: Bring, target: Path) -> None:
    container.upload_blob("model/sub/", b"")
    container.upload_blob("model/lake", b"", metadata={"hdi_isfolder": "true"})
    container.upload_blob("model", b"", metadata={"Hdi_isfolder": "true"})
    container.upload_blob("model/lake/a", b"x")

    bring(f"az://{container.container_name}/model")

    assert found(target) == {"lake/a": b"x"}


def test_a_blob_named_exactly_comes_alone_even_where_a_folder_has_its_name(
    container: ContainerClient, bring: Bring, target: Path
) -> None:
    container.upload_blob("model", b"the blob")
    container.upload_blob("model/a", b"in the folder")

    bring(f"az://{container.container_name}/model")
    assert found(target) == {"model": b"the blob"}

    bring(f"az://{container.container_name}/model/")
    assert found(target) == {"model": b"the blob", "a": b"in the folder"}


def test_a_listing_of_several_pages_is_complete(container: ContainerClient, server: Azurite) -> None:
    for number in range(10):
        container.upload_blob(f"model/{number}", b"")
    location = locate(f"az://{container.container_name}/model", server.environ)

    files = AzureStore(location, Web(location.trust, connections=1), timeout=30, page=3).files()

    assert [file.path for file in files] == [str(number) for number in range(10)]


def test_a_token_that_is_refused_is_replaced_once(target: Path) -> None:
    class Credential:
        given = 0

        def get_token(self, *scopes: str, **_: Any) -> AccessToken:
            Credential.given += 1
            return AccessToken(f"token-{self.given}", 2**40)

    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    target.mkdir(parents=True)
    authority.cert_pem.write_to_path(str(target / "ca.pem"))
    with web_server(tls=context) as web:
        web.content["/models/a"] = b"trained"
        environ = {"AZURE_SERVICE_URL": web.url, "AZURE_CLIENT_ID": "c", "SSL_CERT_FILE": str(target / "ca.pem")}
        location = locate("az://models/a", environ)
        entry = AzureEntry(location.options["place"], location.trust, credential=lambda *_: Credential())
        store = AzureStore(location, Web(location.trust, connections=1), timeout=30, entry=entry)
        file = StoredFile("models/a", "a", 7)

        web.statuses[:] = [401]
        assert b"".join(store.read(file, 0, None)) == b"trained"
        web.statuses[:] = [401, 401]
        with pytest.raises(NotAllowed, match="401"):
            list(store.read(file, 0, None))

    tokens = [dict(headers)["authorization"] for headers in web.seen]
    assert tokens == [f"Bearer token-{number}" for number in (1, 2, 2, 3)]


def test_a_blob_that_changes_after_the_listing_is_not_mixed(container: ContainerClient, server: Azurite) -> None:
    container.upload_blob("model/a", b"old")
    store = open_store(locate(f"az://{container.container_name}/model/", server.environ))
    (file,) = store.files()
    container.upload_blob("model/a", b"new", overwrite=True)

    with pytest.raises(TransferError, match="changed while it was copied"):
        list(store.read(file, 0, None))
    assert b"".join(store.read(store.look(file), 1, 3)) == b"ew"


def test_content_that_is_not_what_its_md5_says_is_refused(
    container: ContainerClient, bring: Bring, target: Path
) -> None:
    blob = container.upload_blob("model/a", b"x")
    blob.set_http_headers(ContentSettings(content_md5=bytearray(16)))

    with pytest.raises(VerificationFailed, match="MD5"):
        bring(f"az://{container.container_name}/model")

    assert "a" not in found(target)


def test_a_token_lets_in(container: ContainerClient, server: Azurite, target: Path) -> None:
    container.upload_blob("model/a", b"x")

    environ = {**server.public, "AZURE_ACCESS_TOKEN": server.token()}
    fetch(f"az://{container.container_name}/model", target, environ=environ)

    assert found(target) == {"a": b"x"}


@pytest.mark.parametrize("by", ["uri", "variable", "connection string"])
def test_a_signature_lets_in_and_shows_nowhere(
    container: ContainerClient, server: Azurite, target: Path, by: str, caplog: pytest.LogCaptureFixture
) -> None:
    container.upload_blob("model/a", b"x")
    signed = signature(container)
    uri = f"az://{container.container_name}/model"
    environ = {
        "uri": server.public,
        "variable": {**server.public, "AZURE_STORAGE_SAS_TOKEN": signed},
        "connection string": {
            "SSL_CERT_FILE": str(server.ca_file),
            "AZURE_STORAGE_CONNECTION_STRING": f"AccountName={ACCOUNT};BlobEndpoint={server.endpoint};SharedAccessSignature={signed}",
        },
    }[by]

    receipt = fetch(f"{uri}?{signed}" if by == "uri" else uri, target, environ=environ)

    assert found(target) == {"a": b"x"}
    assert signed.partition("sig=")[2] not in repr(receipt) + caplog.text


@pytest.mark.parametrize("wrong", [{"hours": -1}, {"key": "Zm9v"}])
def test_a_signature_that_is_not_good_is_refused_and_shows_nowhere(
    container: ContainerClient, server: Azurite, target: Path, wrong: dict[str, str]
) -> None:
    signed = signature(container, **wrong)  # type: ignore[arg-type]

    with pytest.raises(NotAllowed, match="is denied") as raised:
        fetch(f"az://{container.container_name}/model/?{signed}", target, environ=server.public)

    assert signed.partition("sig=")[2] not in str(raised.value)
    assert not target.exists()


@pytest.mark.parametrize(
    ("environ", "kind", "says"),
    [
        ({"AZURE_STORAGE_ACCESS_KEY": "no base64"}, InvalidSettings, "base64"),
        ({"AZURE_ACCESS_TOKEN": "no token"}, NotAllowed, "token|is denied"),
        ({"AZURE_ACCESS_TOKEN": "x", "AZURE_ACCESS_EXPIRES_ON_SECONDS": "1"}, NotAllowed, "ended at 1970-01-01"),
        ({"AZURE_SERVICE_URL": f"http://127.0.0.1:1/{ACCOUNT}"}, TransferError, "check the endpoint"),
        ({"AZURE_SERVICE_URL": "https://acc.blob.core.invalid"}, TransferError, "name is not resolved"),
        ({"AZURE_SERVICE_URL": "https://169.254.169.254"}, NotAllowed, "169.254.169.254"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    container: ContainerClient,
    bring: Bring,
    target: Path,
    environ: dict[str, str],
    kind: type[Exception],
    says: str,
) -> None:
    with pytest.raises(kind, match=says) as raised:
        bring(f"az://{container.container_name}/model", **environ)

    assert KEY not in str(raised.value)
    assert "sig=" not in str(raised.value)
    assert not target.exists()


@pytest.mark.parametrize("uri", ["az://CONTAINER/none/"])
def test_what_is_not_there_is_named(container: ContainerClient, bring: Bring, target: Path, uri: str) -> None:
    uri = uri.replace("CONTAINER", container.container_name)

    with pytest.raises(FilesNotFound, match=re.escape(repr(uri))):
        bring(uri)

    assert not target.exists()


def test_a_public_container_needs_no_credentials(server: Azurite, container: ContainerClient, target: Path) -> None:
    container.set_container_access_policy({}, public_access="container")
    container.upload_blob("model/a", b"x")

    fetch(f"az://{container.container_name}/model", target, environ=server.public)

    assert found(target) == {"a": b"x"}


PROGRAM = """
import sys
from pathlib import Path
from mr_storage_initializer.__main__ import main
try:
    main(sys.argv[1:])
finally:
    print(Path("/proc/self/status").read_text())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own account of a peak is in /proc")
@pytest.mark.parametrize("by", ["key", "token"])
def test_a_copy_over_tls_peaks_under_100_mib_and_ends_without_a_warning(
    container: ContainerClient, server: Azurite, target: Path, by: str
) -> None:
    container.upload_blob("model/weights.bin", bytes(32 * MIB))
    token = {**server.public, "AZURE_ACCESS_TOKEN": server.token()}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, f"az://{container.container_name}/model/", target],
        env=server.environ if by == "key" else token,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert (target / "weights.bin").stat().st_size == 32 * MIB
    assert not re.search("Warning|Exception ignored|Unclosed", run.stderr)
    peak = re.search(r"VmHWM:\s+(\d+) kB", run.stdout)
    assert peak is not None
    assert int(peak[1]) < 100 * 1024


def test_everything_goes_through_the_proxy_of_its_address(
    container: ContainerClient, server: Azurite, target: Path
) -> None:
    container.upload_blob("model/a", b"trained")
    uri = f"az://{container.container_name}/model"
    with proxy_server() as proxy:
        proxy.who = "me:hunter2"
        proxied = {**server.environ, "HTTPS_PROXY": proxy.with_password}
        locate_only = open_store(locate(uri, proxied)).files()
        listing = len(proxy.tunnels)
        fetch(uri, target, environ=proxied)
        in_all = len(proxy.tunnels)
        fetch(uri, target / "direct", environ={**proxied, "NO_PROXY": "127.0.0.1"})

        assert len(proxy.tunnels) == in_all
    assert found(target) == {"a": b"trained", "direct/a": b"trained"}
    assert len(locate_only) == 1
    assert listing >= 1, "the listing"
    assert in_all > 2 * listing, "the bytes, too"


def test_public_authorities_stay_trusted_beside_a_private_one(
    container: ContainerClient, server: Azurite, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    container.upload_blob("model/a", b"trained")
    private = tmp_path / "private.crt"
    trustme.CA().cert_pem.write_to_path(str(private))
    # Stands in for the public authorities: none of them signs for loopback.
    monkeypatch.setattr(certifi, "where", lambda: server.environ["SSL_CERT_FILE"])

    fetch(f"az://{container.container_name}/model", target, environ={**server.environ, "SSL_CERT_FILE": str(private)})

    assert found(target) == {"a": b"trained"}
