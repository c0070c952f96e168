# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

MetadataDoubleValueMetadataType = Literal["MetadataDoubleValue"]

METADATA_DOUBLE_VALUE_METADATA_TYPE_VALUES: set[MetadataDoubleValueMetadataType] = {
    "MetadataDoubleValue",
}


def check_metadata_double_value_metadata_type(value: str) -> MetadataDoubleValueMetadataType:
    if value in METADATA_DOUBLE_VALUE_METADATA_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METADATA_DOUBLE_VALUE_METADATA_TYPE_VALUES!r}")
