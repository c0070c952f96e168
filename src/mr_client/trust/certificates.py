"""Which certificates are trusted, beside the system's?

A private authority is added, never put in place of the public ones: the next request, or a redirect,
may go to a public host. The public ones are the system's and certifi's, as in KServe
(``python/storage``, ``_configure_global_ca_bundle``).
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path

import certifi

from mr_client.errors import InvalidSettings
from mr_client.variables import Variable

__all__ = ["BUNDLE", "CONFIG_MAP", "combined", "is_pem", "mounted_bundle", "trusting"]

logger = logging.getLogger(__name__)

BUNDLE = Variable(
    "CA_BUNDLE_VOLUME_MOUNT_POINT",
    "",
    "folder of the `cabundle.crt` that KServe mounts: certificates to trust, of the registry and of stores, where no "
    "variable names others",
)
CONFIG_MAP = Variable(
    "CA_BUNDLE_CONFIGMAP_NAME",
    "",
    "the config map that it comes from: where it is named and not there, a warning says so",
)


def mounted_bundle(environ: Mapping[str, str]) -> Path | None:
    """Return the bundle that KServe mounts, where it is there: it says where it mounts a config map, whatever keys that has.

    (kserve, ``pkg/webhook/admission/pod/storage_initializer_injector.go``.)
    """
    folder = BUNDLE.read(environ)
    bundle = Path(folder) / "cabundle.crt" if folder else None
    if bundle and bundle.is_file():
        return bundle
    if name := CONFIG_MAP.read(environ):
        logger.warning(
            "The config map %r of certificates to trust is not mounted at %r: the system's are trusted alone.",
            name,
            str(bundle or ""),
        )
    return None


def trusting(ca: Path | str, variable: str = "") -> ssl.SSLContext:
    """Return a context that trusts given certificates, and the public ones.

    Args:
        ca: a file of certificates, or the certificates themselves (PEM).
        variable: the setting that names them, for the error.

    Raises:
        InvalidSettings: the file cannot be read, or there is no certificate.
    """
    context = ssl.create_default_context(cadata=combined(ca, variable))
    folder = ssl.get_default_verify_paths().openssl_capath
    if Path(folder).is_dir():
        context.load_verify_locations(capath=folder)  # looked into when a server shows its certificate
    return context


def combined(ca: Path | str, variable: str = "") -> str:
    """Return as one text (PEM) what ``trusting`` trusts, for libraries that take nothing but a file.

    For the arguments, and for what is raised, see ``trusting``.
    """
    _check(ca, variable)
    own = ca.read_bytes() if isinstance(ca, Path) else ca.encode()
    texts = (own, *(path.read_bytes() for path in _public()))
    # Comments between the certificates need not be ASCII, which is all that OpenSSL takes.
    return "\n".join(text.decode("ascii", "replace").replace("\ufffd", "?") for text in texts)


def is_pem(value: str) -> bool:
    """Return whether a value is certificates, and no file's name."""
    return "-----BEGIN" in value


def _check(ca: Path | str, variable: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if isinstance(ca, Path):
            context.load_verify_locations(cafile=ca)
        else:
            context.load_verify_locations(cadata=ca.encode("ascii", "replace").decode())
    except (OSError, ValueError) as error:
        named = repr(str(ca)) if isinstance(ca, Path) else "(certificates in place)"
        raise InvalidSettings(
            f"{variable} {named} cannot be used as certificates to trust ({error}): "
            "name a file with PEM certificates.".lstrip()
        ) from error


def _public() -> list[Path]:
    """Return the files of public authorities that are here."""
    paths = ssl.get_default_verify_paths()
    # OpenSSL's own places, not those of its variables: SSL_CERT_FILE may name the private authority alone.
    system = (Path(paths.openssl_cafile), Path(paths.openssl_capath) / "ca-certificates.crt")
    found = [path for path in system if path.is_file()]
    return [*found[:1], Path(certifi.where())]
