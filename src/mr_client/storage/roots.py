"""Where do libraries that take nothing but a file find the certificates to trust?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from mr_client.certificates import combined
from mr_client.errors import TransferError
from mr_client.storage.credentials import Trust

__all__ = ["Roots", "written"]


class Roots(NamedTuple):
    """A file of certificates."""

    path: Path
    remove: Callable[[], None]
    """To be called once, not before the library's last connection is made."""


def written(trust: Trust) -> Roots | None:
    """Write what is trusted, the system's certificates and those that are named, into a file of its own.

    Where Linux keeps one in memory it is there: a pod with a read-only root may have no folder for
    temporary files. Elsewhere it is in that folder.

    Returns:
        The file; None where no certificates are named, so that the library's own will do.

    Raises:
        InvalidSettings: the named file cannot be read, or holds no certificate.
        TransferError: the file cannot be written.
    """
    if trust.certificates is None:
        return None
    text = combined(trust.certificates, trust.variable)
    return _in_memory(text) or _on_disk(text)


def _in_memory(text: str) -> Roots | None:
    """Write a file without a folder (memfd_create(2)); None where there are none, or no name to open them by."""
    try:
        descriptor = os.memfd_create("mr-client")
    except (AttributeError, OSError):
        return None
    path = Path(f"/proc/self/fd/{descriptor}")
    if not path.is_file():
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "w", encoding="ascii", closefd=False) as file:
        file.write(text)
    return Roots(path, partial(os.close, descriptor))


def _on_disk(text: str) -> Roots:
    try:
        descriptor, name = tempfile.mkstemp(prefix="mr-client-", suffix=".pem")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
    except OSError as error:
        raise TransferError(
            f"The certificates to trust cannot be written to a temporary file ({error.strerror}): "
            "set TMPDIR to a folder that can be written to."
        ) from error
    return Roots(Path(name), partial(Path(name).unlink, missing_ok=True))
