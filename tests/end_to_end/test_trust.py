"""What whoever writes into the registry cannot make a pod do."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import mr_client
from mr_client.errors import NotAllowed
from servers.s3 import S3Server
from servers.web import WebServer

Run = Callable[..., subprocess.CompletedProcess[str]]
METADATA = "http://169.254.169.254/latest/meta-data"


def register(registry_url: str, uri: str) -> None:
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=uri)


def refused(run: subprocess.CompletedProcess[str], target: Path) -> str:
    assert run.returncode == 4, run.stderr
    assert "Traceback" not in run.stderr
    assert not target.exists()
    return run.stderr.splitlines()[-1]


@pytest.mark.parametrize("uri", [METADATA, "http://2852039166/x", "s3://b/k?endpoint=http%3A%2F%2F169.254.169.254"])
def test_an_artifact_at_a_metadata_service_is_not_allowed(
    initialize: Run, registry_url: str, target: Path, uri: str
) -> None:
    register(registry_url, uri)

    run = initialize("model-registry://iris/v1", target, MODEL_REGISTRY_BASE_URL=registry_url)

    assert "never asked" in refused(run, target)


def test_nor_is_one_that_redirects_there(initialize: Run, registry_url: str, web: WebServer, target: Path) -> None:
    web.redirects["/m"] = METADATA
    register(registry_url, f"{web.url}/m")

    run = initialize("model-registry://iris/v1", target, MODEL_REGISTRY_BASE_URL=registry_url)

    assert "/m' is not fetched: '169.254.169.254' is a link-local address" in refused(run, target)
    assert len(web.asked) == 1


def test_nor_is_a_plain_uri_an_endpoint_or_a_registry_there(initialize: Run, target: Path) -> None:
    by_uri = initialize(METADATA, target)
    by_endpoint = initialize("s3://b/k", target, AWS_ENDPOINT_URL="http://169.254.169.254")
    by_host = initialize("model-registry://169.254.169.254:80/iris/v1", target, MODEL_REGISTRY_TOKEN="hunter2")

    for run in (by_uri, by_endpoint, by_host):
        assert "never asked" in refused(run, target)


def test_an_artifact_that_the_list_does_not_admit_is_not_allowed_and_one_that_it_does_is_brought(
    initialize: Run, registry_url: str, web: WebServer, target: Path
) -> None:
    web.content["/models-evil/m"] = web.content["/models/m"] = b"trained"
    register(registry_url, f"{web.url}/models-evil/m?sig=hunter2")
    environ = {
        "MODEL_REGISTRY_BASE_URL": registry_url,
        "MODEL_REGISTRY_ALLOWED_URI_PREFIXES": f"s3://models,{web.url}/models",
    }

    last = refused(initialize("model-registry://iris/v1", target, **environ), target)
    plain = initialize(f"{web.url}/models-evil/m", target / "plain", **environ)
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("fine", "v1", uri=f"{web.url}/models/m")
    fine = initialize("model-registry://fine/v1", target / "fine", **environ)

    assert last == (
        f"The registry says that 'model-registry://iris/v1' is at '{web.url}/models-evil/m?…', which "
        "MODEL_REGISTRY_ALLOWED_URI_PREFIXES does not admit: add its prefix there, or correct the artifact's uri."
    )
    assert (plain.returncode, fine.returncode) == (0, 0), plain.stderr + fine.stderr


def test_the_list_binds_the_notebook_too(registry_url: str) -> None:
    register(registry_url, "s3://models-evil/iris")

    with mr_client.Registry(registry_url, environ={"ALLOWED_ARTIFACT_URI_PREFIXES": "s3://models"}) as registry:
        with pytest.raises(NotAllowed, match="'s3://models-evil/iris', which ALLOWED_ARTIFACT_URI_PREFIXES does not"):
            registry.resolve("iris", "v1")
        with pytest.raises(NotAllowed):
            mr_client.resolve("model-registry://iris", registry=registry)


def test_a_bucket_of_the_list_is_not_to_be_had_from_an_endpoint_that_only_the_registry_names(
    registry_url: str, s3: S3Server
) -> None:
    register(registry_url, "s3://models/iris?endpoint=https://evil.example&defaultRegion=us-east-1")
    listed = {"MODEL_REGISTRY_ALLOWED_URI_PREFIXES": "s3://models"}

    def resolve(**environ: str) -> str:
        with mr_client.Registry(registry_url, environ=environ) as registry:
            return registry.resolve("iris", "v1").uri

    with pytest.raises(NotAllowed, match="is at 'https://evil.example', which MODEL_REGISTRY_ALLOWED_URI_PREFIXES"):
        resolve(**listed)
    assert resolve(MODEL_REGISTRY_ALLOWED_URI_PREFIXES="s3://models,https://evil.example") == "s3://models/iris"
    assert resolve(**listed, AWS_ENDPOINT_URL=s3.environ["AWS_ENDPOINT_URL"]) == "s3://models/iris"
