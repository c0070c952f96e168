"""Who gives tokens for Azure: what its libraries ask of an authority, over TLS."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from servers.threads import QuietHandler, serving

TENANT = "adfs"
"""The one kind of directory whose address the libraries do not have confirmed by Microsoft first."""


@dataclass
class Authority:
    """Where it is, what it gives, and what was shown to it."""

    url: str = ""
    token: str = ""
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    """The form of each request for a token."""


class _Handler(QuietHandler):
    authority: Authority

    def do_GET(self) -> None:
        url = f"{self.authority.url}/{TENANT}"
        known = {"issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token"}
        self.answer(200, json.dumps(known).encode(), **{"Content-Type": "application/json"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.authority.asked.append(parse_qs(body))
        said = {"access_token": self.authority.token, "token_type": "Bearer", "expires_in": 3600}
        self.answer(200, json.dumps(said).encode(), **{"Content-Type": "application/json"})


@contextmanager
def authority(context: ssl.SSLContext) -> Iterator[Authority]:
    """Run an authority."""
    authority = Authority()
    with serving(_Handler, tls=context, authority=authority) as authority.url:
        yield authority
