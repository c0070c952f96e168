"""A registry: the calls that read it and the calls that change it, on one pool of connections."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from mr_client.registry.connection import Connection, Patience
from mr_client.registry.experiments import Experimenting
from mr_client.registry.reading import Reading
from mr_client.registry.writing import Writing
from mr_client.settings import Endpoint
from mr_rest.models import ModelArtifact, ModelVersion, RegisteredModel

__all__ = ["ModelArtifact", "ModelVersion", "RegisteredModel", "RegistryAPI"]


class RegistryAPI(Reading, Writing, Experimenting):
    """The calls of a registry that this project makes, on one pool of connections.

    Nothing is sent before the first call. Safe to share between threads. Reading raises
    ``RegistryError`` where the registry cannot be reached or fails, and ``NotAllowed`` where it
    refuses, beside what is said at each method.

    Args:
        endpoint: the server, and what is shown to it.
        patience: how often a call is tried.
        transport: stands in for the network, for tests.

    Raises:
        InvalidSettings: the file of certificates holds none, or the token's file cannot be read.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        patience: Patience = Patience(),
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._connection = Connection(endpoint, patience, transport)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()
