# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.custom_properties import CustomProperties


T = TypeVar("T", bound="ExperimentRunCreate")


@_attrs_define
class ExperimentRunCreate:
    """
    Attributes:
        experiment_id (str):
        custom_properties (CustomProperties | Unset): Properties of the user's own, by name. In an update they replace
            all that were there.
        description (str | Unset):
        external_id (str | Unset):
        name (str | Unset):
        end_time_since_epoch (str | Unset):
        status (str | Unset): One of RUNNING, SCHEDULED, FINISHED, FAILED, KILLED, or what a newer server knows.
        state (str | Unset): One of LIVE, ARCHIVED, or what a newer server knows.
        owner (str | Unset):
        start_time_since_epoch (str | Unset):
    """

    experiment_id: str
    custom_properties: CustomProperties | Unset = UNSET
    description: str | Unset = UNSET
    external_id: str | Unset = UNSET
    name: str | Unset = UNSET
    end_time_since_epoch: str | Unset = UNSET
    status: str | Unset = UNSET
    state: str | Unset = UNSET
    owner: str | Unset = UNSET
    start_time_since_epoch: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        experiment_id = self.experiment_id

        custom_properties: dict[str, Any] | Unset = UNSET
        if not isinstance(self.custom_properties, Unset):
            custom_properties = self.custom_properties.to_dict()

        description = self.description

        external_id = self.external_id

        name = self.name

        end_time_since_epoch = self.end_time_since_epoch

        status = self.status

        state = self.state

        owner = self.owner

        start_time_since_epoch = self.start_time_since_epoch

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "experimentId": experiment_id,
            }
        )
        if custom_properties is not UNSET:
            field_dict["customProperties"] = custom_properties
        if description is not UNSET:
            field_dict["description"] = description
        if external_id is not UNSET:
            field_dict["externalId"] = external_id
        if name is not UNSET:
            field_dict["name"] = name
        if end_time_since_epoch is not UNSET:
            field_dict["endTimeSinceEpoch"] = end_time_since_epoch
        if status is not UNSET:
            field_dict["status"] = status
        if state is not UNSET:
            field_dict["state"] = state
        if owner is not UNSET:
            field_dict["owner"] = owner
        if start_time_since_epoch is not UNSET:
            field_dict["startTimeSinceEpoch"] = start_time_since_epoch

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.custom_properties import CustomProperties  # noqa: PLC0415

        d = dict(src_dict)
        experiment_id = d.pop("experimentId")

        _custom_properties = d.pop("customProperties", UNSET)
        custom_properties: CustomProperties | Unset
        if isinstance(_custom_properties, Unset):
            custom_properties = UNSET
        else:
            custom_properties = CustomProperties.from_dict(_custom_properties)

        description = d.pop("description", UNSET)

        external_id = d.pop("externalId", UNSET)

        name = d.pop("name", UNSET)

        end_time_since_epoch = d.pop("endTimeSinceEpoch", UNSET)

        status = d.pop("status", UNSET)

        state = d.pop("state", UNSET)

        owner = d.pop("owner", UNSET)

        start_time_since_epoch = d.pop("startTimeSinceEpoch", UNSET)

        experiment_run_create = cls(
            experiment_id=experiment_id,
            custom_properties=custom_properties,
            description=description,
            external_id=external_id,
            name=name,
            end_time_since_epoch=end_time_since_epoch,
            status=status,
            state=state,
            owner=owner,
            start_time_since_epoch=start_time_since_epoch,
        )

        experiment_run_create.additional_properties = d
        return experiment_run_create

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
