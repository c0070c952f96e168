# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.metadata_string_value_metadata_type import (
    MetadataStringValueMetadataType,
    check_metadata_string_value_metadata_type,
)

T = TypeVar("T", bound="MetadataStringValue")


@_attrs_define
class MetadataStringValue:
    """A text.

    Attributes:
        string_value (str):
        metadata_type (MetadataStringValueMetadataType):  Default: 'MetadataStringValue'.
    """

    string_value: str
    metadata_type: MetadataStringValueMetadataType = "MetadataStringValue"
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        string_value = self.string_value

        metadata_type: str = self.metadata_type

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "string_value": string_value,
                "metadataType": metadata_type,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        string_value = d.pop("string_value")

        metadata_type = check_metadata_string_value_metadata_type(d.pop("metadataType"))

        metadata_string_value = cls(
            string_value=string_value,
            metadata_type=metadata_type,
        )

        metadata_string_value.additional_properties = d
        return metadata_string_value

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
