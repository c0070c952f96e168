"""What is to be registered, and is it what is recorded already?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mr_client.errors import AlreadyExists
from mr_client.inputs import check_place, checked_name
from mr_client.properties import PropertyValue, from_wire, to_wire
from mr_client.registry import ModelArtifact, ModelVersion, properties_of

__all__ = ["Registration"]


@dataclass(frozen=True, slots=True)
class Registration:
    """What is to be registered."""

    name: str
    version: str
    uri: str | None
    model_format: str | None = None
    model_format_version: str | None = None
    storage_key: str | None = None
    storage_path: str | None = None
    service_account_name: str | None = None
    description: str | None = None
    author: str | None = None
    properties: Mapping[str, PropertyValue] = field(default_factory=dict)
    owner: str | None = None
    """Of a model that is new."""
    library: str | None = None
    """Likewise."""
    license: str | None = None
    """Likewise."""

    def check(self) -> None:
        """Return if it may be sent.

        Raises:
            UsageError: a name, the place or a property cannot be what it is.
        """
        checked_name("model", self.name)
        checked_name("version", self.version)
        check_place(self.uri, self.storage_path)
        to_wire(self.properties)

    def compare(self, version: ModelVersion, artifact: ModelArtifact | None, *, exist_ok: bool) -> None:
        """Return if all that is given is recorded just so.

        Args:
            version: as it is recorded.
            artifact: likewise; None where it is still to be made.
            exist_ok: whether it may be complete already.

        Raises:
            AlreadyExists: something is recorded otherwise, or all is there and ``exist_ok`` is not set.
        """
        differing = [] if artifact is None else _differing(self._of_artifact(), artifact)
        differing += _differing(self._of_version(), version) + _differing_properties(self.properties, version)
        if differing:
            raise AlreadyExists(
                f"Version {self.version!r} of model {self.name!r} is registered with {', '.join(differing)}: choose "
                "another name, or change what is there."
            )
        if artifact is not None and not exist_ok:
            raise AlreadyExists(
                f"Version {self.version!r} of model {self.name!r} is registered, just so: choose another name, or set "
                "exist_ok=True."
            )

    def _of_version(self) -> dict[str, str | None]:
        return {"description": self.description, "author": self.author}

    def _of_artifact(self) -> dict[str, str | None]:
        return {
            "uri": self.uri,
            "model_format_name": self.model_format,
            "model_format_version": self.model_format_version,
            "storage_key": self.storage_key,
            "storage_path": self.storage_path,
            "service_account_name": self.service_account_name,
        }


def _differing(given: Mapping[str, str | None], there: ModelVersion | ModelArtifact) -> list[str]:
    """Return what is given and recorded otherwise, as the message says it."""
    recorded = {attribute: getattr(there, attribute) or None for attribute in given}
    return [
        f"{attribute} {recorded[attribute]!r}, not {value!r}"
        for attribute, value in given.items()
        if value is not None and (recorded[attribute] or "") != value
    ]


def _differing_properties(given: Mapping[str, PropertyValue], there: ModelVersion) -> list[str]:
    recorded: dict[str, Any] = properties_of(there)
    return [
        f"property {name!r} {recorded.get(name)!r}, not {value!r}"
        for name, value in from_wire(to_wire(given)).items()
        if recorded.get(name) != value or type(recorded[name]) is not type(value)
    ]
