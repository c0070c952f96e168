"""What is rendered of what was found: tables of inputs and the YAML that comes of them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from textwrap import dedent

import pytest
import yaml

from kserve_rules import faults
from manifests_found import found
from mr_client import errors
from mr_client.manifests import (
    Choice,
    Rendered,
    inference_service,
    local_model_cache,
    model_mesh,
    several_models,
    storage_container,
    to_yaml,
    trained_model,
)
from mr_client.properties import SIZE
from mr_client.registry import ModelArtifact
from mr_client.resolver import Resolution
from mr_client.uri import ModelURI
from servers.kserve_models import objections

A_SERVICE = "https://my-registry.rhoai-model-registries.svc.cluster.local:8443"
DIGEST = f"sha256:{'0' * 64}"
GRANITE = "model-registry://ibm-granite%2Fgranite-3.1-8b/v1"


def sized(resolution: Resolution, size: int) -> Resolution:
    artifact = resolution.artifact.to_dict()
    artifact["customProperties"] = {SIZE: {"metadataType": "MetadataIntValue", "int_value": str(size)}}
    return Resolution(
        resolution.requested,
        resolution.registry,
        resolution.model,
        resolution.version,
        ModelArtifact.from_dict(artifact),
        resolution.uri,
    )


TABLE: dict[str, tuple[Callable[[], Rendered], str]] = {
    "by name": (
        lambda: inference_service(found()),
        """\
        apiVersion: serving.kserve.io/v1beta1
        kind: InferenceService
        metadata:
          name: iris
          labels:
            modelregistry.kubeflow.org/registered-model-id: "1"
            modelregistry.kubeflow.org/model-version-id: "2"
        spec:
          predictor:
            model:
              modelFormat:
                name: sklearn
                version: "1"
              storageUri: model-registry://iris/v1
        """,
    ),
    "by name, with all that the artifact and the registry's address say": (
        lambda: inference_service(
            found(
                "model-registry://ibm-granite%2Fgranite-3.1-8b@champion",
                version="v1.0 (final)",
                registry=A_SERVICE,
                model_format="vllm",
                model_format_version="",
                digest=DIGEST,
                storage_key="aws-connection-models",
                service_account_name="model-server",
            ),
            Choice(namespace="models"),
        ),
        f"""\
        apiVersion: serving.kserve.io/v1beta1
        kind: InferenceService
        metadata:
          name: ibm-granite-granite-3-1-8b
          namespace: models
          labels:
            modelregistry.kubeflow.org/registered-model-id: "1"
            modelregistry.kubeflow.org/model-version-id: "2"
            modelregistry.kubeflow.org/name: my-registry
            modelregistry.kubeflow.org/namespace: rhoai-model-registries
          annotations:
            mr-client/model: ibm-granite/granite-3.1-8b
            mr-client/digest: {DIGEST}
        spec:
          predictor:
            serviceAccountName: model-server
            model:
              modelFormat:
                name: vLLM
              storageUri: model-registry://ibm-granite%2Fgranite-3.1-8b/v1.0%20%28final%29
              storage:
                key: aws-connection-models
        """,
    ),
    "resolved, with a key": (
        lambda: inference_service(
            found(), Choice(resolved=True, storage_key="aws-connection-models", runtime="auto", protocol="v2")
        ),
        """\
        apiVersion: serving.kserve.io/v1beta1
        kind: InferenceService
        metadata:
          name: iris
          labels:
            modelregistry.kubeflow.org/registered-model-id: "1"
            modelregistry.kubeflow.org/model-version-id: "2"
          annotations:
            mr-client/model-uri: model-registry://iris/v1
        spec:
          predictor:
            model:
              modelFormat:
                name: sklearn
                version: "1"
              runtime: kserve-mlserver
              protocolVersion: v2
              storage:
                key: aws-connection-models
                path: iris/v1
                parameters:
                  bucket: models
        """,
    ),
    "resolved, without a key": (
        lambda: inference_service(found(uri="gs://models/iris"), Choice(resolved=True, name="mine")),
        """\
        apiVersion: serving.kserve.io/v1beta1
        kind: InferenceService
        metadata:
          name: mine
          labels:
            modelregistry.kubeflow.org/registered-model-id: "1"
            modelregistry.kubeflow.org/model-version-id: "2"
          annotations:
            mr-client/model: iris
            mr-client/model-uri: model-registry://iris/v1
        spec:
          predictor:
            model:
              modelFormat:
                name: sklearn
                version: "1"
              storageUri: gs://models/iris
        """,
    ),
    "several": (
        lambda: several_models(
            [found(GRANITE, model_format="huggingface", model_format_version=""), found("model-registry://adapter/v2")],
            Choice(name="granite"),
            folders=("/mnt/models/base", "/mnt/models/adapter"),
        ),
        f"""\
        apiVersion: serving.kserve.io/v1beta1
        kind: InferenceService
        metadata:
          name: granite
          labels:
            modelregistry.kubeflow.org/registered-model-id: "1"
            modelregistry.kubeflow.org/model-version-id: "2"
          annotations:
            mr-client/model: ibm-granite/granite-3.1-8b
        spec:
          predictor:
            model:
              modelFormat:
                name: huggingface
            storageUris:
              - uri: {GRANITE}
                mountPath: /mnt/models/base
              - uri: model-registry://adapter/v2
                mountPath: /mnt/models/adapter
        """,
    ),
    "a trained model": (
        lambda: trained_model(sized(found(), 5827), "many"),
        """\
        apiVersion: serving.kserve.io/v1alpha1
        kind: TrainedModel
        metadata:
          name: iris
          labels:
            modelregistry.kubeflow.org/registered-model-id: "1"
            modelregistry.kubeflow.org/model-version-id: "2"
          annotations:
            mr-client/model-uri: model-registry://iris/v1
        spec:
          inferenceService: many
          model:
            storageUri: s3://models/iris/v1
            framework: sklearn
            memory: "1Mi"
        """,
    ),
    "ModelMesh, with a key": (
        lambda: model_mesh(
            found(model_format="onnx", model_format_version="1"),
            Choice(storage_key="aws-connection-minio", schema_path="schema/iris.json", runtime="auto"),
        ),
        """\
        apiVersion: serving.kserve.io/v1beta1
        kind: InferenceService
        metadata:
          name: iris
          labels:
            modelregistry.kubeflow.org/registered-model-id: "1"
            modelregistry.kubeflow.org/model-version-id: "2"
          annotations:
            serving.kserve.io/deploymentMode: ModelMesh
            mr-client/model-uri: model-registry://iris/v1
        spec:
          predictor:
            model:
              modelFormat:
                name: onnx
                version: "1"
              runtime: triton-2.x
              storage:
                key: aws-connection-minio
                path: iris/v1
                schemaPath: schema/iris.json
                parameters:
                  bucket: models
        """,
    ),
    "ModelMesh, with annotations": (
        lambda: model_mesh(
            found(uri="gs://models/iris", model_format_version="0"),
            Choice(storage_key="google", schema_path="schema/iris.json"),
        ),
        """\
        apiVersion: serving.kserve.io/v1beta1
        kind: InferenceService
        metadata:
          name: iris
          labels:
            modelregistry.kubeflow.org/registered-model-id: "1"
            modelregistry.kubeflow.org/model-version-id: "2"
          annotations:
            serving.kserve.io/deploymentMode: ModelMesh
            serving.kserve.io/secretKey: google
            serving.kserve.io/schemaPath: schema/iris.json
            mr-client/model-uri: model-registry://iris/v1
        spec:
          predictor:
            model:
              modelFormat:
                name: sklearn
                version: "0"
              storageUri: gs://models/iris
        """,
    ),
    "a local model": (
        lambda: local_model_cache(found("model-registry://iris", service_account_name="caches"), ["gpu"], size="20Gi"),
        """\
        apiVersion: serving.kserve.io/v1alpha1
        kind: LocalModelCache
        metadata:
          name: iris-v1
          labels:
            modelregistry.kubeflow.org/registered-model-id: "1"
            modelregistry.kubeflow.org/model-version-id: "2"
          annotations:
            mr-client/model: iris
        spec:
          sourceModelUri: model-registry://iris/v1
          modelSize: "20Gi"
          nodeGroups:
            - gpu
          serviceAccountName: caches
        """,
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_what_was_found_becomes_this_manifest(case: str) -> None:
    make, expected = TABLE[case]

    assert to_yaml([make().manifest]) == dedent(expected)


@pytest.mark.parametrize("case", TABLE)
def test_a_manifest_has_no_fault_and_reads_as_what_was_written(case: str) -> None:
    manifest = TABLE[case][0]().manifest

    assert faults(manifest) == []
    assert yaml.safe_load(to_yaml([manifest])) == manifest


def test_kserve_s_own_models_object_to_nothing_that_is_rendered() -> None:
    manifests = [make().manifest for make, _ in TABLE.values()]
    manifests.append(storage_container("image:1", "registry:8080", several=True).manifest)

    assert objections(manifests) == [[]] * len(manifests)


def test_kserve_s_own_models_object_to_what_is_wrong() -> None:
    wrong = copy.deepcopy(TABLE["several"][0]().manifest)
    wrong["spec"]["predictor"]["storageUris"][0]["path"] = "/mnt"
    incomplete = copy.deepcopy(TABLE["a trained model"][0]().manifest)
    del incomplete["spec"]["model"]["memory"]
    mistyped = copy.deepcopy(TABLE["by name"][0]().manifest)
    mistyped["spec"]["predictor"]["model"]["modelFormat"]["version"] = 1

    assert [len(each) for each in objections([wrong, incomplete, mistyped])] == [1, 1, 1]


def test_a_manifest_is_the_caller_s_own() -> None:
    resolution = found(storage_key="a")
    first = inference_service(resolution).manifest
    before = copy.deepcopy(first)
    first["spec"]["predictor"]["model"]["storage"]["key"] = "b"
    first["metadata"]["labels"].clear()

    assert inference_service(resolution).manifest == before


def test_of_an_alias_the_version_is_written_and_floating_leaves_what_was_asked_for() -> None:
    champion = found("model-registry://iris@champion?namespace=models", version="v7")

    def uri(*, floating: bool = False) -> str:
        return str(
            inference_service(champion, Choice(floating=floating)).manifest["spec"]["predictor"]["model"]["storageUri"]
        )

    assert uri() == "model-registry://iris/v7?namespace=models"
    assert uri(floating=True) == "model-registry://iris@champion?namespace=models"


def test_an_artifact_with_a_path_alone_leaves_the_bucket_to_the_secret() -> None:
    only_path = found(written="", storage_path="/iris/v1/", storage_key="minio")

    storage = inference_service(only_path, Choice(resolved=True)).manifest["spec"]["predictor"]["model"]["storage"]

    assert storage == {"key": "minio", "path": "iris/v1"}


def test_an_id_that_is_no_label_s_value_is_an_annotation() -> None:
    metadata = inference_service(found(ids=("1" * 64, "a b"))).manifest["metadata"]

    assert "labels" not in metadata
    assert metadata["annotations"] == {
        "modelregistry.kubeflow.org/registered-model-id": "1" * 64,
        "modelregistry.kubeflow.org/model-version-id": "a b",
    }


@pytest.mark.parametrize(
    ("resolution", "choice", "said"),
    [
        (found("model-registry://Iris/v1"), Choice(), "'Iris' is called 'iris'"),
        (
            found("model-registry://localhost:8080/iris/v1"),
            Choice(),
            "'localhost:8080', which in a pod is the pod itself",
        ),
        (
            found(endpoint="http://minio:9000"),
            Choice(resolved=True),
            "endpoint 'http://minio:9000': no manifest carries it",
        ),
        (found(model_format_version="9.1"), Choice(), "no runtime of its own lists version '9.1' of 'sklearn'"),
        (found(model_format="exotic"), Choice(), "no runtime of its own for the format 'exotic'"),
    ],
)
def test_what_a_person_should_know_is_said(resolution: Resolution, choice: Choice, said: str) -> None:
    (warning,) = inference_service(resolution, choice).warnings

    assert said in warning


@pytest.mark.parametrize(
    ("uri", "written"),
    [
        ("hf://acme/iris", "hf://acme/iris"),
        ("hf://acme/iris/", "hf://acme/iris"),
        ("hf://acme/iris@0a1b2c", "hf://acme/iris:0a1b2c"),
        ("HF://acme/iris:main", "hf://acme/iris:main"),
        ("S3://models/Iris", "s3://models/Iris"),
        ("abfss://models@acme.dfs.core.windows.net/iris/v1", "https://acme.blob.core.windows.net/models/iris/v1"),
        ("https://acme.blob.core.windows.net/models/iris", "https://acme.blob.core.windows.net/models/iris"),
        ("https://models.example.com/iris.tar.gz", "https://models.example.com/iris.tar.gz"),
        ("hdfs://nameservice/iris", "hdfs://nameservice/iris"),
        ("pvc://claim/iris", "pvc://claim/iris"),
        ("oci://registry.example.com/iris:v1", "oci://registry.example.com/iris:v1"),
    ],
)
def test_a_place_is_written_as_kserve_s_own_initializer_reads_it(uri: str, written: str) -> None:
    rendered = inference_service(found(uri=uri), Choice(resolved=True)).manifest

    assert rendered["spec"]["predictor"]["model"]["storageUri"] == written
    assert faults(rendered) == []


@pytest.mark.parametrize("model", ["ÄÖÜ.v1", "a" * 200, "Iris/V1 (final)", "no", "1.10", "-", "\u202e\x85", "null"])
def test_a_model_of_any_name_becomes_manifests_without_faults(model: str) -> None:
    resolution = found(str(ModelURI(model, "1e3")), version="1e3", ids=("0x1", "no"))
    manifests = [
        inference_service(resolution).manifest,
        inference_service(resolution, Choice(resolved=True)).manifest,
        several_models([resolution, found()]).manifest,
        trained_model(resolution, "many", memory="1Gi").manifest,
        model_mesh(resolution).manifest,
        local_model_cache(resolution, ["3-gpus"], size="1Gi").manifest,
    ]

    assert [faults(each) for each in manifests] == [[]] * len(manifests)
    assert list(yaml.safe_load_all(to_yaml(manifests))) == manifests


def test_a_namespace_may_begin_with_a_digit() -> None:
    assert inference_service(found(), Choice(namespace="3d-models")).manifest["metadata"]["namespace"] == "3d-models"


BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: inference_service(found(model_format="")), "names no model format: register it with one"),
    (lambda: inference_service(found(), Choice(model_format=":1")), "':1' names no model format"),
    (lambda: inference_service(found(), Choice(name="Iris")), "'Iris' is no name .* 'iris' would be one"),
    (lambda: inference_service(found(), Choice(runtime="a b")), "'a b' is no name"),
    (
        lambda: inference_service(found(model_format="x"), Choice(runtime="auto")),
        "no runtime of its own for the format 'x'",
    ),
    (
        lambda: inference_service(found(model_format="mlflow"), Choice(runtime="auto", protocol="v1")),
        "for the format 'mlflow' in protocol 'v1'",
    ),
    (lambda: inference_service(found(uri="pvc://claim/iris")), "render it with --resolved"),
    (lambda: inference_service(found(uri="file:///models"), Choice(resolved=True)), "KServe takes only s3://"),
    (
        lambda: inference_service(found(uri="https://me:secret@host/a.bin"), Choice(resolved=True)),
        "may be secret: a manifest is no place",
    ),
    (lambda: inference_service(found(uri="https://host/a.bin?sig=secret"), Choice(resolved=True)), "may be secret"),
    (
        lambda: inference_service(found(uri="hf://a/b@v1/folder"), Choice(resolved=True)),
        "KServe takes whole models alone",
    ),
    (lambda: inference_service(found(uri="hf://a/b@x%2Fy"), Choice(resolved=True)), "no '/' in the revision"),
    (lambda: inference_service(found(uri="hf://a"), Choice(resolved=True)), "names no model of the hub"),
    (lambda: inference_service(found(uri="az://models/iris"), Choice(resolved=True)), "https://ACCOUNT.blob"),
    (lambda: inference_service(found(), Choice(namespace="a.b")), "'a.b' is no namespace"),
    (lambda: inference_service(found(storage_key="a b")), "'a b' is no key of a secret"),
    (lambda: inference_service(found(service_account_name="A")), "'A' is no name"),
    (lambda: model_mesh(found(), Choice(storage_key="..")), r"'\.\.' is no key of a secret"),
    (lambda: local_model_cache(found(), ["a_b"], size="1Gi"), "'a_b' is no name"),
    (
        lambda: local_model_cache(found(uri="pvc://claim/iris"), ["gpu"], Choice(resolved=True), size="1Gi"),
        "a LocalModelCache takes only s3://",
    ),
    (lambda: trained_model(found(uri="hf://a/b/c"), "many", memory="1Gi"), "KServe's agent takes only"),
    (lambda: trained_model(found(uri="hf://a/b"), "many", memory="1Gi"), "KServe's agent takes only s3://, gs://"),
    (lambda: trained_model(found(), "many"), "does not say how large .* say --memory"),
    (lambda: trained_model(found(), "many", memory="much"), "'much' is no quantity"),
    (lambda: trained_model(found(), "Many", memory="1Gi"), "'Many' is no name"),
    (lambda: model_mesh(found(uri="hdfs://a/b")), "ModelMesh takes only"),
    (lambda: local_model_cache(found(), []), "say --node-group"),
    (lambda: local_model_cache(found(), ["gpu"]), "say --size"),
    (lambda: local_model_cache(found(), ["gpu"], Choice(floating=True), size="1Gi"), "leave --floating out"),
    (lambda: several_models([found(), found()]), "one in the other"),
    (lambda: several_models([found(), found()], folders=("/mnt/a",)), "1 folders for 2 models"),
    (lambda: several_models([found(), found()], folders=("/mnt/a", "/mnt/a/b")), "one in the other"),
    (lambda: several_models([found(), found()], folders=("/mnt/a", "/srv/a")), "no folder in common"),
    (lambda: several_models([found(), found()], folders=("/a", "/b")), "no folder for a model"),
    (
        lambda: several_models([found(), found()], folders=("/mnt/a..b", "/mnt/c")),
        "'/mnt/a..b' is no folder for a model",
    ),
    (
        lambda: several_models([found(), found("model-registry://b/v1", service_account_name="s")]),
        r"several service accounts \('s', none\)",
    ),
]


@pytest.mark.parametrize(("make", "said"), BAD)
def test_what_no_cluster_would_take_is_refused_with_what_to_do(make: Callable[[], object], said: str) -> None:
    with pytest.raises(errors.UsageError, match=said) as raised:
        make()

    assert "secret@" not in str(raised.value)
    assert "sig=" not in str(raised.value)


def test_a_storage_key_that_several_models_cannot_have_is_said() -> None:
    rendered = several_models([found(storage_key="minio"), found("model-registry://b/v1")])

    assert rendered.warnings == (
        "the storage key 'minio' is not written: several models have the credentials of the service account",
    )


def test_an_address_with_a_password_does_not_get_into_a_storage_container() -> None:
    with pytest.raises(errors.InvalidSettings, match="holds a user name or password") as raised:
        storage_container("image:1", "https://me:hidden@registry:8443")

    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(("size", "memory"), [(0, "1Mi"), (1 << 20, "1Mi"), ((1 << 20) + 1, "2Mi")])
def test_a_recorded_size_is_rounded_up(size: int, memory: str) -> None:
    assert trained_model(sized(found(), size), "many").manifest["spec"]["model"]["memory"] == memory


def test_modelmesh_has_no_annotation_for_what_nobody_said() -> None:
    annotations = model_mesh(found(uri="gs://models/iris")).manifest["metadata"]["annotations"]

    assert set(annotations) == {"serving.kserve.io/deploymentMode", "mr-client/model-uri"}


def test_a_cache_has_the_key_of_its_credentials() -> None:
    assert local_model_cache(found(storage_key="minio"), ["gpu"], size="1Gi").manifest["spec"]["storage"] == {
        "key": "minio"
    }
