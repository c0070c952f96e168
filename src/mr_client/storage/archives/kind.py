"""Is a file an archive, and of which kind? Said without opening it, so that no reader of archives is loaded."""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["Kind", "archive_kind"]

Kind = Literal["tar", "zip"]

_SUFFIXES: dict[str, Kind] = {".tar": "tar", ".tar.gz": "tar", ".tgz": "tar", ".zip": "zip"}
_TYPES: dict[str, Kind] = {
    "application/x-tar": "tar",
    "application/x-gtar": "tar",
    "application/x-compressed-tar": "tar",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
    "application/zip-compressed": "zip",
}
_HAS_SUFFIX = re.compile(r"[^/]\.[^./]*[A-Za-z][^./]*$")
"""A suffix has a letter: that of ``iris-1.2`` is a version."""


def archive_kind(name: str, content_type: str | None = None) -> Kind | None:
    """Return what kind of archive a file is, None if it is none that gets unpacked.

    Decided by the name, whatever its case: ``.tar``, ``.tar.gz``, ``.tgz`` and ``.zip``, the suffixes that
    KServe documents (``_unpack_archive_file`` in python/storage/kserve_storage/kserve_storage.py, called where
    the one file that was copied is of these types). A name without a suffix, as downloads from the web may
    have, is decided by its type; KServe refuses most of those. ``application/gzip`` alone says nothing of a tar.
    A name with another suffix is never an archive, whatever its type: ``.pt`` and ``.keras`` files are zips inside.

    Args:
        name: the file's name, or its path with slashes.
        content_type: the answer's ``Content-Type``, with or without parameters (RFC 9110, section 8.3).
    """
    for suffix, kind in _SUFFIXES.items():
        if name.lower().endswith(suffix):
            return kind
    if content_type is None or _HAS_SUFFIX.search(name):
        return None
    return _TYPES.get(content_type.partition(";")[0].strip().lower())
