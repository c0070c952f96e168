"""Who may call the registry?"""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from mr_registry.errors import Forbidden, Unauthorized

_NOBODYS = (".localhost", ".local", ".internal", ".test")
"""Names that are not for sale, so that no stranger can lead one here (RFC 6761 and 6762)."""


def check(authorization: str, token: str | None) -> None:
    """Raise Unauthorized unless the header is that of the token; without a token everybody may call."""
    if token is None:
        return
    scheme, _, credentials = authorization.partition(" ")
    # Headers are decoded as latin-1. Compared in constant time, so that no answer tells how much was right.
    matches = hmac.compare_digest(credentials.strip(" ").encode("latin-1"), token.encode(errors="surrogateescape"))
    if scheme.lower() != "bearer" or not matches:
        raise Unauthorized("the registry asks for a token: send 'Authorization: Bearer <token>' with the right one")


def check_page(host: str, origin: str | None, *, local: str | None) -> None:
    """Raise Forbidden for what a strange web page has a browser of this machine send. Other programs need not care.

    A page may post to any address; its browser says whose page it is, in `Origin`. And the owner of a name may lead it
    to this machine while his page is open: it is that page's own server then, but `Host` still is the name.

    Args:
        host: the header `Host`.
        origin: the header `Origin`, None where there is none.
        local: what a registry that only this machine reaches was told to listen on; None for any other, which may have
            any name.
    """
    if origin is not None and origin.partition("://")[2].lower() != host.lower():
        raise Forbidden("a web page of another server asks for this, which only a registry with a token lets it")
    if local is not None and host and not _is_here(host, local):
        raise Forbidden(
            "the registry listens on this machine alone, and not under this name: call it by its address, or have it "
            "ask for a token"
        )


def _is_here(host: str, local: str) -> bool:
    try:
        name = (urlsplit(f"//{host}").hostname or ".").removesuffix(".")
    except ValueError:
        return False
    if "." not in name or name.endswith(_NOBODYS) or name == local.lower():
        return bool(name)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
