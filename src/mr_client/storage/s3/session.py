"""How does s3fs speak HTTP: through which proxy, sent on by whom, and how long to a server that does not answer?

aiobotocore's session, but for four things that its configuration has no words for. Proxies are those of the
mapping that the programs read. No redirect is followed: aiohttp would show ``x-amz-security-token`` to whatever host an
answer names, and a signature is good for one host anyway; botocore itself follows none, and asks anew, signed, where S3 names a
region. And what another attempt cannot mend, or will not within two seconds, is not tried for twelve.
"""

from __future__ import annotations

import asyncio
import functools
import socket
from typing import Any
from urllib.parse import urljoin, urlsplit

from aiobotocore.httpsession import AIOHTTPSession
from botocore.exceptions import EndpointConnectionError, ProxyConnectionError, SSLError
from botocore.httpsession import ProxyConfiguration

from mr_client.storage.network.proxies import Proxies
from mr_client.storage.network.reasons import causes, unreachable
from mr_client.storage.network.routes import judge

__all__ = ["Hopeless", "http_session_for"]

_PAUSES = (0.2, 0.5, 1.0)
"""Seconds before a server that refuses connections is tried again: one that is just starting needs no more."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Hopeless(Exception):
    """No further attempt is of use: what failed, if anything, is its cause.

    It is of no kind that botocore and s3fs try again; ``mr_client.storage.dialects.filesystems`` knows it by its name.
    """


class _Ways(ProxyConfiguration):  # type: ignore[misc]
    """Botocore's choice of a proxy, by our rules."""

    def __init__(self, proxies: Proxies) -> None:
        super().__init__()
        self._chosen = proxies

    def proxy_url_for(self, url: str) -> str | None:
        proxy = self._chosen.of(url)
        return proxy.given if proxy else None


def http_session_for(proxies: Proxies) -> type[AIOHTTPSession]:
    """Return the class of sessions (``http_session_cls``) that asks through ``proxies``."""

    class Session(AIOHTTPSession):  # type: ignore[misc]
        def __init__(self, *args: Any, **keywords: Any) -> None:
            super().__init__(*args, **keywords)
            self._proxy_config = _Ways(proxies)
            self._connector_args: dict[str, Any]

        async def send(self, request: Any) -> Any:
            for pause in (*_PAUSES, None):
                try:
                    return await self._sent(request)
                except (SSLError, EndpointConnectionError, ProxyConnectionError) as error:
                    why = unreachable(error)
                    if (why is not None and not why.passing) or _refuses(error):
                        raise Hopeless(str(error)) from error
                    if not _is_dead(error):
                        raise  # to botocore's patience
                    if pause is None:
                        raise Hopeless(str(error)) from error
                await asyncio.sleep(pause)
            raise AssertionError("the last attempt returns or raises")

        async def _sent(self, request: Any) -> Any:
            if self._proxy_config.proxy_url_for(request.url):
                judge(request.url)
            answer = await super().send(request)
            if (sent_on := _sent_on(answer)) is not None:
                judge(sent_on)
                raise Hopeless(f"it sends on to {sent_on!r}, which is shown no credentials")
            return answer

        async def _get_session(self, proxy_url: str | None) -> Any:
            return _Unfollowing(await super()._get_session(proxy_url))

        async def _create_connector(self, proxy_url: str | None) -> Any:
            guarded: dict[str, Any] = self._connector_args
            if proxy_url:  # its address is the operator's
                self._connector_args = {name: value for name, value in guarded.items() if name != "socket_factory"}
            try:
                return await super()._create_connector(proxy_url)
            finally:
                self._connector_args = guarded

    return Session


class _Unfollowing:
    """An aiohttp session that follows no redirects."""

    def __init__(self, session: Any) -> None:
        self.request = functools.partial(session.request, allow_redirects=False)


def _is_dead(error: BaseException) -> bool:
    """Return whether nobody listens there, or nobody has that name."""
    return any(
        isinstance(each, ConnectionRefusedError)
        or (isinstance(each, socket.gaierror) and each.errno == socket.EAI_NONAME)
        for each in causes(error)
    )


def _refuses(error: BaseException) -> bool:
    """Return whether a proxy minds who asks, or for what."""
    return any(getattr(each, "status", None) in (403, 407) for each in causes(error))


def _sent_on(answer: Any) -> str | None:
    """Return the server that an answer sends on to; None where it does not, or names a region, which botocore asks in.

    (Where none is named botocore looks for it, is sent on again, and never ends.)
    """
    location = answer.headers.get("location")
    if answer.status_code not in _REDIRECTS or not location or answer.headers.get("x-amz-bucket-region"):
        return None
    try:
        parts = urlsplit(urljoin(answer.url, location))
    except ValueError:
        return "an address that is none"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
