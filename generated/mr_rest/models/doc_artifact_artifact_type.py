# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

DocArtifactArtifactType = Literal["doc-artifact"]

DOC_ARTIFACT_ARTIFACT_TYPE_VALUES: set[DocArtifactArtifactType] = {
    "doc-artifact",
}


def check_doc_artifact_artifact_type(value: str) -> DocArtifactArtifactType:
    if value in DOC_ARTIFACT_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DOC_ARTIFACT_ARTIFACT_TYPE_VALUES!r}")
