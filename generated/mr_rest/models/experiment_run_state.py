# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ExperimentRunState = Literal["ARCHIVED", "LIVE"]

EXPERIMENT_RUN_STATE_VALUES: set[ExperimentRunState] = {
    "ARCHIVED",
    "LIVE",
}


def check_experiment_run_state(value: str) -> ExperimentRunState:
    if value in EXPERIMENT_RUN_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EXPERIMENT_RUN_STATE_VALUES!r}")
