"""The registry as a person in a notebook has it: register, find, resolve, download."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Literal, Self, TextIO, overload

from mr_client.asking import ask
from mr_client.errors import UsageError
from mr_client.registry import RegistryAPI
from mr_client.resolver import Resolution
from mr_client.sdk.aliasing import Aliasing
from mr_client.sdk.changing import Changing
from mr_client.sdk.experiments import Tracking
from mr_client.sdk.filters import Kind
from mr_client.sdk.finding import Finding
from mr_client.sdk.getting import Getting, is_storage_uri
from mr_client.sdk.hub_models import HubModels
from mr_client.sdk.registering import Registering
from mr_client.settings import Settings, registry_url
from mr_client.uri import ModelURI, is_model_uri, parse_model_uri

if TYPE_CHECKING:
    from mr_client.storage.copy.progress import Progress
    from mr_client.storage.copy.settings import CopySettings
    from mr_client.uploading import Uploaded

__all__ = ["Registry", "download", "open", "resolve", "upload"]


class Registry(Getting, Registering, HubModels, Finding, Changing, Aliasing, Tracking):
    """A model registry.

    Nothing is asked before the first call. Safe to share between threads; close it, or use it
    as a context manager, to close its connections.

    Args:
        url: ``http(s)://HOST[:PORT]``; without one, ``MODEL_REGISTRY_BASE_URL``.
        token: bearer token; without one, and without ``url``, ``MODEL_REGISTRY_TOKEN``.
        ca: file of certificates to trust beside the system's (PEM).
        timeout: seconds to wait for a connection and for each answer.
        environ: stands in for the process's environment variables.

    Raises:
        InvalidSettings: ``url`` or a variable has a value that cannot be used.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        ca: str | os.PathLike[str] | None = None,
        timeout: float | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        settings = Settings.from_env(self._environ)
        if url is not None:
            address = registry_url(url)
            if address != settings.url:
                # A token of the environment is for the registry of the environment.
                settings = replace(settings, url=address, token=None, token_path=None)
        if token is not None:
            settings = replace(settings, token=token, token_path=None)
        self._settings = replace(
            settings,
            ca_file=Path(ca) if ca is not None else settings.ca_file,
            timeout=timeout if timeout is not None else settings.timeout,
        )
        self._api = RegistryAPI(self._settings.endpoint())
        self._heeding: set[Kind] = set()

    def __repr__(self) -> str:
        return f"Registry({self._settings.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def resolve(self, name: str, version: str | None = None) -> Resolution:
        """Say where the files of a model are.

        Args:
            name: name of the model, or a ``model-registry://`` URI.
            version: name of the version; without one, the newest that is LIVE.

        Raises:
            ModelNotFound, VersionNotFound, ArtifactNotFound: there is nothing to serve by that name.
            NotAllowed: the registry refuses, or names a place that it must not name.
            UsageError: a URI, and a version beside it.
        """
        uri = self._meant(name, version)
        endpoint = self._settings.endpoint(uri)
        if endpoint == self._api.endpoint:
            return ask(uri, self._api, environ=self._environ, settings=self._settings)
        with RegistryAPI(endpoint) as other:
            return ask(uri, other, environ=self._environ, settings=self._settings)

    def _meant(self, name: str, version: str | None) -> ModelURI:
        if not is_model_uri(name):
            return ModelURI(name, version)
        if version is not None:
            raise UsageError(f"{name!r} is a URI: name the version {version!r} in it, or give the model's name alone.")
        return parse_model_uri(name, known_host=self._settings.host, cluster_domain=self._settings.cluster_domain)


def resolve(uri: str, *, registry: Registry | None = None) -> Resolution:
    """Say where the files of a ``model-registry://`` URI are.

    Args:
        uri: the name.
        registry: the registry to ask; without one, the registry of the environment.

    Raises:
        InvalidURI: ``uri`` is another URI, or none; ``Registry.resolve`` takes a model's name.
        UsageError, NotFound, NotAllowed, RegistryError: see ``mr_client.errors``.
    """
    if not is_model_uri(uri):
        parse_model_uri(uri)  # refuses it
    if registry is not None:
        return registry.resolve(uri)
    with Registry() as configured:
        return configured.resolve(uri)


def download(
    uri: str,
    to: str | os.PathLike[str] | None = None,
    *,
    allow: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    offline: bool | None = None,
    registry: Registry | None = None,
) -> Path:
    """Bring the files of a ``model-registry://`` URI, or of a storage URI, into a folder or the cache, verified.

    Args:
        uri: what to bring.
        to, allow, ignore, offline: see ``Registry.download``.
        registry: the registry to ask; without one, the registry of the environment.

    Returns:
        The folder that holds the files.

    Raises:
        UsageError, NotFound, NotAllowed, TransferError, VerificationFailed: see ``mr_client.errors``.
    """
    with nullcontext(registry) if registry is not None else Registry() as asked:
        return asked.download(_uri(uri), to=to, allow=allow, ignore=ignore, offline=offline)


@overload
def open(
    uri: str, file: str | None = None, mode: Literal["rb"] = "rb", *, registry: Registry | None = None
) -> BinaryIO: ...
@overload
def open(
    uri: str, file: str | None = None, *, mode: Literal["r", "rt"], registry: Registry | None = None
) -> TextIO: ...
@overload
def open(uri: str, file: str | None, mode: Literal["r", "rt"], *, registry: Registry | None = None) -> TextIO: ...
def open(
    uri: str, file: str | None = None, mode: Literal["rb", "r", "rt"] = "rb", *, registry: Registry | None = None
) -> BinaryIO | TextIO:
    """Open a file of a model where it is, for reading: only what is read comes over the network.

    Args:
        uri: a ``model-registry://`` URI, or a storage URI.
        file: see ``Registry.open``.
        mode: ``rb``, or ``r`` for text in UTF-8.
        registry: the registry to ask; without one, the registry of the environment.

    Raises:
        UsageError, NotFound, NotAllowed, TransferError: see ``mr_client.errors``.
    """
    with nullcontext(registry) if registry is not None else Registry() as asked:
        return asked.open(_uri(uri), file, mode)


def upload(
    folder: str | os.PathLike[str],
    uri: str,
    *,
    environ: Mapping[str, str] | None = None,
    overwrite: bool = False,
    copy: CopySettings | None = None,
    progress: Progress | None = None,
) -> Uploaded:
    """Write the files of ``folder`` below ``uri``, and check them. A terminal and a notebook show a bar.

    Args:
        folder: what is uploaded; one file will do.
        uri: a folder in a store: ``s3://``, ``gs://``, Azure's spellings, ``file://`` or an absolute path. Of one file
            alone it may be the name itself: ``s3://models/iris/model.joblib`` for ``model.joblib``.
        environ: stands in for the process's environment variables.
        overwrite: whether files of the same names are replaced. Nothing is removed.
        copy: how hard to work.
        progress: told of bytes as they are sent, in place of the bar.

    Raises:
        AlreadyExists: something is in that place, and ``overwrite`` is not set; or another upload was faster meanwhile.
        UsageError: the folder holds what could not be brought back, or ``uri`` is not written to.
        FilesNotFound, NotAllowed, TransferError, VerificationFailed: see ``mr_client.uploading``.
    """
    # Imported here because few who ask a registry write to a store.
    from mr_client.storage.copy.progress import suited
    from mr_client.uploading import upload as written

    return written(
        Path(folder),
        uri,
        environ=os.environ if environ is None else environ,
        overwrite=overwrite,
        copy=copy,
        progress=suited(sys.stderr, logging.getLogger("mr_client")) if progress is None else progress,
    )


def _uri(uri: str) -> str:
    """Return ``uri``, if it is one; ``Registry`` takes a model's name as well."""
    if not is_storage_uri(uri) and not is_model_uri(uri):
        parse_model_uri(uri)  # refuses it
    return uri
