"""As whom do we ask Azure Blob Storage, going by the environment that KServe makes?

Pure functions from a mapping of environment variables to values. The names are those that KServe injects
(``pkg/credentials/azure/azure_secret.go``) or reads (``kserve_storage.py``: ``AZ_…`` wins there, and a token over a
key), those of a connection string, and those that Azure's workload identity webhook sets.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mr_client.errors import InvalidSettings
from mr_client.trust.addresses import is_server
from mr_client.variables import Variable

__all__ = ["VARIABLES", "AzureAccess", "Identity", "azure_access"]

_CLIENT = Variable("AZURE_CLIENT_ID", "", "Azure: who asks, by a token: a service principal or a managed identity")
_SECRET = Variable("AZURE_CLIENT_SECRET", "", "Azure: the service principal's secret")
_TENANT = Variable("AZURE_TENANT_ID", "", "Azure: the service principal's directory")
_FEDERATED = Variable("AZURE_FEDERATED_TOKEN_FILE", "", "Azure: the pod's own token, as workload identity mounts it")
_AUTHORITY = Variable(
    "AZURE_AUTHORITY_HOST", "", "Azure: who gives tokens; without it, the public cloud or that of the URI"
)
_TOKEN = Variable("AZURE_ACCESS_TOKEN", "", "Azure: a token that somebody else got")
_EXPIRES = Variable("AZURE_ACCESS_EXPIRES_ON_SECONDS", "", "Azure: when that token ends, in seconds since 1970")
_KEY = Variable("AZURE_STORAGE_ACCESS_KEY", "", "Azure: the account's key")
_SAS = Variable("AZURE_STORAGE_SAS_TOKEN", "", "Azure: a shared access signature; one in the URI comes first")
_CONNECTION = Variable("AZURE_STORAGE_CONNECTION_STRING", "", "Azure: account, endpoint, and key or signature in one")
_ACCOUNT = Variable("AZURE_ACCOUNT_NAME", "", "Azure: the account of `az://` URIs, and of the key")
_SERVICE = Variable(
    "AZURE_SERVICE_URL", "", "Azure: the endpoint of that account, `https://HOST`; without it, Azure's own"
)
_OLD = {
    variable.name: Variable(old, "", f"Azure: likewise, as older secrets write it; wins over `{variable.name}`")
    for old, variable in (("AZ_CLIENT_ID", _CLIENT), ("AZ_CLIENT_SECRET", _SECRET), ("AZ_TENANT_ID", _TENANT))
}
VARIABLES = (
    _CLIENT,
    _SECRET,
    _TENANT,
    *_OLD.values(),
    _FEDERATED,
    _AUTHORITY,
    _TOKEN,
    _EXPIRES,
    _KEY,
    _SAS,
    _CONNECTION,
    _ACCOUNT,
    _SERVICE,
)
"""What is read here, in the order in which it counts."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody for whom Azure gives tokens."""

    client: str
    tenant: str | None = None
    secret: str | None = field(default=None, repr=False)
    """A service principal's."""
    token_file: Path | None = None
    """A pod's own token, to be exchanged (workload identity). With neither, it is a managed identity."""
    authority: str | None = None
    """Host, or ``https://HOST``, that gives tokens."""


@dataclass(frozen=True, slots=True)
class AzureAccess:
    """Who asks: the first of identity, token, key and signature that is there, or nobody."""

    account: str | None = None
    """The account that the variables name."""
    endpoint: str | None = None
    """``http(s)://HOST[:PORT][/PATH]`` of that account; None means Azure's own."""
    identity: Identity | None = None
    token: str | None = field(default=None, repr=False)
    token_expires: float | None = None
    """Seconds since the epoch."""
    key: str | None = field(default=None, repr=False)
    signature: str | None = field(default=None, repr=False)
    """Shared access signature: a query without its question mark."""

    @property
    def anonymous(self) -> bool:
        """Whether nobody in particular asks, as is enough for a public container."""
        return not (self.identity or self.token or self.key or self.signature)


def azure_access(environ: Mapping[str, str]) -> AzureAccess:
    """Read as whom to ask Azure from environment variables; an empty value counts as unset.

    Raises:
        InvalidSettings: half a credential, or a value that cannot be used.
    """
    connection = _connection(environ)
    account = _ACCOUNT.read(environ) or connection.get("accountname")
    endpoint = _endpoint(_SERVICE, _SERVICE.read(environ)) or _endpoint(_CONNECTION, connection.get("blobendpoint", ""))
    if endpoint is None and account and (suffix := connection.get("endpointsuffix")):
        scheme = connection.get("defaultendpointsprotocol", "https")
        endpoint = _endpoint(_CONNECTION, f"{scheme}://{account}.blob.{suffix}")
    access = AzureAccess(account=account or None, endpoint=endpoint)
    if (identity := _identity(environ)) is not None:
        return AzureAccess(access.account, endpoint, identity=identity)
    if token := _TOKEN.read(environ):
        return AzureAccess(access.account, endpoint, token=token, token_expires=_expires(environ))
    if key := _KEY.read(environ) or connection.get("accountkey"):
        return AzureAccess(access.account, endpoint, key=_base64(key))
    signature = (_SAS.read(environ) or connection.get("sharedaccesssignature", "")).lstrip("?")
    return AzureAccess(access.account, endpoint, signature=signature or None)


def _identity(environ: Mapping[str, str]) -> Identity | None:
    client, secret, tenant = (
        _OLD[variable.name].read(environ) or variable.read(environ) for variable in (_CLIENT, _SECRET, _TENANT)
    )
    file, authority = _FEDERATED.read(environ), _AUTHORITY.read(environ)
    # A tenant alone is none: KServe refers to it even for secrets that hold only a key.
    if secret and not (client and tenant):
        missing = " and ".join(each.name for each, value in ((_CLIENT, client), (_TENANT, tenant)) if not value)
        raise InvalidSettings(
            f"Half a credential for Azure: AZURE_CLIENT_SECRET is set, {missing} is not; set all three."
        )
    if not client:
        return None
    if secret:
        return Identity(client, tenant, secret=secret, authority=authority or None)
    if file and tenant:
        return Identity(client, tenant, token_file=Path(file), authority=authority or None)
    return Identity(client)


def _base64(key: str) -> str:
    try:
        base64.b64decode(key, validate=True)
    except ValueError:
        raise InvalidSettings(
            f"{_KEY.name}, or the AccountKey in {_CONNECTION.name}, is no key of a storage account: give it in base64, "
            "as Azure shows it."
        ) from None
    return key


def _expires(environ: Mapping[str, str]) -> float | None:
    if not (text := _EXPIRES.read(environ)):
        return None
    if not text.isdecimal():
        raise InvalidSettings(f"{_EXPIRES.name} is {text!r}, which is no number: give seconds since 1970.")
    return float(text)


def _connection(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the parts of the connection string, by their names in lower case."""
    parts = [part for part in _CONNECTION.read(environ).split(";") if part.strip()]
    if not all("=" in part for part in parts):
        raise InvalidSettings(
            f"{_CONNECTION.name} is no connection string: give NAME=VALUE;NAME=VALUE… as Azure shows it."
        )
    split = (part.partition("=") for part in parts)
    return {name.strip().lower(): value.strip() for name, _, value in split}


def _endpoint(variable: Variable, url: str) -> str | None:
    if not url:
        return None
    if not is_server(url) or (parts := urlsplit(url)).query or parts.fragment:
        raise InvalidSettings(
            f"{variable.name} names no address of a blob service: give https://ACCOUNT.blob.core.windows.net."
        )
    return url.rstrip("/")
