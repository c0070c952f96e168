"""The manifests of ``deploy/``, and those that the documents show."""

from __future__ import annotations

import copy
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from kserve_rules import faults, since
from kustomized import TOOL, documents, kustomization, rendered, rendered_by_tool
from manifests_found import found
from mr_client.cli import main as mr_client_program
from mr_client.client import Registry
from mr_client.commands import registering
from mr_client.manifests import Choice, inference_service, written
from mr_client.manifests import kustomization as written_files
from mr_client.pod import PodSettings
from mr_client.settings import Settings
from mr_model_agent.__main__ import main as mr_model_agent_program
from servers.kserve_models import objections
from snippets import blocks

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
KUSTOMIZATIONS = sorted(each.parent for each in DEPLOY.rglob("kustomization.yaml"))
GITOPS = DEPLOY / "gitops"
HALF = GITOPS / "model/base"
"""A manifest without its version, which an overlay adds."""
BUILT = [each for each in KUSTOMIZATIONS if kustomization(each)["kind"] == "Kustomization" and each != HALF]
MANIFESTS = [
    each
    for each in sorted(DEPLOY.rglob("*.yaml"))
    if each.name not in ("kustomization.yaml", "image-field.yaml") and GITOPS / "model" not in each.parents
]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]
SNIPPETS = [
    pytest.param(block.text, id=f"{page.name}:{block.line}")
    for page in PAGES
    for block in blocks(page)
    if block.language in ("yaml", "yml")
]
CLUSTER = [
    pytest.param(command, id=f"{page.name}:{block.line}-{number}")
    for page in PAGES
    for block in blocks(page)
    if block.mark == "cluster"
    for number, command in enumerate(block.text.replace("\\\n", " ").splitlines())
    if command
]
"""Commands that are not run, since they need a cluster."""
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


@pytest.mark.parametrize("command", CLUSTER)
def test_a_command_for_a_cluster_names_files_that_are_there(command: str) -> None:
    words = shlex.split(command, comments=True)

    assert [word for word in words if word.startswith(("deploy/", "scripts/")) and not (ROOT / word).exists()] == []


@pytest.mark.parametrize("command", [each for each in CLUSTER if str(each.values[0]).startswith("mr-")])
def test_a_command_of_ours_for_a_cluster_is_understood(command: str) -> None:
    name, *words = shlex.split(command, comments=True)
    program: click.Command | None = {"mr-client": mr_client_program, "mr-model-agent": mr_model_agent_program}[name]
    while isinstance(program, click.Group):
        program = program.get_command(click.Context(program), words.pop(0))

    assert program is not None, command
    program.make_context(program.name, words, obj={})


def test_the_documents_show_commands_for_a_cluster() -> None:
    assert len(CLUSTER) >= 20


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


PUBLISH, ROLE = GITOPS / "publish-job.yaml", GITOPS / "bootstrap/role.yaml"
WRONG += [
    (PUBLISH, lambda job: job["spec"]["template"]["spec"]["containers"][0].pop("resources")),
    (
        PUBLISH,
        lambda job: job["spec"]["template"]["spec"]["initContainers"][0]["securityContext"].pop(
            "readOnlyRootFilesystem"
        ),
    ),
    (
        PUBLISH,
        lambda job: job["spec"]["template"]["spec"]["containers"][0]["volumeMounts"].append({"name": "other"}),
    ),
    (PUBLISH, lambda job: job["spec"]["template"]["spec"].pop("restartPolicy")),
    (PUBLISH, lambda job: job["spec"].update(ttlSecondsAfterFinished=60)),
    (ROLE, lambda role: role["rules"][0].update(verbs=["*"])),
    (ROLE, lambda role: role["metadata"].pop("namespace")),
    (GITOPS / "serving-runtime.yaml", lambda runtime: runtime["spec"]["containers"][0].update(name="server")),
    (GITOPS / "serving-runtime.yaml", lambda runtime: runtime["metadata"].update(labels={"a": "b c"})),
    (GITOPS / "data-connection.yaml", lambda secret: secret["metadata"]["annotations"].update(a=1)),
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
        ("examples/local-models", (0, 14, 1)),
    ],
)
def test_a_kustomization_fits_the_kserve_that_it_is_for(folder: str, oldest: tuple[int, ...]) -> None:
    assert max(since(each) for each in rendered(DEPLOY / folder)) == oldest


@pytest.mark.parametrize("path", MANIFESTS, ids=short)
def test_a_manifest_that_needs_a_newer_kserve_says_so(path: Path) -> None:
    oldest = since(only(path))
    above = (path.parent / "kustomization.yaml").read_text() + path.read_text()

    assert oldest == (0, 11) or f"KServe {'.'.join(map(str, oldest))} or later" in above


# -- kustomize --------------------------------------------------------------------------------------------------------


def test_every_file_is_named_by_its_kustomization() -> None:
    named: set[Path] = set()
    for folder in KUSTOMIZATIONS:
        content = kustomization(folder)
        patches = [each["path"] for each in content.get("patches", []) if "path" in each]
        for name in sum((content.get(key, []) for key in ("resources", "components", "configurations")), patches):
            there = (folder / name).resolve()
            assert there.exists(), f"{folder} names {name}"
            named.add(there)
    alone = {each for each in KUSTOMIZATIONS if each.parent in (DEPLOY / "overlays", DEPLOY / "examples")}
    alone |= {GITOPS, GITOPS / "bootstrap"}
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


@pytest.mark.skipif(TOOL is None, reason="neither kustomize nor kubectl is here: what they give was not compared")
@pytest.mark.parametrize("folder", BUILT, ids=short)
def test_kustomize_gives_the_same(folder: Path) -> None:
    def by_name(manifests: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
        return {(each["kind"], each["metadata"]["name"]): each for each in manifests}

    assert by_name(rendered_by_tool(folder)) == by_name(rendered(folder))


def ours(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the containers of a manifest that run our image."""
    spec = manifest.get("spec", {})
    pod = spec.get("template", {}).get("spec", {})
    return [
        each for each in (spec.get("container"), *pod.get("initContainers", []), *pod.get("containers", [])) if each
    ]


# -- variables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", BUILT, ids=short)
def test_what_a_manifest_sets_is_read(folder: Path) -> None:
    set_there = {
        each["name"] for manifest in rendered(folder) for each in ours(manifest) for each in each.get("env", [])
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


# -- GitOps: from the upload to the service ---------------------------------------------------------------------------

WAVES = {
    str(each["kind"]): int(each["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]) for each in rendered(GITOPS)
}


def of_kind(kind: str, folder: Path = GITOPS) -> dict[str, Any]:
    (manifest,) = (each for each in rendered(folder) if each["kind"] == kind)
    return manifest


def test_each_wave_has_what_the_next_one_needs() -> None:
    assert sorted(WAVES.items(), key=lambda each: (each[1], each[0])) == [
        ("Secret", 0),
        ("ServiceAccount", 0),
        ("Job", 1),
        ("ServingRuntime", 2),
        ("InferenceService", 3),
    ]


def test_a_second_model_is_a_folder_more_and_has_its_wave(tmp_path: Path) -> None:
    shutil.copytree(GITOPS, tmp_path / "gitops")
    files = written_files(inference_service(found("model-registry://Fraud/v7")).manifest, "production")
    written(files, tmp_path / "gitops/fraud")
    everything = tmp_path / "gitops/kustomization.yaml"
    text = everything.read_text()
    everything.write_text(text.replace("resources:\n", "resources:\n  - fraud/overlays/production\n"))

    services = {
        each["metadata"]["name"]: each["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        for each in rendered(tmp_path / "gitops")
        if each["kind"] == "InferenceService"
    }
    assert services == {"iris": "3", "fraud": "3"}


def test_a_job_that_cannot_be_changed_is_made_anew_and_only_where_something_of_it_has_changed() -> None:
    options = of_kind("Job")["metadata"]["annotations"]["argocd.argoproj.io/sync-options"].split(",")
    application = of_kind("Application", GITOPS / "bootstrap")["spec"]

    assert set(options) == {"Force=true", "Replace=true"}
    assert "ApplyOutOfSyncOnly=true" in application["syncPolicy"]["syncOptions"]
    # Argo CD would make again what Kubernetes removes.
    assert "ttlSecondsAfterFinished" not in of_kind("Job")["spec"]


def test_every_image_has_its_place_and_its_release() -> None:
    images = kustomization(GITOPS / "images")["images"]
    pods = [each.get("spec", {}) for each in rendered(GITOPS)]
    pods = [each.get("template", {}).get("spec", each) for each in pods]
    used = {
        container["image"] for pod in pods for key in ("initContainers", "containers") for container in pod.get(key, [])
    }

    assert used == {f"{each['newName']}:{each['newTag']}" for each in images}
    assert all(re.match(r"[0-9]+\.[0-9]+\.[0-9]+(-|$)", each["newTag"]) for each in images)


def test_nobody_gets_a_right_beyond_a_namespace() -> None:
    manifests = [*rendered(GITOPS), *rendered(GITOPS / "bootstrap")]

    assert not {each["kind"] for each in manifests} & {"ClusterRole", "ClusterRoleBinding", "ClusterServingRuntime"}
    binding, role = of_kind("RoleBinding", GITOPS / "bootstrap"), of_kind("Role", GITOPS / "bootstrap")
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": role["metadata"]["name"],
    }
    assert binding["metadata"]["namespace"] == role["metadata"]["namespace"]
    assert (
        of_kind("Application", GITOPS / "bootstrap")["spec"]["destination"]["namespace"]
        == role["metadata"]["namespace"]
    )


def test_the_application_may_make_all_that_it_has() -> None:
    may = {
        (group, resource)
        for rule in of_kind("Role", GITOPS / "bootstrap")["rules"]
        if "create" in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }

    for each in rendered(GITOPS):
        group = each["apiVersion"].rpartition("/")[0]
        assert (group, f"{each['kind'].lower()}s") in may


def test_what_is_named_is_there() -> None:
    names = {(each["kind"], each["metadata"]["name"]) for each in rendered(GITOPS)}
    pod = of_kind("Job")["spec"]["template"]["spec"]
    predictor = of_kind("InferenceService")["spec"]["predictor"]
    server = next(each for each in rendered(GITOPS) if each["metadata"]["name"] == predictor["serviceAccountName"])
    secrets = [each["secretRef"]["name"] for container in pod["containers"] for each in container["envFrom"]]

    assert ("ServiceAccount", pod["serviceAccountName"]) in names
    assert ("ServingRuntime", predictor["model"]["runtime"]) in names
    assert {("Secret", each) for each in [*secrets, *(each["name"] for each in server["secrets"])]} <= names


def test_the_runtime_serves_what_the_service_asks_for() -> None:
    model = of_kind("InferenceService")["spec"]["predictor"]["model"]
    runtime = of_kind("ServingRuntime")["spec"]

    assert model["modelFormat"] in runtime["supportedModelFormats"]
    assert model["protocolVersion"] in runtime["protocolVersions"]


def test_the_job_registers_what_the_service_names_and_its_command_line_is_understood() -> None:
    (container,) = of_kind("Job")["spec"]["template"]["spec"]["containers"]
    program, (command, *arguments) = container["command"], container["args"]
    understood = registering.upload.make_context(command, list(arguments), obj={}).params
    uri = of_kind("InferenceService")["spec"]["predictor"]["model"]["storageUri"]

    assert program == ["mr-client"]
    assert command == "upload"
    assert uri == f"model-registry://{understood['name']}"
    assert understood["uri"] == f"s3://$(AWS_S3_BUCKET)/{understood['name']}"
    # A pod that is killed is begun again: what was done is no failure then.
    assert understood["overwrite"]
    assert understood["exist_ok"]


def test_the_job_hands_on_what_it_fetched() -> None:
    pod = of_kind("Job")["spec"]["template"]["spec"]
    (fetch,), (publish,) = pod["initContainers"], pod["containers"]

    assert fetch["args"][1] == publish["args"][1]


def test_the_secret_holds_placeholders_of_a_data_connection() -> None:
    secret = of_kind("Secret")

    assert {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
        "AWS_S3_ENDPOINT",
        "AWS_S3_BUCKET",
    } == set(secret["stringData"])
    assert set(secret["stringData"]) <= VARIABLES
    assert secret["stringData"]["AWS_SECRET_ACCESS_KEY"] == "REPLACE-ME"


def test_the_model_is_as_it_would_be_rendered(model_registry: str) -> None:
    with Registry(model_registry) as registry:
        registry.register("iris", "v1", uri="s3://models/iris/v1", model_format="sklearn", model_format_version="1")
        choice = Choice(runtime="iris-mlserver", protocol="v2", service_account="model-server")
        files = written_files(inference_service(registry.resolve("iris", "v1"), choice).manifest, "production")

    assert {name: (GITOPS / "model" / name).read_text() for name in files} == files


def test_kserve_s_own_models_object_to_nothing() -> None:
    built = [each for folder in BUILT for each in rendered(folder)]
    shown = [each for snippet in SNIPPETS for each in documents(str(snippet.values[0]))]
    manifests = [each for each in [*built, *shown] if each["apiVersion"].startswith("serving.kserve.io/")]

    assert {
        each["metadata"]["name"]: said for each, said in zip(manifests, objections(manifests), strict=True) if said
    } == {}
