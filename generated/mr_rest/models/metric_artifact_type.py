# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

MetricArtifactType = Literal["metric"]

METRIC_ARTIFACT_TYPE_VALUES: set[MetricArtifactType] = {
    "metric",
}


def check_metric_artifact_type(value: str) -> MetricArtifactType:
    if value in METRIC_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METRIC_ARTIFACT_TYPE_VALUES!r}")
