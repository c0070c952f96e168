"""Which container of Azure Blob Storage does a URI mean, and as whom is it asked?

The spellings are KServe's two (``https://ACCOUNT.blob.core.windows.net/…`` and
``https://ACCOUNT.zNN.blob.storage.azure.net/…``, see ``kserve_storage.py``), the same in Azure's other clouds,
Hadoop's ``abfs(s)://CONTAINER@ACCOUNT.dfs.core.windows.net/…``, and fsspec's ``az://CONTAINER/…``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from mr_client.errors import InvalidURI, NotAllowed
from mr_client.storage.azure.access import AzureAccess, azure_access
from mr_client.trust.addresses import check_host

__all__ = ["AzurePlace", "azure_place", "is_azure", "without_signature"]

_SUFFIX = r"core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)"
_BLOB_HOST = re.compile(rf"([a-z0-9-]+)\.(?:blob\.{_SUFFIX}|z[0-9]+\.blob\.storage\.azure\.net)")
_LAKE_HOST = re.compile(rf"([a-z0-9-]+)\.(?:dfs|blob)\.({_SUFFIX})")
_AUTHORITIES = {
    ".core.usgovcloudapi.net": "login.microsoftonline.us",
    ".core.chinacloudapi.cn": "login.chinacloudapi.cn",
}
"""Who gives tokens in Azure's other clouds."""
_SCHEMES = ("abfs", "abfss", "az")


@dataclass(frozen=True, slots=True)
class AzurePlace:
    """A place in a container, and who asks."""

    endpoint: str
    """``http(s)://HOST[:PORT][/PATH]`` of the account."""
    account: str
    container: str
    path: str
    """Name of a blob, or of a folder; empty for the container itself."""
    access: AzureAccess = field(repr=False)
    shown: str
    """The URI without a signature."""


def is_azure(uri: str) -> bool:
    """Return whether ``uri`` is one of a container in Azure Blob Storage, in any of its spellings."""
    scheme, _, rest = uri.partition("://")
    if scheme.lower() == "https":
        return _BLOB_HOST.fullmatch(re.split(r"[/?#]", rest, maxsplit=1)[0].lower().removesuffix(":443")) is not None
    return scheme.lower() in _SCHEMES


def without_signature(uri: str) -> str:
    """Return an ``abfs(s)://`` or ``az://`` URI as it may be shown."""
    path, signature = _signed(uri)
    return f"{path}?…" if signature else path


def azure_place(uri: str, environ: Mapping[str, str]) -> AzurePlace:
    """Decide which container ``uri`` means, and who asks. A signature in ``uri`` comes before all variables.

    Args:
        uri: one for which ``is_azure`` is true. In ``https://`` the path is percent-encoded, elsewhere it is not.
        environ: see ``azure.access``.

    Raises:
        InvalidURI: it names no container, or no account is known.
        InvalidSettings: see ``azure.access``.
        NotAllowed: the key is another account's, or the host is never asked.
    """
    access = azure_access(environ)
    scheme, _, rest = uri.partition("://")
    if scheme.lower() == "https":
        place = _by_address(uri, access)
    elif scheme.lower() != "az" and "@" in rest.partition("/")[0]:
        place = _by_lake(uri, access)
    else:
        place = _by_variables(uri, access)
    if access.account not in (None, place.account) and (access.key or access.signature) and place.access is access:
        raise NotAllowed(
            f"{place.shown!r} is in the account {place.account!r}, but the variables hold credentials of "
            f"{access.account!r}: correct AZURE_ACCOUNT_NAME or the uri."
        )
    check_host(urlsplit(place.endpoint).hostname or "", place.shown)
    for suffix, authority in _AUTHORITIES.items():
        if place.endpoint.endswith(suffix) and access.identity and not access.identity.authority:
            return replace(place, access=replace(access, identity=replace(access.identity, authority=authority)))
    return place


def _by_address(uri: str, access: AzureAccess) -> AzurePlace:
    parts = urlsplit(uri)
    shown = f"{parts.scheme}://{parts.netloc}{parts.path}" + ("?…" if parts.query else "")
    account = (parts.hostname or "").partition(".")[0]
    container, _, path = parts.path.lstrip("/").partition("/")
    endpoint = f"https://{parts.hostname}"
    return _checked(AzurePlace(endpoint, account, unquote(container), unquote(path), access, shown), parts.query)


def _by_lake(uri: str, access: AzureAccess) -> AzurePlace:
    plain, signature = _signed(uri)
    shown = without_signature(uri)
    authority, _, path = plain.partition("://")[2].partition("/")
    container, _, host = authority.partition("@")
    found = _LAKE_HOST.fullmatch(host.lower())
    if found is None:
        raise InvalidURI(f"{shown!r} names no account: write abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER.")
    own = access.endpoint if access.account == found[1] else None
    endpoint = own or f"https://{found[1]}.blob.{found[2]}"
    return _checked(AzurePlace(endpoint, found[1], container, path, access, shown), signature)


def _by_variables(uri: str, access: AzureAccess) -> AzurePlace:
    plain, signature = _signed(uri)
    shown = without_signature(uri)
    container, _, path = plain.partition("://")[2].partition("/")
    account = access.account
    if not account and access.endpoint:
        account = (urlsplit(access.endpoint).hostname or "").partition(".")[0]
    if not account:
        raise InvalidURI(
            f"{shown!r} names no account: set AZURE_ACCOUNT_NAME, or write https://ACCOUNT.blob.core.windows.net/CONTAINER/FOLDER."
        )
    endpoint = access.endpoint or f"https://{account}.blob.core.windows.net"
    return _checked(AzurePlace(endpoint, account, container, path, access, shown), signature)


def _checked(place: AzurePlace, signature: str) -> AzurePlace:
    """Return a place, if it has a container; a signature in its URI comes before what the variables say."""
    if not place.container or re.search(r"[^A-Za-z0-9$-]", place.container):
        raise InvalidURI(
            f"{place.shown!r} names no container: write https://ACCOUNT.blob.core.windows.net/CONTAINER/FOLDER."
        )
    if not signature:
        return place
    return replace(place, access=AzureAccess(place.access.account, place.access.endpoint, signature=signature))


def _signed(uri: str) -> tuple[str, str]:
    """Split off a signature. Any other question mark is part of a name."""
    path, _, query = uri.rpartition("?")
    return (path, query) if re.search(r"(?:^|&)sig=", query) and path else (uri, "")
