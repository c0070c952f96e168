"""Manifests of KServe for a model of the registry: pure functions from what was resolved to plain dicts.

>>> from mr_client.manifests import inference_service, to_yaml
>>> rendered = inference_service(mr_client.resolve("model-registry://iris"))
>>> print(to_yaml([rendered.manifest]))
"""

from __future__ import annotations

from mr_client.manifests.inference_service import inference_service, several_models
from mr_client.manifests.kustomize import kustomization, written
from mr_client.manifests.local_model import local_model_cache
from mr_client.manifests.model_mesh import model_mesh
from mr_client.manifests.rendered import Choice, Manifest, Rendered
from mr_client.manifests.storage_container import storage_container
from mr_client.manifests.trained_model import trained_model
from mr_client.manifests.yaml_text import to_yaml

__all__ = [
    "Choice",
    "Manifest",
    "Rendered",
    "inference_service",
    "kustomization",
    "local_model_cache",
    "model_mesh",
    "several_models",
    "storage_container",
    "to_yaml",
    "trained_model",
    "written",
]
