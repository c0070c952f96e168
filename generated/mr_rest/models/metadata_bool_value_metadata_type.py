# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

MetadataBoolValueMetadataType = Literal["MetadataBoolValue"]

METADATA_BOOL_VALUE_METADATA_TYPE_VALUES: set[MetadataBoolValueMetadataType] = {
    "MetadataBoolValue",
}


def check_metadata_bool_value_metadata_type(value: str) -> MetadataBoolValueMetadataType:
    if value in METADATA_BOOL_VALUE_METADATA_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METADATA_BOOL_VALUE_METADATA_TYPE_VALUES!r}")
