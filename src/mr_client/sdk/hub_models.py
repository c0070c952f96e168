"""How is a model of the Hugging Face hub registered, without a copy of its files?"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mr_client.errors import InvalidSettings, InvalidURI, TransferError
from mr_client.properties import PropertyValue
from mr_client.registry import ModelVersion, RegistryAPI
from mr_client.sdk.registering import registered
from mr_client.sdk.registration import Registration
from mr_client.storage.hub.place import is_offline
from mr_client.storage.locate import locate

__all__ = ["HubModels"]

logger = logging.getLogger(__name__)

_FORMATS = ("safetensors", "gguf", "onnx")
"""Tags of the hub that say how the files are written, the one that most servers read first."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What the hub says of a model; None where it says nothing."""

    commit: str | None = None
    library: str | None = None
    license: str | None = None
    format: str | None = None


class HubModels:
    """What registers models of the hub."""

    _api: RegistryAPI
    _environ: Mapping[str, str]

    def register_hf(
        self,
        model: str,
        revision: str = "main",
        *,
        name: str | None = None,
        version: str | None = None,
        model_format: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        description: str | None = None,
        author: str | None = None,
        owner: str | None = None,
        exist_ok: bool = False,
    ) -> ModelVersion:
        """Register a model of the Hugging Face hub, pinned to the commit that its revision means now.

        Where the hub cannot be asked (it is out of reach, or ``HF_HUB_OFFLINE`` is set) the revision stays as it is
        given, and a warning is logged. Of a new model the hub's library and license are recorded.

        Args:
            model: ``OWNER/MODEL``.
            revision: a branch, a tag or a commit.
            name: of the model in the registry; without one, ``model``.
            version: its name in the registry; without one, the commit.
            model_format: such as ``safetensors``; without one, as the hub's tags say.
            properties: see ``register``, here and below.
            description: of the version.
            author: of the version.
            owner: of the model, where it is new.
            exist_ok: whether it may be registered already, just so.

        Raises:
            FilesNotFound: the hub has no such model, or no such revision.
            NotAllowed: it is private, and ``HF_TOKEN`` does not open it.
            AlreadyExists, UsageError: see ``register``.
        """
        if not revision:
            raise InvalidURI(
                f"The revision of {model!r} is {revision!r}: name a branch, a tag or a commit, such as 'main'."
            )
        given = f"hf://{model}@{quote(revision, safe='')}"
        said = _asked(given, self._environ)
        wanted = Registration(
            name=model if name is None else name,
            version=(said.commit or revision) if version is None else version,
            uri=f"hf://{model}@{said.commit}" if said.commit else given,
            model_format=model_format or said.format,
            description=description,
            author=author,
            properties=dict(properties or {}),
            owner=owner,
            library=said.library,
            license=said.license,
        )
        wanted.check()
        return registered(self._api, wanted, exist_ok=exist_ok)


def _asked(uri: str, environ: Mapping[str, str]) -> _Said:
    """Ask the hub; what it does not say, and all where it cannot be asked, is None.

    Raises:
        InvalidURI, FilesNotFound, NotAllowed: the URI names no model of the hub, or none that may be seen.
        InvalidSettings: the hub's address is none.
    """
    from mr_client.storage.store import open_store

    try:
        described: dict[str, Any] = open_store(locate(uri, environ), workers=1).described()  # type: ignore[attr-defined]
    except (InvalidSettings, TransferError) as error:
        if isinstance(error, InvalidSettings) and not is_offline(environ):
            raise
        logger.warning("%s is registered as it is, not pinned to a commit: %s", uri, error)
        return _Said()
    tags = [tag for tag in described.get("tags") or () if isinstance(tag, str)]
    licenses = [tag.removeprefix("license:") for tag in tags if tag.startswith("license:")]
    library = described.get("library_name")
    return _Said(
        commit=described["sha"],
        library=library if isinstance(library, str) else None,
        license=licenses[0] if licenses else None,
        format=next((each for each in _FORMATS if each in tags), None),
    )
