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

from mr_client.errors import InvalidSettings
from mr_client.variables import Variable

__all__ = ["VARIABLES", "StorageConfig", "injected", "storage_config"]

_CONFIG = Variable(
    "STORAGE_CONFIG",
    "",
    "JSON of a `storage-config` secret, KServe's or ModelMesh's: what it says wins over the variables it stands for",
)
_OVERRIDE = Variable("STORAGE_OVERRIDE_CONFIG", "", "JSON of `storage.parameters`: wins over `STORAGE_CONFIG`")
VARIABLES = (_CONFIG, _OVERRIDE)


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
    raise NotImplementedError


def injected(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return ``environ`` with what ``STORAGE_CONFIG`` says in it, as the variables that mean the same.

    What it says wins. Where it names credentials or an endpoint, variables of ``environ`` that would go with
    other ones (a session token, say) read as empty. Read by name; it is not iterated.

    - s3: ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``, ``AWS_ENDPOINT_URL``,
      ``AWS_DEFAULT_REGION``, ``AWS_CA_BUNDLE`` (a path, or PEM text: see ``credentials.trust``), ``S3_VERIFY_SSL``,
      ``awsAnonymousCredential``, ``AWS_S3_BUCKET``.
    - azure: ``AZURE_ACCOUNT_NAME``, ``AZURE_STORAGE_CONNECTION_STRING``, ``AZURE_STORAGE_ACCESS_KEY``,
      ``AZURE_CLIENT_ID``, ``AZURE_CLIENT_SECRET``, ``AZURE_TENANT_ID``.
    - http: ``<host of url>-headers``, a JSON object; ``SSL_CERT_FILE`` (a path, or PEM text).
    - gcs, hdfs: nothing; ask ``storage_config``. pvc: nothing.

    Raises:
        InvalidSettings: see ``storage_config``.
    """
    raise NotImplementedError
