# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

MetricCreateArtifactType = Literal["metric"]

METRIC_CREATE_ARTIFACT_TYPE_VALUES: set[MetricCreateArtifactType] = {
    "metric",
}


def check_metric_create_artifact_type(value: str) -> MetricCreateArtifactType:
    if value in METRIC_CREATE_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METRIC_CREATE_ARTIFACT_TYPE_VALUES!r}")
