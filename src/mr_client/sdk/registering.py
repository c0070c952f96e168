"""How is a version registered, so that a second call completes what the first left undone?

The API takes three calls for it, and a fourth for a new model, and can fail between any two. A
version without an artifact is such a beginning: whoever registers it again, with the same words,
completes it. Where all is there, it is compared with what was given; nothing is changed.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sized
from functools import partial
from pathlib import Path
from typing import Protocol

from mr_client.choice import choose_artifact
from mr_client.errors import AlreadyExists, FilesNotFound, UsageError
from mr_client.properties import DIGEST, FILES, SIZE, PropertyValue
from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel, RegistryAPI
from mr_client.sdk.registration import Registration
from mr_client.storage.copy.progress import suited
from mr_client.uri import ModelURI

__all__ = ["Registering", "Sent", "registered"]


class Sent(Protocol):
    """What an upload says of what it has written."""

    @property
    def digest(self) -> str | None:
        """Of the folder, ``sha256:…``; None where others' files are there as well."""
        ...

    @property
    def size(self) -> int:
        """Bytes in all."""
        ...

    @property
    def files(self) -> Sized:
        """The files, or their names."""
        ...


class Registering:
    """What makes versions."""

    _api: RegistryAPI
    _environ: Mapping[str, str]

    def register(
        self,
        name: str,
        version: str,
        *,
        uri: str | None = None,
        model_format: str | None = None,
        model_format_version: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        description: str | None = None,
        author: str | None = None,
        owner: str | None = None,
        storage_key: str | None = None,
        storage_path: str | None = None,
        service_account_name: str | None = None,
        exist_ok: bool = False,
        upload: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        uploader: Callable[[Path, str], Sent] | None = None,
    ) -> ModelVersion:
        """Register a version of a model, and the model where it is new.

        If it fails between two of its calls, the same call again completes it.

        Args:
            name: name of the model.
            version: name of the version.
            uri: where the files are, such as ``s3://bucket/folder``.
            model_format: such as ``sklearn`` or ``onnx``.
            model_format_version: version of the format.
            properties: kept with the version: texts, finite numbers, truth values, JSON lists and dicts.
            description: of the version.
            author: of the version.
            owner: of the model, where it is new.
            storage_key: name of the secret with the credentials.
            storage_path: folder below the bucket that the secret names; used where there is no ``uri``.
            service_account_name: service account that holds the credentials.
            exist_ok: whether it may be there already, just as it is given here. What is not given is not compared.
            upload: a folder that is copied to ``uri`` first; its digest, size and number of files are recorded. Nothing
                is copied where the version is registered already.
            overwrite: whether files that are in that place are replaced, as those of a call that failed after the copy.
            uploader: stands in for ``mr_client.upload``: copies the folder to the uri, and says what it has written.

        Returns:
            The version.

        Raises:
            AlreadyExists: the version is registered, and ``exist_ok`` is not set, or something else is recorded than
                is given here; the message says what. Nothing was changed.
            UsageError: a name, the uri or a property cannot be what it is, or the folder is none; nothing was sent.
            FilesNotFound: the folder is not there, or empty; nothing was sent.
        """
        wanted = Registration(
            name=name,
            version=version,
            uri=uri,
            model_format=model_format,
            model_format_version=model_format_version,
            storage_key=storage_key,
            storage_path=storage_path,
            service_account_name=service_account_name,
            description=description,
            author=author,
            properties=dict(properties or {}),
            owner=owner,
        )
        wanted.check()
        if upload is None:
            return registered(self._api, wanted, exist_ok=exist_ok)
        folder = _folder(upload)
        if uri is None:
            raise UsageError(f"{str(folder)!r} is to be uploaded: say to which uri.")
        there = _known(self._api, wanted)
        if there is not None:
            wanted.compare(*there, exist_ok=exist_ok)
            return there[0]
        sent = (uploader or self._uploaded(overwrite))(folder, uri)
        return registered(self._api, wanted, exist_ok=exist_ok, recorded=_recorded(sent))

    def _uploaded(self, overwrite: bool) -> Callable[[Path, str], Sent]:
        from mr_client.uploading import upload  # loads what writes to stores

        progress = suited(sys.stderr, logging.getLogger("mr_client"))
        return partial(upload, environ=self._environ, overwrite=overwrite, progress=progress)


def registered(
    api: RegistryAPI,
    wanted: Registration,
    *,
    exist_ok: bool = False,
    recorded: Mapping[str, PropertyValue] | None = None,
) -> ModelVersion:
    """Register what was checked; see ``Registering.register``.

    Args:
        api: the registry.
        wanted: what is to be registered.
        exist_ok: whether it may be there.
        recorded: properties of the artifact.
    """
    model = api.find_model(wanted.name) or _new_model(api, wanted)
    try:
        version = api.create_version(
            model,
            wanted.version,
            description=wanted.description,
            author=wanted.author,
            properties=wanted.properties,
        )
    except AlreadyExists:
        found = api.find_version(model, wanted.version)
        if found is None:
            raise  # by another spelling, to a server that takes capitals for small letters
        version, artifact = found, _artifact_of(api, wanted, found)
        wanted.compare(version, artifact, exist_ok=exist_ok)
        if artifact is not None:
            return version
    try:
        api.create_artifact(
            version,
            wanted.name,  # so upstream's client finds it
            uri=wanted.uri,
            model_format=wanted.model_format,
            model_format_version=wanted.model_format_version,
            storage_key=wanted.storage_key,
            storage_path=wanted.storage_path,
            service_account_name=wanted.service_account_name,
            properties=recorded,
        )
    except AlreadyExists:
        # Somebody else has completed it meanwhile.
        artifact = _artifact_of(api, wanted, version)
        if artifact is None:
            raise
        wanted.compare(version, artifact, exist_ok=exist_ok)
    return version


def _new_model(api: RegistryAPI, wanted: Registration) -> RegisteredModel:
    try:
        return api.create_model(wanted.name, owner=wanted.owner, library=wanted.library, license=wanted.license)
    except AlreadyExists:
        made = api.find_model(wanted.name)  # by somebody else, meanwhile
        if made is None:
            raise
        return made


def _known(api: RegistryAPI, wanted: Registration) -> tuple[ModelVersion, ModelArtifact] | None:
    """Return the version and its artifact, where both are there."""
    model = api.find_model(wanted.name)
    version = None if model is None else api.find_version(model, wanted.version)
    artifact = None if version is None else _artifact_of(api, wanted, version)
    return None if version is None or artifact is None else (version, artifact)


def _artifact_of(api: RegistryAPI, wanted: Registration, version: ModelVersion) -> ModelArtifact | None:
    artifacts = list(api.artifacts(version))
    return choose_artifact(artifacts, ModelURI(wanted.name, wanted.version), version) if artifacts else None


def _folder(upload: str | os.PathLike[str]) -> Path:
    folder = Path(upload)
    if not folder.exists():
        raise FilesNotFound(f"{str(folder)!r} is not there to be uploaded: name the folder that holds the model.")
    if folder.is_dir() and not any(folder.iterdir()):
        raise FilesNotFound(f"{str(folder)!r} is empty: name the folder that holds the model.")
    return folder


def _recorded(sent: Sent) -> dict[str, PropertyValue]:
    amounts: dict[str, PropertyValue] = {SIZE: sent.size, FILES: len(sent.files)}
    return amounts if sent.digest is None else {DIGEST: sent.digest, **amounts}
