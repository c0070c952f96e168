"""What KServe and a hardened cluster ask of a manifest, as a table of rules.

Read in KServe's source (``pkg/apis/serving``, ``pkg/webhook``, ``config/crd``) from 0.11 to 0.20, and in Kubernetes'
Pod Security Standards, level restricted. A rule says what is wrong in words; a manifest without faults has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from mr_client.errors import InvalidURI
from mr_client.uri import SCHEME, parse_model_uri

__all__ = ["Manifest", "faults", "since"]

Manifest = Mapping[str, Any]

_V1ALPHA1, _V1BETA1 = "serving.kserve.io/v1alpha1", "serving.kserve.io/v1beta1"
_API = {
    "ClusterStorageContainer": _V1ALPHA1,
    "LocalModelCache": _V1ALPHA1,
    "LocalModelNodeGroup": _V1ALPHA1,
    "InferenceService": _V1BETA1,
    "TrainedModel": _V1ALPHA1,
    "ServingRuntime": _V1ALPHA1,
    "Secret": "v1",
    "ServiceAccount": "v1",
    "Job": "batch/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "Application": "argoproj.io/v1alpha1",
}
_CLUSTER_SCOPED = frozenset({"ClusterStorageContainer", "LocalModelCache", "LocalModelNodeGroup"})
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""Of an InferenceService; stricter than what Kubernetes asks of the others."""
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?([KMGTPE]i|[numkMGTPE])?")
_FIELDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    # kind: what its spec must have, what it may have
    "ClusterStorageContainer": (
        frozenset({"container", "supportedUriFormats"}),
        frozenset({"workloadType", "supportsMultiModelDownload"}),
    ),
    "LocalModelCache": (
        frozenset({"sourceModelUri", "modelSize", "nodeGroups"}),
        frozenset({"serviceAccountName", "storage"}),
    ),
    "LocalModelNodeGroup": (
        frozenset({"storageLimit", "persistentVolumeSpec", "persistentVolumeClaimSpec"}),
        frozenset(),
    ),
    "InferenceService": (frozenset({"predictor"}), frozenset()),
    "TrainedModel": (frozenset({"inferenceService", "model"}), frozenset()),
    "ServingRuntime": (frozenset({"supportedModelFormats", "containers"}), frozenset({"protocolVersions"})),
    "Job": (frozenset({"template"}), frozenset({"backoffLimit"})),
    "Application": (frozenset({"project", "source", "destination"}), frozenset({"syncPolicy"})),
}
_BESIDE_SPEC = {
    "Secret": {"stringData", "type"},
    "ServiceAccount": {"secrets", "automountServiceAccountToken"},
    "Role": {"rules"},
    "RoleBinding": {"roleRef", "subjects"},
}
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_TAKEN = ("gs", "s3", "pvc", "https", "http", "hdfs", "webhdfs", "oci", "oci+native", "oci+fetch", "hf")
"""Schemes that KServe takes without a ClusterStorageContainer (``ValidateStorageURI``)."""
_OF_THE_HUB = re.compile(r"hf://[^/:@]+/[^/:@]+(:[^/]+)?")
"""What its initializer takes apart (``_download_hf`` of ``kserve_storage.py``)."""
_AGENT_TAKES = ("s3", "gs", "https", "http")
"""Prefixes of the TrainedModel's webhook."""
_MESH_TAKES = ("s3", "gs", "https", "http", "pvc")
_DEPLOYMENT_MODE = "serving.kserve.io/deploymentMode"
_MODEL = frozenset({"modelFormat", "runtime", "protocolVersion", "storageUri", "storage"})
_PROTOCOLS = frozenset({"v1", "v2", "grpc-v1", "grpc-v2"})
_WORKLOADS = frozenset({"initContainer", "localModelDownloadJob"})
_CONTAINER = frozenset(
    {
        "name",
        "image",
        "imagePullPolicy",
        "env",
        "envFrom",
        "resources",
        "securityContext",
        "terminationMessagePolicy",
    }
)
"""Not ``args`` and ``command``, which take the place of SRC and DEST; not ``volumeMounts``, since no volume can be added."""
_RESOURCES = {"requests": {"memory": "100Mi", "cpu": "100m"}, "limits": {"memory": "1Gi", "cpu": "1"}}
"""KServe's defaults, ``storageInitializer`` in inferenceservice-config: a local model's job gets none by itself."""
_PREDICTOR = frozenset({"model", "storageUris", "storageContainerName", "serviceAccountName", "minReplicas"})
_AGENT = 1000
"""The uid of KServe's agent, which removes the files of local models."""
_SINCE: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("ClusterStorageContainer", "workloadType", (0, 14)),
    ("ClusterStorageContainer", "supportsMultiModelDownload", (0, 16)),
    ("LocalModelCache", "sourceModelUri", (0, 14, 1)),  # 0.14.0 has ClusterLocalModel
    ("LocalModelNodeGroup", "storageLimit", (0, 14)),
    ("LocalModelCache", "serviceAccountName", (0, 18)),
    ("LocalModelCache", "storage", (0, 18)),
    ("InferenceService", "storageUris", (0, 16)),
    ("InferenceService", "storageContainerName", (0, 20)),
)


def since(manifest: Manifest) -> tuple[int, ...]:
    """Return the first version of KServe that knows every field of a manifest."""
    spec = manifest.get("spec", {})
    fields = set(spec) | set(spec.get("predictor", {}))
    known: list[tuple[int, ...]] = [
        version for kind, field, version in _SINCE if kind == manifest["kind"] and field in fields
    ]
    return max(known, default=(0, 11))


def faults(manifest: Manifest) -> list[str]:
    """Return what is wrong with a manifest, a sentence each."""
    return list(_faults(manifest))


def _faults(manifest: Manifest) -> Iterator[str]:
    kind, metadata = manifest.get("kind", ""), manifest.get("metadata", {})
    if kind not in _API:
        yield f"no rules for the kind {kind!r}"
        return
    if manifest.get("apiVersion") != _API[kind]:
        yield f"{kind} is of {_API[kind]}"
    if not _NAME.fullmatch(metadata.get("name", "")):
        yield "the name is none that KServe takes"
    if kind in _CLUSTER_SCOPED and "namespace" in metadata:
        yield f"{kind} has no namespace"
    if unknown := set(manifest) - {"apiVersion", "kind", "metadata", "spec"} - _BESIDE_SPEC.get(kind, set()):
        yield f"unknown: {sorted(unknown)}"
    yield from _metadata(metadata)
    if kind == "Role":
        yield from _role(manifest)
    if kind not in _FIELDS:
        return
    spec = manifest.get("spec", {})
    must, may = _FIELDS[kind]
    if missing := must - set(spec):
        yield f"missing in spec: {sorted(missing)}"
        return
    if unknown := set(spec) - must - may:
        yield f"unknown in spec: {sorted(unknown)}"
    match kind:
        case "ClusterStorageContainer":
            yield from _storage_container(spec)
        case "InferenceService" if metadata.get("annotations", {}).get(_DEPLOYMENT_MODE) == "ModelMesh":
            yield from _of_mesh(spec["predictor"])
        case "InferenceService":
            yield from _predictor(spec["predictor"])
        case "TrainedModel":
            yield from _trained(spec)
        case "ServingRuntime":
            yield from _runtime(spec)
        case "Job":
            yield from _job(spec["template"]["spec"])
        case "LocalModelCache":
            yield from _cache(spec)
        case "LocalModelNodeGroup":
            yield from _node_group(spec)


def _storage_container(spec: Manifest) -> Iterator[str]:
    workload = spec.get("workloadType", "initContainer")
    if workload not in _WORKLOADS:
        yield f"workloadType is one of {sorted(_WORKLOADS)}"
    if spec["supportedUriFormats"] != [{"prefix": f"{SCHEME}://"}]:
        yield f"supportedUriFormats is the prefix {SCHEME}:// alone: a regex is not anchored"
    if not isinstance(spec.get("supportsMultiModelDownload", True), bool):
        yield "supportsMultiModelDownload is true or false"
    container = spec["container"]
    yield from _container(container)
    context = container.get("securityContext", {})
    if workload == "localModelDownloadJob":
        if "supportsMultiModelDownload" in spec:
            yield "a job brings one model"
        if context.get("runAsUser") != _AGENT:
            yield f"a job's files are removed by uid {_AGENT}: runAsUser"
        if container.get("terminationMessagePolicy") != "FallbackToLogsOnError":
            yield "a job's container is taken as it stands: terminationMessagePolicy"
    elif "runAsUser" in context:
        yield "OpenShift and Istio choose the uid of an init container: no runAsUser"


def _container(container: Manifest) -> Iterator[str]:
    if unknown := set(container) - _CONTAINER:
        yield f"not for the container: {sorted(unknown)}"
    if container.get("name") != "storage-initializer":
        yield "KServe knows its container by the name storage-initializer"
    if not container.get("image"):
        yield "no image"
    env = container.get("env", [])
    if any(set(each) != {"name", "value"} or not isinstance(each["value"], str) for each in env):
        yield "env has names and texts: KServe 0.16 to 0.19 breaks valueFrom"
    if len({each["name"] for each in env}) < len(env):
        yield "a variable is set twice"
    for each in container.get("envFrom", []):
        if set(each) != {"secretRef"} or each["secretRef"].get("optional") is not True:
            yield "envFrom names optional secrets: a namespace may have none"
    if container.get("resources") != _RESOURCES:
        yield "resources are KServe's defaults"
    yield from _restricted(container.get("securityContext", {}))


def _restricted(context: Manifest, *, root_read_only: bool = True) -> Iterator[str]:
    """Pod Security Standards, restricted (kubernetes.io), and a root that is not written to."""
    capabilities = context.get("capabilities", {})
    if context.get("allowPrivilegeEscalation") is not False:
        yield "restricted: allowPrivilegeEscalation is false"
    if context.get("privileged", False):
        yield "restricted: not privileged"
    if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield "restricted: all capabilities are dropped"
    if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
        yield "restricted: not as root"
    if context.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "restricted: seccompProfile"
    if root_read_only and context.get("readOnlyRootFilesystem") is not True:
        yield "the root file system is read-only"


def _metadata(metadata: Manifest) -> Iterator[str]:
    for key, value in metadata.get("labels", {}).items():
        if not _LABEL_KEY.fullmatch(key) or not isinstance(value, str) or not _LABEL_VALUE.fullmatch(value):
            yield f"{key}: {value!r} is no label"
    for key, value in metadata.get("annotations", {}).items():
        if not _LABEL_KEY.fullmatch(key) or not isinstance(value, str):
            yield f"{key}: {value!r} is no annotation"


def _role(role: Manifest) -> Iterator[str]:
    if "namespace" not in role["metadata"]:
        yield "a role is of a namespace"
    for rule in role["rules"]:
        if "*" in (*rule["apiGroups"], *rule["resources"], *rule["verbs"]):
            yield "a role names what it allows"


def _predictor(predictor: Manifest) -> Iterator[str]:
    if unknown := set(predictor) - _PREDICTOR:
        yield f"not for a predictor with a {SCHEME}:// URI: {sorted(unknown)}"
    model = predictor.get("model", {})
    if unknown := set(model) - _MODEL:
        yield f"not for a model: {sorted(unknown)}"
    if not model.get("modelFormat", {}).get("name"):
        yield "modelFormat has a name"
    if model.get("protocolVersion", "v1") not in _PROTOCOLS:
        yield f"protocolVersion is one of {sorted(_PROTOCOLS)}"
    several = predictor.get("storageUris")
    storage = model.get("storage", {})
    if ("storageUri" in model or "path" in storage) == bool(several):
        yield "either storageUri or storageUris"
    if "storageUri" in model and "path" in storage:
        yield "KServe takes a storageUri or a storage.path"
    if "storageUri" in model:
        yield from _uri_or(_TAKEN, model["storageUri"])
    if several:
        yield from _several(several)


def _of_mesh(predictor: Manifest) -> Iterator[str]:
    if unknown := set(predictor) - {"model"}:
        yield f"not for ModelMesh: {sorted(unknown)}"
    model = predictor.get("model", {})
    storage = model.get("storage", {})
    if ("storageUri" in model) == bool(storage):
        yield "either storageUri or storage"
    if storage and not (storage.get("key") and "path" in storage):
        yield "storage has a key and a path"
    if "storageUri" in model and model["storageUri"].partition("://")[0] not in _MESH_TAKES:
        yield f"ModelMesh does not take {model['storageUri']!r}"


def _trained(spec: Manifest) -> Iterator[str]:
    model = spec["model"]
    if set(model) != {"storageUri", "framework", "memory"}:
        yield "a TrainedModel's model has storageUri, framework and memory"
        return
    if model["storageUri"].partition("://")[0] not in _AGENT_TAKES:
        yield f"the agent does not take {model['storageUri']!r}"
    if not _QUANTITY.fullmatch(str(model["memory"])):
        yield "memory is a quantity"


def _runtime(spec: Manifest) -> Iterator[str]:
    if [each["name"] for each in spec["containers"]] != ["kserve-container"]:
        yield "the server's container is kserve-container"
    for container in spec["containers"]:
        yield from _restricted(container.get("securityContext", {}), root_read_only=False)


def _job(pod: Manifest) -> Iterator[str]:
    if pod.get("restartPolicy") not in ("Never", "OnFailure"):
        yield "a job's pod has a restartPolicy"
    volumes = {each["name"] for each in pod.get("volumes", [])}
    for container in (*pod.get("initContainers", []), *pod["containers"]):
        yield from _restricted(container.get("securityContext", {}))
        if not container.get("resources", {}).get("limits"):
            yield "a container has limits"
        if {each["name"] for each in container.get("volumeMounts", [])} - volumes:
            yield "a volume that is mounted is there"


def _uri_or(taken: tuple[str, ...], uri: str) -> Iterator[str]:
    scheme = uri.partition("://")[0]
    if scheme == SCHEME or scheme not in taken:
        yield from _uri(uri)
    if scheme == "hf" and not _OF_THE_HUB.fullmatch(uri):
        yield f"{uri!r} is none that KServe's initializer takes"


def _several(entries: list[Manifest]) -> Iterator[str]:
    if any(set(each) != {"uri", "mountPath"} for each in entries):
        yield "storageUris has uri and mountPath"
        return
    yield from _uri_or(
        () if any(SCHEME in each["uri"] for each in entries) else _TAKEN, entries[0]["uri"]
    )  # it alone picks the container
    for each in entries[1:]:
        if each["uri"].startswith(f"{SCHEME}:"):
            yield from _uri(each["uri"])
        if each["uri"].startswith(("pvc://", "oci")):
            yield f"{each['uri']!r} is not for the initializer"
    paths = [PurePosixPath(each["mountPath"]) for each in entries]
    if any(not path.is_absolute() or ".." in str(path) or len(path.parts) < 2 for path in paths):
        yield "a mountPath is absolute, without '..', and not the root"
    if any(a == b or a in b.parents for a in paths for b in paths if a is not b):
        yield "no mountPath lies in another"
    if len({path.parts[:2] for path in paths}) > 1:
        yield "the mountPaths have a parent that is not the root"


def _uri(uri: str) -> Iterator[str]:
    try:
        parse_model_uri(uri)
    except InvalidURI as error:
        yield str(error)
    if re.search(r"https?://", uri):
        yield f"{uri!r} matches KServe's default container as well"


def _cache(spec: Manifest) -> Iterator[str]:
    source = spec["sourceModelUri"]
    yield from _uri_or(_TAKEN, source)
    if source.startswith(SCHEME) and parse_model_uri(source).version is None:
        yield "a cached model names its version: the cache knows it by the text of its URI"
    if not spec["nodeGroups"] or not _QUANTITY.fullmatch(str(spec["modelSize"])):
        yield "nodeGroups has one at least, modelSize is a quantity"


def _node_group(spec: Manifest) -> Iterator[str]:
    volume, claim = spec["persistentVolumeSpec"], spec["persistentVolumeClaimSpec"]
    sizes = (spec["storageLimit"], volume["capacity"]["storage"], claim["resources"]["requests"]["storage"])
    if not all(_QUANTITY.fullmatch(size) for size in sizes):
        yield "sizes are quantities"
    if volume["storageClassName"] != claim["storageClassName"] or volume["accessModes"] != claim["accessModes"]:
        yield "volume and claim find each other by their class and modes"
    if volume["local"]["path"] != "/models" or "nodeAffinity" not in volume:
        yield "a local volume is on its nodes, in the folder that KServe's agent has: /models"
