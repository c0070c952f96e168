"""What of a resource do we read, and what do we send?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mr_client.properties import PropertyChange, PropertyValue, from_wire, merged, replaced
from mr_client.registry.answers import no_answer
from mr_rest.models import CustomProperties, Experiment, ExperimentRun, ModelArtifact, ModelVersion, RegisteredModel
from mr_rest.types import UNSET, Unset

__all__ = ["Changes", "Properties", "Resource", "changed", "given", "id_of", "properties_of"]

Resource = RegisteredModel | ModelVersion | ModelArtifact | Experiment | ExperimentRun
Properties = Mapping[str, PropertyValue]
Changes = Mapping[str, PropertyChange]


def properties_of(resource: Resource) -> dict[str, PropertyValue]:
    """Return the custom properties of a resource as plain values; what is of no known type is left out."""
    return from_wire(_wire(resource))


def changed(resource: Resource, properties: Changes | None, *, replace: bool = False) -> CustomProperties | Unset:
    """Return what to send so that ``properties`` are set and no other is lost: servers replace the whole map.

    With ``replace`` the others are lost, but for those that this library keeps for itself.
    """
    if properties is None:
        return UNSET
    return CustomProperties.from_dict((replaced if replace else merged)(_wire(resource), properties))


def given(value: str | None) -> str | Unset:
    """Return what to send for an argument: None is not sent, and so keeps what is there."""
    return UNSET if value is None else value


def id_of(resource: Resource, url: str) -> str:
    """Return the id of a resource that the registry at ``url`` answered with.

    Raises:
        RegistryError: it came without one.
    """
    if not resource.id:
        raise no_answer(url, f"{resource.name or ''!r} came without an id")
    return resource.id


def _wire(resource: Resource) -> dict[str, Any]:
    return resource.custom_properties.to_dict() if resource.custom_properties else {}
