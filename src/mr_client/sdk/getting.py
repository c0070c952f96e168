"""The part of a registry that gets files: into a folder, into the cache, or a piece at a time."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Literal, TextIO, overload

from mr_client.cache.cached import Name, cached, named, remembered
from mr_client.cache.settings import CacheSettings
from mr_client.confidential import refuse_confidential
from mr_client.errors import UsageError
from mr_client.flow import fetch, fetch_resolved, located
from mr_client.resolver import Resolution
from mr_client.settings import Settings
from mr_client.storage.copy.progress import suited
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate
from mr_client.storage.location import Location
from mr_client.storage.opened import as_text, opened
from mr_client.storage.store import open_store
from mr_client.storage.wanted import Wanted
from mr_client.uri import ModelURI, is_model_uri

__all__ = ["Getting", "is_storage_uri"]

_MODES = ("rb", "r", "rt")


def is_storage_uri(text: str) -> bool:
    """Return whether ``text`` says itself where files are: it is a URI, or a path from the root, and no model's."""
    return ("://" in text or text.startswith("/")) and not is_model_uri(text)


class Getting:
    """The part of a ``Registry`` that gets files."""

    _environ: Mapping[str, str]
    _settings: Settings

    def resolve(self, name: str, version: str | None = None) -> Resolution:
        """Say where the files of a model are."""
        raise NotImplementedError

    def _meant(self, name: str, version: str | None) -> ModelURI:
        raise NotImplementedError

    def download(
        self,
        name: str,
        version: str | None = None,
        to: str | os.PathLike[str] | None = None,
        *,
        allow: str | Iterable[str] | None = None,
        ignore: str | Iterable[str] | None = None,
        offline: bool | None = None,
    ) -> Path:
        """Bring the files of a model into a folder or, without one, into the cache, verified.

        What is there already, from an earlier call or one that was interrupted, is not fetched again. The cache
        (``MR_CACHE``) is shared by all processes; its files are read-only, and stay at least while this process runs.
        A terminal and a notebook show a bar.

        Args:
            name: name of the model, a ``model-registry://`` URI, or a storage URI such as ``s3://BUCKET/FOLDER``.
            version: name of the version; without one, the newest that is LIVE.
            to: the folder; made if it is not there.
            allow: patterns of the files to bring, such as ``*.safetensors``, one or several; ``*`` also stands for
                slashes. Where neither they nor ``ignore`` are given, ``STORAGE_ALLOW_PATTERNS`` and
                ``STORAGE_IGNORE_PATTERNS`` count.
            ignore: patterns of the files not to bring; they win.
            offline: whether the cache alone is asked, for what the name meant when it was downloaded last;
                without, as ``MR_OFFLINE`` says.

        Returns:
            The folder that holds the files.

        Raises:
            FilesNotFound: offline, and the cache does not have it.
            NotFound, NotAllowed, TransferError, VerificationFailed: see ``mr_client.errors``.
            UsageError: a URI, and a version beside it.
        """
        environ = self._environ
        refuse_confidential(environ)
        wanted = Wanted.named(environ, allow, ignore)
        copy = CopySettings.from_env(environ)
        cache = self._cache(offline)
        progress = suited(sys.stderr, logging.getLogger("mr_client"))
        if cache.offline:
            files = self._remembered(name, version, wanted, cache, copy)
            if to is None:
                return files
            # Chosen and unpacked when it was brought.
            name, version, wanted, copy = f"{files}/", None, Wanted(), replace(copy, unpack=None)
        if to is None:
            location, resolution = self._place(name, version)
            names = self._names(name, version, resolution, location, wanted)
            return cached(
                location, resolution, names, cache, wanted=wanted, environ=environ, copy=copy, progress=progress
            )
        if is_storage_uri(name):
            _check_alone(name, version)
            receipt = fetch(name, Path(to), environ=environ, copy=copy, progress=progress, wanted=wanted)
        else:
            resolution = self.resolve(name, version)
            receipt = fetch_resolved(resolution, Path(to), environ=environ, copy=copy, progress=progress, wanted=wanted)
        return receipt.destination

    @overload
    def open(
        self,
        name: str,
        file: str | None = None,
        mode: Literal["rb"] = "rb",
        *,
        version: str | None = None,
        offline: bool | None = None,
    ) -> BinaryIO: ...
    @overload
    def open(
        self,
        name: str,
        file: str | None = None,
        *,
        mode: Literal["r", "rt"],
        version: str | None = None,
        offline: bool | None = None,
    ) -> TextIO: ...
    @overload
    def open(
        self,
        name: str,
        file: str | None,
        mode: Literal["r", "rt"],
        *,
        version: str | None = None,
        offline: bool | None = None,
    ) -> TextIO: ...
    def open(
        self,
        name: str,
        file: str | None = None,
        mode: Literal["rb", "r", "rt"] = "rb",
        *,
        version: str | None = None,
        offline: bool | None = None,
    ) -> BinaryIO | TextIO:
        """Open a file of a model where it is, for reading: only what is read comes over the network.

        It can seek. All that is read is of one content: if the file changes meanwhile, reading fails. Nothing is
        compared with a digest, since that takes the whole file; ``download`` does that.

        Args:
            name: name of the model, a ``model-registry://`` URI, or a storage URI.
            file: where the file is below the model, with slashes; not needed where the model is one file.
            mode: ``rb``, or ``r`` for text in UTF-8.
            version: name of the version; without one, the newest that is LIVE.
            offline: whether the cache alone is asked, see ``download``.

        Raises:
            FilesNotFound: the model has no such file, or offline, the cache does not have the model.
            NotFound, NotAllowed, TransferError: see ``mr_client.errors``.
            UsageError: another mode; a URI, and a version beside it.
        """
        if mode not in _MODES:
            raise UsageError(f"A model is opened for reading, not with mode {mode!r}: give 'rb', or 'r' for text.")
        environ = self._environ
        refuse_confidential(environ)
        copy = CopySettings.from_env(environ)
        cache = self._cache(offline)
        if cache.offline:
            files = self._remembered(name, version, Wanted.from_env(environ), cache, copy)
            location = locate(f"{files}/", environ)
        else:
            location, _ = self._place(name, version)
        store = open_store(location, workers=1, timeout=copy.timeout)
        content = opened(store, file, location.uri, copy=copy)
        return content if mode == "rb" else as_text(content)

    def _place(self, name: str, version: str | None) -> tuple[Location, Resolution | None]:
        """Return where the files are, and what the registry says where it has to be asked."""
        if is_storage_uri(name):
            _check_alone(name, version)
            return locate(name, self._environ), None
        resolution = self.resolve(name, version)
        return located(resolution, self._environ), resolution

    def _names(
        self, name: str, version: str | None, resolution: Resolution | None, location: Location, wanted: Wanted
    ) -> list[Name]:
        """Return what will mean these files offline."""
        if resolution is None:
            return [named(location, settings=self._settings, wanted=wanted)]
        asked = self._meant(name, version)
        # What is newest today has a name of its own, which stays.
        exact = ModelURI(
            resolution.model.name, resolution.version.name, asked.host, asked.namespace, artifact=asked.artifact
        )
        return [named(each, settings=self._settings, wanted=wanted) for each in dict.fromkeys((asked, exact))]

    def _remembered(
        self, name: str, version: str | None, wanted: Wanted, cache: CacheSettings, copy: CopySettings
    ) -> Path:
        """Return the folder of the cache that holds the files; nobody is asked."""
        asked: ModelURI | Location
        if is_storage_uri(name):
            _check_alone(name, version)
            asked = locate(name, self._environ)
        else:
            asked = self._meant(name, version)
            self._settings.check_pinned(asked)
        known = named(asked, settings=self._settings, wanted=wanted)
        return remembered(known, cache, settings=self._settings, patience=copy.patience)

    def _cache(self, offline: bool | None) -> CacheSettings:
        cache = CacheSettings.from_env(self._environ)
        return cache if offline is None else replace(cache, offline=offline)


def _check_alone(name: str, version: str | None) -> None:
    if version is not None:
        raise UsageError(
            f"{name!r} says itself where files are, and has no version {version!r}: leave it out, or give a model's name."
        )
