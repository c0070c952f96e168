# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ExperimentRunStatus = Literal["FAILED", "FINISHED", "KILLED", "RUNNING", "SCHEDULED"]

EXPERIMENT_RUN_STATUS_VALUES: set[ExperimentRunStatus] = {
    "FAILED",
    "FINISHED",
    "KILLED",
    "RUNNING",
    "SCHEDULED",
}


def check_experiment_run_status(value: str) -> ExperimentRunStatus:
    if value in EXPERIMENT_RUN_STATUS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EXPERIMENT_RUN_STATUS_VALUES!r}")
