# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ParameterCreateArtifactType = Literal["parameter"]

PARAMETER_CREATE_ARTIFACT_TYPE_VALUES: set[ParameterCreateArtifactType] = {
    "parameter",
}


def check_parameter_create_artifact_type(value: str) -> ParameterCreateArtifactType:
    if value in PARAMETER_CREATE_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PARAMETER_CREATE_ARTIFACT_TYPE_VALUES!r}")
