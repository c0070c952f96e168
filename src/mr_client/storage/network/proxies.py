"""Through which proxy is an address asked?

The variables are those that everybody reads, and what they mean is what KServe's initializer, which is in Python, takes
them to mean (requests, urllib): lower case wins over upper, ``ALL_PROXY`` comes last, loopback is no exception.
``NO_PROXY`` is read as Go and requests agree: a name means also all below it, one that begins with a dot those below alone.
(requests alone would take ``ample.com`` to mean ``example.com``.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit

from mr_client.errors import InvalidSettings
from mr_client.variables import Variable

__all__ = ["VARIABLES", "Proxies", "Proxy", "proxies"]

_LIKEWISE = "the same; wins over upper case"
_HTTP = (
    Variable("http_proxy", "", _LIKEWISE),
    Variable("HTTP_PROXY", "", "storage: the proxy for `http://`, `http(s)://[USER:PASSWORD@]HOST[:PORT]`"),
)
_HTTPS = (
    Variable("https_proxy", "", _LIKEWISE),
    Variable("HTTPS_PROXY", "", "storage: the proxy for `https://`, by CONNECT"),
)
_ALL = (
    Variable("all_proxy", "", _LIKEWISE),
    Variable("ALL_PROXY", "", "storage: the proxy for both, where the variables above are not set"),
)
_EXCEPT = (
    Variable("no_proxy", "", _LIKEWISE),
    Variable(
        "NO_PROXY",
        "",
        "storage: who is asked directly, separated by commas: `HOST` with all below it, `.DOMAIN`, an address, a network "
        "such as `10.0.0.0/8`, each also with `:PORT`; `*` for everybody",
    ),
)
VARIABLES = (*_HTTP[::-1], *_HTTPS[::-1], *_ALL[::-1], *_EXCEPT[::-1])
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and who asks it."""

    url: str
    """``http(s)://HOST:PORT``: what may be shown."""
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    given: str = field(default="", repr=False)
    """With user and password as they were written, for libraries that take nothing else."""


@dataclass(frozen=True, slots=True)
class Proxies:
    """Which proxy is for which address; none, unless told."""

    http: str = field(default="", repr=False)
    https: str = field(default="", repr=False)
    directly: tuple[str, ...] = ()
    """Who is asked without one: the parts of ``NO_PROXY``."""

    def of(self, address: str) -> Proxy | None:
        """Return the proxy through which ``address``, an ``http(s)://`` URL, is asked; None for none.

        Raises:
            InvalidSettings: the variable names no proxy that can be used. Its value is never quoted.
        """
        parts = urlsplit(address)
        named = {"http": self.http, "https": self.https}.get(parts.scheme.lower(), "")
        if not named or self._is_direct(parts):
            return None
        return _proxy(named, f"{parts.scheme.upper()}_PROXY or ALL_PROXY")

    def _is_direct(self, parts: SplitResult) -> bool:
        host = (parts.hostname or "").rstrip(".")
        port = parts.port or _PORTS.get(parts.scheme.lower())
        return any(_is_meant(each, host, port) for each in self.directly)


def proxies(environ: Mapping[str, str]) -> Proxies:
    """Read which proxies to use from environment variables; an empty value counts as unset."""

    def first(variables: tuple[Variable, ...]) -> str:
        return next((value for variable in variables if (value := variable.read(environ))), "")

    otherwise = first(_ALL)
    directly = tuple(each for part in first(_EXCEPT).split(",") if (each := part.strip().lower()))
    return Proxies(first(_HTTP) or otherwise, first(_HTTPS) or otherwise, directly)


def _is_meant(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        address = None
    if "/" in entry:
        try:
            return address is not None and address in ip_network(entry, strict=False)
        except ValueError:
            return False
    name, wanted = entry, ""
    if entry.startswith("[") or entry.count(":") == 1:  # more colons are an address of IPv6
        name, _, wanted = entry.rpartition(":") if not entry.endswith("]") else (entry, "", "")
        name = name.strip("[]")
    if wanted and wanted != str(port):
        return False
    if address is not None:
        try:
            return ip_address(name) == address
        except ValueError:
            return False
    name = name.removeprefix("*").rstrip(".")
    return (host == name and bool(name)) or host.endswith(name if name.startswith(".") else f".{name}")


def _proxy(named: str, variable: str) -> Proxy:
    url = named if "://" in named else f"http://{named}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        # Without the cause, which holds the text.
        raise InvalidSettings(
            f"{variable} names no proxy that can be used: give http(s)://HOST:PORT (SOCKS is not spoken), or list the "
            "store's host in NO_PROXY."
        ) from None
    host, port = parts.hostname or "", parts.port
    # As requests and curl have it: a proxy's port is 80 or 443 where none is named.
    place = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port or _PORTS[parts.scheme]}"
    user = unquote(parts.username) if parts.username else None
    return Proxy(place, user, unquote(parts.password or "") if user else None, url)
