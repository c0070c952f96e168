"""Which registry is asked for a URI, and what is shown to it?

Every variable of the Go initializer (kubeflow/hub, ``cmd/csi``) is understood, with the same
defaults, and a few of our own: ``VARIABLES`` says each of them. They are read from a mapping that
a program hands in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from mr_client.errors import InvalidSettings, InvalidURI
from mr_client.trust.addresses import check_host, never_asked
from mr_client.trust.allowed import AllowedURIs, allowed_uris
from mr_client.trust.certificates import mounted_bundle
from mr_client.uri import ModelURI
from mr_client.variables import Variable

__all__ = ["VARIABLES", "Endpoint", "Settings", "read_token", "registry_url", "token_of"]

_BASE_URL = Variable(
    "MODEL_REGISTRY_BASE_URL", "localhost:8080", "the registry, `HOST:PORT` or `http(s)://HOST[:PORT][/PATH]`"
)
_SCHEME = Variable("MODEL_REGISTRY_SCHEME", "http", "`http` or `https`, where the base URL has none")
_SERVICE_NAME = Variable(
    "MODEL_REGISTRY_SERVICE_NAME", "model-registry-service", "the service that `?namespace=` means"
)
_CLUSTER_DOMAIN = Variable("MODEL_REGISTRY_CLUSTER_DOMAIN", "svc.cluster.local", "what service names end in")
_TOKEN = Variable("MODEL_REGISTRY_TOKEN", "", "bearer token for the registry")
_TOKEN_PATH = Variable(
    "MODEL_REGISTRY_TOKEN_PATH",
    "",
    "file that holds the token, where `MODEL_REGISTRY_TOKEN` is not set; read again when the registry refuses the "
    "token, since Kubernetes rotates it",
)
_TRUSTED_HOSTS = Variable(
    "MODEL_REGISTRY_TRUSTED_HOSTS",
    "",
    "other registries that are shown the token, separated by commas: `HOST` on any port, `HOST:PORT` on that one",
)
_CA_FILE = Variable(
    "MODEL_REGISTRY_CA_FILE",
    "",
    "certificates to trust for the registry (PEM); without it, the bundle in `CA_BUNDLE_VOLUME_MOUNT_POINT`; "
    "the system's are trusted as well",
)
_TIMEOUT = Variable("MODEL_REGISTRY_TIMEOUT", "30", "seconds to wait for a connection to it, and for each answer")
_ALLOWED = Variable(
    "MODEL_REGISTRY_ALLOWED_URI_PREFIXES",
    "",
    "storage URIs that the registry may name, with all below them, separated by commas, such as "
    "`s3://models,https://hub.example.com/acme`; without it, any",
)
_ALLOWED_UPSTREAM = Variable(
    "ALLOWED_ARTIFACT_URI_PREFIXES", "", "the same by upstream's name; where both are set, both must admit a URI"
)

_REQUIRE_VERSION = Variable(
    "MR_REQUIRE_VERSION",
    "false",
    "whether a `model-registry://` URI must name a version: for caches, which keep what is brought under the URI's text",
)

VARIABLES = (
    _BASE_URL,
    _SCHEME,
    _SERVICE_NAME,
    _CLUSTER_DOMAIN,
    _TOKEN,
    _TOKEN_PATH,
    _TRUSTED_HOSTS,
    _CA_FILE,
    _TIMEOUT,
    _ALLOWED,
    _ALLOWED_UPSTREAM,
    _REQUIRE_VERSION,
)
"""What ``Settings.from_env`` reads."""

_DEFAULT_PORT = 8080
"""Of a registry found by ``?namespace=``, where the configured one has no port."""
_HOST_AND_PORT = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
"""Nothing that one parser of URLs could read otherwise than another."""


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
    """Certificates to trust beside the system's (PEM)."""
    timeout: float = 30.0
    """Seconds to wait for a connection, and for each answer."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to find the registry that a URI means."""

    url: str = f"{_SCHEME.default}://{_BASE_URL.default}"
    service_name: str = _SERVICE_NAME.default
    cluster_domain: str = _CLUSTER_DOMAIN.default
    token: str | None = field(default=None, repr=False)
    token_path: Path | None = None
    ca_file: Path | None = None
    timeout: float = float(_TIMEOUT.default)
    trusted_hosts: frozenset[str] = frozenset()
    """Other hosts that may be shown the token, in lower case: ``HOST``, which means any port of it, or ``HOST:PORT``."""
    allowed_uris: tuple[AllowedURIs, ...] = ()
    """What storage URIs a registry may name: each of the lists must admit one."""
    require_version: bool = False
    """Whether a URI must name a version."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings from environment variables; an empty value counts as unset.

        Raises:
            InvalidSettings: a variable has a value that cannot be used.
        """
        token, token_path = _TOKEN.read(environ), _TOKEN_PATH.read(environ)
        lists = [allowed_uris(each.name, each.read(environ)) for each in (_ALLOWED, _ALLOWED_UPSTREAM)]
        return cls(
            url=registry_url(_BASE_URL.read(environ), _SCHEME.read(environ)),
            service_name=_SERVICE_NAME.read(environ),
            cluster_domain=_CLUSTER_DOMAIN.read(environ).strip("."),
            token=token or None,
            token_path=Path(token_path) if token_path and not token else None,
            ca_file=_ca_file(_CA_FILE.read(environ)) or mounted_bundle(environ),
            timeout=_seconds(_TIMEOUT.read(environ)),
            trusted_hosts=_hosts(_TRUSTED_HOSTS.read(environ)),
            allowed_uris=tuple(each for each in lists if each is not None),
            require_version=_REQUIRE_VERSION.flag(environ) or False,
        )

    @property
    def host(self) -> str:
        """``HOST[:PORT]`` of the configured registry."""
        return urlsplit(self.url).netloc

    def check_pinned(self, uri: ModelURI) -> None:
        """Refuse a URI that means another version tomorrow, where that is asked for.

        Raises:
            InvalidURI: it names no version.
        """
        if self.require_version and uri.version is None:
            raise InvalidURI(
                f"{str(uri)!r} names no version, and {_REQUIRE_VERSION.name} asks for one, since what is kept by that "
                f"name would stay what was newest at first: write {replace(uri, version='VERSION')!s}."
            )

    def endpoint(self, uri: ModelURI | None = None) -> Endpoint:
        """Return the registry that ``uri`` means, with the token only where that host may see it.

        The scheme is always the configured one, so that a token for https is never sent in the clear.

        Raises:
            InvalidURI: its host is no host.
            NotAllowed: its host is never asked, see ``mr_client.trust.addresses``.
        """
        configured = urlsplit(self.url)
        url, host = self.url, configured.netloc
        if uri is not None and uri.namespace is not None:
            host = f"{self.service_name}.{uri.namespace}.{self.cluster_domain}:{configured.port or _DEFAULT_PORT}"
            url = f"{configured.scheme}://{host}"
        elif uri is not None and uri.host is not None and uri.host.lower() not in _spellings(configured):
            host = uri.host
            url = f"{configured.scheme}://{host}"
        if url != self.url:
            if not _HOST_AND_PORT.fullmatch(host):
                raise InvalidURI(f"{str(uri)!r} names the registry {host!r}, which is no HOST[:PORT]: correct the URI.")
            check_host(_without_port(host), str(uri))
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
        usable = usable and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        usable = False
    if not usable:
        raise InvalidSettings(
            f"{_masked(base_url)!r} is no address of a registry: give HOST:PORT or http(s)://HOST:PORT."
        )
    if never_asked(parts.hostname or ""):
        raise InvalidSettings(
            f"{_masked(base_url)!r} is a link-local address or a cloud's metadata service, which is never asked: "
            "give the registry's address."
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


def token_of(environ: Mapping[str, str]) -> str | None:
    """Return the token that the environment has itself, None where it has none."""
    return _TOKEN.read(environ) or None


def read_token(path: Path, *, said_by: str = _TOKEN_PATH.name) -> str:
    """Return the token that a file holds.

    Args:
        path: the file.
        said_by: the variable or option that names it, for the message.

    Raises:
        InvalidSettings: it cannot be read, or holds none.
    """
    try:
        token = path.read_text(encoding="utf-8").strip()
        why = "it is empty"
    except (OSError, UnicodeDecodeError) as error:
        token, why = "", getattr(error, "strerror", None) or "it is no text"
    if not token:
        raise InvalidSettings(f"{said_by} {str(path)!r} holds no token ({why}): name a file with one.")
    return token


def _ca_file(path: str) -> Path | None:
    if not path:
        return None
    if not Path(path).is_file():
        raise InvalidSettings(f"MODEL_REGISTRY_CA_FILE {path!r} is no file: name a file with PEM certificates.")
    return Path(path)


def _hosts(text: str) -> frozenset[str]:
    hosts = frozenset(host.strip().lower() for host in text.split(",") if host.strip())
    for host in sorted(hosts):
        if not _HOST_AND_PORT.fullmatch(host):
            raise InvalidSettings(f"{_TRUSTED_HOSTS.name} holds {_masked(host)!r}, which is no HOST or HOST:PORT.")
    return hosts


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise InvalidSettings(f"MODEL_REGISTRY_TIMEOUT {text!r} is no number of seconds above 0.")
    return seconds
