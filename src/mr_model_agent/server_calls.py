"""How is a model server told to load and unload, and asked what it has?

The calls are those of the Open Inference Protocol's model repository extension
(``POST v2/repository/models/NAME/load``) and of the protocol itself (``GET v2/models/NAME/ready``).
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import urllib3

from mr_client.errors import InvalidSettings, TransferError

__all__ = ["ModelServer", "ServerAbsent", "ServerRefused", "ServerSlow"]

_SHOWN = 200
"""Characters of an answer that a message repeats."""


class ServerAbsent(TransferError, ConnectionError):
    """The model server does not answer: it may not be up yet."""


class ServerSlow(TransferError, TimeoutError):
    """The model server is there, and does not say in time that it has done what it is told."""


class ServerRefused(TransferError):
    """The model server answers that it does not do what it is told."""


class ModelServer:
    """A server that speaks V2. Safe to share between threads.

    Args:
        url: ``http://localhost:8080``.
        timeout: seconds to wait for an answer; loading a large model takes minutes.

    Raises:
        InvalidSettings: ``url`` is no address of a server.
    """

    def __init__(self, url: str, *, timeout: float = 600.0) -> None:
        self.url = url.rstrip("/")
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable or parts.username or parts.password or parts.query or parts.fragment:
            raise InvalidSettings("--server-url is no address of a server: give http(s)://HOST[:PORT][/PATH].")
        self._http = urllib3.PoolManager(maxsize=8, retries=False)
        self._timeout = timeout

    def close(self) -> None:
        """Close the connections."""
        self._http.clear()

    def load(self, name: str) -> None:
        """Have the server load the files in a model's folder, in place of what it had loaded of it.

        Raises:
            ServerAbsent, ServerSlow, ServerRefused: it did not.
        """
        self._told(name, "load", fine=frozenset())

    def unload(self, name: str) -> None:
        """Have the server let go of a model. That it has none of this name is as good.

        Raises:
            ServerAbsent, ServerSlow, ServerRefused: it did not.
        """
        self._told(name, "unload", fine=frozenset({404}))

    def ready(self, name: str) -> bool:
        """Return whether the server says that it has a model loaded.

        Raises:
            ServerAbsent, ServerSlow: it does not answer.
        """
        return self._ask("GET", f"v2/models/{quote(name)}/ready", timeout=10.0)[0] == 200

    def _told(self, name: str, verb: str, *, fine: frozenset[int]) -> None:
        status, body = self._ask("POST", f"v2/repository/models/{quote(name)}/{verb}", timeout=self._timeout)
        if 200 <= status < 300 or status in fine:
            return
        said = " ".join(body.split())
        raise ServerRefused(
            f"The server at {self.url} answers {status} to {verb} {name!r}: {said[:_SHOWN]!r}; its own log says why.",
            status=status,
            url=self.url,
        )

    def _ask(self, method: str, path: str, *, timeout: float) -> tuple[int, str]:
        try:
            answer = self._http.request(
                method,
                f"{self.url}/{path}",
                body=b"{}" if method == "POST" else None,
                headers={"Content-Type": "application/json"} if method == "POST" else None,
                timeout=urllib3.Timeout(connect=5.0, read=timeout),
                redirect=False,
            )
        except urllib3.exceptions.ReadTimeoutError as error:
            raise ServerSlow(
                f"The server at {self.url} has not answered {path!r} in {timeout:g} s: its own log says what it is at; "
                "--load-timeout gives it longer.",
                url=self.url,
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise ServerAbsent(
                f"The server at {self.url} does not answer ({type(error).__name__}): it may not be up yet, or no longer.",
                url=self.url,
            ) from error
        return answer.status, answer.data.decode(errors="replace")
