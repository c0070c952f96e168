# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

MetadataProtoValueMetadataType = Literal["MetadataProtoValue"]

METADATA_PROTO_VALUE_METADATA_TYPE_VALUES: set[MetadataProtoValueMetadataType] = {
    "MetadataProtoValue",
}


def check_metadata_proto_value_metadata_type(value: str) -> MetadataProtoValueMetadataType:
    if value in METADATA_PROTO_VALUE_METADATA_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METADATA_PROTO_VALUE_METADATA_TYPE_VALUES!r}")
