"""What lets a request into Azure Blob Storage, and for how long?

A query that holds a signature, or a header that holds a token, or nothing. An account's key signs nothing but a
right to read and list one container for an hour (for an upload, to write into it, too): what is sent is worth no
more than that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

from mr_client.errors import InvalidSettings, NotAllowed
from mr_client.storage.azure.access import Identity
from mr_client.storage.azure.place import AzurePlace
from mr_client.storage.network.proxies import Proxies
from mr_client.storage.network.trusted import Trust

__all__ = ["AzureEntry"]

_SCOPE = "https://storage.azure.com/.default"
"""The same in all of Azure's clouds."""
_AUTHORITY = "login.microsoftonline.com"
"""Who gives tokens in the public cloud."""
_SIGNED_FOR = 3600.0
_EARLY = 300.0
"""Seconds before its end at which a signature or a token is replaced."""


class AzureEntry:
    """Signatures and tokens for one container. Safe to share between threads.

    Args:
        place: which container, and who asks.
        trust: which certificates the server that gives tokens may show.
        proxies: which proxy is for that server.
        credential: gives the credential of an identity, in a test of its own.
        writing: whether an account's key is to sign a right to write as well.

    Raises:
        InvalidSettings: a token would be sent without TLS.
    """

    def __init__(
        self,
        place: AzurePlace,
        trust: Trust,
        proxies: Proxies = Proxies(),
        *,
        credential: Callable[[Identity, Trust, Proxies], TokenCredential] | None = None,
        writing: bool = False,
    ) -> None:
        self._place = place
        self._trust = trust
        self._proxies = proxies
        self._writing = writing
        self._make = credential or _credential
        self._lock = threading.Lock()
        self._credential: TokenCredential | None = None
        self._kept: tuple[str, float] | None = None
        self.by_token = bool(place.access.identity or place.access.token)
        """Whether requests are let in by a token."""
        if self.by_token and not place.endpoint.startswith("https://"):
            raise InvalidSettings(
                f"{place.shown!r} would be asked at {place.endpoint!r} with a token, and without TLS: give an https:// endpoint."
            )

    def query(self) -> str:
        """Return what to put behind an address's question mark, or nothing."""
        access = self._place.access
        if access.key and not self.by_token:
            return self._current(self._signed)
        return (access.signature or "") if not self.by_token else ""

    def headers(self) -> dict[str, str]:
        """Return the headers that let a request in."""
        return {"Authorization": f"Bearer {self._current(self._token)}"} if self.by_token else {}

    def renew(self) -> bool:
        """Forget a token that was refused; return whether another one can be had."""
        with self._lock:
            self._kept = self._credential = None
        return self._place.access.identity is not None

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Return the token, as Azure's own client asks for it."""
        token = self._current(self._token)
        assert self._kept is not None
        return AccessToken(token, int(self._kept[1]))

    def _current(self, made: Callable[[], tuple[str, float]]) -> str:
        with self._lock:
            if self._kept is None or self._kept[1] - _EARLY < time.time():
                self._kept = made()
            return self._kept[0]

    def _signed(self) -> tuple[str, float]:
        end = time.time() + _SIGNED_FOR
        query: str = generate_container_sas(
            self._place.account,
            self._place.container,
            account_key=self._place.access.key,
            permission=ContainerSasPermissions(read=True, list=True, write=self._writing, create=self._writing),
            expiry=datetime.fromtimestamp(int(end), UTC),
        )
        return query, end

    def _token(self) -> tuple[str, float]:
        access = self._place.access
        if access.identity is None:
            assert access.token is not None
            if access.token_expires is not None and access.token_expires <= time.time():
                ended = datetime.fromtimestamp(access.token_expires, UTC)
                raise NotAllowed(
                    f"The token in AZURE_ACCESS_TOKEN ended at {ended:%Y-%m-%d %H:%M:%S} UTC: give a new one."
                )
            return access.token, access.token_expires or time.time() + 2 * _EARLY
        if self._credential is None:
            self._credential = self._make(access.identity, self._trust, self._proxies)
        token = self._credential.get_token(_SCOPE)
        return token.token, float(token.expires_on)


def _credential(identity: Identity, trust: Trust, proxies: Proxies) -> TokenCredential:
    from azure.core.pipeline.transport import RequestsTransport
    from azure.identity import ClientSecretCredential, ManagedIdentityCredential, WorkloadIdentityCredential

    verify: Any = str(trust.ca_file) if trust.ca_file else trust.verify
    transport = RequestsTransport(connection_verify=verify, use_env_settings=False)
    if not identity.secret and not identity.token_file:
        # It asks the machine's metadata service, as Azure means it to; no proxy can reach that.
        return ManagedIdentityCredential(client_id=identity.client, transport=transport)
    more: dict[str, Any] = {"transport": transport}
    authority = identity.authority or _AUTHORITY
    if proxy := proxies.of(authority if "://" in authority else f"https://{authority}"):
        more["proxies"] = {"http": proxy.given, "https": proxy.given}
    if identity.authority:
        more["authority"] = identity.authority
    if identity.secret and identity.tenant:
        return ClientSecretCredential(identity.tenant, identity.client, identity.secret, **more)
    return WorkloadIdentityCredential(
        tenant_id=identity.tenant, client_id=identity.client, token_file_path=str(identity.token_file), **more
    )
