"""The manifests of ``deploy/``, and those that the documents show."""

from __future__ import annotations

import copy
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kserve_rules import faults, since
from kustomized import documents, kustomization, rendered
from mr_client.pod import PodSettings
from mr_client.settings import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
KUSTOMIZATIONS = sorted(each.parent for each in DEPLOY.rglob("kustomization.yaml"))
BUILT = [each for each in KUSTOMIZATIONS if kustomization(each)["kind"] == "Kustomization"]
MANIFESTS = [
    each for each in sorted(DEPLOY.rglob("*.yaml")) if each.name not in ("kustomization.yaml", "image-field.yaml")
]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]
SNIPPETS = [
    pytest.param(snippet, id=f"{page.name}-{number}")
    for page in PAGES
    for number, snippet in enumerate(re.findall(r"^ *```yaml\n(.*?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE))
]
TABLE = re.search(r"<!-- variables -->(.*?)<!-- /variables -->", (ROOT / "README.md").read_text(), re.DOTALL)
VARIABLES = frozenset(re.findall(r"^\| `([^`]+)` \|", TABLE[1] if TABLE else "", re.MULTILINE))
OF_PYTHON = frozenset({"TMPDIR"})
"""Read by Python itself (``tempfile``)."""
CONTAINER = DEPLOY / "base/initializer.yaml"
JOB = DEPLOY / "local-models/download-job.yaml"


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def only(path: Path) -> dict[str, Any]:
    (manifest,) = documents(path.read_text())
    return manifest


# -- the rules of KServe and of hardened clusters ---------------------------------------------------------------------


@pytest.mark.parametrize("path", MANIFESTS, ids=short)
def test_a_manifest_has_no_fault(path: Path) -> None:
    assert faults(only(path)) == []


@pytest.mark.parametrize("folder", BUILT, ids=short)
def test_a_kustomization_gives_manifests_without_faults(folder: Path) -> None:
    manifests = rendered(folder)

    assert manifests
    assert {each["metadata"]["name"]: faults(each) for each in manifests if faults(each)} == {}


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_manifest_that_a_document_shows_has_no_fault(snippet: str) -> None:
    assert [faults(each) for each in documents(snippet)] == [[]]


def test_the_documents_show_manifests() -> None:
    assert len(SNIPPETS) >= 2


def test_a_nodes_cache_asks_for_a_version_and_spreads_the_load() -> None:
    said = {each["name"]: each["value"] for each in only(JOB)["spec"]["container"]["env"]}

    assert Settings.from_env(said).require_version
    assert PodSettings.from_env(said).jitter > 0


Change = Callable[[dict[str, Any]], object]
WRONG: list[tuple[Path, Change]] = [
    (CONTAINER, lambda csc: csc["spec"]["container"].update(args=["--verify", "full"])),
    (CONTAINER, lambda csc: csc["spec"]["container"].update(command=["mr-storage-initializer"])),
    (CONTAINER, lambda csc: csc["spec"]["container"].update(name="mr")),
    (CONTAINER, lambda csc: csc["spec"]["container"].update(volumeMounts=[])),
    (CONTAINER, lambda csc: csc["spec"]["container"]["envFrom"][0]["secretRef"].pop("optional")),
    (CONTAINER, lambda csc: csc["spec"]["container"]["env"].append({"name": "A", "valueFrom": {}})),
    (CONTAINER, lambda csc: csc["spec"]["container"]["resources"]["limits"].update(memory="64Mi")),
    (CONTAINER, lambda csc: csc["spec"]["container"]["securityContext"].update(runAsUser=1000)),
    *(
        (CONTAINER, lambda csc, field=field: csc["spec"]["container"]["securityContext"].pop(field))
        for field in (
            "allowPrivilegeEscalation",
            "capabilities",
            "runAsNonRoot",
            "seccompProfile",
            "readOnlyRootFilesystem",
        )
    ),
    (CONTAINER, lambda csc: csc["spec"].update(workloadType="job")),
    (CONTAINER, lambda csc: csc["spec"].update(disabled=False)),
    (CONTAINER, lambda csc: csc["spec"].update(supportedUriFormats=[{"regex": "model-registry://"}])),
    (CONTAINER, lambda csc: csc["metadata"].update(namespace="kserve")),
    (CONTAINER, lambda csc: csc.update(apiVersion="serving.kserve.io/v1beta1")),
    (JOB, lambda csc: csc["spec"]["container"]["securityContext"].pop("runAsUser")),
    (JOB, lambda csc: csc["spec"]["container"].pop("terminationMessagePolicy")),
    (
        DEPLOY / "examples/inference-service/storage-key.yaml",
        lambda isvc: isvc["spec"]["predictor"]["model"]["storage"].update(path="iris"),
    ),
    (
        DEPLOY / "examples/inference-service/by-name.yaml",
        lambda isvc: isvc["spec"]["predictor"]["model"].update(storageUri="model-registry://iris/"),
    ),
    (
        DEPLOY / "examples/inference-service/storage-uris.yaml",
        lambda isvc: isvc["spec"]["predictor"]["storageUris"][0].update(uri="s3://models/base"),
    ),
    (
        DEPLOY / "examples/inference-service/storage-uris.yaml",
        lambda isvc: isvc["spec"]["predictor"]["storageUris"][1].update(mountPath="/mnt/models/base/lora"),
    ),
    (
        DEPLOY / "examples/inference-service/storage-uris.yaml",
        lambda isvc: isvc["spec"]["predictor"]["storageUris"][1].update(mountPath="/adapters"),
    ),
    (
        DEPLOY / "examples/local-models/cache.yaml",
        lambda cache: cache["spec"].update(sourceModelUri="model-registry://iris"),
    ),
]


@pytest.mark.parametrize(("path", "change"), WRONG)
def test_what_kserve_or_a_cluster_would_refuse_is_a_fault(path: Path, change: Change) -> None:
    manifest = copy.deepcopy(only(path))
    change(manifest)

    assert len(faults(manifest)) == 1


# -- versions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "oldest"),
    [
        ("base", (0, 11)),
        ("local-models", (0, 14)),
        ("overlays/kserve-0.11", (0, 11)),
        ("overlays/openshift-ai", (0, 11)),
        ("overlays/kubeflow", (0, 16)),
        ("examples/local-models", (0, 14)),
    ],
)
def test_a_kustomization_fits_the_kserve_that_it_is_for(folder: str, oldest: tuple[int, int]) -> None:
    assert max(since(each) for each in rendered(DEPLOY / folder)) == oldest


@pytest.mark.parametrize("path", MANIFESTS, ids=short)
def test_a_manifest_that_needs_a_newer_kserve_says_so(path: Path) -> None:
    major, minor = since(only(path))
    above = (path.parent / "kustomization.yaml").read_text() + path.read_text()

    assert minor == 11 or f"KServe {major}.{minor} or later" in above


# -- kustomize --------------------------------------------------------------------------------------------------------


def test_every_file_is_named_by_its_kustomization() -> None:
    named: set[Path] = set()
    for folder in KUSTOMIZATIONS:
        content = kustomization(folder)
        for name in content.get("resources", []) + content.get("components", []) + content.get("configurations", []):
            there = (folder / name).resolve()
            assert there.exists(), f"{folder} names {name}"
            named.add(there)
    alone = {each for each in KUSTOMIZATIONS if each.parent.name in ("overlays", "examples")}
    files = {each for each in DEPLOY.rglob("*.yaml") if each.name != "kustomization.yaml"}

    assert named == files | (set(KUSTOMIZATIONS) - alone)


def test_one_place_says_which_image_runs() -> None:
    images = {
        each["spec"]["container"]["image"]
        for overlay in ("kubeflow", "kserve-0.11", "openshift-ai")
        for each in rendered(DEPLOY / "overlays" / overlay)
    }
    (image,) = kustomization(DEPLOY / "components/image")["images"]

    assert images == {f"{image['newName']}:{image['newTag']}"}
    assert {only(each)["spec"]["container"]["image"] for each in (CONTAINER, JOB)} == {image["name"]}


TOOL = next(
    (
        command
        for program, command in (("kustomize", ["kustomize", "build"]), ("kubectl", ["kubectl", "kustomize"]))
        if shutil.which(program)
    ),
    None,
)


@pytest.mark.skipif(TOOL is None, reason="neither kustomize nor kubectl is here: what they give was not compared")
@pytest.mark.parametrize("folder", BUILT, ids=short)
def test_kustomize_gives_the_same(folder: Path) -> None:
    assert TOOL is not None
    built = subprocess.run([*TOOL, str(folder)], capture_output=True, text=True, check=True, timeout=60)

    def by_name(manifests: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
        return {(each["kind"], each["metadata"]["name"]): each for each in manifests}

    assert by_name(list(documents(built.stdout))) == by_name(rendered(folder))


# -- variables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", BUILT, ids=short)
def test_what_a_manifest_sets_is_read(folder: Path) -> None:
    set_there = {
        each["name"] for manifest in rendered(folder) for each in manifest["spec"].get("container", {}).get("env", [])
    }

    assert set_there - VARIABLES <= OF_PYTHON


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_what_a_secret_of_the_documents_holds_is_read(snippet: str) -> None:
    for manifest in documents(snippet):
        assert set(manifest.get("stringData", {})) <= VARIABLES


def test_the_secret_of_the_documents_is_the_one_that_the_manifests_name() -> None:
    named = {
        each["secretRef"]["name"] for path in (CONTAINER, JOB) for each in only(path)["spec"]["container"]["envFrom"]
    }
    shown = {
        manifest["metadata"]["name"]
        for snippet in SNIPPETS
        for manifest in documents(str(snippet.values[0]))
        if manifest["kind"] == "Secret"
    }

    assert named == shown


@pytest.mark.parametrize(
    ("overlay", "url"),
    [
        ("kubeflow", "http://model-registry-service.kubeflow.svc.cluster.local:8080"),
        ("kserve-0.11", "http://model-registry-service.kubeflow.svc.cluster.local:8080"),
        ("openshift-ai", "https://my-registry.rhoai-model-registries.svc.cluster.local:8443"),
    ],
)
def test_an_overlay_names_a_registry(overlay: str, url: str, tmp_path: Path) -> None:
    """Its files are there in every pod, see the overlay; here they are made."""
    account = tmp_path / "account"
    account.mkdir()
    for name in ("token", "service-ca.crt"):
        (account / name).write_text("here")
    for manifest in rendered(DEPLOY / "overlays" / overlay):
        environ = {
            each["name"]: each["value"].replace("/var/run/secrets/kubernetes.io/serviceaccount", str(account))
            for each in manifest["spec"]["container"]["env"]
        }
        endpoint = Settings.from_env(environ).endpoint()

        assert endpoint.url == url
        # A token of the cluster is never shown in the clear.
        assert (endpoint.token_path is not None) == url.startswith("https")
