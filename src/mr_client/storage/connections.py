"""What may the stores of one run share?

A pool of connections is good for every store with the same certificates, and a client of S3 for
every bucket with the same endpoint and credentials: the second source finds both open.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from mr_client.storage.location import Location
from mr_client.storage.network.roots import shown_files

if TYPE_CHECKING:
    from mr_client.storage.network.web import Web

__all__ = ["StoreConnections"]


class StoreConnections:
    """Pools and clients by what they were made with. Safe to share between threads.

    A thread has pools of its own, since one copy uses all of a pool; S3's clients, which are large, are for all.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._webs: list[tuple[tuple[Any, ...], Web]] = []
        self._s3: list[tuple[tuple[Any, ...], Any]] = []

    def web(self, location: Location, *, connections: int, timeout: float) -> Web:
        """Return a pool of connections; for what is raised see ``roots.shown_files``.

        Args:
            location: says which certificates servers may show, which one is shown to them, and which proxies there are.
            connections: how many to keep open to one host.
            timeout: seconds without a byte after which a connection counts as broken.
        """
        from mr_client.storage.network.web import Web  # loaded when it is known that bytes come by it

        certificate: tuple[str, str] | None = location.options.get("client_certificate")
        made = (location.trust, location.proxies, certificate, connections, timeout, threading.get_ident())
        with self._lock:
            for known, web in self._webs:
                if known == made:
                    return web
        shown, kept = shown_files(certificate) if certificate else (None, [])
        web = Web(location.trust, connections=connections, timeout=timeout, certificate=shown, proxies=location.proxies)
        for file in kept:
            weakref.finalize(web, file.remove)
        with self._lock:
            self._webs.append((made, web))
        return web

    def s3(self, location: Location) -> Any:
        """Return fsspec's file system of an S3 endpoint; for what is raised see ``s3.store.s3_filesystem``."""
        from mr_client.storage.s3.store import s3_filesystem

        made = (location.trust, location.proxies, dict(location.options))
        with self._lock:  # while it is opened, too, or each thread would open one
            for known, there in self._s3:
                if known == made:
                    return there
            opened = s3_filesystem(location)
            self._s3.append((made, opened))
            return opened
