"""What ``deploy/gitops`` brings about, run from its YAML: the job's two containers, then the pod of the service.

The commands and the variables are those of the manifests; what they have as placeholders, or what only a cluster has,
stands for servers and folders of this test.
"""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import mr_client
from kustomized import rendered
from servers.s3 import S3Server
from servers.web import WebServer

GITOPS = Path(__file__).parents[2] / "deploy/gitops"
MODEL = b"what was trained" * 1000
ENTRYPOINT = ["mr-storage-initializer"]
"""Of the image, see the Dockerfile."""


def of_kind(kind: str) -> dict[str, Any]:
    (manifest,) = (each for each in rendered(GITOPS) if each["kind"] == kind)
    return manifest


@dataclass(frozen=True)
class Cluster:
    """What stands for what the manifests name."""

    stands_for: Mapping[str, str]
    """Text of the manifests, and what it is here."""
    secret: Mapping[str, str]

    def here(self, text: str) -> str:
        for theirs, ours in self.stands_for.items():
            text = text.replace(theirs, ours)
        return text

    def run(self, container: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        """Run a container of the job, with no variables but its own."""
        environ = {each["name"]: self.here(each["value"]) for each in container.get("env", [])}
        for source in container.get("envFrom", []):
            assert source == {"secretRef": {"name": of_kind("Secret")["metadata"]["name"]}}
            environ |= self.secret
        words = [
            re.sub(r"\$\((\w+)\)", lambda name: environ[name[1]], self.here(each))
            for each in [*container.get("command", ENTRYPOINT), *container["args"]]
        ]
        return started(words, environ)

    def job(self) -> None:
        """Run the job's containers, one after the other."""
        pod = of_kind("Job")["spec"]["template"]["spec"]
        for container in (*pod["initContainers"], *pod["containers"]):
            self.run(container)


def started(words: list[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [Path(sys.executable).with_name(words[0]), *words[1:]],
        env={"AWS_EC2_METADATA_DISABLED": "true", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def cluster(tmp_path: Path, s3: S3Server, web: WebServer, registry_url: str) -> Cluster:
    pod = of_kind("Job")["spec"]["template"]["spec"]
    source = pod["initContainers"][0]["args"][0]
    web.content[re.sub(r"https://[^/]+", "", source)] = MODEL
    bucket = f"gitops-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(bucket)
    known = s3.environ
    (tmp_path / "work").mkdir()
    (registry,) = (each["value"] for each in pod["containers"][0]["env"] if each["name"] == "MODEL_REGISTRY_BASE_URL")
    real = {
        "AWS_ACCESS_KEY_ID": known["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": known["AWS_SECRET_ACCESS_KEY"],
        "AWS_DEFAULT_REGION": known["AWS_DEFAULT_REGION"],
        "AWS_S3_ENDPOINT": known["AWS_ENDPOINT_URL"],
        "AWS_S3_BUCKET": bucket,
    }
    return Cluster(
        {
            re.sub(r"(https://[^/]+).*", r"\1", source): web.url,
            registry: registry_url.removeprefix("http://"),
            "/work": str(tmp_path / "work"),
        },
        {name: real[name] for name in of_kind("Secret")["stringData"]},
    )


def as_kserve_injects(secret: Mapping[str, str]) -> dict[str, str]:
    """Return what the pod of the service gets for the secret of its account, from its keys and annotations.

    ``pkg/credentials/s3/s3_secret.go`` of KServe; the endpoint is held against the data connection's before it is replaced.
    """
    written = of_kind("Secret")
    notes = {key.removeprefix("serving.kserve.io/"): value for key, value in written["metadata"]["annotations"].items()}
    scheme = "https" if notes["s3-usehttps"] == "1" else "http"
    assert f"{scheme}://{notes['s3-endpoint']}" == written["stringData"]["AWS_S3_ENDPOINT"]
    assert notes["s3-region"] == written["stringData"]["AWS_DEFAULT_REGION"]
    return {
        "AWS_ACCESS_KEY_ID": secret["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": secret["AWS_SECRET_ACCESS_KEY"],
        "S3_ENDPOINT": secret["AWS_S3_ENDPOINT"].partition("://")[2],
        "AWS_ENDPOINT_URL": secret["AWS_S3_ENDPOINT"],
        "AWS_DEFAULT_REGION": secret["AWS_DEFAULT_REGION"],
    }


def test_the_job_uploads_and_registers_what_the_service_then_brings(
    cluster: Cluster, registry_url: str, s3: S3Server, tmp_path: Path
) -> None:
    cluster.job()

    bucket = cluster.secret["AWS_S3_BUCKET"]
    assert s3.filesystem().find(bucket) == [f"{bucket}/iris/v1/model.joblib"]
    service = of_kind("InferenceService")
    uri = service["spec"]["predictor"]["model"]["storageUri"]
    with mr_client.Registry(registry_url, environ={}) as registry:
        found = mr_client.resolve(uri, registry=registry)
    labels = {key.rpartition("/")[2]: value for key, value in service["metadata"]["labels"].items()}
    assert labels == {"registered-model-id": found.model.id, "model-version-id": found.version.id}
    assert found.digest is not None
    injected = {"MODEL_REGISTRY_BASE_URL": registry_url, **as_kserve_injects(cluster.secret)}
    started([*ENTRYPOINT, uri, str(tmp_path / "models")], injected)
    assert (tmp_path / "models/model.joblib").read_bytes() == MODEL


def test_a_job_that_is_run_again_finds_its_work_done(cluster: Cluster, registry_url: str, s3: S3Server) -> None:
    cluster.job()
    with mr_client.Registry(registry_url, environ={}) as registry:
        before = registry.resolve("iris", "v1")
    (key,) = s3.filesystem().find(cluster.secret["AWS_S3_BUCKET"])
    s3.filesystem().pipe_file(key, b"what another has put there")  # what is copied again would replace it

    done = cluster.run(of_kind("Job")["spec"]["template"]["spec"]["containers"][0])

    assert done.stdout.endswith(f"Registered: version 'v1' of model 'iris' (id {before.version.id}).\n")
    with mr_client.Registry(registry_url, environ={}) as registry:
        assert registry.resolve("iris", "v1") == before
    assert s3.filesystem().cat_file(key) == b"what another has put there"


def test_a_job_that_was_killed_before_it_registered_is_completed(
    cluster: Cluster, registry_url: str, s3: S3Server
) -> None:
    key = f"{cluster.secret['AWS_S3_BUCKET']}/iris/v1/model.joblib"
    s3.filesystem().pipe_file(key, b"of the run before")

    cluster.job()

    with mr_client.Registry(registry_url, environ={}) as registry:
        assert registry.resolve("iris", "v1").digest is not None
    assert s3.filesystem().cat_file(key) == MODEL
