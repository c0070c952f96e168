"""Which stores are there, and what does it take to get in?

README's table and that of ``docs/stores.md`` are made of these rows (``scripts/tables``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["STORES", "KnownStore", "long_table", "short_table"]


@dataclass(frozen=True, slots=True)
class KnownStore:
    """A kind of store that files are brought from."""

    name: str
    protocol: str
    """What ``Location.protocol`` is for it."""
    uris: tuple[str, ...]
    """Its spellings, the usual one first; words in capitals stand for names."""
    extra: str
    """What is installed with it, ``pip install 'mr-client[EXTRA]'``; empty for what is always there."""
    credentials: str
    digest: str
    """What is compared after a copy, beside the size."""
    note: str = ""


STORES = (
    KnownStore(
        "S3, and all that speak it",
        "s3",
        ("s3://BUCKET/FOLDER",),
        "s3",
        "`AWS_*`, KServe's `S3_*`, a data connection's `AWS_S3_*`, `STORAGE_CONFIG`, or the AWS SDK's own chain",
        "S3's checksums, MD5 in ETags",
    ),
    KnownStore(
        "Google Cloud Storage",
        "gcs",
        ("gs://BUCKET/FOLDER",),
        "gcs",
        "`GOOGLE_APPLICATION_CREDENTIALS`, the pod's identity, or nobody",
        "CRC-32C, MD5",
    ),
    KnownStore(
        "Azure Blob Storage",
        "azure",
        (
            "https://ACCOUNT.blob.core.windows.net/CONTAINER/FOLDER",
            "abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER",
            "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER",
            "az://CONTAINER/FOLDER",
        ),
        "azure",
        "`AZURE_*`, or a signature in the URI",
        "Content-MD5, where the blob has one",
    ),
    KnownStore(
        "a model of the Hugging Face hub",
        "hf",
        ("hf://OWNER/MODEL", "hf://OWNER/MODEL@REVISION/FOLDER", "hf://OWNER/MODEL:REVISION"),
        "",
        "`HF_TOKEN`",
        "SHA-256 of files in LFS or Xet; of others the size",
        "all of one commit; `HF_ENDPOINT` names a mirror",
    ),
    KnownStore(
        "HDFS, by its web servers",
        "webhdfs",
        ("webhdfs://HOST/PATH", "webhdfs://PATH", "hdfs://PATH"),
        "",
        "`HADOOP_USER_NAME`; KServe's secret, as `STORAGE_CONFIG` or in `HDFS_SECRET_DIR`; no Kerberos",
        "none that could be compared: the size",
        "a name node or an HttpFS gateway, `HOST[:PORT]`; without a host those that the secret names",
    ),
    KnownStore(
        "one file of a web server",
        "http",
        ("https://HOST/FILE", "http://HOST/FILE"),
        "",
        "`<host>-headers`, for that host alone",
        "`Repr-Digest`, `Digest`, …",
    ),
    KnownStore(
        "a folder that is mounted",
        "file",
        ("file:///PATH", "/PATH"),
        "",
        "",
        "none: the size",
        "such as `/mnt/pvc/…`; copied, not linked",
    ),
)


def short_table(stores: Iterable[KnownStore]) -> str:
    """Return a Markdown table with the usual spelling of each store."""
    rows = (f"| `{each.uris[0]}` | {each.name} | {_extra(each)} | {each.credentials} |" for each in stores)
    return "\n".join(["| URI | what it is | extra | credentials |", "|---|---|---|---|", *rows]) + "\n"


def long_table(stores: Iterable[KnownStore]) -> str:
    """Return a Markdown table with all that is known of each store."""
    rows = (
        f"| {'<br>'.join(f'`{uri}`' for uri in each.uris)} "
        f"| {'; '.join(filter(None, (each.name, each.note, _extra(each) and f'needs {_extra(each)}')))} | {each.credentials} | {each.digest} |"
        for each in stores
    )
    return "\n".join(["| URI | what it is | credentials | compared |", "|---|---|---|---|", *rows]) + "\n"


def _extra(store: KnownStore) -> str:
    return f"`[{store.extra}]`" if store.extra else ""
