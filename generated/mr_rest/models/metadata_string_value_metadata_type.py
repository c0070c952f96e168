# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

MetadataStringValueMetadataType = Literal["MetadataStringValue"]

METADATA_STRING_VALUE_METADATA_TYPE_VALUES: set[MetadataStringValueMetadataType] = {
    "MetadataStringValue",
}


def check_metadata_string_value_metadata_type(value: str) -> MetadataStringValueMetadataType:
    if value in METADATA_STRING_VALUE_METADATA_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METADATA_STRING_VALUE_METADATA_TYPE_VALUES!r}")
