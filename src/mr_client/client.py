"""The registry as a person in a notebook has it: register, find, resolve, download."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from mr_client.errors import UsageError
from mr_client.experiments import Tracking
from mr_client.filters import Kind
from mr_client.flow import ask, fetch_resolved
from mr_client.registry import RegistryAPI
from mr_client.resolver import Resolution
from mr_client.sdk.aliasing import Aliasing
from mr_client.sdk.changing import Changing
from mr_client.sdk.finding import Finding
from mr_client.sdk.hub_models import HubModels
from mr_client.sdk.registering import Registering
from mr_client.settings import Settings, registry_url
from mr_client.storage.progress import suited
from mr_client.uri import ModelURI, is_model_uri, parse_model_uri

__all__ = ["Registry", "resolve"]


class Registry(Registering, HubModels, Finding, Changing, Aliasing, Tracking):
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

    def download(self, name: str, version: str | None = None, to: str | os.PathLike[str] = ".") -> Path:
        """Bring the files of a model into a folder, verified.

        What is there already, from an earlier call or one that was interrupted, is not fetched again.
        A terminal and a notebook show a bar.

        Args:
            name: name of the model, or a ``model-registry://`` URI.
            version: name of the version; without one, the newest that is LIVE.
            to: the folder; made if it is not there.

        Returns:
            The folder that holds the files.

        Raises:
            NotFound, NotAllowed, TransferError, VerificationFailed: see ``mr_client.errors``.
        """
        progress = suited(sys.stderr, logging.getLogger("mr_client"))
        resolution = self.resolve(name, version)
        return fetch_resolved(resolution, Path(to), environ=self._environ, progress=progress).destination

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
