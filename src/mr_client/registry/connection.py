"""How is one call of the generated layer carried out, and when is it tried again?"""

from __future__ import annotations

import functools
import itertools
import random
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from mr_client._version import __version__
from mr_client.errors import MRClientError, NotAllowed, RegistryBusy, UsageError
from mr_client.registry.answers import is_distrust, no_answer, raise_for_status, unreachable
from mr_client.settings import Endpoint, read_token
from mr_client.trust.certificates import trusting
from mr_client.trust.peers import check_lookup, check_peer
from mr_rest.client import Client
from mr_rest.types import Response

__all__ = ["Connection", "Operation", "Patience"]

T = TypeVar("T")

Operation = Callable[..., Response[Any]]
"""``sync_detailed`` of a generated operation; what it returns is checked when it is there."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""With these, the server has not seen the request: even a POST may be sent again."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and for how long, a call is tried."""

    attempts: int = 5
    wait: float = 0.25
    """Seconds before the second attempt; doubled for each one after, less a random part."""
    longest: float = 8.0
    """Seconds between two attempts, at most, unless the server asks for more."""
    deadline: float = 60.0
    """Seconds after which no attempt is begun."""
    sleep: Callable[[float], None] = time.sleep
    """Stands in for time, for tests."""


class Connection:
    """A registry server, and one pool of connections to it. Safe to share between threads.

    Args:
        endpoint: the server, and what is shown to it.
        patience: how often a call is tried.
        transport: stands in for the network, for tests.

    Raises:
        InvalidSettings: the file of certificates holds none, or the token's file cannot be read.
    """

    def __init__(
        self, endpoint: Endpoint, patience: Patience = Patience(), transport: httpx.BaseTransport | None = None
    ) -> None:
        self.endpoint = endpoint
        self._patience = patience
        self._lock = threading.Lock()
        self._token = endpoint.token or (read_token(endpoint.token_path) if endpoint.token_path else None)
        arguments: dict[str, Any] = {"event_hooks": {"request": [self._sign], "response": [raise_for_status]}}
        if transport is not None:
            arguments["transport"] = transport
        self._client = Client(
            endpoint.url,
            headers={"User-Agent": f"mr-client/{__version__}"},
            timeout=httpx.Timeout(endpoint.timeout),
            verify_ssl=_trusted(endpoint),
            httpx_args=arguments,
        )
        # Made here, since two threads might each make one; it connects when it is asked.
        self._client.get_httpx_client()

    def close(self) -> None:
        """Close the connections."""
        self._client.get_httpx_client().close()

    def call(
        self, kind: type[T], operation: Operation, *arguments: Any, repeatable: bool = True, **parameters: Any
    ) -> T:
        """Make a call, and return what it answers.

        Args:
            kind: what the answer must be.
            operation: the generated function.
            arguments: its arguments.
            repeatable: whether a call that may have been carried out can be made again. A POST cannot.
            parameters: its named arguments.

        Raises:
            UsageError, NotFound, NotAllowed, AlreadyExists: the registry refuses.
            RegistryError: it cannot be reached, fails, or is no registry.
        """
        used = self._token
        try:
            return self._patiently(kind, operation, arguments, parameters, repeatable)
        except NotAllowed as error:
            if error.status != 401 or not self._renewed(used):
                raise
        return self._patiently(kind, operation, arguments, parameters, repeatable)

    def _patiently(
        self,
        kind: type[T],
        operation: Operation,
        arguments: tuple[Any, ...],
        parameters: dict[str, Any],
        repeatable: bool,
    ) -> T:
        end = time.monotonic() + self._patience.deadline
        for attempt in itertools.count(1):
            try:
                return self._once(kind, operation, arguments, parameters)
            except RegistryBusy as error:
                # 429 is said before anything is done; the others may come from a proxy, after it was.
                wait = self._wait(attempt, error.retry_after)
                if not (repeatable or error.status == 429) or self._is_last(attempt, wait, end):
                    raise
            except httpx.TransportError as error:
                wait = self._wait(attempt)
                again = (repeatable or isinstance(error, _NEVER_SENT)) and not is_distrust(error)
                if not again or self._is_last(attempt, wait, end):
                    raise unreachable(self.endpoint.url, error) from error
            self._patience.sleep(wait)
        raise AssertionError("counting never ends")

    def _once(self, kind: type[T], operation: Operation, arguments: tuple[Any, ...], parameters: dict[str, Any]) -> T:
        try:
            answer = operation(*arguments, client=self._client, **parameters).parsed
        except (MRClientError, httpx.TransportError):
            raise
        except httpx.HTTPError as error:  # such as a body that does not decode
            raise no_answer(self.endpoint.url, str(error)) from error
        except UnicodeEncodeError as error:  # of what was to be sent: nothing was
            raise UsageError(
                f"{error.object[error.start : error.end]!r}, in what was to be sent to {self.endpoint.url}, is no text in "
                "UTF-8: give it without."
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise no_answer(self.endpoint.url, f"{type(error).__name__}: {error}") from error
        if not isinstance(answer, kind):
            raise no_answer(self.endpoint.url, f"it answers with no {kind.__name__}")
        return answer

    def _wait(self, attempt: int, asked: float | None = None) -> float:
        wait = min(self._patience.wait * 2.0 ** (attempt - 1), self._patience.longest)
        return max(wait * random.uniform(0.5, 1), asked or 0.0)  # noqa: S311 - spreads attempts, guards nothing

    def _is_last(self, attempt: int, wait: float, end: float) -> bool:
        return attempt >= self._patience.attempts or time.monotonic() + wait > end

    def _sign(self, request: httpx.Request) -> None:
        request.extensions["trace"] = functools.partial(_judge, request.url.host)
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"

    def _renewed(self, used: str | None) -> bool:
        """Return whether there is another token than the one used: Kubernetes rotates the file."""
        if self.endpoint.token_path is None or self.endpoint.token is not None:
            return False
        with self._lock:
            if self._token == used:  # else another thread has read it again
                self._token = read_token(self.endpoint.token_path)
            return self._token != used


def _judge(host: str, event: str, details: dict[str, Any]) -> None:
    """Refuse a connection to what is never asked, before a request is sent (httpx's extension ``trace``).

    Behind a proxy it is the proxy that is judged, since it alone is spoken to.
    """
    if event == "connection.connect_tcp.started":
        check_lookup(details["host"])
    elif event == "connection.connect_tcp.complete":
        stream = details["return_value"]
        try:
            check_peer(stream.get_extra_info("server_addr")[0], host)
        except OSError as error:  # NotAllowed is one
            stream.close()
            if isinstance(error, NotAllowed):
                raise
            raise httpx.ConnectError(f"the connection broke at once: {error}") from error


def _trusted(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """Return which certificates ``endpoint`` may show, as httpx takes it."""
    if not endpoint.url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and takes no 30 ms: no TLS is spoken
    return trusting(endpoint.ca_file, "MODEL_REGISTRY_CA_FILE") if endpoint.ca_file else True
