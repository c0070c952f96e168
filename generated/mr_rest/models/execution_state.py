# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ExecutionState = Literal["CACHED", "CANCELED", "COMPLETE", "FAILED", "NEW", "RUNNING", "UNKNOWN"]

EXECUTION_STATE_VALUES: set[ExecutionState] = {
    "CACHED",
    "CANCELED",
    "COMPLETE",
    "FAILED",
    "NEW",
    "RUNNING",
    "UNKNOWN",
}


def check_execution_state(value: str) -> ExecutionState:
    if value in EXECUTION_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EXECUTION_STATE_VALUES!r}")
