"""Who gives Azure's tokens, on loopback: the endpoints that Microsoft documents ("OAuth 2.0 client credentials flow on the
Microsoft identity platform", the requests with a shared secret and with a federated credential)."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from servers.threads import QuietHandler, serving

HOST = "login.microsoftonline.com"
SCOPE = "https://storage.azure.com/.default"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Entra:
    """Whom it knows, and what was asked."""

    url: str = ""
    tenant: str = "tenant"
    client: str = "client"
    secret: str = "secret"
    assertion: str = "the pod's token"
    asked: list[dict[str, str]] = field(default_factory=list)
    """Form of each request for a token."""


class _Handler(QuietHandler):
    entra: Entra

    def do_GET(self) -> None:
        entra, path = self.entra, urlsplit(self.path).path
        base = f"https://{HOST}/{entra.tenant}"
        if path == "/common/discovery/instance":
            self._json(200, {"tenant_discovery_endpoint": f"{base}/v2.0/.well-known/openid-configuration"})
        elif path == f"/{entra.tenant}/v2.0/.well-known/openid-configuration":
            known = {"authorization_endpoint": f"{base}/oauth2/v2.0/authorize", "issuer": f"{base}/v2.0"}
            self._json(200, {**known, "token_endpoint": f"{base}/oauth2/v2.0/token"})
        else:
            self._json(400, {"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant not found."})

    def do_POST(self) -> None:
        entra = self.entra
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        entra.asked.append(form)
        by_secret = form.get("client_secret") == entra.secret
        by_pod = form.get("client_assertion") == entra.assertion and form.get("client_assertion_type") == ASSERTION
        if urlsplit(self.path).path != f"/{entra.tenant}/oauth2/v2.0/token":
            self._json(404, {"error": "not_found"})
        elif (form.get("grant_type"), form.get("scope"), form.get("client_id")) != (
            "client_credentials",
            SCOPE,
            entra.client,
        ):
            self._json(400, {"error": "invalid_request", "error_description": "AADSTS900144: A parameter is missing."})
        elif by_secret == by_pod:
            self._json(
                401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}
            )
        else:
            self._json(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": "a-token"})

    def _json(self, status: int, value: object) -> None:
        self.answer(status, json.dumps(value).encode(), **{"Content-Type": "application/json"})


@contextmanager
def entra(tls: ssl.SSLContext) -> Iterator[Entra]:
    """Run it; ``tls`` has a certificate for ``HOST``."""
    server = Entra()
    with serving(_Handler, entra=server, tls=tls) as server.url:
        yield server
