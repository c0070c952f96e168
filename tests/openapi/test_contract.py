"""The vendored contract, and what is generated from it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import bump
import corrections
import facts
import generate
import mr_contract
from mr_rest.models import ArtifactList, DataSet, DocArtifact, Metric, ModelArtifact, Parameter

ROOT = Path(__file__).parents[2]
CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "openapi/model-registry.yaml").read_text())
PROVENANCE: dict[str, Any] = yaml.safe_load((ROOT / "openapi/provenance.yaml").read_text())


def small() -> dict[str, Any]:
    """A contract in which everything that is corrected is wrong, with prose in every place."""
    inline = {
        "type": "object",
        "description": "prose",
        "additionalProperties": {"$ref": "#/components/schemas/MetadataValue"},
    }
    kind = {"type": "string", "default": "model-artifact", "example": "prose"}
    value = {"type": "object", "properties": {"metadataType": {"type": "string", "default": "MetadataBoolValue"}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "prose", "version": "v9", "description": "prose"},
        "tags": [{"name": "Service", "description": "prose"}],
        "paths": {
            "/things": {
                "summary": "prose",
                "get": {
                    "tags": ["Service"],
                    "operationId": "getThings",
                    "summary": "prose",
                    "parameters": [
                        {"name": "description", "in": "query", "description": "prose", "schema": {"type": "string"}}
                    ],
                    "responses": {"200": {"description": "prose"}},
                },
            }
        },
        "components": {
            "schemas": {
                "Thing": {
                    "description": "prose",
                    "properties": {
                        "description": {"type": "string", "description": "prose", "enum": ["summary"]},
                        "customProperties": inline,
                        "artifactType": kind,
                    },
                },
                "MetadataBoolValue": value,
                "MetadataValue": {
                    "discriminator": {
                        "propertyName": "metadataType",
                        "mapping": {"MetadataBoolValue": "#/components/schemas/MetadataBoolValue"},
                    }
                },
            },
            "parameters": {},
        },
    }


# -- facts ------------------------------------------------------------------------------------


def test_prose_is_dropped_and_a_field_named_like_prose_is_kept() -> None:
    reduced = facts.facts_of(small())

    assert "prose" not in str(reduced)
    assert reduced["components"]["schemas"]["Thing"]["properties"]["description"] == {
        "type": "string",
        "enum": ["summary"],
    }
    assert reduced["paths"]["/things"]["get"]["parameters"][0]["name"] == "description"
    assert reduced["paths"]["/things"]["get"]["responses"]["200"] == {"description": "OK"}


@pytest.mark.parametrize("document", [{}, {"openapi": "2.0", "paths": {}}, {"swagger": "2.0"}, {"openapi": "3.0.3"}])
def test_what_is_no_openapi_3_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no OpenAPI 3 document"):
        facts.facts_of(document)


def test_the_vendored_contract_has_no_prose_but_ours() -> None:
    ours = yaml.safe_load((ROOT / "openapi/descriptions.yaml").read_text())
    allowed = {text for section in ours.values() for text in section.values()}
    found: set[str] = set()

    def look(node: Any) -> None:
        if isinstance(node, dict):
            assert not {"summary", "example", "examples"} & {key for key in node if isinstance(node[key], str)}
            if isinstance(text := node.get("description"), str):
                found.add(text)
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)

    look({key: value for key, value in CONTRACT["components"].items() if key != "responses"})
    look(CONTRACT["paths"])
    assert found
    assert found <= allowed


# -- corrections ------------------------------------------------------------------------------


@pytest.mark.parametrize("correction", corrections.CORRECTIONS, ids=lambda correction: correction.__name__)
def test_a_correction_applies_once_and_then_says_that_it_is_obsolete(correction: corrections.Correction) -> None:
    document = facts.facts_of(small())

    correction(document)

    with pytest.raises(corrections.Obsolete):
        correction(document)


def test_an_obsolete_correction_is_named() -> None:
    document = facts.facts_of(small())
    del document["components"]["schemas"]["Thing"]["properties"]["artifactType"]

    with pytest.raises(corrections.Obsolete, match="'tell_artifacts_apart' no longer applies"):
        corrections.correct(document)


def test_every_correction_gives_its_reason() -> None:
    assert all(correction.__doc__ for correction in corrections.CORRECTIONS)
    assert PROVENANCE["corrections"] == [correction.__name__ for correction in corrections.CORRECTIONS]


# -- bump -------------------------------------------------------------------------------------


def test_a_source_becomes_a_contract_with_its_provenance() -> None:
    contract, provenance = bump.vendor(yaml.safe_dump(small()).encode(), "v9.9")

    assert yaml.safe_load(contract)["components"]["schemas"]["CustomProperties"]["type"] == "object"
    assert yaml.safe_load(provenance) | {"sha256": ""} == {
        "upstream": "kubeflow/model-registry, api/openapi/model-registry.yaml",
        "ref": "v9.9",
        "sha256": "",
        "contract": "v9",
        "operations": 1,
        "schemas": 4,
        "corrections": [correction.__name__ for correction in corrections.CORRECTIONS],
    }


def test_an_operation_without_a_tag_is_refused() -> None:
    document = small()
    del document["paths"]["/things"]["get"]["tags"]

    with pytest.raises(ValueError, match="without a tag .*: getThings"):
        bump.vendor(yaml.safe_dump(document).encode(), "v9.9")


@pytest.mark.parametrize("source", ["[]", "openapi: 2.0", "a: [", None])
def test_a_bad_source_is_a_sentence_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: str | None
) -> None:
    file = tmp_path / "source.yaml"
    if source is not None:
        file.write_text(source)
    monkeypatch.setattr(sys, "argv", ["bump-spec", str(file)])
    monkeypatch.setattr(bump, "CONTRACT", tmp_path / "contract")
    monkeypatch.setattr(bump, "PROVENANCE", tmp_path / "provenance")

    assert bump.main() == 2
    assert capsys.readouterr().err.endswith("Nothing was written.\n")
    assert not (tmp_path / "contract").exists()


# -- generated --------------------------------------------------------------------------------


def test_every_operation_of_the_contract_has_its_function() -> None:
    operations = bump.operations(CONTRACT)
    functions = [path for path in (ROOT / "generated/mr_rest/api").rglob("*.py") if path.name != "__init__.py"]

    assert len(operations) == len(functions) == PROVENANCE["operations"] == 56


def test_the_contract_as_data_is_the_vendored_contract() -> None:
    assert mr_contract.load() == CONTRACT


@pytest.mark.parametrize("kind", [ModelArtifact, DocArtifact, DataSet, Metric, Parameter])
def test_an_artifact_decodes_as_what_it_is(kind: type[Any]) -> None:
    names = {"DataSet": "dataset-artifact", "Metric": "metric", "Parameter": "parameter"}
    name = names.get(kind.__name__, kind.__name__.replace("Artifact", "-artifact").lower())

    page = ArtifactList.from_dict(
        {"items": [{"artifactType": name, "id": "1"}], "nextPageToken": "", "pageSize": 0, "size": 1}
    )

    assert type(page.items[0]) is kind


def test_an_edited_a_stray_and_a_missing_file_are_told(tmp_path: Path) -> None:
    fresh, kept = tmp_path / "fresh", tmp_path / "kept"
    shutil.copytree(ROOT / "generated/mr_contract", fresh / "mr_contract")
    shutil.copytree(fresh, kept)
    assert generate.differences(fresh, kept) == []

    (kept / "mr_contract/__init__.py").write_text("edited")
    (kept / "mr_contract/extra.py").touch()
    (kept / "mr_contract/py.typed").unlink()

    assert generate.differences(fresh, kept) == [
        "edited: mr_contract/__init__.py",
        "stray: mr_contract/extra.py",
        "missing: mr_contract/py.typed",
    ]


def test_what_is_generated_says_how_to_generate_it_and_is_up_to_date(tmp_path: Path) -> None:
    generate.generate(tmp_path)

    assert generate.differences(tmp_path, ROOT / "generated") == []
    assert all("run scripts/generate" in path.read_text() for path in tmp_path.rglob("*.py"))
    assert {path.parent.name for path in tmp_path.rglob("py.typed")} == {"mr_rest", "mr_contract"}
