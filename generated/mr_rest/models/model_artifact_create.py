# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.model_artifact_update_artifact_type import (
    ModelArtifactUpdateArtifactType,
    check_model_artifact_update_artifact_type,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.custom_properties import CustomProperties


T = TypeVar("T", bound="ModelArtifactCreate")


@_attrs_define
class ModelArtifactCreate:
    """What is sent to record where the files of a version are.

    Attributes:
        custom_properties (CustomProperties | Unset): Properties of the user's own, by name. In an update they replace
            all that were there.
        description (str | Unset):
        external_id (str | Unset):
        name (str | Unset):
        artifact_type (ModelArtifactUpdateArtifactType | Unset):  Default: 'model-artifact'.
        model_format_name (str | Unset): Format of the files, such as sklearn or onnx.
        storage_key (str | Unset): Name of the secret that holds the credentials.
        storage_path (str | Unset): Folder below the bucket that the storage key names; used where uri is empty.
        model_format_version (str | Unset): Version of the format.
        service_account_name (str | Unset): Service account that holds the storage credentials.
        model_source_kind (str | Unset):
        model_source_class (str | Unset):
        model_source_group (str | Unset):
        model_source_id (str | Unset):
        model_source_name (str | Unset):
        uri (str | Unset): Where the files are, such as s3://bucket/folder.
        state (str | Unset): One of UNKNOWN, PENDING, LIVE, MARKED_FOR_DELETION, DELETED, ABANDONED, REFERENCE, or what
            a newer server knows.
    """

    custom_properties: CustomProperties | Unset = UNSET
    description: str | Unset = UNSET
    external_id: str | Unset = UNSET
    name: str | Unset = UNSET
    artifact_type: ModelArtifactUpdateArtifactType | Unset = "model-artifact"
    model_format_name: str | Unset = UNSET
    storage_key: str | Unset = UNSET
    storage_path: str | Unset = UNSET
    model_format_version: str | Unset = UNSET
    service_account_name: str | Unset = UNSET
    model_source_kind: str | Unset = UNSET
    model_source_class: str | Unset = UNSET
    model_source_group: str | Unset = UNSET
    model_source_id: str | Unset = UNSET
    model_source_name: str | Unset = UNSET
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

        model_format_name = self.model_format_name

        storage_key = self.storage_key

        storage_path = self.storage_path

        model_format_version = self.model_format_version

        service_account_name = self.service_account_name

        model_source_kind = self.model_source_kind

        model_source_class = self.model_source_class

        model_source_group = self.model_source_group

        model_source_id = self.model_source_id

        model_source_name = self.model_source_name

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
        if model_format_name is not UNSET:
            field_dict["modelFormatName"] = model_format_name
        if storage_key is not UNSET:
            field_dict["storageKey"] = storage_key
        if storage_path is not UNSET:
            field_dict["storagePath"] = storage_path
        if model_format_version is not UNSET:
            field_dict["modelFormatVersion"] = model_format_version
        if service_account_name is not UNSET:
            field_dict["serviceAccountName"] = service_account_name
        if model_source_kind is not UNSET:
            field_dict["modelSourceKind"] = model_source_kind
        if model_source_class is not UNSET:
            field_dict["modelSourceClass"] = model_source_class
        if model_source_group is not UNSET:
            field_dict["modelSourceGroup"] = model_source_group
        if model_source_id is not UNSET:
            field_dict["modelSourceId"] = model_source_id
        if model_source_name is not UNSET:
            field_dict["modelSourceName"] = model_source_name
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
        artifact_type: ModelArtifactUpdateArtifactType | Unset
        if isinstance(_artifact_type, Unset):
            artifact_type = UNSET
        else:
            artifact_type = check_model_artifact_update_artifact_type(_artifact_type)

        model_format_name = d.pop("modelFormatName", UNSET)

        storage_key = d.pop("storageKey", UNSET)

        storage_path = d.pop("storagePath", UNSET)

        model_format_version = d.pop("modelFormatVersion", UNSET)

        service_account_name = d.pop("serviceAccountName", UNSET)

        model_source_kind = d.pop("modelSourceKind", UNSET)

        model_source_class = d.pop("modelSourceClass", UNSET)

        model_source_group = d.pop("modelSourceGroup", UNSET)

        model_source_id = d.pop("modelSourceId", UNSET)

        model_source_name = d.pop("modelSourceName", UNSET)

        uri = d.pop("uri", UNSET)

        state = d.pop("state", UNSET)

        model_artifact_create = cls(
            custom_properties=custom_properties,
            description=description,
            external_id=external_id,
            name=name,
            artifact_type=artifact_type,
            model_format_name=model_format_name,
            storage_key=storage_key,
            storage_path=storage_path,
            model_format_version=model_format_version,
            service_account_name=service_account_name,
            model_source_kind=model_source_kind,
            model_source_class=model_source_class,
            model_source_group=model_source_group,
            model_source_id=model_source_id,
            model_source_name=model_source_name,
            uri=uri,
            state=state,
        )

        model_artifact_create.additional_properties = d
        return model_artifact_create

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
