"""What does the secret of KServe's ``storage-config`` say, in words that the others know?

``STORAGE_CONFIG`` holds a JSON object, ``STORAGE_OVERRIDE_CONFIG`` another one whose values win
(the InferenceService's ``storage.key`` and ``storage.parameters``). KServe's initializer
turns both into variables before it looks at anything else (kserve,
``python/storage/kserve_storage/kserve_storage.py``, ``_update_with_storage_spec``); so do we, without
touching the process's own. ModelMesh's forms of the same secret are read as well
(modelmesh-serving, ``docs/predictors/setup-storage.md``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mr_client.errors import InvalidSettings
from mr_client.variables import Variable

__all__ = ["VARIABLES", "StorageConfig", "gcs_key", "injected", "storage_config"]

_CONFIG = Variable(
    "STORAGE_CONFIG",
    "",
    "JSON of a `storage-config` secret, KServe's or ModelMesh's: what it says wins over the variables it stands for",
)
_OVERRIDE = Variable("STORAGE_OVERRIDE_CONFIG", "", "JSON of `storage.parameters`: wins over `STORAGE_CONFIG`")
VARIABLES = (_CONFIG, _OVERRIDE)

_TYPES = {
    "s3": "s3",
    "gcs": "gcs",
    "gs": "gcs",
    "azure": "azure",
    "http": "http",
    "https": "http",
    "pvc": "pvc",
    "hdfs": "hdfs",
    "webhdfs": "hdfs",
}
_WORD = 20
"""Characters of a type that is shown."""
_S3 = (
    ("endpoint_url", "AWS_ENDPOINT_URL"),
    ("access_key_id", "AWS_ACCESS_KEY_ID"),
    ("secret_access_key", "AWS_SECRET_ACCESS_KEY"),
    ("session_token", "AWS_SESSION_TOKEN"),
    ("region", "AWS_DEFAULT_REGION"),
    # The last of two that mean one variable wins: a path before a text.
    ("certificate", "AWS_CA_BUNDLE"),
    ("ca_bundle", "AWS_CA_BUNDLE"),
    ("verify_ssl", "S3_VERIFY_SSL"),
    ("anonymous", "awsAnonymousCredential"),
    ("bucket", "AWS_S3_BUCKET"),
)
_HTTP = (("certificate", "SSL_CERT_FILE"), ("ca_bundle", "SSL_CERT_FILE"))
_AZURE = {
    "account_name": "account_name",
    "access_key": "storage_access_key",
    "connection_string": "storage_connection_string",
    "client_id": "client_id",
    "client_secret": "client_secret",
    "tenant_id": "tenant_id",
}
"""Keys of the JSON, and what the Azure SDK's variables call them."""
_OF_AN_ACCOUNT = ("AZURE_ACCOUNT_NAME", "AZURE_SERVICE_URL", "AZURE_STORAGE_CONNECTION_STRING")
_WHO_ASKS_AZURE = (
    *("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "AZ_CLIENT_ID", "AZ_CLIENT_SECRET", "AZ_TENANT_ID"),
    *("AZURE_FEDERATED_TOKEN_FILE", "AZURE_ACCESS_TOKEN", "AZURE_ACCESS_EXPIRES_ON_SECONDS"),
    *("AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_CONNECTION_STRING"),
)
"""Variables that hold Azure credentials, or a part of them."""
_GCS = ("private_key", "client_email")
"""What a service account's key is none without."""


@dataclass(frozen=True, slots=True)
class StorageConfig:
    """The JSON, both parts merged."""

    type: str
    """``s3``, ``gcs``, ``azure``, ``http``, ``pvc`` or ``hdfs`` (which KServe calls ``webhdfs``, too)."""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By their names in the JSON; empty ones are left out. Objects, such as ``headers``, are JSON."""


def storage_config(environ: Mapping[str, str]) -> StorageConfig | None:
    """Return what ``STORAGE_CONFIG`` and ``STORAGE_OVERRIDE_CONFIG`` say; None where both are unset or empty.

    For what is no variable elsewhere: GCS's ``client_email``, ``private_key`` and ``token_uri``; the files of
    KServe's HDFS secret, by their names (``KERBEROS_KEYTAB`` and ``TLS_*`` are base64, as KServe wants them).

    Raises:
        InvalidSettings: it is no JSON object of strings, or of an unknown type. Values are never quoted.
    """
    said = {**_said(_CONFIG, environ), **_said(_OVERRIDE, environ)}
    values = {name: value for name, value in said.items() if value and name != "type"}
    kind = said.get("type", "").lower()
    if not kind and not values:
        return None
    if kind not in _TYPES:
        # What is no word may be a secret in the wrong place.
        shown = repr(kind) if kind.isalpha() and len(kind) <= _WORD else "missing or unknown"
        raise InvalidSettings(
            f"The type in STORAGE_CONFIG is {shown if kind else 'missing'}: give one of {', '.join(sorted(_TYPES))}."
        )
    return StorageConfig(_TYPES[kind], values)


def injected(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return ``environ`` with what ``STORAGE_CONFIG`` says in it, as the variables that mean the same.

    What it says wins. Where it names credentials or an endpoint, variables of ``environ`` that would go with
    other ones (a session token, say) read as empty. Read by name; it is not iterated.

    - s3: ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``, ``AWS_ENDPOINT_URL``,
      ``AWS_DEFAULT_REGION``, ``AWS_CA_BUNDLE`` (a path, or PEM text: see ``trusted.trust``), ``S3_VERIFY_SSL``,
      ``awsAnonymousCredential``, ``AWS_S3_BUCKET``.
    - azure: ``AZURE_ACCOUNT_NAME``, ``AZURE_STORAGE_CONNECTION_STRING``, ``AZURE_STORAGE_ACCESS_KEY``,
      ``AZURE_CLIENT_ID``, ``AZURE_CLIENT_SECRET``, ``AZURE_TENANT_ID``.
      With credentials of the JSON all of the pod's read as empty; with an account, its other account and endpoint.
    - http: ``<host of url>-headers``, a JSON object; ``SSL_CERT_FILE`` (a path, or PEM text).
    - gcs, hdfs: nothing; ask ``storage_config``. pvc: nothing.

    Raises:
        InvalidSettings: see ``storage_config``.
    """
    config = storage_config(environ)
    if config is None:
        return environ
    match config.type:
        case "s3":
            return _Merged(environ, _s3(config.values))
        case "azure":
            return _Merged(environ, _azure(config.values))
        case "http":
            return _Merged(environ, _http(config.values))
        case _:
            return environ


def gcs_key(environ: Mapping[str, str]) -> Mapping[str, str] | None:
    """Return the service account's key in ``STORAGE_CONFIG``, as Google's key files have it; None where there is none.

    It comes alone: no key file and no identity of the pod is tried beside it.

    Raises:
        InvalidSettings: half of it is there, for which another identity would be a bad guess; or see ``storage_config``.
    """
    config = storage_config(environ)
    if config is None or config.type != "gcs":
        return None
    missing = [name for name in _GCS if not config.values.get(name)]
    if len(missing) == len(_GCS):
        return None
    if missing:
        raise InvalidSettings(
            f"Half a credential for Google Cloud Storage: STORAGE_CONFIG has no {missing[0]}; give both, or neither."
        )
    # ModelMesh's form of it has these three alone.
    return {"type": "service_account", "token_uri": "https://oauth2.googleapis.com/token", **config.values}


class _Merged(Mapping[str, str]):
    """Variables, some of them said anew. Each is looked up when it is asked for, as in the mapping below."""

    __slots__ = ("_below", "_said")

    def __init__(self, below: Mapping[str, str], said: Mapping[str, str]) -> None:
        self._below = below
        self._said = said

    def __getitem__(self, name: str) -> str:
        return self._said[name] if name in self._said else self._below[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._said
        yield from (name for name in self._below if name not in self._said)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _s3(values: Mapping[str, str]) -> dict[str, str]:
    said = {variable: value for key, variable in _S3 if (value := values.get(key))}
    if "AWS_ACCESS_KEY_ID" in said or "AWS_SECRET_ACCESS_KEY" in said:
        # A token, or the other half of a key, that came another way belongs to other credentials.
        said = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", **said}
    if "AWS_ENDPOINT_URL" in said:
        said["AWS_ENDPOINT_URL_S3"] = ""
    return said


def _azure(values: Mapping[str, str]) -> dict[str, str]:
    said = {f"AZURE_{name.upper()}": value for key, name in _AZURE.items() if (value := values.get(key))}
    others: tuple[str, ...] = ()
    if said.keys() & {*_WHO_ASKS_AZURE}:
        # Whatever comes before these in the order of credentials would be asked with instead.
        others += _WHO_ASKS_AZURE
    if said.keys() & {*_OF_AN_ACCOUNT}:
        others += _OF_AN_ACCOUNT
    return {**dict.fromkeys(others, ""), **said}


def _http(values: Mapping[str, str]) -> dict[str, str]:
    said = {variable: value for key, variable in _HTTP if (value := values.get(key))}
    if values.get("client_certificate") or values.get("client_key"):
        raise InvalidSettings(
            "STORAGE_CONFIG names a client_certificate, which is not supported: "
            "leave it out, and let the server admit by headers."
        )
    if headers := values.get("headers"):
        try:
            host = urlsplit(values.get("url", "")).hostname
        except ValueError:
            host = None
        if not host:
            raise InvalidSettings("STORAGE_CONFIG names headers, but no url of the host that they are for: add a url.")
        said[f"{host}-headers"] = headers
    return said


def _said(variable: Variable, environ: Mapping[str, str]) -> dict[str, str]:
    text = variable.read(environ)
    if not text:
        return {}
    try:
        said = json.loads(text)
    except ValueError as error:
        where = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "in it"
        # Without the cause, which holds the text.
        raise InvalidSettings(f"{variable.name} is no JSON ({where}): give a JSON object of strings.") from None
    except RecursionError:
        said = None
    if not isinstance(said, dict):
        raise InvalidSettings(f"{variable.name} is no JSON object: give one, such as {{'type': 's3', …}}.")
    texts = {name: _text(value) for name, value in said.items()}
    if bucket := texts.pop("default_bucket", ""):  # ModelMesh's older name
        texts["bucket"] = texts.get("bucket") or bucket
    return texts


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value)
