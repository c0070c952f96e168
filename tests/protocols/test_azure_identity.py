"""Azure's identities, against a stub of the endpoints that Microsoft documents: no real directory can be had here."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from mr_client.errors import MRClientError, NotAllowed, TransferError
from mr_client.flow import fetch
from mr_client.storage.copy.settings import CopySettings
from servers.entra import HOST, Entra, entra
from servers.odd_s3 import Elsewhere
from servers.proxy import Proxy, proxy_server
from servers.threads import serving

ONCE = CopySettings(attempts=1)
IDENTITY = {"AZURE_CLIENT_ID": "client", "AZURE_TENANT_ID": "tenant"}


@dataclass
class Azure:
    entra: Entra
    proxy: Proxy
    asked: list[dict[str, str]]
    """Headers of each request to the account."""
    environ: dict[str, str]


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    """A directory by its real name, which the proxy alone knows, and a server in place of the account."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", HOST).configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    asked: list[dict[str, str]] = []
    with entra(context) as server, proxy_server() as proxy, serving(Elsewhere, tls=context, asked=asked) as blobs:
        proxy.hosts[f"{HOST}:443"] = urlsplit(server.url).netloc
        environ = {
            "AZURE_SERVICE_URL": blobs,
            "SSL_CERT_FILE": str(tmp_path / "ca.pem"),
            "HTTPS_PROXY": proxy.url,
            "NO_PROXY": "127.0.0.1",
        }
        yield Azure(server, proxy, asked, environ)


def ask(azure: Azure, target: Path, **environ: str) -> None:
    """Ask for a blob; the server in place of the account has none, and takes note of who asked."""
    with suppress(MRClientError, AttributeError, TypeError):
        fetch("az://models/a", target, environ={**azure.environ, **environ}, copy=ONCE)


def shown(azure: Azure) -> set[str]:
    return {headers.get("authorization", "") for headers in azure.asked}


def test_a_service_principal_gets_its_token_through_the_proxy_and_shows_it(azure: Azure, target: Path) -> None:
    ask(azure, target, **IDENTITY, AZURE_CLIENT_SECRET="secret")

    assert {form["client_secret"] for form in azure.entra.asked} == {"secret"}
    assert set(azure.proxy.tunnels) == {f"{HOST}:443"}
    assert shown(azure) == {"Bearer a-token"}


def test_a_workload_identity_exchanges_the_pods_token(azure: Azure, target: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("the pod's token")

    ask(azure, target, **IDENTITY, AZURE_FEDERATED_TOKEN_FILE=str(tmp_path / "token"))

    assert {form["client_assertion"] for form in azure.entra.asked} == {"the pod's token"}
    assert shown(azure) == {"Bearer a-token"}


def test_a_secret_that_is_refused_is_not_shown_and_no_blob_is_asked_for(azure: Azure, target: Path) -> None:
    with pytest.raises((NotAllowed, TransferError)) as raised:
        fetch(
            "az://models/a",
            target,
            environ={**azure.environ, **IDENTITY, "AZURE_CLIENT_SECRET": "hunter2"},
            copy=ONCE,
        )

    assert "hunter2" not in str(raised.value)
    assert shown(azure) == set()
