# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.metadata_struct_value_metadata_type import (
    MetadataStructValueMetadataType,
    check_metadata_struct_value_metadata_type,
)

T = TypeVar("T", bound="MetadataStructValue")


@_attrs_define
class MetadataStructValue:
    """A JSON document. Base64 when it is sent; servers answer with the JSON text itself.

    Attributes:
        struct_value (str):
        metadata_type (MetadataStructValueMetadataType):  Default: 'MetadataStructValue'.
    """

    struct_value: str
    metadata_type: MetadataStructValueMetadataType = "MetadataStructValue"
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        struct_value = self.struct_value

        metadata_type: str = self.metadata_type

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "struct_value": struct_value,
                "metadataType": metadata_type,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        struct_value = d.pop("struct_value")

        metadata_type = check_metadata_struct_value_metadata_type(d.pop("metadataType"))

        metadata_struct_value = cls(
            struct_value=struct_value,
            metadata_type=metadata_type,
        )

        metadata_struct_value.additional_properties = d
        return metadata_struct_value

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
