"""Which certificates may the server of a store show, going by the environment that KServe makes?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import InvalidSettings
from mr_client.trust.certificates import BUNDLE, CONFIG_MAP, is_pem, mounted_bundle
from mr_client.variables import Variable

__all__ = ["VARIABLES", "Trust", "trust"]

_SSL_CERT_FILE = Variable(
    "SSL_CERT_FILE", "", "every store but S3: a file of certificates to trust beside the system's (PEM)"
)

VARIABLES = (_SSL_CERT_FILE, BUNDLE, CONFIG_MAP)


@dataclass(frozen=True, slots=True)
class Trust:
    """Which certificates a server may show."""

    verify: bool = True
    ca_file: Path | None = None
    """Certificates to trust beside the system's (PEM)."""
    pem: str | None = None
    """Those certificates themselves, where they are in no file."""
    variable: str = ""
    """The variable that names them."""

    @property
    def certificates(self) -> Path | str | None:
        """What ``mr_client.trust.certificates`` takes; None for the system's alone, or where nothing is checked."""
        return (self.ca_file or self.pem) if self.verify else None


def trust(environ: Mapping[str, str], *variables: str, verify: bool | None = None) -> Trust:
    """Return which certificates to trust beside the system's: of the first of ``variables``, or KServe's bundle.

    A variable names a file, or holds the certificates themselves (PEM), as a storage configuration does.

    Raises:
        InvalidSettings: a variable names a file that is not there.
    """
    if verify is False:
        return Trust(verify=False)
    for variable in variables:
        if value := environ.get(variable, "").strip():
            if is_pem(value):
                return Trust(pem=value, variable=variable)
            if not os.path.isfile(value):  # noqa: PTH113 - False for what Path.is_file raises, such as a name too long
                raise InvalidSettings(
                    f"{variable} names {value!r}, which is no file: name a file with PEM certificates."
                )
            return Trust(ca_file=Path(value), variable=variable)
    bundle = mounted_bundle(environ)
    return Trust(ca_file=bundle, variable=BUNDLE.name) if bundle else Trust()
