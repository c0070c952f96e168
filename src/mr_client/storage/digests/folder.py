"""What is the digest of a folder?

One that anybody can take again with standard tools; docs/digests.md has the definition.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = ["digest_of_names", "file_sha256", "folder_digest"]


def folder_digest(folder: Path, names: Iterable[str]) -> str:
    """Return ``sha256:<hex>`` of the files ``names`` below ``folder``, read one after the other.

    Args:
        folder: where they are.
        names: of regular files, relative to ``folder``, with slashes.

    Raises:
        OSError: a file cannot be read.
    """
    return digest_of_names({name: file_sha256(folder / name) for name in names})


def file_sha256(path: Path) -> str:
    """Return SHA-256 of a file in hexadecimal. Other threads run meanwhile, so workers may share a folder's files."""
    with path.open("rb", buffering=0) as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def digest_of_names(files: Mapping[str, str]) -> str:
    """Return the folder's digest, ``sha256:<hex>``, from its files' names and their SHA-256 in hexadecimal.

    It is SHA-256 of what ``sha256sum -z`` prints of the files in the order of their names' bytes.
    """
    whole = hashlib.sha256()
    for name, digest in sorted((os.fsencode(name), digest) for name, digest in files.items()):
        whole.update(b"%s  %s\0" % (digest.encode("ascii"), name))
    return f"sha256:{whole.hexdigest()}"
