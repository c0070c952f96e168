# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

DocArtifactUpdateArtifactType = Literal["doc-artifact"]

DOC_ARTIFACT_UPDATE_ARTIFACT_TYPE_VALUES: set[DocArtifactUpdateArtifactType] = {
    "doc-artifact",
}


def check_doc_artifact_update_artifact_type(value: str) -> DocArtifactUpdateArtifactType:
    if value in DOC_ARTIFACT_UPDATE_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DOC_ARTIFACT_UPDATE_ARTIFACT_TYPE_VALUES!r}")
