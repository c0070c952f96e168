# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

DocArtifactCreateArtifactType = Literal["doc-artifact"]

DOC_ARTIFACT_CREATE_ARTIFACT_TYPE_VALUES: set[DocArtifactCreateArtifactType] = {
    "doc-artifact",
}


def check_doc_artifact_create_artifact_type(value: str) -> DocArtifactCreateArtifactType:
    if value in DOC_ARTIFACT_CREATE_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DOC_ARTIFACT_CREATE_ARTIFACT_TYPE_VALUES!r}")
