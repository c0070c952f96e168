# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

MetadataStructValueMetadataType = Literal["MetadataStructValue"]

METADATA_STRUCT_VALUE_METADATA_TYPE_VALUES: set[MetadataStructValueMetadataType] = {
    "MetadataStructValue",
}


def check_metadata_struct_value_metadata_type(value: str) -> MetadataStructValueMetadataType:
    if value in METADATA_STRUCT_VALUE_METADATA_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METADATA_STRUCT_VALUE_METADATA_TYPE_VALUES!r}")
