"""What does KServe's secret for HDFS say?

It is a folder that KServe mounts, with a file for each name (kserve, ``pkg/credentials/hdfs``), or the same names in
``STORAGE_CONFIG``, which wins; what would be a file is base64 there (``kserve_storage.py``, ``_update_with_storage_spec``).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mr_client.errors import InvalidSettings
from mr_client.storage.network.trusted import Trust
from mr_client.storage.storage_config import storage_config
from mr_client.storage.web.headers import parsed_headers
from mr_client.trust.certificates import is_pem
from mr_client.variables import Variable

__all__ = ["VARIABLES", "HdfsSecret", "hdfs_secret"]

_FOLDER = Variable(
    "HDFS_SECRET_DIR",
    "/var/secrets/kserve-hdfscreds",
    "hdfs: folder of KServe's secret; of its files `HDFS_NAMENODE`, `HDFS_ROOTPATH`, `USER_PROXY`, `HEADERS`, `TLS_CERT`, "
    "`TLS_KEY`, `TLS_CA` and `TLS_SKIP_VERIFY` are read; a `STORAGE_CONFIG` of type `hdfs` holds the same, and wins",
)
VARIABLES = (_FOLDER,)
_TEXTS = ("HDFS_NAMENODE", "HDFS_ROOTPATH", "USER_PROXY", "HEADERS", "KERBEROS_PRINCIPAL", "TLS_SKIP_VERIFY")
_FILES = ("TLS_CERT", "TLS_KEY", "TLS_CA")


@dataclass(frozen=True, slots=True)
class HdfsSecret:
    """Which name nodes to ask, and as whom."""

    namenodes: tuple[str, ...]
    """As they are written."""
    root: str = ""
    """Folder that paths are below; empty for the root."""
    proxied: str | None = None
    """On whose behalf to ask."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificate: tuple[str, str] | None = field(default=None, repr=False)
    """Certificate that is shown, and its key: names of files, or PEM."""
    trust: Trust | None = None
    """Which certificates a server may show; None leaves it to the other variables."""


def hdfs_secret(environ: Mapping[str, str]) -> HdfsSecret | None:
    """Read the secret; None where there is none.

    Raises:
        InvalidSettings: it cannot be read, names no name node, or wants Kerberos. No value but a path is quoted.
    """
    config = storage_config(environ)
    if config is not None and config.type == "hdfs":
        where, values = "STORAGE_CONFIG", dict(config.values)
        values |= {name: _decoded(name, values[name]) for name in _FILES if name in values}
    else:
        folder = Path(_FOLDER.read(environ))
        if not (folder / "HDFS_NAMENODE").is_file():
            return None
        where, values = str(folder), {name: _text(folder / name) for name in _TEXTS}
        values |= {name: str(folder / name) for name in _FILES if (folder / name).is_file()}
    if values.get("KERBEROS_PRINCIPAL"):
        raise InvalidSettings(
            f"{where!r} asks for Kerberos, which is not spoken here: take KERBEROS_PRINCIPAL out and name an HttpFS "
            "or Knox gateway with HEADERS, or copy the model to another store, such as s3://BUCKET/FOLDER."
        )
    nodes = tuple(each.strip() for each in values.get("HDFS_NAMENODE", "").split(";") if each.strip())
    if not nodes:
        raise InvalidSettings(f"HDFS_NAMENODE in {where!r} is empty or missing: give http(s)://HOST:PORT.")
    headers = values.get("HEADERS")
    certificate = values.get("TLS_CERT")
    return HdfsSecret(
        namenodes=nodes,
        root=values.get("HDFS_ROOTPATH", ""),
        proxied=values.get("USER_PROXY") or None,
        headers=parsed_headers(headers, f"HEADERS in {where}") if headers else {},
        # A file may hold both.
        certificate=(certificate, values.get("TLS_KEY") or certificate) if certificate else None,
        trust=_trust(values),
    )


def _trust(values: Mapping[str, str]) -> Trust | None:
    if values.get("TLS_SKIP_VERIFY", "").lower() == "true":
        return Trust(verify=False)
    authority = values.get("TLS_CA")
    if not authority:
        return None
    return Trust(pem=authority, variable="TLS_CA") if is_pem(authority) else Trust(ca_file=Path(authority))


def _decoded(name: str, value: str) -> str:
    """Return what would be a file: KServe wants it in base64, but PEM itself leaves no doubt either."""
    if is_pem(value):
        return value
    try:
        text = base64.b64decode("".join(value.split()), validate=True).decode()
    except ValueError:
        text = ""
    if not is_pem(text):
        raise InvalidSettings(f"{name} in STORAGE_CONFIG is no PEM in base64: give what `base64 -w0 FILE` prints.")
    return text


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise InvalidSettings(f"{str(path)!r} cannot be read ({why}): correct the secret.") from error
