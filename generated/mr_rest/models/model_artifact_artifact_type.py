# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ModelArtifactArtifactType = Literal["model-artifact"]

MODEL_ARTIFACT_ARTIFACT_TYPE_VALUES: set[ModelArtifactArtifactType] = {
    "model-artifact",
}


def check_model_artifact_artifact_type(value: str) -> ModelArtifactArtifactType:
    if value in MODEL_ARTIFACT_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MODEL_ARTIFACT_ARTIFACT_TYPE_VALUES!r}")
