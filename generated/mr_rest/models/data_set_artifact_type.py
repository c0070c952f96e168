# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

DataSetArtifactType = Literal["dataset-artifact"]

DATA_SET_ARTIFACT_TYPE_VALUES: set[DataSetArtifactType] = {
    "dataset-artifact",
}


def check_data_set_artifact_type(value: str) -> DataSetArtifactType:
    if value in DATA_SET_ARTIFACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DATA_SET_ARTIFACT_TYPE_VALUES!r}")
