"""What may several sources of one run share? Connections to registries, and to stores."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mr_client.settings import Endpoint
from mr_client.storage.connections import StoreConnections

if TYPE_CHECKING:
    from mr_client.registry import RegistryAPI

__all__ = ["Connections"]


class Connections:
    """One client for each registry, and what stores share. Close it, or use it as a context manager.

    Safe to share between threads, until it is closed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.stores = StoreConnections()
        self._registries: dict[Endpoint, RegistryAPI] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def registry(self, endpoint: Endpoint) -> RegistryAPI:
        """Return the client of a registry; nothing is asked yet.

        Raises:
            InvalidSettings: the file of certificates holds none, or the token's file cannot be read.
        """
        # Imported here because a plain storage URI needs no HTTP client for the registry.
        from mr_client.registry import RegistryAPI

        with self._lock:
            if endpoint not in self._registries:
                self._registries[endpoint] = RegistryAPI(endpoint)
            return self._registries[endpoint]

    def close(self) -> None:
        """Close the registries' connections; those of stores end with the last store."""
        while self._registries:
            self._registries.popitem()[1].close()
