# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

MetadataIntValueMetadataType = Literal["MetadataIntValue"]

METADATA_INT_VALUE_METADATA_TYPE_VALUES: set[MetadataIntValueMetadataType] = {
    "MetadataIntValue",
}


def check_metadata_int_value_metadata_type(value: str) -> MetadataIntValueMetadataType:
    if value in METADATA_INT_VALUE_METADATA_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METADATA_INT_VALUE_METADATA_TYPE_VALUES!r}")
