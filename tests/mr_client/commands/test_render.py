"""``mr-client render``, asked of a real registry."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from kserve_rules import faults
from kustomized import rendered as built
from mr_client import Registry
from mr_client.cli import main
from mr_client.manifests import inference_service, to_yaml

ROOT = Path(__file__).parents[3]


@pytest.fixture
def registry(model_registry: str) -> Iterator[Registry]:
    with Registry(model_registry) as registry:
        for version in ("v1", "v2"):
            registry.register("iris", version, uri=f"s3://models/iris/{version}", model_format="sklearn", properties={})
        registry.register("Granite 3.1", "v1", uri="s3://models/granite", model_format="huggingface")
        yield registry


@pytest.fixture
def url(registry: Registry, model_registry: str) -> str:
    return model_registry


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["render", *arguments, "--registry", url], obj={})


def test_each_kind_is_printed_as_the_library_makes_it(url: str, registry: Registry) -> None:
    done = run(url, "inference-service", "model-registry://iris/v1")

    assert done.exit_code == 0
    assert done.stdout == to_yaml([inference_service(registry.resolve("iris", "v1")).manifest])
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["inference-service", "model-registry://iris", "--resolved", "--storage-key", "minio", "--runtime", "auto"],
        ["inference-service", "model-registry://iris", "model-registry://Granite%203.1/v1", "--namespace", "models"],
        ["trained-model", "model-registry://iris/v1", "--inference-service", "many", "--memory", "1Gi"],
        ["model-mesh", "model-registry://iris/v1", "--storage-key", "minio", "--schema-path", "schema.json"],
        [
            "local-model-cache",
            "model-registry://iris",
            "--node-group",
            "gpu",
            "--size",
            "1Gi",
            "--service-account",
            "a",
        ],
    ],
)
def test_a_kind_has_no_fault_in_yaml_and_json(url: str, arguments: list[str]) -> None:
    done, as_json = run(url, *arguments), run(url, *arguments, "--json")

    assert done.exit_code == as_json.exit_code == 0
    assert faults(yaml.safe_load(done.stdout)) == []
    assert json.loads(as_json.stdout) == yaml.safe_load(done.stdout)


@pytest.mark.parametrize(
    ("options", "overlay", "kind", "name"),
    [
        ([], "kserve-0.11", "ClusterStorageContainer", "mr-storage-initializer"),
        (["--several-models"], "kubeflow", "ClusterStorageContainer", "mr-storage-initializer"),
        (["--local-models"], "kubeflow", "ClusterStorageContainer", "mr-local-models"),
    ],
)
def test_the_container_is_the_one_that_deploy_has(options: list[str], overlay: str, kind: str, name: str) -> None:
    (deployed,) = (
        each
        for each in built(ROOT / "deploy/overlays" / overlay)
        if (each["kind"], each["metadata"]["name"]) == (kind, name)
    )
    image = deployed["spec"]["container"]["image"]

    done = CliRunner().invoke(main, ["render", "cluster-storage-container", "--image", image, *options], obj={})

    assert yaml.safe_load(done.stdout) == deployed


def test_warnings_are_beside_the_manifest(url: str) -> None:
    done = run(url, "inference-service", "model-registry://Granite%203.1")

    assert yaml.safe_load(done.stdout)["metadata"]["name"] == "granite-3-1"
    assert done.stderr.startswith("Warning: model 'Granite 3.1' is called 'granite-3-1' here")


def test_a_refusal_is_one_sentence_with_its_exit_code(url: str) -> None:
    refused = run(url, "trained-model", "model-registry://iris/v1", "--inference-service", "many")
    missing = run(url, "inference-service", "model-registry://iris/v9")

    assert (refused.exit_code, missing.exit_code) == (2, 3)
    assert refused.stderr.count("\n") == 1
    assert "say --memory" in refused.stderr
    assert refused.stdout == missing.stdout == ""


def test_a_kustomization_is_written_and_its_overlay_named(url: str, tmp_path: Path) -> None:
    uris = []
    for version in ("v1", "v2"):
        done = run(
            url,
            "inference-service",
            f"model-registry://iris/{version}",
            "--kustomize",
            str(tmp_path),
            "--stage",
            "test",
        )
        assert done.stdout == f"{tmp_path / 'overlays/test'}\n"
        uris.append(built(tmp_path / "overlays/test")[0]["spec"]["predictor"]["model"]["storageUri"])

    assert uris == ["model-registry://iris/v1", "model-registry://iris/v2"]


def test_the_installed_program_prints_the_same_text_in_every_locale_and_each_time(url: str, registry: Registry) -> None:
    registry.register("Müller 花", "v1", uri="s3://models/m", model_format="sklearn", properties={"b": "1", "a": "2"})
    program = [str(Path(sys.executable).parent / "mr-client"), "render", "inference-service"]
    environs = [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Apia"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
    ]
    (text,) = {
        subprocess.run(
            [*program, "model-registry://M%C3%BCller%20%E8%8A%B1", "--registry", url],
            env=environ,
            capture_output=True,
            check=True,
        ).stdout.decode()
        for environ in environs
    }

    assert 'mr-client/model: "Müller 花"' in text
