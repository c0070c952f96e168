"""Which connections carry bytes, and which servers are trusted on them?"""

from __future__ import annotations

import ssl
from typing import Any

import urllib3
from urllib3.util import Timeout

from mr_client.storage.network.guarded import POOLS
from mr_client.storage.network.proxies import Proxies, Proxy
from mr_client.storage.network.routes import Routed, Routes, proxy_arguments
from mr_client.storage.network.trusted import Trust
from mr_client.trust.certificates import trusting

__all__ = ["web_pool"]

_CONNECT = 10.0
"""Seconds to wait for a connection."""


def web_pool(
    trust: Trust, *, connections: int, timeout: float, certificate: tuple[str, str] | None, proxies: Proxies
) -> Routed:
    """Return a pool of connections that hands each request to the proxy that is for it; see ``web.Web``."""
    shown = {"cert_file": certificate[0], "key_file": certificate[1]} if certificate else {}
    seconds = Timeout(connect=min(_CONNECT, timeout), read=timeout)

    def pool(proxy: Proxy | None) -> Routed:
        if proxy is None:
            return _Pools(trust, maxsize=connections, timeout=seconds, **shown)
        return _ProxyPools(trust, maxsize=connections, timeout=seconds, **shown, **proxy_arguments(proxy))

    return Routes(proxies, pool).direct


class _Pools(Routed):
    """Reads certificates when TLS is first spoken, once: 30 ms, which urllib3 would take for each connection."""

    def __init__(self, trust: Trust, **keywords: Any) -> None:
        super().__init__(**keywords)
        # A proxy's own address is the operator's.
        self.pool_classes_by_scheme = self.pool_classes_by_scheme if isinstance(self, urllib3.ProxyManager) else POOLS
        self._trust = trust
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext | None:
        """Return what decides which servers are trusted; None where every one is."""
        if self._trust.verify and self._context is None:
            named = self._trust.certificates
            self._context = trusting(named, self._trust.variable) if named else ssl.create_default_context()
        return self._context

    # urllib3 has it overridden for such ends, and calls it with its lock held.
    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> urllib3.HTTPConnectionPool:
        asked = dict(self.connection_pool_kw if request_context is None else request_context)
        if scheme == "https":
            asked |= {
                "cert_reqs": "CERT_REQUIRED" if self._trust.verify else "CERT_NONE",
                "ssl_context": self.context(),
            }
        return super()._new_pool(scheme, host, port, asked)


class _ProxyPools(_Pools, urllib3.ProxyManager):
    """The same through a proxy."""
