# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ArtifactTypeQueryParam = Literal["dataset-artifact", "doc-artifact", "metric", "model-artifact", "parameter"]

ARTIFACT_TYPE_QUERY_PARAM_VALUES: set[ArtifactTypeQueryParam] = {
    "dataset-artifact",
    "doc-artifact",
    "metric",
    "model-artifact",
    "parameter",
}


def check_artifact_type_query_param(value: str) -> ArtifactTypeQueryParam:
    if value in ARTIFACT_TYPE_QUERY_PARAM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ARTIFACT_TYPE_QUERY_PARAM_VALUES!r}")
