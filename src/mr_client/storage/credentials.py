"""How does a store let us in, going by the environment that KServe makes?

Pure functions from a mapping of environment variables to values. The names are those of KServe
(``pkg/credentials/s3/s3_secret.go``), of the AWS SDKs and of the OpenShift AI data connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mr_client.certificates import BUNDLE, mounted_bundle
from mr_client.errors import InvalidSettings
from mr_client.variables import Variable

__all__ = ["VARIABLES", "S3Access", "Trust", "default_bucket", "s3_access", "trust"]

VARIABLES = (
    Variable(
        "AWS_ACCESS_KEY_ID", "", "S3: who asks; without it, the AWS SDK's own chain (a pod's identity, a profile)"
    ),
    Variable("AWS_SECRET_ACCESS_KEY", "", "S3: the secret that goes with it"),
    Variable("AWS_SESSION_TOKEN", "", "S3: the token that goes with temporary credentials"),
    Variable("awsAnonymousCredential", "false", "S3: ask as nobody, for a public bucket"),
    Variable("AWS_ENDPOINT_URL_S3", "", "S3: the endpoint, `http(s)://HOST[:PORT]`; without one, AWS"),
    Variable("AWS_ENDPOINT_URL", "", "S3: the endpoint, where the variable above is not set"),
    Variable("S3_ENDPOINT", "", "S3: likewise, as KServe writes it: `HOST[:PORT]`"),
    Variable("AWS_S3_ENDPOINT", "", "S3: likewise, as a data connection writes it"),
    Variable("S3_USE_HTTPS", "1", "S3: whether an endpoint without a scheme is asked over https"),
    Variable("AWS_DEFAULT_REGION", "", "S3: the region; without one, AWS is asked where the bucket is"),
    Variable("AWS_REGION", "", "S3: the region, where the variable above is not set"),
    Variable("AWS_S3_BUCKET", "", "S3: the bucket of an artifact that has only a `storagePath`"),
    Variable("S3_USER_VIRTUAL_BUCKET", "", "S3: whether the bucket is part of the host name; without it, on AWS alone"),
    Variable("S3_VERIFY_SSL", "1", "S3: whether certificates are checked"),
    Variable("AWS_CA_BUNDLE", "", "S3: certificates to trust (PEM)"),
    Variable("HTTP_PROXY", "", "S3: read by its library; whether one stands between us and an endpoint over http"),
    Variable("http_proxy", "", "likewise"),
    Variable("ALL_PROXY", "", "likewise"),
    Variable("all_proxy", "", "likewise"),
    Variable("SSL_CERT_FILE", "", "http(s): certificates to trust (PEM)"),
    BUNDLE,
)
"""What is read here, in the order in which it counts."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Which certificates a server may show."""

    verify: bool = True
    ca_file: Path | None = None
    """Certificates to trust instead of the system's (PEM)."""


@dataclass(frozen=True, slots=True)
class S3Access:
    """How to reach an S3 store, and as whom."""

    endpoint: str | None = None
    """``http(s)://HOST[:PORT]``; None means AWS."""
    region: str | None = None
    key: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    anonymous: bool = False
    virtual_bucket: bool | None = None
    """Whether the bucket is part of the host name; None leaves it to the endpoint's kind."""
    trust: Trust = Trust()
    proxied: bool = False
    """Whether plain HTTP goes through a proxy, which may be spoken to over TLS."""

    @property
    def has_credentials(self) -> bool:
        """Whether credentials were injected; without, the AWS SDK's own chain is asked."""
        return self.key is not None and not self.anonymous

    def storage_options(self) -> dict[str, Any]:
        """Return the arguments of ``s3fs.S3FileSystem``."""
        from mr_client.storage.guarded import guarded_socket  # here, since it loads urllib3

        s3_config = {} if (style := self._addressing_style()) is None else {"addressing_style": style}
        verify: str | bool = str(self.trust.ca_file) if self.trust.ca_file and self.trust.verify else self.trust.verify
        if (self.endpoint or "").startswith("http:") and not self.proxied:
            verify = False  # nobody shows a certificate, and aiohttp takes 30 ms to read those it would trust
        client: dict[str, Any] = {"verify": verify}
        if self.region or self.endpoint:
            client["region_name"] = self.region or "us-east-1"
        return {
            "anon": self.anonymous,
            "key": self.key,
            "secret": self.secret,
            "token": self.session_token,
            "endpoint_url": self.endpoint,
            "client_kwargs": client,
            # Presigned addresses of version 2 are refused by newer regions and by most other stores.
            "config_kwargs": {
                "s3": s3_config,
                "signature_version": "s3v4",
                # Of this client alone: the SDK may ask the metadata service for credentials of its own accord.
                "connector_args": {"socket_factory": guarded_socket},
            },
            # On AWS without a region, ask where the bucket is: an address signed for another region is refused.
            "cache_regions": not (self.region or self.endpoint),
        }

    def _addressing_style(self) -> str | None:
        if self.virtual_bucket is not None:
            return "virtual" if self.virtual_bucket else "path"
        on_aws = self.endpoint is None or (urlsplit(self.endpoint).hostname or "").endswith(".amazonaws.com")
        return None if on_aws else "path"


def s3_access(environ: Mapping[str, str]) -> S3Access:
    """Read how to reach S3 from environment variables; an empty value counts as unset.

    Raises:
        InvalidSettings: half a credential, or an endpoint that is no address.
    """
    key, secret = _read(environ, "AWS_ACCESS_KEY_ID"), _read(environ, "AWS_SECRET_ACCESS_KEY")
    if bool(key) != bool(secret):
        missing = "AWS_SECRET_ACCESS_KEY" if key else "AWS_ACCESS_KEY_ID"
        raise InvalidSettings(f"Half a credential for S3: {missing} is not set; set both, or neither.")
    return S3Access(
        endpoint=_endpoint(environ),
        region=_read(environ, "AWS_DEFAULT_REGION") or _read(environ, "AWS_REGION"),
        key=key,
        secret=secret,
        session_token=_read(environ, "AWS_SESSION_TOKEN"),
        anonymous=_flag(environ, "awsAnonymousCredential") or False,
        virtual_bucket=_flag(environ, "S3_USER_VIRTUAL_BUCKET"),
        trust=trust(environ, "AWS_CA_BUNDLE", verify=_flag(environ, "S3_VERIFY_SSL")),
        proxied=any(_read(environ, name) for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")),
    )


def default_bucket(environ: Mapping[str, str]) -> str | None:
    """Return the bucket that the data connection names, for an artifact that has only a path."""
    return _read(environ, "AWS_S3_BUCKET")


def trust(environ: Mapping[str, str], *variables: str, verify: bool | None = None) -> Trust:
    """Return which certificates to trust: KServe's CA bundle, or a file that one of ``variables`` names.

    Raises:
        InvalidSettings: a variable names a file that is not there.
    """
    if verify is False:
        return Trust(verify=False)
    for variable in variables:
        if path := _read(environ, variable):
            if not Path(path).is_file():
                raise InvalidSettings(
                    f"{variable} names {path!r}, which is no file: name a file with PEM certificates."
                )
            return Trust(ca_file=Path(path))
    return Trust(ca_file=mounted_bundle(environ))


def _endpoint(environ: Mapping[str, str]) -> str | None:
    for variable in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "S3_ENDPOINT", "AWS_S3_ENDPOINT"):
        if value := _read(environ, variable):
            scheme = "http" if _flag(environ, "S3_USE_HTTPS") is False else "https"
            url = value if "://" in value else f"{scheme}://{value}"
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
                raise InvalidSettings(f"{variable} is no address of an S3 endpoint: give http(s)://HOST[:PORT].")
            return url.rstrip("/")
    return None


def _read(environ: Mapping[str, str], name: str) -> str | None:
    return environ.get(name, "").strip() or None


def _flag(environ: Mapping[str, str], name: str) -> bool | None:
    """Read a truth value as KServe's initializer does (``kserve_storage.py``): 1 or true, in any case."""
    value = _read(environ, name)
    return None if value is None else value.lower() in ("1", "true", "yes", "y", "on", "t")
