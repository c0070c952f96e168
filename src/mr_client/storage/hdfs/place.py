"""Where is a path of HDFS, and how does its name node let us in?

With KServe's secret what follows ``hdfs://`` is a path, even where it looks like a host; without the secret it is host
and path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from mr_client.errors import InvalidSettings, InvalidURI
from mr_client.storage.hdfs import secret as hdfs_secret
from mr_client.storage.network.trusted import Trust
from mr_client.trust.addresses import check_host
from mr_client.variables import Variable

__all__ = ["VARIABLES", "HdfsPlace", "hdfs_place"]

_USER = Variable("HADOOP_USER_NAME", "", "hdfs: the user to be, where the cluster believes names")
VARIABLES = (*hdfs_secret.VARIABLES, _USER)

_PORT = 9870
"""Of a name node's web server (Hadoop 3, ``dfs.namenode.http-address``)."""


@dataclass(frozen=True, slots=True)
class HdfsPlace:
    """A path of HDFS."""

    namenodes: tuple[str, ...]
    """``http(s)://HOST:PORT`` each; the first that is active is asked."""
    path: str
    folder: bool
    user: str | None = None
    proxied: str | None = None
    """Whom ``user`` stands for (WebHDFS: ``doas``)."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificate: tuple[str, str] | None = field(default=None, repr=False)
    """Certificate that is shown, and its key: names of files, or PEM."""
    trust: Trust | None = None
    """Which certificates a server may show; None leaves it to the other variables."""

    def options(self) -> dict[str, Any]:
        """Return what ``HdfsStore`` takes."""
        return {
            "namenodes": self.namenodes,
            "who": {name: who for name, who in (("user.name", self.user), ("doas", self.proxied)) if who},
            "headers": self.headers,
            "client_certificate": self.certificate,
        }


def hdfs_place(uri: str, environ: Mapping[str, str]) -> HdfsPlace:
    """Decide which path ``uri`` means, and whom to ask; nothing is asked.

    Args:
        uri: ``webhdfs://HOST[:PORT]/PATH`` or ``hdfs://…``; with KServe's secret ``hdfs://PATH``.
        environ: environment variables.

    Raises:
        InvalidURI: it names no path, or no host where there is no secret.
        InvalidSettings: the secret cannot be used, or wants Kerberos.
        NotAllowed: a name node's address is never asked.
    """
    user = _USER.read(environ) or None
    scheme, _, rest = uri.partition("://")
    authority, _, path = rest.partition("/")
    if "@" in authority or "?" in rest or "#" in rest:
        raise InvalidURI(f"{scheme}://… names more than a host and a path: write webhdfs://HOST:PORT/PATH.")
    if (secret := hdfs_secret.hdfs_secret(environ)) is None:
        if not authority or not path:
            raise InvalidURI(f"{uri!r} names no host and path: write webhdfs://HOST:PORT/PATH.")
        if scheme.lower() == "hdfs":
            raise InvalidURI(
                f"{uri!r} is an address of Hadoop's own protocol: write webhdfs://HOST:PORT/PATH with the port of the "
                f"name node's web server ({_PORT}), or give KServe's secret with HDFS_NAMENODE."
            )
        address = authority if ":" in authority else f"{authority}:{_PORT}"
        return HdfsPlace((_checked(f"http://{address}", uri),), f"/{unquote(path)}", uri.endswith("/"), user)
    nodes = tuple(_checked(each, "HDFS_NAMENODE") for each in secret.namenodes)
    hosts = {urlsplit(node).hostname for node in nodes}
    known = urlsplit(f"//{authority}").hostname in hosts if authority else True
    below = unquote(path if known else f"{authority}/{path}").strip("/")
    rooted = (known and authority) or not secret.root
    if not below:
        raise InvalidURI(f"{uri!r} names no path: write {scheme}://PATH.")
    return HdfsPlace(
        namenodes=nodes,
        path=f"/{below}" if rooted else f"/{secret.root.strip('/')}/{below}",
        folder=uri.endswith("/"),
        user=user,
        proxied=secret.proxied,
        headers=secret.headers,
        certificate=secret.certificate,
        trust=secret.trust,
    )


def _checked(address: str, named_by: str) -> str:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        usable = False
    if not usable:
        raise InvalidSettings(f"{named_by!r} names no address of a name node: give http(s)://HOST:PORT.")
    check_host(parts.hostname or "", named_by)
    return address.rstrip("/")
