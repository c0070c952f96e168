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

from mr_client.errors import ModelNotFound, UsageError
from mr_client.experiments import Tracking
from mr_client.flow import ask, fetch_resolved
from mr_client.listing import Listing
from mr_client.properties import PropertyValue, to_wire
from mr_client.registry import ModelVersion, RegisteredModel, RegistryAPI
from mr_client.resolver import Resolution
from mr_client.settings import Settings, registry_url
from mr_client.storage.progress import suited
from mr_client.uri import ModelURI, is_model_uri, parse_model_uri

__all__ = ["Registry", "resolve"]


class Registry(Tracking):
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

    def register(
        self,
        name: str,
        version: str,
        *,
        uri: str,
        model_format: str | None = None,
        model_format_version: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        description: str | None = None,
        author: str | None = None,
    ) -> ModelVersion:
        """Register a version of a model, and the model where it is new.

        Args:
            name: name of the model.
            version: name of the version; it must be new.
            uri: where the files are, such as ``s3://bucket/folder``.
            model_format: such as ``sklearn`` or ``onnx``.
            model_format_version: version of the format.
            properties: kept with the version: texts, numbers, truth values, JSON lists and dicts.
            description: of the version.
            author: of the version.

        Raises:
            AlreadyExists: the model has a version of this name.
            UsageError: a property is no JSON value; nothing was sent.
        """
        to_wire(properties or {})  # refuses what is no JSON before a model is made for it
        try:
            model = self._api.model(name)
        except ModelNotFound:
            model = self._api.create_model(name)
        registered = self._api.create_version(
            model, version, description=description, author=author, properties=properties
        )
        self._api.create_artifact(
            registered, name, uri=uri, model_format=model_format, model_format_version=model_format_version
        )
        return registered

    def model(self, name: str) -> RegisteredModel:
        """Return the model of exactly this name.

        Raises:
            ModelNotFound: there is none; the message offers the nearest names.
        """
        return self._api.model(name)

    def models(self) -> Listing[RegisteredModel]:
        """List all models, fetching pages as needed."""
        return Listing(self._api.models, RegisteredModel, "models")

    def version(self, name: str, version: str) -> ModelVersion:
        """Return a version of a model.

        Raises:
            ModelNotFound, VersionNotFound: there is none; the message says which there are.
        """
        return self._api.version(self._api.model(name), version)

    def versions(self, name: str) -> Listing[ModelVersion]:
        """List all versions of a model, fetching pages as needed.

        Raises:
            ModelNotFound: there is no such model.
        """
        model = self._api.model(name)
        return Listing(lambda: self._api.versions(model), ModelVersion, f"versions of {name!r}")

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
