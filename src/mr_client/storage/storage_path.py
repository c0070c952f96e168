"""Where does the path begin that an artifact has instead of a URI, in its ``storagePath``?

In the storage that is injected: the registry names the secret (``storageKey``), and the secret the bucket
(kubeflow/hub, ``docs/logical_model.md``).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from mr_client.storage.s3.access import default_bucket
from mr_client.storage.storage_config import StorageConfig, storage_config

__all__ = ["storage_root"]


def storage_root(environ: Mapping[str, str]) -> str | None:
    """Return the URI that, with a slash and a path after it, is the path's URI; None where none is injected.

    A ``STORAGE_CONFIG`` decides by its type, without regard to other stores' variables.

    - s3, or no ``STORAGE_CONFIG``: ``s3://BUCKET``, see ``default_bucket``.
    - gcs: ``gs://BUCKET``. azure: ``az://CONTAINER``, of ``container`` or ``bucket``.
    - http: ``url``, without a query. hdfs: ``hdfs:/``, where KServe's secret says what a path is below.

    Raises:
        InvalidSettings: the storage configuration cannot be read.
    """
    config = storage_config(environ)
    if config is None or config.type == "s3":
        return f"s3://{bucket}" if (bucket := default_bucket(environ)) else None
    bucket = config.values.get("bucket")
    match config.type:
        case "gcs":
            return f"gs://{bucket}" if bucket else None
        case "azure":
            container = config.values.get("container") or bucket
            return f"az://{container}" if container else None
        case "http":
            return _url(config)
        case "hdfs":
            return "hdfs:/"
        case _:
            return None  # a volume is mounted by KServe, and where is not said


def _url(config: StorageConfig) -> str | None:
    try:
        parts = urlsplit(config.values.get("url", ""))
        usable = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:
        return None
    return parts.geturl().rstrip("/") if usable and not parts.username else None
