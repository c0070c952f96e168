# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.doc_artifact_update_artifact_type import (
    DocArtifactUpdateArtifactType,
    check_doc_artifact_update_artifact_type,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.custom_properties import CustomProperties


T = TypeVar("T", bound="DocArtifactCreate")


@_attrs_define
class DocArtifactCreate:
    """
    Attributes:
        custom_properties (CustomProperties | Unset): Properties of the user's own, by name. In an update they replace
            all that were there.
        description (str | Unset):
        external_id (str | Unset):
        name (str | Unset):
        artifact_type (DocArtifactUpdateArtifactType | Unset):  Default: 'doc-artifact'.
        uri (str | Unset):
        state (str | Unset): One of UNKNOWN, PENDING, LIVE, MARKED_FOR_DELETION, DELETED, ABANDONED, REFERENCE, or what
            a newer server knows.
    """

    custom_properties: CustomProperties | Unset = UNSET
    description: str | Unset = UNSET
    external_id: str | Unset = UNSET
    name: str | Unset = UNSET
    artifact_type: DocArtifactUpdateArtifactType | Unset = "doc-artifact"
    uri: str | Unset = UNSET
    state: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        custom_properties: dict[str, Any] | Unset = UNSET
        if not isinstance(self.custom_properties, Unset):
            custom_properties = self.custom_properties.to_dict()

        description = self.description

        external_id = self.external_id

        name = self.name

        artifact_type: str | Unset = UNSET
        if not isinstance(self.artifact_type, Unset):
            artifact_type = self.artifact_type

        uri = self.uri

        state = self.state

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if custom_properties is not UNSET:
            field_dict["customProperties"] = custom_properties
        if description is not UNSET:
            field_dict["description"] = description
        if external_id is not UNSET:
            field_dict["externalId"] = external_id
        if name is not UNSET:
            field_dict["name"] = name
        if artifact_type is not UNSET:
            field_dict["artifactType"] = artifact_type
        if uri is not UNSET:
            field_dict["uri"] = uri
        if state is not UNSET:
            field_dict["state"] = state

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.custom_properties import CustomProperties  # noqa: PLC0415

        d = dict(src_dict)
        _custom_properties = d.pop("customProperties", UNSET)
        custom_properties: CustomProperties | Unset
        if isinstance(_custom_properties, Unset):
            custom_properties = UNSET
        else:
            custom_properties = CustomProperties.from_dict(_custom_properties)

        description = d.pop("description", UNSET)

        external_id = d.pop("externalId", UNSET)

        name = d.pop("name", UNSET)

        _artifact_type = d.pop("artifactType", UNSET)
        artifact_type: DocArtifactUpdateArtifactType | Unset
        if isinstance(_artifact_type, Unset):
            artifact_type = UNSET
        else:
            artifact_type = check_doc_artifact_update_artifact_type(_artifact_type)

        uri = d.pop("uri", UNSET)

        state = d.pop("state", UNSET)

        doc_artifact_create = cls(
            custom_properties=custom_properties,
            description=description,
            external_id=external_id,
            name=name,
            artifact_type=artifact_type,
            uri=uri,
            state=state,
        )

        doc_artifact_create.additional_properties = d
        return doc_artifact_create

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
