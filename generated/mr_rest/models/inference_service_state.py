# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

InferenceServiceState = Literal["DEPLOYED", "UNDEPLOYED"]

INFERENCE_SERVICE_STATE_VALUES: set[InferenceServiceState] = {
    "DEPLOYED",
    "UNDEPLOYED",
}


def check_inference_service_state(value: str) -> InferenceServiceState:
    if value in INFERENCE_SERVICE_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {INFERENCE_SERVICE_STATE_VALUES!r}")
