# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.parameter_update_artifact_type import (
    ParameterUpdateArtifactType,
    check_parameter_update_artifact_type,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.custom_properties import CustomProperties


T = TypeVar("T", bound="Parameter")


@_attrs_define
class Parameter:
    """
    Attributes:
        create_time_since_epoch (str | Unset):
        last_update_time_since_epoch (str | Unset):
        custom_properties (CustomProperties | Unset): Properties of the user's own, by name. In an update they replace
            all that were there.
        description (str | Unset):
        external_id (str | Unset):
        name (str | Unset):
        id (str | Unset):
        experiment_id (str | Unset):
        experiment_run_id (str | Unset):
        artifact_type (ParameterUpdateArtifactType | Unset):  Default: 'parameter'.
        value (str | Unset):
        parameter_type (Any | Unset): One of string, number, boolean, object, or what a newer server knows.
        state (str | Unset): One of UNKNOWN, PENDING, LIVE, MARKED_FOR_DELETION, DELETED, ABANDONED, REFERENCE, or what
            a newer server knows.
    """

    create_time_since_epoch: str | Unset = UNSET
    last_update_time_since_epoch: str | Unset = UNSET
    custom_properties: CustomProperties | Unset = UNSET
    description: str | Unset = UNSET
    external_id: str | Unset = UNSET
    name: str | Unset = UNSET
    id: str | Unset = UNSET
    experiment_id: str | Unset = UNSET
    experiment_run_id: str | Unset = UNSET
    artifact_type: ParameterUpdateArtifactType | Unset = "parameter"
    value: str | Unset = UNSET
    parameter_type: Any | Unset = UNSET
    state: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        create_time_since_epoch = self.create_time_since_epoch

        last_update_time_since_epoch = self.last_update_time_since_epoch

        custom_properties: dict[str, Any] | Unset = UNSET
        if not isinstance(self.custom_properties, Unset):
            custom_properties = self.custom_properties.to_dict()

        description = self.description

        external_id = self.external_id

        name = self.name

        id = self.id

        experiment_id = self.experiment_id

        experiment_run_id = self.experiment_run_id

        artifact_type: str | Unset = UNSET
        if not isinstance(self.artifact_type, Unset):
            artifact_type = self.artifact_type

        value = self.value

        parameter_type = self.parameter_type

        state = self.state

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if create_time_since_epoch is not UNSET:
            field_dict["createTimeSinceEpoch"] = create_time_since_epoch
        if last_update_time_since_epoch is not UNSET:
            field_dict["lastUpdateTimeSinceEpoch"] = last_update_time_since_epoch
        if custom_properties is not UNSET:
            field_dict["customProperties"] = custom_properties
        if description is not UNSET:
            field_dict["description"] = description
        if external_id is not UNSET:
            field_dict["externalId"] = external_id
        if name is not UNSET:
            field_dict["name"] = name
        if id is not UNSET:
            field_dict["id"] = id
        if experiment_id is not UNSET:
            field_dict["experimentId"] = experiment_id
        if experiment_run_id is not UNSET:
            field_dict["experimentRunId"] = experiment_run_id
        if artifact_type is not UNSET:
            field_dict["artifactType"] = artifact_type
        if value is not UNSET:
            field_dict["value"] = value
        if parameter_type is not UNSET:
            field_dict["parameterType"] = parameter_type
        if state is not UNSET:
            field_dict["state"] = state

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.custom_properties import CustomProperties  # noqa: PLC0415

        d = dict(src_dict)
        create_time_since_epoch = d.pop("createTimeSinceEpoch", UNSET)

        last_update_time_since_epoch = d.pop("lastUpdateTimeSinceEpoch", UNSET)

        _custom_properties = d.pop("customProperties", UNSET)
        custom_properties: CustomProperties | Unset
        if isinstance(_custom_properties, Unset):
            custom_properties = UNSET
        else:
            custom_properties = CustomProperties.from_dict(_custom_properties)

        description = d.pop("description", UNSET)

        external_id = d.pop("externalId", UNSET)

        name = d.pop("name", UNSET)

        id = d.pop("id", UNSET)

        experiment_id = d.pop("experimentId", UNSET)

        experiment_run_id = d.pop("experimentRunId", UNSET)

        _artifact_type = d.pop("artifactType", UNSET)
        artifact_type: ParameterUpdateArtifactType | Unset
        if isinstance(_artifact_type, Unset):
            artifact_type = UNSET
        else:
            artifact_type = check_parameter_update_artifact_type(_artifact_type)

        value = d.pop("value", UNSET)

        parameter_type = d.pop("parameterType", UNSET)

        state = d.pop("state", UNSET)

        parameter = cls(
            create_time_since_epoch=create_time_since_epoch,
            last_update_time_since_epoch=last_update_time_since_epoch,
            custom_properties=custom_properties,
            description=description,
            external_id=external_id,
            name=name,
            id=id,
            experiment_id=experiment_id,
            experiment_run_id=experiment_run_id,
            artifact_type=artifact_type,
            value=value,
            parameter_type=parameter_type,
            state=state,
        )

        parameter.additional_properties = d
        return parameter

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
