"""Which registry is asked for a URI, and what is shown to it?

Every variable of the Go initializer (kubeflow/hub, ``cmd/csi``) is understood, with the same
defaults, and a few of our own. They are read from a mapping that a program hands in:

=================================  =================================================================
``MODEL_REGISTRY_BASE_URL``        the registry, ``HOST:PORT`` or with a scheme (``localhost:8080``)
``MODEL_REGISTRY_SCHEME``          ``http`` or ``https``, where the base URL has none (``http``)
``MODEL_REGISTRY_SERVICE_NAME``    service name for ``?namespace=`` (``model-registry-service``)
``MODEL_REGISTRY_CLUSTER_DOMAIN``  what service names end in (``svc.cluster.local``)
``MODEL_REGISTRY_TOKEN``           bearer token
``MODEL_REGISTRY_TOKEN_PATH``      file that holds the token, where the variable above is not set; read
                                   again when the registry refuses the token, since Kubernetes rotates it
``MODEL_REGISTRY_CA_FILE``         certificates to trust instead of the system's (PEM)
``CA_BUNDLE_VOLUME_MOUNT_POINT``   folder of KServe's ``cabundle.crt``, trusted where the variable above is not set
``MODEL_REGISTRY_TIMEOUT``         seconds to wait for a connection and for each answer (``30``)
``MODEL_REGISTRY_TRUSTED_HOSTS``   other hosts that may be shown the token, separated by commas
=================================  =================================================================
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from mr_client.certificates import mounted_bundle
from mr_client.errors import InvalidSettings
from mr_client.uri import ModelURI

__all__ = ["Endpoint", "Settings", "read_token", "registry_url"]

_DEFAULT_PORT = 8080
"""Of a registry found by ``?namespace=``, where the configured one has no port."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A registry server, and what is shown to it."""

    url: str
    """``SCHEME://HOST[:PORT][/PATH]``, without a trailing slash."""
    token: str | None = field(default=None, repr=False)
    """Bearer token; None shows none."""
    token_path: Path | None = None
    """File that holds the token, where ``token`` is None."""
    ca_file: Path | None = None
    """Certificates to trust instead of the system's (PEM)."""
    timeout: float = 30.0
    """Seconds to wait for a connection, and for each answer."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to find the registry that a URI means."""

    url: str = "http://localhost:8080"
    service_name: str = "model-registry-service"
    cluster_domain: str = "svc.cluster.local"
    token: str | None = field(default=None, repr=False)
    token_path: Path | None = None
    ca_file: Path | None = None
    timeout: float = 30.0
    trusted_hosts: frozenset[str] = frozenset()

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings from environment variables; an empty value counts as unset.

        Raises:
            InvalidSettings: a variable has a value that cannot be used.
        """

        def read(name: str, default: str = "") -> str:
            return environ.get(f"MODEL_REGISTRY_{name}", "").strip() or default

        return cls(
            url=registry_url(read("BASE_URL", "localhost:8080"), read("SCHEME", "http")),
            service_name=read("SERVICE_NAME", "model-registry-service"),
            cluster_domain=read("CLUSTER_DOMAIN", "svc.cluster.local").strip("."),
            token=read("TOKEN") or None,
            token_path=Path(read("TOKEN_PATH")) if read("TOKEN_PATH") and not read("TOKEN") else None,
            ca_file=_ca_file(read("CA_FILE")) or mounted_bundle(environ),
            timeout=_seconds(read("TIMEOUT", "30")),
            trusted_hosts=frozenset(host.strip().lower() for host in read("TRUSTED_HOSTS").split(",") if host.strip()),
        )

    @property
    def host(self) -> str:
        """``HOST[:PORT]`` of the configured registry."""
        return urlsplit(self.url).netloc

    def endpoint(self, uri: ModelURI | None = None) -> Endpoint:
        """Return the registry that ``uri`` means, with the token only where that host may see it."""
        configured = urlsplit(self.url)
        url, host = self.url, configured.netloc
        if uri is not None and uri.namespace is not None:
            host = f"{self.service_name}.{uri.namespace}.{self.cluster_domain}:{configured.port or _DEFAULT_PORT}"
            url = f"{configured.scheme}://{host}"
        elif uri is not None and uri.host is not None and uri.host.lower() not in _spellings(configured):
            host = uri.host
            url = f"{configured.scheme}://{host}"
        trusted = bool({host.lower(), _without_port(host)} & self.trusted_hosts) or host == configured.netloc
        endpoint = Endpoint(url, ca_file=self.ca_file, timeout=self.timeout)
        return replace(endpoint, token=self.token, token_path=self.token_path) if trusted else endpoint


def registry_url(base_url: str, scheme: str = "http") -> str:
    """Complete ``HOST[:PORT]`` or a URL of a registry to a URL without a trailing slash.

    Raises:
        InvalidSettings: it names no host, or has a scheme other than http and https.
    """
    url = (base_url if "://" in base_url else f"{scheme}://{base_url}").rstrip("/")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        usable = usable and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidSettings(
            f"{_masked(base_url)!r} is no address of a registry: give HOST:PORT or http(s)://HOST:PORT."
        )
    if parts.username or parts.password:
        raise InvalidSettings(
            f"{_masked(base_url)!r} holds a user name or password: give the registry's address without, "
            "and a token in MODEL_REGISTRY_TOKEN."
        )
    return url


def _masked(url: str) -> str:
    """Take out what may be a password."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('://')[0]}://***@{after}" if at and "://" in before else f"***@{after}" if at else url


def _spellings(configured: SplitResult) -> set[str]:
    return {configured.netloc.lower(), _without_port(configured.netloc)}


def _without_port(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").lower()


def read_token(path: Path) -> str:
    """Return the token that a file holds.

    Raises:
        InvalidSettings: it cannot be read, or holds none.
    """
    try:
        token = path.read_text(encoding="utf-8").strip()
        why = "it is empty"
    except (OSError, UnicodeDecodeError) as error:
        token, why = "", getattr(error, "strerror", None) or "it is no text"
    if not token:
        raise InvalidSettings(f"MODEL_REGISTRY_TOKEN_PATH {str(path)!r} holds no token ({why}): name a file with one.")
    return token


def _ca_file(path: str) -> Path | None:
    if not path:
        return None
    if not Path(path).is_file():
        raise InvalidSettings(f"MODEL_REGISTRY_CA_FILE {path!r} is no file: name a file with PEM certificates.")
    return Path(path)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise InvalidSettings(f"MODEL_REGISTRY_TIMEOUT {text!r} is no number of seconds above 0.")
    return seconds
