"""An InferenceService of ModelMesh.

ModelMesh's puller knows no ``model-registry://``: it has ``storage``, with a key of the secret ``storage-config``, or a
``storageUri``, whose key and schema are annotations.
"""

from __future__ import annotations

from mr_client.manifests.formats import MODEL_MESH
from mr_client.manifests.places import MESH, bucket_and_path, by_version, files_uri, place_warnings
from mr_client.manifests.rendered import (
    Choice,
    Manifest,
    Rendered,
    filled,
    inference_service_of,
    key_of,
    metadata,
    said,
    served,
)
from mr_client.resolver import Resolution

__all__ = ["model_mesh"]

_KSERVE = "serving.kserve.io"


def model_mesh(resolution: Resolution, choice: Choice = Choice()) -> Rendered:
    """Return the InferenceService of a model for ModelMesh.

    Raises:
        UsageError: no format is known, a name is none, or ModelMesh does not take the place.
    """
    how = served(resolution, choice, MODEL_MESH, of="ModelMesh")
    key = key_of(resolution, choice)
    found = bucket_and_path(resolution)
    noted: dict[str, str | None] = {}
    if key is not None and found is not None:
        bucket, path = found
        place: Manifest = {
            "storage": filled(key=key, path=path, schemaPath=choice.schema_path, parameters=filled(bucket=bucket))
        }
    else:
        place = {"storageUri": files_uri(resolution, MESH, by="ModelMesh")}
        noted = {f"{_KSERVE}/secretKey": key, f"{_KSERVE}/schemaPath": choice.schema_path}
    about = metadata(resolution, how.name, choice, uri=by_version(resolution))
    about["annotations"] = {
        f"{_KSERVE}/deploymentMode": "ModelMesh",
        **{annotation: value for annotation, value in noted.items() if value is not None},
        **about.get("annotations", {}),
    }
    manifest = inference_service_of(about, {"model": {**how.model, **place}})
    return Rendered(manifest, said(place_warnings(resolution, resolved=True), how.notes))
