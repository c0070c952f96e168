# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ParameterUpdateArtifactType = Literal["parameter"]

PARAMETER_UPDATE_ARTIFACT_TYPE_VALUES: set[ParameterUpdateArtifactType] = {
    "parameter",
}


def check_parameter_update_artifact_type(value: str) -> ParameterUpdateArtifactType:
    if value in PARAMETER_UPDATE_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PARAMETER_UPDATE_ARTIFACT_TYPE_VALUES!r}")
