# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ArtifactState = Literal["ABANDONED", "DELETED", "LIVE", "MARKED_FOR_DELETION", "PENDING", "REFERENCE", "UNKNOWN"]

ARTIFACT_STATE_VALUES: set[ArtifactState] = {
    "ABANDONED",
    "DELETED",
    "LIVE",
    "MARKED_FOR_DELETION",
    "PENDING",
    "REFERENCE",
    "UNKNOWN",
}


def check_artifact_state(value: str) -> ArtifactState:
    if value in ARTIFACT_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ARTIFACT_STATE_VALUES!r}")
