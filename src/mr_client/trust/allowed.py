"""Which storage URIs may a registry name?

A list of URIs, each of which admits itself and what is below it. Where an operator sets one,
whoever writes into the registry can send a pod nowhere else. It binds what a registry names, not
a URI that a person gives. It does not bind where a web server of the list redirects to, nor what
symbolic links of a disk lead to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from mr_client.errors import InvalidSettings, NotAllowed

__all__ = ["AllowedURIs", "allowed_uris", "check_allowed"]

_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_UNREADABLE = re.compile(r"[\x00-\x20\x7f\\]|%(2e|2f|5c|25|00)", re.IGNORECASE)
"""What one parser reads as a path's end or step, and another as a letter."""


@dataclass(frozen=True, slots=True)
class _Place:
    scheme: str
    authority: str
    """Of a web address ``host:port``, else what the store calls a bucket, as it is written."""
    path: str
    """Starts with a slash, or is empty."""

    def admits(self, other: _Place) -> bool:
        if (self.scheme, self.authority) != (other.scheme, other.authority):
            return False
        # "/" at the end says that only what is below is meant, but a whole host or bucket is one either way.
        folder = "" if self.path == "/" else self.path
        return other.path == folder or other.path.startswith(folder if folder.endswith("/") else f"{folder}/")


@dataclass(frozen=True, slots=True)
class AllowedURIs:
    """What one variable admits."""

    variable: str
    places: tuple[_Place, ...]

    def admit(self, uri: str) -> bool:
        """Return whether ``uri`` is one of the list, or below one."""
        place = _place(uri)
        return place is not None and any(each.admits(place) for each in self.places)


def allowed_uris(variable: str, value: str) -> AllowedURIs | None:
    """Parse a list of URIs, separated by commas; None where it is empty, which admits everything.

    Args:
        variable: where the list is from.
        value: such as ``s3://models,https://hub.example.com/acme``.

    Raises:
        InvalidSettings: an entry is no URI that could admit anything.
    """
    entries = [entry.strip() for entry in value.split(",") if entry.strip()]
    places = []
    for entry in entries:
        place = _place(entry)
        if place is None or (place.scheme in _PORTS and ("?" in entry or "#" in entry)):
            raise InvalidSettings(
                f"{variable} holds {_without_user(entry)!r}, which admits nothing: "
                "write SCHEME://PLACE[/PATH], without '..', user names or queries."
            )
        places.append(place)
    return AllowedURIs(variable, tuple(places)) if places else None


def check_allowed(uri: str, lists: Iterable[AllowedURIs], *, shown: str, named_by: str) -> None:
    """Refuse a URI that a list does not admit; each list that is set must.

    Args:
        uri: what the registry names.
        lists: what is admitted.
        shown: the URI without secrets.
        named_by: what was asked for, for the message.

    Raises:
        NotAllowed: a list does not admit it.
    """
    for allowed in lists:
        if not allowed.admit(uri):
            raise NotAllowed(
                f"The registry says that {named_by!r} is at {shown!r}, which {allowed.variable} does not admit: "
                "add its prefix there, or correct the artifact's uri."
            )


def _place(uri: str) -> _Place | None:
    """Return what ``uri`` names, or None where parsers may differ about it."""
    scheme, separator, rest = uri.partition("://")
    scheme = scheme.lower()
    if not separator or not _SCHEME.fullmatch(scheme) or _UNREADABLE.search(uri):
        return None
    if scheme in _PORTS:
        # The query decides nothing about where a file is; a fragment is never sent.
        rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    authority, slash, path = rest.partition("/")
    # Some servers take what follows ";" for parameters, and off the path.
    if any(step in (".", "..") for step in re.split("[/;]", path)):
        return None
    if scheme in _PORTS:
        try:
            parts = urlsplit(f"{scheme}://{authority}")
            host, port = (parts.hostname or ""), parts.port or _PORTS[scheme]
        except ValueError:
            return None
        if not host or "@" in authority:
            return None
        authority = f"{host.lower()}:{port}"
    elif scheme == "file":
        authority = "" if authority == "localhost" else authority
    elif not authority:
        return None
    return _Place(scheme, authority, slash + path)


def _without_user(entry: str) -> str:
    return re.sub(r"//[^/]*@", "//***@", entry)
