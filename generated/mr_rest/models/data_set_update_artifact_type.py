# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

DataSetUpdateArtifactType = Literal["dataset-artifact"]

DATA_SET_UPDATE_ARTIFACT_TYPE_VALUES: set[DataSetUpdateArtifactType] = {
    "dataset-artifact",
}


def check_data_set_update_artifact_type(value: str) -> DataSetUpdateArtifactType:
    if value in DATA_SET_UPDATE_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DATA_SET_UPDATE_ARTIFACT_TYPE_VALUES!r}")
