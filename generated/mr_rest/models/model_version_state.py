# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ModelVersionState = Literal["ARCHIVED", "LIVE"]

MODEL_VERSION_STATE_VALUES: set[ModelVersionState] = {
    "ARCHIVED",
    "LIVE",
}


def check_model_version_state(value: str) -> ModelVersionState:
    if value in MODEL_VERSION_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MODEL_VERSION_STATE_VALUES!r}")
