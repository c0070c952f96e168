"""Which certificates are trusted instead of the system's?"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from mr_client.errors import InvalidSettings
from mr_client.variables import Variable

__all__ = ["BUNDLE", "mounted_bundle", "trusting"]

BUNDLE = Variable(
    "CA_BUNDLE_VOLUME_MOUNT_POINT",
    "",
    "folder of the `cabundle.crt` that KServe mounts: certificates to trust, of the registry and of stores, where no "
    "variable names others",
)


def mounted_bundle(environ: Mapping[str, str]) -> Path | None:
    """Return the bundle that KServe mounts, where it is there: it mounts it optionally, and always says where.

    (kserve, ``pkg/webhook/admission/pod/storage_initializer_injector.go``.)
    """
    folder = BUNDLE.read(environ)
    bundle = Path(folder) / "cabundle.crt" if folder else None
    return bundle if bundle and bundle.is_file() else None


def trusting(ca_file: Path, variable: str = "") -> ssl.SSLContext:
    """Return a context that trusts the certificates in a file, and no others.

    Args:
        ca_file: certificates (PEM).
        variable: the setting that names the file, for the error.

    Raises:
        InvalidSettings: the file cannot be read, or holds no certificate.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise InvalidSettings(
            f"{variable} {str(ca_file)!r} cannot be used as certificates to trust ({error}): "
            "name a file with PEM certificates.".lstrip()
        ) from error
