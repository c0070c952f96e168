"""How does a request, and each redirect, find the proxy that is for its address?

A proxy connects in our stead, so that nobody here sees which address it reaches: then only the text of an address can
be judged, and it is. The proxy's own address is the operator's, and allowed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import urllib3

from mr_client.errors import NotAllowed
from mr_client.storage.network.guarded import Refused
from mr_client.storage.network.proxies import Proxies, Proxy
from mr_client.trust.addresses import check_host

__all__ = ["Routed", "Routes", "judge", "proxy_arguments"]


class Routed(urllib3.PoolManager):
    """A pool that hands on what is not its own; a redirect comes here, too."""

    routes: Routes | None = None

    def urlopen(  # type: ignore[override]
        self, method: str, url: str, redirect: bool = True, **kw: Any
    ) -> urllib3.BaseHTTPResponse:
        """Ask, by the way that ``url`` needs."""
        if self.routes is not None and (pool := self.routes.to(url)) is not self:
            return pool.urlopen(method, url, redirect=redirect, **kw)
        if isinstance(self, urllib3.ProxyManager):
            judge(url)
            # urllib3 sets it for a proxy, and would keep it when it is sent on to another host.
            kw["headers"] = {name: value for name, value in kw["headers"].items() if name.lower() != "host"}
        return super().urlopen(method, url, redirect=redirect, **kw)


class Routes:
    """The pools: one for direct connections, and one for each proxy. Safe to share between threads.

    Args:
        proxies: which proxy is for which address.
        make: makes the pool for a proxy, or the direct one.
        directly: tells hosts that no proxy is asked for, whatever the variables say.
    """

    def __init__(
        self,
        proxies: Proxies,
        make: Callable[[Proxy | None], Routed],
        directly: Callable[[str], bool] = lambda host: False,
    ) -> None:
        self._proxies = proxies
        self._make = make
        self._directly = directly
        self._lock = threading.Lock()
        self._pools: dict[Proxy | None, Routed] = {}
        self.direct = self._pool(None)

    def to(self, url: str) -> Routed:
        """Return the pool for an address."""
        if self._directly(urlsplit(url).hostname or ""):
            return self.direct
        return self._pool(self._proxies.of(url))

    def _pool(self, proxy: Proxy | None) -> Routed:
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = self._make(proxy)
                self._pools[proxy].routes = self
            return self._pools[proxy]


def judge(url: str) -> None:
    """Refuse an address, by its text, before a proxy is asked for it.

    Raises:
        Refused: it is never asked.
    """
    try:
        check_host(urlsplit(url).hostname or "")
    except NotAllowed as error:
        raise Refused(error) from error


def proxy_arguments(proxy: Proxy) -> dict[str, Any]:
    """Return what ``urllib3.ProxyManager`` takes."""
    shown = {}
    if proxy.user is not None:
        shown = urllib3.make_headers(proxy_basic_auth=f"{proxy.user}:{proxy.password}")
    return {"proxy_url": proxy.url, "proxy_headers": shown}
