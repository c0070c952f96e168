"""Which addresses are none, and which are never asked?

Link-local addresses, and those where clouds serve a machine's own credentials (its metadata
service): whoever writes into a registry must not have a pod read them. Loopback and private
addresses are allowed, since stores and registries of a cluster are there.

Here only text and numbers are judged; ``mr_client.trust.peers`` looks names up.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import unicodedata
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from urllib.parse import unquote, urlsplit

from mr_client.errors import NotAllowed

__all__ = ["check_host", "is_never_asked", "is_server", "never_asked"]

_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(network)
    for network in (
        "169.254.0.0/16",  # RFC 3927; metadata of AWS, Azure, Google, OpenStack, Oracle, and ECS' credentials
        "fe80::/10",  # RFC 4291
        "fd00:ec2::/32",  # AWS
        "fd20:ce::254/128",  # Google
        "100.100.100.200/32",  # Alibaba
        "192.0.0.192/32",  # Oracle
        "168.63.129.16/32",  # Azure's wire server
    )
)
_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
_EMBEDDING = tuple(
    IPv6Network(network)
    for network in (
        "::/96",  # IPv4-compatible (RFC 4291)
        "::ffff:0:0/96",  # IPv4-mapped (RFC 4291)
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 7915)
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64 of one's own (RFC 8215)
    )
)
"""IPv6 networks that hold an IPv4 address in their last 32 bits."""
_MOST = 2**32 - 1


def is_server(url: str) -> bool:
    """Return whether ``url`` begins as ``http(s)://HOST[:PORT]``, and names no user."""
    try:
        parts = urlsplit(url)
        return bool(
            parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and parts.port != 0
        )
    except ValueError:
        return False


def never_asked(host: str) -> bool:
    """Return whether a host may never be asked, going by its text alone.

    Args:
        host: as it stands in a URL, without a port, in any spelling that some parser understands:
            numbers as ``inet_aton`` reads them, percent-encoded, in other scripts' digits (UTS 46), in
            brackets, with a zone, with a trailing dot.
    """
    return any(
        name in _NAMES or any(is_never_asked(address) for address in _addresses(name)) for name in _spellings(host)
    )


def is_never_asked(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address, or one of IPv4 that it stands for, may never be asked."""
    return any(each in network for each in _meant(address) for network in _NETWORKS if each.version == network.version)


def check_host(host: str, subject: str = "") -> None:
    """Refuse a host that may never be asked, by its text alone.

    Args:
        host: as for ``never_asked``.
        subject: what names it, as it may be shown, where that is not the host itself.

    Raises:
        NotAllowed: it may not be asked.
    """
    if never_asked(host):
        raise NotAllowed(
            f"{f'{subject!r} names {host!r}, which' if subject else repr(host)} is a link-local address or a cloud's "
            "metadata service and never asked: give the address of the server that is meant."
        )


def _spellings(host: str) -> Iterator[str]:
    """Yield what parsers may make of a host: percent-decoded or not, its zone taken off."""
    seen: set[str] = set()
    while host not in seen:
        seen.add(host)
        # What UTS 46 maps to nothing goes, and its other full stop is one.
        plain = "".join(
            each for each in unicodedata.normalize("NFKC", host) if unicodedata.category(each)[0] not in "CZ"
        )
        plain = plain.replace("\u3002", ".").lower().strip("[]").rstrip(".")
        yield plain
        yield plain.partition("%")[0].rstrip(".")
        host = unquote(unicodedata.normalize("NFKC", host))


def _addresses(text: str) -> Iterator[IPv4Address | IPv6Address]:
    """Yield the addresses that a text may be read as."""
    if ":" in text:
        with contextlib.suppress(ValueError):
            yield IPv6Address(text)
        return
    parts = text.split(".")
    if len(parts) > 4:
        return
    # A leading zero means octal to inet_aton, and nothing to others.
    for numbers in itertools.product(*(_numbers(part) for part in parts)):
        *firsts, last = numbers
        if all(number <= 255 for number in firsts) and last <= _MOST >> 8 * len(firsts):
            value = sum(number << 8 * (3 - place) for place, number in enumerate(firsts))
            yield IPv4Address(value + last)


def _numbers(part: str) -> set[int]:
    numbers = set()
    if re.fullmatch(r"0x[0-9a-f]{0,16}", part):
        numbers.add(int(part[2:] or "0", 16))
    if re.fullmatch(r"[0-9]{1,24}", part):
        numbers.add(int(part))
    if re.fullmatch(r"0o?[0-7]{1,24}", part):
        numbers.add(int(part.replace("o", ""), 8))
    return numbers


def _meant(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    yield address
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    yield IPv6Address(number)  # without a zone
    if any(IPv6Address(number) in network for network in _EMBEDDING):
        yield IPv4Address(number & _MOST)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
