"""A registry's client whose calls are counted, and may fail, on their way to a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

import mr_client
from mr_client.registry import Patience, RegistryAPI
from mr_client.settings import Endpoint

BASE = "/api/model_registry/v1alpha3"


@dataclass
class Calls(httpx.BaseTransport):
    """What was asked, as ``GET /registered_model``; ids are left out."""

    inner: httpx.BaseTransport = field(default_factory=httpx.HTTPTransport)
    made: list[str] = field(default_factory=list)
    asked: list[httpx.URL] = field(default_factory=list)
    before: Callable[[int], None] = lambda number: None
    """Called with the number of a call, from 1, before it is sent; what it raises takes the place of the answer."""
    after: Callable[[int], None] = lambda number: None
    """The same when it was carried out, before the answer arrives."""
    drops: str | None = None
    """A query parameter that is taken away, as by a server that does not know it."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        parts = request.url.path.removeprefix(BASE).split("/")
        self.made.append(f"{request.method} {'/'.join(part for part in parts if not part.isdigit())}")
        self.asked.append(request.url)
        number = len(self.made)
        self.before(number)
        if self.drops is not None:
            request.url = request.url.copy_remove_param(self.drops)
        answer = self.inner.handle_request(request)
        self.after(number)
        return answer

    def clear(self) -> None:
        """Forget what was asked, and fail no more."""
        self.made.clear()
        self.asked.clear()
        self.before = self.after = lambda number: None

    def close(self) -> None:
        self.inner.close()


@contextmanager
def counted(url: str) -> Iterator[tuple[mr_client.Registry, Calls]]:
    """Yield a registry as a person has it, and the calls that it makes; no call is tried twice."""
    calls = Calls()
    with mr_client.Registry(url, environ={}) as registry:
        registry._api.close()
        registry._api = RegistryAPI(Endpoint(url), patience=Patience(attempts=1), transport=calls)
        yield registry, calls
