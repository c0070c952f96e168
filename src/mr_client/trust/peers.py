"""Who is really spoken to, once a name was looked up?

A name is judged twice: before a connection, so that a forbidden address is refused at once even
where it does not answer, and by the peer of the connection, which no second answer of DNS can
change. Nothing is said to a peer before it was judged.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address

from mr_client.errors import NotAllowed
from mr_client.trust.addresses import check_host, is_never_asked

__all__ = ["check_lookup", "check_peer"]


def check_lookup(host: str) -> None:
    """Refuse a host that is, or is looked up as, an address that is never asked.

    A name that cannot be looked up is left to whoever connects.

    Raises:
        NotAllowed: it may not be asked.
    """
    check_host(host)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    for *_, address in found:
        check_peer(str(address[0]), host)


def check_peer(address: str, host: str) -> None:
    """Refuse a peer that is never asked.

    Args:
        address: its IP address, as sockets tell it.
        host: the name it was found by.

    Raises:
        NotAllowed: it may not be spoken to.
    """
    if address == host:
        check_host(address)
    if is_never_asked(ip_address(address.partition("%")[0])):
        raise NotAllowed(
            f"{host!r} leads to {address!r}, a link-local address or a cloud's metadata service, which is never asked: "
            "give the address of the server that is meant, or correct its DNS record or redirect."
        )
