# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

MetricUpdateArtifactType = Literal["metric"]

METRIC_UPDATE_ARTIFACT_TYPE_VALUES: set[MetricUpdateArtifactType] = {
    "metric",
}


def check_metric_update_artifact_type(value: str) -> MetricUpdateArtifactType:
    if value in METRIC_UPDATE_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METRIC_UPDATE_ARTIFACT_TYPE_VALUES!r}")
