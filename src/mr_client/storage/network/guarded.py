"""How is a connection to a store refused before anything is said?

The places where urllib3 and aiohttp open sockets, so that redirects, and names whatever DNS says
of them, are judged by the address that is really connected to. Behind a proxy nobody here sees that
address: see ``mr_client.storage.network.routes``.
"""

from __future__ import annotations

import socket
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from mr_client.errors import NotAllowed
from mr_client.trust.peers import check_lookup, check_peer

__all__ = ["POOLS", "Refused", "guarded_socket"]


class Refused(Exception):
    """A connection was refused; ``reason`` is what to tell.

    It is no ``OSError``, as ``NotAllowed`` is: urllib3, aiohttp and botocore would try again.
    """

    def __init__(self, reason: NotAllowed) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _Guarded(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        # urllib3's own SOCKS connections begin here, too: after this come TLS and the request.
        try:
            check_lookup(self._dns_host)
            connected = super()._new_conn()
            try:
                check_peer(connected.getpeername()[0], self.host)
            except OSError as error:  # NotAllowed is one
                connected.close()
                if isinstance(error, NotAllowed):
                    raise
                raise NewConnectionError(self, f"The connection broke at once: {error}") from error
        except NotAllowed as error:
            raise Refused(error) from error
        return connected


class _GuardedTLS(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _GuardedTLS


POOLS = {"http": _Pool, "https": _PoolTLS}
"""``pool_classes_by_scheme`` of a urllib3 ``PoolManager``."""


def guarded_socket(address: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
    """Make the socket for a connection to ``address``, a row of ``socket.getaddrinfo`` (aiohttp's ``socket_factory``).

    Raises:
        Refused: the address is never asked.
    """
    family, kind, protocol, _, (host, *_) = address
    try:
        check_peer(host, host)
    except NotAllowed as error:
        raise Refused(error) from error
    return socket.socket(family=family, type=kind, proto=protocol)
