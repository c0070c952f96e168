"""What does a manifest say of where its model came from?

The labels are those by which the registry's own controller knows an InferenceService, and notes in the registry that
it serves the version (kubeflow/hub, ``pkg/inferenceservice-controller``). What is no label's value is an annotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from mr_client.manifests.labels import is_label_value
from mr_client.resolver import Resolution

__all__ = ["DIGEST", "MODEL", "MODEL_ID", "REQUESTED", "VERSION_ID", "labels_of", "notes_of"]

_THEIRS = "modelregistry.kubeflow.org"
MODEL_ID = f"{_THEIRS}/registered-model-id"
VERSION_ID = f"{_THEIRS}/model-version-id"
MODEL = "mr-client/model"
"""Annotation: the model's own name, where the object's differs."""
REQUESTED = "mr-client/model-uri"
"""Annotation: the name that was resolved, where the manifest has the files' own place."""
DIGEST = "mr-client/digest"
"""Annotation: the digest that the registry has of the files."""


def labels_of(resolution: Resolution) -> dict[str, str]:
    """Return the labels of an object that serves a version; what is not known, or no label's value, is left out."""
    said = {
        MODEL_ID: resolution.model.id or "",
        VERSION_ID: resolution.version.id or "",
        **{f"{_THEIRS}/{part}": value for part, value in _service(resolution).items()},
    }
    return {label: value for label, value in said.items() if value and is_label_value(value)}


def notes_of(resolution: Resolution, *, name: str, uri: str | None) -> dict[str, str]:
    """Return the annotations of an object that serves a version.

    Args:
        resolution: what was found.
        name: of the object.
        uri: the ``model-registry://`` URI, where it stands nowhere else in the manifest.
    """
    said = {
        MODEL: resolution.model.name if resolution.model.name != name else None,
        REQUESTED: uri,
        DIGEST: resolution.digest,
        **{label: value for label, value in _ids(resolution).items() if not is_label_value(value)},
    }
    return {annotation: value for annotation, value in said.items() if value}


def _ids(resolution: Resolution) -> dict[str, str]:
    return {MODEL_ID: resolution.model.id or "", VERSION_ID: resolution.version.id or ""}


def _service(resolution: Resolution) -> Mapping[str, str]:
    """Return the name and namespace of the registry's Service, where its address is one of a cluster."""
    host = (urlsplit(resolution.registry).hostname or "").split(".")
    return {"name": host[0], "namespace": host[1]} if len(host) >= 3 and host[2] == "svc" else {}
