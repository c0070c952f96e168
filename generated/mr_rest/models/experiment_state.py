# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ExperimentState = Literal["ARCHIVED", "LIVE"]

EXPERIMENT_STATE_VALUES: set[ExperimentState] = {
    "ARCHIVED",
    "LIVE",
}


def check_experiment_state(value: str) -> ExperimentState:
    if value in EXPERIMENT_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EXPERIMENT_STATE_VALUES!r}")
