"""What is to be written instead of a URI that is for somebody else?

KServe mounts, pulls or clones some places itself, before or without a storage initializer; others
nobody brings. Each has a sentence, since "unknown scheme" sends a person searching.
"""

from __future__ import annotations

import re

from mr_client.errors import InvalidURI

__all__ = ["elsewhere"]

_SCHEMES: dict[str, str] = {
    "pvc": "KServe mounts a volume by itself: write it as the InferenceService's storageUri, or, where it is mounted here, "
    "give its folder, /mnt/pvc/…",
    "oci": "a model in an image is pulled by the kubelet: write it as the InferenceService's storageUri, with KServe's "
    "modelcars enabled",
    "git": "a repository is not brought: copy the files to a store, such as s3://BUCKET/FOLDER, or give the address of an "
    "archive, https://HOST/….tar.gz",
    "modelscope": "ModelScope's hub is not brought: write it as the InferenceService's storageUri (KServe 0.21 and later), "
    "or copy the model to a store, such as s3://BUCKET/FOLDER",
    "s3a": "this is Hadoop's name for S3: write s3://BUCKET/FOLDER",
    "gcs": "write gs://BUCKET/FOLDER",
    "ftp": "FTP checks nothing and is not brought: copy the files to a store, such as s3://BUCKET/FOLDER, or serve them by "
    "https://",
}
_SCHEMES["s3n"] = _SCHEMES["s3a"]
_SCHEMES["oci+native"] = _SCHEMES["oci+fetch"] = _SCHEMES["docker"] = _SCHEMES["oci"]
_SCHEMES["git+https"] = _SCHEMES["git+http"] = _SCHEMES["git+ssh"] = _SCHEMES["ssh"] = _SCHEMES["git"]
_SCHEMES["ftps"] = _SCHEMES["sftp"] = _SCHEMES["ftp"]
_AZURE_FILES = re.compile(
    r"https://[^/?#]+\.(file\.core\.windows\.net|z[0-9]{1,2}\.file\.storage\.azure\.net)[/:]", re.I
)
_GIT = re.compile(r"https?://[^?#]+\.git(?:[/?#].*)?", re.I)
"""What KServe takes for a repository, too (``kserve_storage.py``)."""


def elsewhere(uri: str, shown: str) -> InvalidURI | None:
    """Return what to say of a URI that is never brought from where it says; None where it is none of those.

    Args:
        uri: any URI.
        shown: the same without what may be secret.
    """
    scheme = uri.partition("://")[0].lower()
    what = _SCHEMES.get(scheme)
    if _AZURE_FILES.match(uri):
        what = "Azure Files is not brought: mount the share as a volume and use pvc://, or copy the model to a blob container"
    elif _GIT.fullmatch(uri):
        what = _SCHEMES["git"]
    return InvalidURI(f"{shown!r} is not brought from here; {what}.") if what else None
