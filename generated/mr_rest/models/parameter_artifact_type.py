# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ParameterArtifactType = Literal["parameter"]

PARAMETER_ARTIFACT_TYPE_VALUES: set[ParameterArtifactType] = {
    "parameter",
}


def check_parameter_artifact_type(value: str) -> ParameterArtifactType:
    if value in PARAMETER_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PARAMETER_ARTIFACT_TYPE_VALUES!r}")
