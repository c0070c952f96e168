"""How does Google Cloud Storage let us in, going by the environment that KServe makes?

KServe mounts a secret's key file and names it in ``GOOGLE_APPLICATION_CREDENTIALS``
(``pkg/credentials/gcs/gcs_secret.go``); for workload identity it injects nothing, and the machine's
metadata server says who asks. An emulator is named as Google's own libraries name it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mr_client.errors import InvalidSettings, InvalidURI
from mr_client.trust.addresses import check_host, is_server
from mr_client.variables import Variable

__all__ = ["GOOGLE", "VARIABLES", "GCSAccess", "gcs_access", "gcs_path"]

GOOGLE = "https://storage.googleapis.com"
_KEY_FILE = Variable(
    "GOOGLE_APPLICATION_CREDENTIALS",
    "",
    "GCS: file with a service account's key, or with the configuration of a workload identity federation (JSON); "
    "without it, the identity of the pod or machine, and where there is none, or it may not read, nobody",
)
_EMULATOR = Variable(
    "STORAGE_EMULATOR_HOST",
    "",
    "GCS: `[http(s)://]HOST[:PORT]` of an emulator; it is asked as nobody, or with the key file",
)
VARIABLES = (_KEY_FILE, _EMULATOR)
"""What is read here."""
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,221}")
"""What can be a bucket's name, and stand in a URL (Cloud Storage documentation, "About buckets")."""


@dataclass(frozen=True, slots=True)
class GCSAccess:
    """How to reach Google Cloud Storage, and as whom."""

    endpoint: str = GOOGLE
    """``http(s)://HOST[:PORT]``."""
    key_file: Path | None = None
    """A file with Google credentials (JSON)."""
    key: Mapping[str, str] | None = field(default=None, repr=False)
    """Their content, where that was injected itself; wins over the file."""
    ambient: bool = False
    """Whether the machine's own identity is shown: to Google alone, and where no other was named."""


def gcs_access(environ: Mapping[str, str], *, key: Mapping[str, str] | None = None) -> GCSAccess:
    """Read how to reach Google Cloud Storage from environment variables; an empty value counts as unset.

    Args:
        environ: environment variables as KServe injects them.
        key: a service account's key that was injected otherwise.

    Raises:
        InvalidSettings: there is no such key file, or the emulator's address is none.
        NotAllowed: the emulator's address is one that is never asked.
    """
    key_file = _KEY_FILE.read(environ)
    if key_file and not key and not Path(key_file).is_file():
        raise InvalidSettings(
            f"{_KEY_FILE.name} names {key_file!r}, which is no file: mount the secret that holds the key there, "
            "or unset the variable."
        )
    endpoint = _endpoint(environ)
    if key:
        return GCSAccess(endpoint, key=key)
    if key_file:
        return GCSAccess(endpoint, key_file=Path(key_file))
    return GCSAccess(endpoint, ambient=endpoint == GOOGLE)


def gcs_path(uri: str, rest: str) -> str:
    """Return ``bucket/name`` of what comes after ``gs://`` in ``uri``; names are taken as they stand, as KServe does.

    Raises:
        InvalidURI: it names no bucket.
    """
    bucket, _, name = rest.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise InvalidURI(f"{uri!r} names no bucket: write gs://BUCKET/FOLDER.")
    return f"{bucket}/{name}"


def _endpoint(environ: Mapping[str, str]) -> str:
    value = _EMULATOR.read(environ)
    if value in ("", "default"):
        return GOOGLE
    url = value if "://" in value else f"http://{value}"
    if not is_server(url):
        raise InvalidSettings(f"{_EMULATOR.name} is no address of a server: give [http(s)://]HOST[:PORT].")
    check_host(urlsplit(url).hostname or "", _EMULATOR.name)
    return url.rstrip("/")
