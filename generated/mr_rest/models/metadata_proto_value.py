# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.metadata_proto_value_metadata_type import (
    MetadataProtoValueMetadataType,
    check_metadata_proto_value_metadata_type,
)

T = TypeVar("T", bound="MetadataProtoValue")


@_attrs_define
class MetadataProtoValue:
    """A protobuf message. Servers refuse to store it.

    Attributes:
        type_ (str):
        proto_value (str):
        metadata_type (MetadataProtoValueMetadataType):  Default: 'MetadataProtoValue'.
    """

    type_: str
    proto_value: str
    metadata_type: MetadataProtoValueMetadataType = "MetadataProtoValue"
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        proto_value = self.proto_value

        metadata_type: str = self.metadata_type

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "proto_value": proto_value,
                "metadataType": metadata_type,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = d.pop("type")

        proto_value = d.pop("proto_value")

        metadata_type = check_metadata_proto_value_metadata_type(d.pop("metadataType"))

        metadata_proto_value = cls(
            type_=type_,
            proto_value=proto_value,
            metadata_type=metadata_type,
        )

        metadata_proto_value.additional_properties = d
        return metadata_proto_value

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
