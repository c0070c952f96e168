"""A TrainedModel: one of the models of a server that loads several.

Its webhook refuses ``model-registry://``, so it has the files' own place; KServe's agent brings them there.
"""

from __future__ import annotations

from mr_client.manifests.labels import checked_name
from mr_client.manifests.places import AGENT, by_version, files_uri, place_warnings
from mr_client.manifests.quantities import checked_quantity, recorded_size
from mr_client.manifests.rendered import Choice, Rendered, format_of, metadata, name_of, said
from mr_client.resolver import Resolution

__all__ = ["trained_model"]


def trained_model(
    resolution: Resolution, inference_service: str, choice: Choice = Choice(), *, memory: str | None = None
) -> Rendered:
    """Return the TrainedModel of a model.

    Args:
        resolution: what was found.
        inference_service: name of the InferenceService whose server loads it.
        choice: what was said of it.
        memory: what the model takes of the server's, a quantity such as ``512Mi``; else the recorded size of its files.

    Raises:
        UsageError: no format or memory is known, a name is none, or the agent does not take the place.
    """
    name, renamed = name_of(resolution, choice)
    wanted, doubts = format_of(resolution, choice)
    uri = files_uri(resolution, AGENT, by="KServe's agent")
    manifest = {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "TrainedModel",
        "metadata": metadata(resolution, name, choice, uri=by_version(resolution)),
        "spec": {
            "inferenceService": checked_name(inference_service),
            "model": {
                "storageUri": uri,
                "framework": wanted.name,
                "memory": checked_quantity(memory) if memory is not None else recorded_size(resolution, "--memory"),
            },
        },
    }
    return Rendered(manifest, said(place_warnings(resolution, resolved=True), renamed, doubts))
