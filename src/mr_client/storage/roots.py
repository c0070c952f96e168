"""Where do libraries that take nothing but a file find the certificates to trust?"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mr_client.certificates import combined
from mr_client.errors import TransferError
from mr_client.storage.credentials import Trust

__all__ = ["written"]


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
    text = combined(trust.certificates, trust.variable)
    try:
        descriptor, name = tempfile.mkstemp(prefix="mr-client-", suffix=".pem")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
    except OSError as error:
        raise TransferError(
            f"The certificates to trust cannot be written to a temporary file ({error.strerror}): "
            "set TMPDIR to a folder that can be written to."
        ) from error
    return Path(name)
