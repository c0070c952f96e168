"""Who may call the registry?"""

from __future__ import annotations

import hmac

from mr_registry.errors import Unauthorized


def check(authorization: str, token: str | None) -> None:
    """Raise Unauthorized unless the header is that of the token; without a token everybody may call."""
    if token is None:
        return
    scheme, _, credentials = authorization.partition(" ")
    # Headers are decoded as latin-1. Compared in constant time, so that no answer tells how much was right.
    matches = hmac.compare_digest(credentials.strip(" ").encode("latin-1"), token.encode(errors="surrogateescape"))
    if scheme.lower() != "bearer" or not matches:
        raise Unauthorized("the registry asks for a token: send 'Authorization: Bearer <token>' with the right one")
