"""What may the stores of one run share?

A pool of connections is good for every store with the same certificates, and a client of S3 for
every bucket with the same endpoint and credentials: the second source finds both open.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mr_client.storage.credentials import Trust
from mr_client.storage.roots import written

if TYPE_CHECKING:
    from mr_client.storage.web import Web

__all__ = ["StoreConnections", "filesystem"]


class StoreConnections:
    """Pools and clients by what they were made with. For one thread: sources are opened one after the other."""

    def __init__(self) -> None:
        self._webs: list[tuple[tuple[Any, ...], Web]] = []
        self._s3: list[tuple[tuple[Any, ...], Any]] = []

    def web(self, trust: Trust, *, connections: int, timeout: float, certificate: tuple[str, str] | None = None) -> Web:
        """Return a pool of connections; for the arguments see ``web.Web``."""
        from mr_client.storage.web import Web  # loaded when it is known that bytes come by it

        made = (trust, connections, timeout, certificate)
        for known, web in self._webs:
            if known == made:
                return web
        web = Web(trust, connections=connections, timeout=timeout, certificate=certificate)
        self._webs.append((made, web))
        return web

    def s3(self, trust: Trust, options: Mapping[str, Any]) -> Any:
        """Return fsspec's file system of an S3 endpoint; for what is raised see ``roots.written``.

        Args:
            trust: which certificates the endpoint may show.
            options: arguments of the file system.
        """
        made = (trust, dict(options))
        for known, there in self._s3:
            if known == made:
                return there
        client: dict[str, Any] = options.get("client_kwargs", {})
        roots = written(trust) if client.get("verify") else None
        if roots:  # botocore takes certificates from a file alone
            options = {**options, "client_kwargs": {**client, "verify": str(roots.path)}}
        opened = filesystem("s3", options)
        if roots:
            weakref.finalize(opened, roots.remove)
        self._s3.append((made, opened))
        return opened


def filesystem(protocol: str, options: Mapping[str, Any]) -> Any:
    """Return a file system of fsspec's, which remembers nothing of what it lists."""
    import fsspec

    return fsspec.filesystem(protocol, skip_instance_cache=True, use_listings_cache=False, **options)
