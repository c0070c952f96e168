"""How does S3 let us in, going by the environment that KServe makes?

Pure functions from a mapping of environment variables to values. The names are those of KServe
(``pkg/credentials/s3/s3_secret.go``), of the AWS SDKs and of the OpenShift AI data connection.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mr_client.errors import InvalidSettings
from mr_client.storage.network.proxies import proxies
from mr_client.storage.network.trusted import Trust, trust
from mr_client.storage.storage_config import injected
from mr_client.trust.addresses import is_server
from mr_client.variables import Variable

__all__ = ["VARIABLES", "S3Access", "default_bucket", "s3_access"]

_KEY = Variable(
    "AWS_ACCESS_KEY_ID", "", "S3: who asks; without it, the AWS SDK's own chain (a pod's identity, a profile)"
)
_SECRET = Variable("AWS_SECRET_ACCESS_KEY", "", "S3: the secret that goes with it")
_TOKEN = Variable("AWS_SESSION_TOKEN", "", "S3: the token that goes with temporary credentials")
_ROLE = Variable(
    "AWS_ROLE_ARN", "", "S3: the role of a pod's identity (IRSA), where no key is set: read by the AWS SDK"
)
_ROLE_TOKEN = Variable("AWS_WEB_IDENTITY_TOKEN_FILE", "", "S3: the file with the pod's token for that role")
_STS = Variable(
    "AWS_ENDPOINT_URL_STS", "", "S3: who gives that role's credentials, where it is not AWS: read by the AWS SDK"
)
_ANONYMOUS = Variable("awsAnonymousCredential", "false", "S3: ask as nobody, for a public bucket")
_ENDPOINTS = (
    Variable("AWS_ENDPOINT_URL_S3", "", "S3: the endpoint, `http(s)://HOST[:PORT]`; without one, AWS"),
    Variable("AWS_ENDPOINT_URL", "", "S3: the endpoint, where the variable above is not set"),
    Variable("S3_ENDPOINT", "", "S3: likewise, as KServe writes it: `HOST[:PORT]`"),
    Variable("AWS_S3_ENDPOINT", "", "S3: likewise, as a data connection writes it"),
)
_USE_HTTPS = Variable("S3_USE_HTTPS", "1", "S3: whether an endpoint without a scheme is asked over https")
_REGIONS = (
    Variable("AWS_DEFAULT_REGION", "", "S3: the region; without one, AWS is asked where the bucket is"),
    Variable("AWS_REGION", "", "S3: the region, where the variable above is not set"),
)
_BUCKET = Variable("AWS_S3_BUCKET", "", "S3: the bucket of an artifact that has only a `storagePath`")
_VIRTUAL = Variable(
    "S3_USER_VIRTUAL_BUCKET", "", "S3: whether the bucket is part of the host name; without it, on AWS alone"
)
_ACCELERATE = Variable("S3_USE_ACCELERATE", "false", "S3: whether AWS is asked at its nearest edge")
_VERIFY = Variable("S3_VERIFY_SSL", "1", "S3: whether certificates are checked")
_CA_BUNDLE = Variable("AWS_CA_BUNDLE", "", "S3: a file of certificates to trust beside the system's (PEM)")

VARIABLES = (
    _KEY,
    _SECRET,
    _TOKEN,
    _ROLE,
    _ROLE_TOKEN,
    _STS,
    _ANONYMOUS,
    *_ENDPOINTS,
    _USE_HTTPS,
    *_REGIONS,
    _BUCKET,
    _VIRTUAL,
    _ACCELERATE,
    _VERIFY,
    _CA_BUNDLE,
)
"""What is read here, in the order in which it counts."""

_AWS = "https://s3.amazonaws.com"
"""AWS's global endpoint, from before it had regions."""
_OWN_ENDPOINTS = {"session_vars": {"ignore_configured_endpoint_urls": (None, None, True, None)}}
"""For the SDK's session: KServe's AWS_ENDPOINT_URL is S3's, but the SDK would ask it for a role's credentials, too."""


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
    accelerate: bool = False
    """Whether AWS is asked at its nearest edge."""
    sts_endpoint: str | None = None
    """Who gives a role's credentials; None leaves it to the AWS SDK."""
    trust: Trust = Trust()
    proxied: bool = False
    """Whether plain HTTP goes through a proxy, which may be spoken to over TLS."""

    @property
    def has_credentials(self) -> bool:
        """Whether credentials were injected; without, the AWS SDK's own chain is asked."""
        return self.key is not None and not self.anonymous

    def storage_options(self) -> dict[str, Any]:
        """Return the arguments of ``s3fs.S3FileSystem``, but for certificates: they are the store's to bring."""
        from mr_client.storage.network.guarded import guarded_socket  # here, since it loads urllib3

        endpoint = None if self._aws_itself else self.endpoint
        s3_config: dict[str, Any] = {} if (style := self._addressing_style()) is None else {"addressing_style": style}
        if self.accelerate:
            s3_config["use_accelerate_endpoint"] = True
        # Where nobody shows a certificate: aiohttp takes 30 ms to read those it would trust.
        plain = (endpoint or "").startswith("http:") and not self.proxied
        client: dict[str, Any] = {"verify": self.trust.verify and not plain}
        if self.region or endpoint:
            client["region_name"] = self.region or "us-east-1"
        return {
            "anon": self.anonymous,
            "key": self.key,
            "secret": self.secret,
            "token": self.session_token,
            "endpoint_url": endpoint,
            "client_kwargs": client,
            # Presigned addresses of version 2 are refused by newer regions and by most other stores.
            "config_kwargs": {
                "s3": s3_config,
                "signature_version": "s3v4",
                # Of this client alone: the SDK may ask the metadata service for credentials of its own accord.
                "connector_args": {"socket_factory": guarded_socket},
                # Told no endpoint, the SDK would take the process's AWS_ENDPOINT_URL.
                **({"ignore_configured_endpoint_urls": True} if self._aws_itself else {}),
            },
            # On AWS without a region, ask where the bucket is: an address signed for another region is refused.
            "cache_regions": not (self.region or endpoint),
            **({} if self.endpoint is None or not _on_aws(self.endpoint) or self.sts_endpoint else _OWN_ENDPOINTS),
        }

    @property
    def _aws_itself(self) -> bool:
        """Whether the SDK is to find AWS's endpoint: its nearest edge, or a region's instead of the global one.

        The global one sends on to the region's, which a signed address does not survive.
        """
        return self.accelerate or (self.endpoint == _AWS and self.region not in (None, "us-east-1", "aws-global"))

    def _addressing_style(self) -> str | None:
        if self.virtual_bucket is not None and not self.accelerate:
            return "virtual" if self.virtual_bucket else "path"
        if self.endpoint is None or self._aws_itself:
            # Left to itself, the SDK signs addresses for the global endpoint, which sends on to the region's.
            return "virtual"
        return None if _on_aws(self.endpoint) else "path"


def s3_access(environ: Mapping[str, str]) -> S3Access:
    """Read how to reach S3 from environment variables; an empty value counts as unset.

    Args:
        environ: with what a storage configuration says in it: see ``storage_config.injected``.

    Raises:
        InvalidSettings: half a credential, an endpoint that is no address, a flag that is neither yes nor no, or a
            file of certificates that is not there.
    """
    key, secret, token = _KEY.read(environ), _SECRET.read(environ), _TOKEN.read(environ)
    if bool(key) != bool(secret):
        missing = (_SECRET if key else _KEY).name
        raise InvalidSettings(f"Half a credential for S3: {missing} is not set; set both, or neither.")
    if token and not key:
        raise InvalidSettings(
            f"Half a credential for S3: {_TOKEN.name} is set, but {_KEY.name} is not; set all three, or none."
        )
    anonymous = _ANONYMOUS.flag(environ) or False
    if not key and not anonymous:
        _check_role(environ)
    endpoint, accelerate = _endpoint(environ), _ACCELERATE.flag(environ) or False
    if accelerate and not _on_aws(endpoint):
        raise InvalidSettings(f"{_ACCELERATE.name} is for AWS alone, but the endpoint is {endpoint!r}: leave one out.")
    return S3Access(
        endpoint=endpoint,
        region=next((region for variable in _REGIONS if (region := variable.read(environ))), None),
        key=key or None,
        secret=secret or None,
        session_token=token or None,
        anonymous=anonymous,
        virtual_bucket=_VIRTUAL.flag(environ),
        accelerate=accelerate,
        sts_endpoint=_STS.read(environ) or None,
        trust=trust(environ, _CA_BUNDLE.name, verify=_VERIFY.flag(environ)),
        proxied=bool(proxies(environ).http),
    )


def default_bucket(environ: Mapping[str, str]) -> str | None:
    """Return the bucket that is injected for an artifact that has only a path: a secret's, or a data connection's.

    Raises:
        InvalidSettings: the storage configuration cannot be read.
    """
    return _BUCKET.read(injected(environ)) or None


def _check_role(environ: Mapping[str, str]) -> None:
    """Check what the AWS SDK reads by itself: it takes another identity, or none, where half of one is there."""
    role, token = _ROLE.read(environ), _ROLE_TOKEN.read(environ)
    if bool(role) != bool(token):
        missing = (_ROLE_TOKEN if role else _ROLE).name
        raise InvalidSettings(
            f"Half a pod's identity for S3: {missing} is not set; annotate the service account, or set a key."
        )
    if token and not os.path.isfile(token):  # noqa: PTH113 - as in ``trusted.trust``
        raise InvalidSettings(
            f"{_ROLE_TOKEN.name} names {token!r}, which is no file: check that the pod's token is mounted."
        )


def _endpoint(environ: Mapping[str, str]) -> str | None:
    for variable in _ENDPOINTS:
        if value := variable.read(environ):
            scheme = "http" if _USE_HTTPS.flag(environ) is False else "https"
            url = value if "://" in value else f"{scheme}://{value}"
            # KServe before 0.17 put a scheme before an S3_ENDPOINT that had one.
            url = re.sub(r"^https?://(?=https?://)", "", url).rstrip("/")
            if not is_server(url):
                raise InvalidSettings(f"{variable.name} is no address of an S3 endpoint: give http(s)://HOST[:PORT].")
            return url
    return None


def _on_aws(endpoint: str | None) -> bool:
    return endpoint is None or (urlsplit(endpoint).hostname or "").endswith(".amazonaws.com")
