"""Where do libraries that take nothing but a file find certificates: those to trust, and one to show?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from mr_client.errors import TransferError
from mr_client.storage.network.trusted import Trust
from mr_client.trust.certificates import combined, is_pem

__all__ = ["Kept", "shown_files", "written"]


class Kept(NamedTuple):
    """A file of certificates."""

    path: Path
    remove: Callable[[], None]
    """To be called once, not before the library's last connection is made."""


def written(trust: Trust) -> Kept | None:
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
    return _kept(combined(trust.certificates, trust.variable))


def shown_files(certificate: tuple[str, str]) -> tuple[tuple[str, str], list[Kept]]:
    """Return the files of a certificate that is shown and of its key, and which of them were made here.

    Whoever asks for them removes those that were made: see ``written``. Nobody else can read them.

    Args:
        certificate: each the name of a file, or PEM.

    Raises:
        TransferError: a file cannot be written.
    """
    made = {text: _kept(text) for text in sorted(set(certificate)) if is_pem(text)}
    first, second = (str(made[each].path) if each in made else each for each in certificate)
    return (first, second), list(made.values())


def _kept(text: str) -> Kept:
    return _in_memory(text) or _on_disk(text)


def _in_memory(text: str) -> Kept | None:
    """Write a file without a folder (memfd_create(2)); None where there are none, or no name to open them by."""
    try:
        descriptor = os.memfd_create("mr-client")
    except (AttributeError, OSError):
        return None
    path = Path(f"/proc/self/fd/{descriptor}")
    if not path.is_file():
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "w", encoding="utf-8", closefd=False) as file:
        file.write(text)
    return Kept(path, partial(os.close, descriptor))


def _on_disk(text: str) -> Kept:
    try:
        descriptor, name = tempfile.mkstemp(prefix="mr-client-", suffix=".pem")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise TransferError(
            f"Certificates cannot be written to a temporary file ({error.strerror}): "
            "set TMPDIR to a folder that can be written to."
        ) from error
    return Kept(Path(name), partial(Path(name).unlink, missing_ok=True))
