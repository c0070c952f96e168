# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

DataSetCreateArtifactType = Literal["dataset-artifact"]

DATA_SET_CREATE_ARTIFACT_TYPE_VALUES: set[DataSetCreateArtifactType] = {
    "dataset-artifact",
}


def check_data_set_create_artifact_type(value: str) -> DataSetCreateArtifactType:
    if value in DATA_SET_CREATE_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DATA_SET_CREATE_ARTIFACT_TYPE_VALUES!r}")
