"""Which artifact a name means, asked of a real registry server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mr_client import errors
from mr_client.choice import choose_artifact, newest_live, warnings_of
from mr_client.properties import DIGEST
from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel, RegistryAPI
from mr_client.resolver import Resolution, resolve
from mr_client.settings import Endpoint
from mr_client.uri import ModelURI

BASE = "/api/model_registry/v1alpha3"


class Written:
    """A registry, written to as other clients write."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url + BASE)
        self.api = RegistryAPI(Endpoint(url))

    def post(self, path: str, **body: Any) -> str:
        answer = self.http.post(path, json=body)
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    def model(self, name: str = "iris", **fields: Any) -> str:
        return self.post("/registered_models", name=name, **fields)

    def version(self, model: str, name: str = "v1", **fields: Any) -> str:
        return self.post("/model_versions", name=name, registeredModelId=model, **fields)

    def artifact(self, version: str, name: str = "iris", kind: str = "model-artifact", **fields: Any) -> str:
        return self.post(f"/model_versions/{version}/artifacts", artifactType=kind, name=name, **fields)

    def resolve(
        self, model: str = "iris", version: str | None = "v1", root: str | None = None, **parts: str
    ) -> Resolution:
        return resolve(ModelURI(model, version, **parts), self.api, root=root)


@pytest.fixture
def registry(registry_url: str) -> Iterator[Written]:
    written = Written(registry_url)
    with written.http, written.api:
        yield written


@pytest.fixture
def iris(registry: Written) -> str:
    """A registered version ``iris`` ``v1``, without artifacts yet."""
    return registry.version(registry.model())


def test_a_name_and_a_version_give_the_uri_of_their_artifact(registry: Written, iris: str) -> None:
    registry.artifact(iris, uri="s3://models/iris/v1", state="LIVE")

    found = registry.resolve()

    assert (found.model.name, found.version.name, found.artifact.name) == ("iris", "v1", "iris")
    assert found.uri == "s3://models/iris/v1"
    assert found.warnings == ()


def test_without_a_version_the_newest_live_one_is_meant(registry: Written) -> None:
    iris = registry.model()
    for name, state in (("v1", "LIVE"), ("v2", "LIVE"), ("v3", "ARCHIVED")):
        registry.artifact(registry.version(iris, name, state=state), uri=f"s3://models/{name}")

    assert registry.resolve(version=None).uri == "s3://models/v2"


def test_newest_is_by_creation_time_then_by_id_and_archived_ones_do_not_count() -> None:
    def version(name: str, created: str, id: str, state: Any = "LIVE") -> ModelVersion:
        return ModelVersion(name, "1", create_time_since_epoch=created, id=id, state=state)

    model = RegisteredModel("iris", id="1")
    clock_went_back = [version("a", "200", "1"), version("b", "100", "2")]
    tie = [version("a", "100", "9"), version("b", "100", "10")]
    archived = [version("a", "100", "1"), version("b", "200", "2", "ARCHIVED")]

    assert newest_live(model, clock_went_back).name == "a"
    assert newest_live(model, tie).name == "b"
    assert newest_live(model, archived).name == "a"


def test_what_is_in_a_state_that_only_a_newer_server_knows_comes_last_and_with_a_warning() -> None:
    strange = ModelVersion("a", "1", create_time_since_epoch="200", id="2", state="QUARANTINED")
    live = ModelVersion("b", "1", create_time_since_epoch="100", id="1", state="LIVE")
    artifacts = [ModelArtifact(id="1", name="a", state="PENDING"), ModelArtifact(id="2", name="b", state="QUARANTINED")]

    assert newest_live(RegisteredModel("iris"), [strange, live]) is live
    assert choose_artifact(artifacts, ModelURI("iris"), live) is artifacts[0]
    assert choose_artifact(artifacts[1:], ModelURI("iris"), live) is artifacts[1]
    assert "'QUARANTINED', which this version does not know" in "".join(
        warnings_of(RegisteredModel("iris"), live, artifacts[1])
    )


def test_an_archived_model_is_served_only_by_the_name_of_a_version_and_with_a_warning(registry: Written) -> None:
    registry.artifact(registry.version(registry.model(state="ARCHIVED")), uri="s3://models/iris")

    with pytest.raises(errors.VersionNotFound, match="'iris' is ARCHIVED"):
        registry.resolve(version=None)
    assert registry.resolve(version="v1").warnings == ("model 'iris' is ARCHIVED",)


def test_an_archived_version_is_served_only_by_its_name_and_with_a_warning(registry: Written) -> None:
    registry.artifact(registry.version(registry.model(), state="ARCHIVED"), uri="s3://models/iris")

    with pytest.raises(
        errors.VersionNotFound, match=r"no LIVE version; of the 1 that it has, the newest is 'v1' \(ARCHIVED\)"
    ):
        registry.resolve(version=None)
    assert registry.resolve(version="v1").warnings == ("version 'v1' of model 'iris' is ARCHIVED",)


def test_only_model_artifacts_count(registry: Written, iris: str) -> None:
    registry.artifact(iris, uri="s3://models/iris")
    registry.artifact(iris, "notes", "doc-artifact", uri="s3://docs/iris")

    assert registry.resolve().uri == "s3://models/iris"


def test_a_live_artifact_goes_before_a_newer_one_that_is_not(registry: Written, iris: str) -> None:
    for state in ("LIVE", "UNKNOWN", "REFERENCE", "PENDING"):
        registry.artifact(iris, state, uri=f"s3://models/{state}", state=state)

    assert registry.resolve().uri == "s3://models/LIVE"


def test_of_artifacts_in_one_state_the_newest_is_served_and_a_name_picks_another(registry: Written, iris: str) -> None:
    for name in ("onnx", "sklearn"):
        registry.artifact(iris, name, uri=f"s3://models/{name}", state="LIVE")

    assert registry.resolve().uri == "s3://models/sklearn"
    assert registry.resolve(artifact="onnx").uri == "s3://models/onnx"
    with pytest.raises(errors.ArtifactNotFound, match="'tf' to serve in version 'v1' .* it has: 'onnx', 'sklearn'"):
        registry.resolve(artifact="tf")


@pytest.mark.parametrize("state", ["DELETED", "MARKED_FOR_DELETION", "ABANDONED"])
def test_an_artifact_that_is_gone_is_refused(registry: Written, iris: str, state: str) -> None:
    registry.artifact(iris, uri="s3://models/iris", state=state)

    with pytest.raises(errors.ArtifactNotFound, match=state):
        registry.resolve()
    with pytest.raises(errors.ArtifactNotFound, match=state):
        registry.resolve(artifact="iris")


def test_a_version_without_artifact_says_so(registry: Written, iris: str) -> None:
    with pytest.raises(errors.ArtifactNotFound, match="version 'v1' of model 'iris'; it has none"):
        registry.resolve()


def test_a_pending_artifact_comes_with_a_warning(registry: Written, iris: str) -> None:
    registry.artifact(iris, uri="s3://models/iris", state="PENDING")

    assert "PENDING" in registry.resolve().warnings[0]


@pytest.mark.parametrize(
    ("written", "uri", "endpoint", "region"),
    [
        (
            "s3://b/p?endpoint=http%3A%2F%2Fminio%3A9000%2F&defaultRegion=us-east-1",
            "s3://b/p",
            "http://minio:9000",
            "us-east-1",
        ),
        ("s3://b/p?endpoint=http://minio:9000&defaultRegion=eu", "s3://b/p", "http://minio:9000", "eu"),
        ("s3://b/p?endpoint=s3.amazonaws.com", "s3://b/p", "https://s3.amazonaws.com", None),
        ("s3://b/p?endpoint=minio:9000", "s3://b/p", "https://minio:9000", None),
        ("s3://b/p?endpoint=&defaultRegion=", "s3://b/p", None, None),
        ("S3://b/p?defaultRegion=eu", "S3://b/p", None, "eu"),
        ("s3://b/p?endpoint=http://minio&versionId=7", "s3://b/p?endpoint=http://minio&versionId=7", None, None),
        ("s3://b/what?.bin", "s3://b/what?.bin", None, None),
        ("https://host/model.bin?endpoint=x", "https://host/model.bin?endpoint=x", None, None),
    ],
)
def test_endpoint_and_region_in_the_query_are_taken_off_the_key(
    registry: Written, iris: str, written: str, uri: str, endpoint: str | None, region: str | None
) -> None:
    registry.artifact(iris, uri=written)

    found = registry.resolve()

    assert (found.uri, found.endpoint, found.region) == (uri, endpoint, region)


def test_a_storage_path_alone_is_in_the_configured_bucket(registry: Written, iris: str) -> None:
    registry.artifact(iris, storagePath="iris/v1", storageKey="minio")

    assert registry.resolve(root="s3://models").uri == "s3://models/iris/v1"
    assert registry.resolve(root="hdfs:/").uri == "hdfs://iris/v1"
    with pytest.raises(errors.ArtifactNotFound, match="'iris/v1' but no bucket is configured: set AWS_S3_BUCKET"):
        registry.resolve()


def test_a_storage_path_is_never_appended_to_a_uri(registry: Written, iris: str) -> None:
    registry.artifact(iris, uri="s3://models/iris", storagePath="iris")

    assert registry.resolve(root="s3://other").uri == "s3://models/iris"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"uri": ""}, "'iris' of 'model-registry://iris/v1' has no uri; register the URI of its files"),
        ({"uri": " \n"}, "has no uri"),
        ({"uri": "/mnt/pvc/iris"}, "'/mnt/pvc/iris', which has no scheme: register it as 'file:///mnt/pvc/iris'"),
        ({"uri": "models/iris"}, "'models/iris', which has no scheme: register it as 's3://BUCKET/models/iris'"),
        ({"uri": "s3://models/iris\nv1"}, "holds a control character"),
        ({"storagePath": "s3://models/iris"}, "its storagePath 's3://models/iris' is no path: register it as the uri"),
        ({"storagePath": " / "}, "has no uri; register the URI of its files"),
    ],
)
def test_what_does_not_say_where_files_are_is_refused_and_told_how_to_mend(
    registry: Written, iris: str, fields: dict[str, str], why: str
) -> None:
    registry.artifact(iris, **fields)

    with pytest.raises(errors.ArtifactNotFound) as refused:
        registry.resolve(root="s3://models")
    assert why in str(refused.value)


def test_white_space_around_a_uri_or_a_path_means_nothing(registry: Written, iris: str) -> None:
    registry.artifact(iris, "with a uri", uri=" s3://models/a model\n", state="LIVE")
    registry.artifact(iris, "with a path", storagePath=" /iris/v1/ ")

    assert registry.resolve().uri == "s3://models/a model"
    assert registry.resolve(artifact="with a path", root="s3://models").uri == "s3://models/iris/v1"


SHA = "sha256:" + "0123456789abcdef" * 4


def test_the_digest_recorded_with_an_artifact_is_part_of_the_answer(registry: Written, iris: str) -> None:
    digest = {"metadataType": "MetadataStringValue", "string_value": SHA}
    registry.artifact(iris, uri="s3://models/iris", customProperties={DIGEST: digest})

    assert registry.resolve().digest == SHA
    assert registry.resolve().warnings == ()


@pytest.mark.parametrize("recorded", ["", "md5:1234", SHA.upper(), SHA + "0", SHA[:-1], f" {SHA}", SHA + "\n", 7])
def test_a_digest_in_another_form_is_left_out_with_a_warning(registry: Written, iris: str, recorded: str | int) -> None:
    kind = "String" if isinstance(recorded, str) else "Int"
    value = {"metadataType": f"Metadata{kind}Value", f"{kind.lower()}_value": str(recorded)}
    registry.artifact(iris, uri="s3://models/iris", customProperties={DIGEST: value})

    found = registry.resolve()

    assert found.digest is None
    assert repr(recorded) in found.warnings[0]
    assert "cannot be checked" in found.warnings[0]


def test_an_artifact_that_points_to_another_name_is_refused(registry: Written, iris: str) -> None:
    registry.artifact(iris, uri="model-registry://iris/v1")

    with pytest.raises(errors.NotAllowed, match="another name"):
        registry.resolve()


def test_a_resolution_by_version_takes_three_calls() -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.path.removeprefix(BASE))
        if calls[-1].endswith("/artifacts"):
            artifact = {"artifactType": "model-artifact", "id": "3", "uri": "s3://models/iris"}
            return httpx.Response(200, json={"items": [artifact], "nextPageToken": "", "pageSize": 0, "size": 1})
        name = request.url.params["name"]
        return httpx.Response(200, json={"name": name, "id": "2", "registeredModelId": "2"})

    api = RegistryAPI(Endpoint("http://registry.test"), transport=httpx.MockTransport(answer))
    resolve(ModelURI("iris", "v1"), api)

    assert calls == ["/registered_model", "/model_version", "/model_versions/2/artifacts"]
