"""Where do libraries that take nothing but a file find certificates: those to trust, and one to show?"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mr_client.certificates import combined, is_pem
from mr_client.errors import TransferError
from mr_client.storage.credentials import Trust

__all__ = ["shown_files", "written"]


def written(trust: Trust) -> Path | None:
    """Write what is trusted, the system's certificates and those that are named, into a file of its own.

    It is in the folder for temporary files, which is all that a pod with a read-only root leaves
    to write to. Whoever asks for it removes it, not before the library's last connection is made.

    Returns:
        The file; None where no certificates are named, so that the library's own will do.

    Raises:
        InvalidSettings: the named file cannot be read, or holds no certificate.
        TransferError: the file cannot be written.
    """
    if trust.certificates is None:
        return None
    return _kept(combined(trust.certificates, trust.variable))


def shown_files(certificate: tuple[str, str]) -> tuple[tuple[str, str], list[Path]]:
    """Return the files of a certificate that is shown and of its key, and which of them were made here.

    Whoever asks for them removes those that were made: see ``written``. Nobody else can read them.

    Args:
        certificate: each the name of a file, or PEM.

    Raises:
        TransferError: a file cannot be written.
    """
    made = {text: _kept(text) for text in sorted(set(certificate)) if is_pem(text)}
    first, second = (str(made.get(each, each)) for each in certificate)
    return (first, second), list(made.values())


def _kept(text: str) -> Path:
    try:
        descriptor, name = tempfile.mkstemp(prefix="mr-client-", suffix=".pem")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise TransferError(
            f"Certificates cannot be written to a temporary file ({error.strerror}): "
            "set TMPDIR to a folder that can be written to."
        ) from error
    return Path(name)
