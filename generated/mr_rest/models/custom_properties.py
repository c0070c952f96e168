# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.metadata_bool_value import MetadataBoolValue
    from ..models.metadata_double_value import MetadataDoubleValue
    from ..models.metadata_int_value import MetadataIntValue
    from ..models.metadata_proto_value import MetadataProtoValue
    from ..models.metadata_string_value import MetadataStringValue
    from ..models.metadata_struct_value import MetadataStructValue
    from ..models.other_metadata_value import OtherMetadataValue


T = TypeVar("T", bound="CustomProperties")


@_attrs_define
class CustomProperties:
    """Properties of the user's own, by name. In an update they replace all that were there."""

    additional_properties: dict[
        str,
        MetadataBoolValue
        | MetadataDoubleValue
        | MetadataIntValue
        | MetadataProtoValue
        | MetadataStringValue
        | MetadataStructValue
        | OtherMetadataValue,
    ] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.metadata_bool_value import MetadataBoolValue  # noqa: PLC0415
        from ..models.metadata_double_value import MetadataDoubleValue  # noqa: PLC0415
        from ..models.metadata_int_value import MetadataIntValue  # noqa: PLC0415
        from ..models.metadata_proto_value import MetadataProtoValue  # noqa: PLC0415
        from ..models.metadata_string_value import MetadataStringValue  # noqa: PLC0415
        from ..models.metadata_struct_value import MetadataStructValue  # noqa: PLC0415

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            if isinstance(prop, MetadataIntValue):
                field_dict[prop_name] = prop.to_dict()
            elif isinstance(prop, MetadataDoubleValue):
                field_dict[prop_name] = prop.to_dict()
            elif isinstance(prop, MetadataStringValue):
                field_dict[prop_name] = prop.to_dict()
            elif isinstance(prop, MetadataStructValue):
                field_dict[prop_name] = prop.to_dict()
            elif isinstance(prop, MetadataProtoValue):
                field_dict[prop_name] = prop.to_dict()
            elif isinstance(prop, MetadataBoolValue):
                field_dict[prop_name] = prop.to_dict()
            else:
                field_dict[prop_name] = prop.to_dict()

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.metadata_bool_value import MetadataBoolValue  # noqa: PLC0415
        from ..models.metadata_double_value import MetadataDoubleValue  # noqa: PLC0415
        from ..models.metadata_int_value import MetadataIntValue  # noqa: PLC0415
        from ..models.metadata_proto_value import MetadataProtoValue  # noqa: PLC0415
        from ..models.metadata_string_value import MetadataStringValue  # noqa: PLC0415
        from ..models.metadata_struct_value import MetadataStructValue  # noqa: PLC0415
        from ..models.other_metadata_value import OtherMetadataValue  # noqa: PLC0415

        d = dict(src_dict)
        custom_properties = cls()

        additional_properties = {}
        for prop_name, prop_dict in d.items():

            def _parse_additional_property(
                data: object,
            ) -> (
                MetadataBoolValue
                | MetadataDoubleValue
                | MetadataIntValue
                | MetadataProtoValue
                | MetadataStringValue
                | MetadataStructValue
                | OtherMetadataValue
            ):
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_metadata_value_type_0 = MetadataIntValue.from_dict(data)

                    return componentsschemas_metadata_value_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_metadata_value_type_1 = MetadataDoubleValue.from_dict(data)

                    return componentsschemas_metadata_value_type_1
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_metadata_value_type_2 = MetadataStringValue.from_dict(data)

                    return componentsschemas_metadata_value_type_2
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_metadata_value_type_3 = MetadataStructValue.from_dict(data)

                    return componentsschemas_metadata_value_type_3
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_metadata_value_type_4 = MetadataProtoValue.from_dict(data)

                    return componentsschemas_metadata_value_type_4
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_metadata_value_type_5 = MetadataBoolValue.from_dict(data)

                    return componentsschemas_metadata_value_type_5
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_metadata_value_type_6 = OtherMetadataValue.from_dict(data)

                return componentsschemas_metadata_value_type_6

            additional_property = _parse_additional_property(prop_dict)

            additional_properties[prop_name] = additional_property

        custom_properties.additional_properties = additional_properties
        return custom_properties

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(
        self, key: str
    ) -> (
        MetadataBoolValue
        | MetadataDoubleValue
        | MetadataIntValue
        | MetadataProtoValue
        | MetadataStringValue
        | MetadataStructValue
        | OtherMetadataValue
    ):
        return self.additional_properties[key]

    def __setitem__(
        self,
        key: str,
        value: MetadataBoolValue
        | MetadataDoubleValue
        | MetadataIntValue
        | MetadataProtoValue
        | MetadataStringValue
        | MetadataStructValue
        | OtherMetadataValue,
    ) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
