"""A ClusterStorageContainer: how a cluster learns to bring ``model-registry://``. ``deploy/`` has the same by kustomize."""

from __future__ import annotations

from mr_client.manifests.labels import checked_name
from mr_client.manifests.rendered import Manifest, Rendered, filled
from mr_client.settings import registry_url
from mr_client.uri import SCHEME

__all__ = ["storage_container"]

_AGENT = 1000
"""The uid of KServe's agent, which removes the files of local models."""


def storage_container(
    image: str,
    registry: str,
    *,
    name: str | None = None,
    secret: str = "model-registry-credentials",  # noqa: S107 - a name
    several: bool = False,
    local_models: bool = False,
) -> Rendered:
    """Return the ClusterStorageContainer of the initializer.

    Args:
        image: of the initializer.
        registry: ``MODEL_REGISTRY_BASE_URL``.
        name: of the object; else ``mr-storage-initializer``, or ``mr-local-models``.
        secret: whose keys are variables, where a namespace has it.
        several: whether one pod may have several models: KServe 0.16 or later.
        local_models: whether it is for the jobs that bring models to nodes: KServe 0.14 or later. They bring one each.

    Raises:
        UsageError: a name is none.
        InvalidSettings: ``registry`` is no address, or holds a password, which does not belong into a manifest.
    """
    registry_url(registry)
    manifest = {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "ClusterStorageContainer",
        "metadata": {"name": checked_name(name or ("mr-local-models" if local_models else "mr-storage-initializer"))},
        "spec": filled(
            workloadType="localModelDownloadJob" if local_models else None,
            container=_container(image, registry, checked_name(secret, dots=True), local_models),
            supportedUriFormats=[{"prefix": f"{SCHEME}://"}],
            supportsMultiModelDownload=True if several and not local_models else None,
        ),
    }
    return Rendered(manifest)


def _container(image: str, registry: str, secret: str, local_models: bool) -> Manifest:
    variables = {"MODEL_REGISTRY_BASE_URL": registry, "TMPDIR": "/dev/shm"}  # noqa: S108 - all else is read-only
    if local_models:
        # A cache knows a model by the text of its URI; many nodes begin at the same time.
        variables |= {"MR_REQUIRE_VERSION": "true", "MR_JITTER": "60"}
    return filled(
        name="storage-initializer",  # KServe finds its own container by this name
        image=image,
        imagePullPolicy="IfNotPresent",
        terminationMessagePolicy="FallbackToLogsOnError" if local_models else None,
        env=[{"name": key, "value": value} for key, value in variables.items()],
        envFrom=[{"secretRef": {"name": secret, "optional": True}}],
        resources={"requests": {"memory": "100Mi", "cpu": "100m"}, "limits": {"memory": "1Gi", "cpu": "1"}},
        securityContext=filled(
            runAsUser=_AGENT if local_models else None,
            allowPrivilegeEscalation=False,
            privileged=False,
            readOnlyRootFilesystem=True,
            runAsNonRoot=True,
            capabilities={"drop": ["ALL"]},
            seccompProfile={"type": "RuntimeDefault"},
        ),
    )
