"""A folder for GitOps, in which another version is few lines."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kserve_rules import faults
from kustomized import TOOL, rendered_by_tool
from kustomized import rendered as built
from manifests_found import found
from mr_client import errors
from mr_client.manifests import (
    Choice,
    Manifest,
    Rendered,
    inference_service,
    kustomization,
    local_model_cache,
    model_mesh,
    several_models,
    trained_model,
    written,
)
from mr_client.resolver import Resolution

DIGESTS = {"v1": f"sha256:{'1' * 64}", "v2": f"sha256:{'2' * 64}"}
MANIFESTS: dict[str, Callable[[Resolution], Rendered]] = {
    "by name": lambda of: inference_service(of),
    "resolved": lambda of: inference_service(of, Choice(resolved=True, storage_key="minio")),
    "several": lambda of: several_models([of, found("model-registry://other/v1")]),
    "a trained model": lambda of: trained_model(of, "many", memory="1Gi"),
    "ModelMesh": lambda of: model_mesh(of, Choice(storage_key="minio", namespace="models")),
    "ModelMesh, with annotations": lambda of: model_mesh(
        replace(of, uri=of.uri.replace("s3:", "gs:")),
        Choice(storage_key=f"google-{of.version.name}", schema_path=f"{of.version.name}.json"),
    ),
}


def version(name: str) -> Resolution:
    return found(f"model-registry://iris/{name}", uri=f"s3://models/iris/{name}", digest=DIGESTS[name], ids=("1", name))


def lines(folder: Path) -> list[str]:
    return [
        f"{path.relative_to(folder)} {line}"
        for path in sorted(folder.rglob("*.yaml"))
        for line in path.read_text().splitlines()
    ]


@pytest.mark.parametrize("case", MANIFESTS)
def test_the_overlay_gives_the_whole_manifest(case: str, tmp_path: Path) -> None:
    manifest = MANIFESTS[case](version("v1")).manifest
    written(kustomization(manifest, "production"), tmp_path)

    (whole,) = built(tmp_path / "overlays/production")
    assert whole == manifest
    assert faults(whole) == []


@pytest.mark.parametrize(
    ("case", "changed"),
    [
        ("by name", 3),
        ("resolved", 4),
        ("several", 3),
        ("a trained model", 4),
        ("ModelMesh", 4),
        ("ModelMesh, with annotations", 6),
    ],
)
def test_to_promote_a_version_changes_these_lines_and_no_others(case: str, changed: int, tmp_path: Path) -> None:
    for name in ("v1", "v2"):
        manifest = MANIFESTS[case](version(name)).manifest
        assert written(kustomization(manifest, "production"), tmp_path) == ()
        if name == "v1":
            before = lines(tmp_path)

    diff = [each for each in difflib.ndiff(before, lines(tmp_path)) if each[0] in "+-"]
    assert [each[0] for each in diff].count("+") == [each[0] for each in diff].count("-") == changed
    assert all("overlays/production/version.yaml" in each for each in diff)
    assert built(tmp_path / "overlays/production") == [manifest]


@pytest.mark.parametrize("case", MANIFESTS)
def test_to_write_the_same_version_again_changes_nothing(case: str, tmp_path: Path) -> None:
    files = kustomization(MANIFESTS[case](version("v1")).manifest, "production")
    written(files, tmp_path)
    before = lines(tmp_path)

    assert written(files, tmp_path) == ()
    assert lines(tmp_path) == before


@pytest.mark.skipif(TOOL is None, reason="neither kustomize nor kubectl is here: what they give was not compared")
def test_kustomize_gives_the_whole_manifests_of_several_models_side_by_side(tmp_path: Path) -> None:
    expected = []
    for number, make in enumerate(MANIFESTS.values()):
        for name in ("v1", "v2"):
            manifest = make(version(name)).manifest
            manifest["metadata"]["name"] = f"model-{number}"
            written(kustomization(manifest, "production"), tmp_path / f"{number}")
        expected.append(manifest)
    resources = "".join(f"  - {number}/overlays/production\n" for number in range(len(expected)))
    (tmp_path / "kustomization.yaml").write_text(f"resources:\n{resources}")

    def by_name(manifests: list[Manifest]) -> list[Manifest]:
        return sorted(manifests, key=lambda each: str(each["metadata"]["name"]))

    assert by_name(rendered_by_tool(tmp_path)) == by_name(expected)


def test_the_memory_of_a_trained_model_which_nobody_may_change_stays_and_is_said(tmp_path: Path) -> None:
    for name, memory in (("v1", "1Gi"), ("v2", "2Gi")):
        manifest = trained_model(version(name), "many", memory=memory).manifest
        said = written(kustomization(manifest, "production"), tmp_path)

    (sentence,) = said
    assert "keeps the memory '1Gi', where this version would have '2Gi'" in sentence
    (whole,) = built(tmp_path / "overlays/production")
    assert whole["spec"]["model"] == manifest["spec"]["model"] | {"memory": "1Gi"}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("    minReplicas: 2\n", "spec.predictor.minReplicas"),
        ("      env: []\n", "spec.predictor.model.env"),
        ("---\nkind: Other\nspec: {}\n", "spec"),
    ],
)
def test_what_a_person_wrote_beside_the_version_is_not_lost(line: str, field: str, tmp_path: Path) -> None:
    manifest = inference_service(found()).manifest
    written(kustomization(manifest, "production"), tmp_path)
    patch = tmp_path / "overlays/production/version.yaml"
    text = (
        patch.read_text().replace("    model:\n", line + "    model:\n") if "min" in line else patch.read_text() + line
    )
    patch.write_text(text)

    with pytest.raises(errors.UsageError, match=rf"has '{field}', which is not of a version and would be lost"):
        written(kustomization(manifest, "production"), tmp_path)
    assert patch.read_text() == text


def test_two_stages_have_two_versions_on_one_base(tmp_path: Path) -> None:
    for stage, name in (("staging", "v2"), ("production", "v1")):
        written(kustomization(inference_service(version(name)).manifest, stage), tmp_path)

    uris = {
        stage: built(tmp_path / "overlays" / stage)[0]["spec"]["predictor"]["model"]["storageUri"]
        for stage in ("staging", "production")
    }
    assert uris == {"staging": "model-registry://iris/v2", "production": "model-registry://iris/v1"}


def test_what_a_person_has_changed_stays_and_is_said(tmp_path: Path) -> None:
    files = kustomization(inference_service(found()).manifest, "production")
    written(files, tmp_path)
    base, overlay = tmp_path / "base/manifest.yaml", tmp_path / "overlays/production/kustomization.yaml"
    base.write_text(base.read_text() + "    minReplicas: 2\n")
    overlay.write_text(overlay.read_text() + "namePrefix: a-\n")

    (said,) = written(files, tmp_path)

    assert "stays as it is" in said
    assert "minReplicas: 2" in base.read_text()
    assert "namePrefix: a-" in overlay.read_text()


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (inference_service(found("model-registry://Iris/v1")), "is of the model"),
        (inference_service(found(), Choice(name="other")), "is called 'other'"),
        (trained_model(found(), "many", memory="1Gi"), "is of the kind 'TrainedModel'"),
        (inference_service(found(ids=("7", "2"))), "is of the model"),
    ],
)
def test_a_folder_of_another_object_is_refused(there: Rendered, said: str, tmp_path: Path) -> None:
    written(kustomization(there.manifest, "production"), tmp_path)
    before = lines(tmp_path)

    with pytest.raises(errors.UsageError, match=said):
        written(kustomization(inference_service(found()).manifest, "production"), tmp_path)
    assert lines(tmp_path) == before


def test_what_is_no_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base/manifest.yaml").write_text("a: [")

    with pytest.raises(errors.UsageError, match="is no YAML"):
        written(kustomization(inference_service(found()).manifest, "production"), tmp_path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(errors.TransferError, match="kustomization cannot be written to"):
        written(kustomization(inference_service(found()).manifest, "production"), tmp_path / "file")


def test_what_has_no_versions_and_a_stage_that_is_none_are_refused() -> None:
    cache = local_model_cache(found(), ["gpu"], size="1Gi").manifest

    with pytest.raises(errors.UsageError, match="A LocalModelCache has no versions to promote"):
        kustomization(cache, "production")
    with pytest.raises(errors.UsageError, match=r"'\.\./up' is no name"):
        kustomization(inference_service(found()).manifest, "../up")


def test_a_patch_names_the_namespace_too_for_a_base_of_two() -> None:
    files = kustomization(inference_service(found(), Choice(namespace="models")).manifest, "production")

    assert "namespace: models" in files["overlays/production/version.yaml"]
