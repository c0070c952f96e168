# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

RegisteredModelState = Literal["ARCHIVED", "LIVE"]

REGISTERED_MODEL_STATE_VALUES: set[RegisteredModelState] = {
    "ARCHIVED",
    "LIVE",
}


def check_registered_model_state(value: str) -> RegisteredModelState:
    if value in REGISTERED_MODEL_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {REGISTERED_MODEL_STATE_VALUES!r}")
