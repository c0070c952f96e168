"""The vendored contract, and what is generated from it."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import bump
import corrections
import facts
import generate
import mr_contract
from mr_rest.models import ArtifactList, DataSet, DocArtifact, Metric, ModelArtifact, OtherArtifact, Parameter
from servers.web import WebServer

ROOT = Path(__file__).parents[2]
CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "openapi/model-registry.yaml").read_text())
PROVENANCE: dict[str, Any] = yaml.safe_load((ROOT / "openapi/provenance.yaml").read_text())


def small() -> dict[str, Any]:
    """A contract in which everything that is corrected is wrong, with prose in every place."""
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
            },
            "/services": {
                "post": {
                    "tags": ["Service"],
                    "operationId": "createInferenceService",
                    "responses": {"200": {"description": "prose"}},
                }
            },
        },
        "components": {
            "parameters": {},
            "responses": {},
            "schemas": {
                "Thing": {
                    "description": "prose",
                    "type": "object",
                    "properties": {
                        "description": {"type": "string", "description": "prose", "default": "summary"},
                        "state": {"$ref": "#/components/schemas/ThingState"},
                        "customProperties": {
                            "type": "object",
                            "description": "prose",
                            "additionalProperties": {"$ref": "#/components/schemas/MetadataValue"},
                        },
                        "artifactType": {"type": "string", "default": "thing", "example": "prose"},
                    },
                },
                "ThingState": {"type": "string", "enum": ["LIVE", "ARCHIVED"]},
                "Artifact": {
                    "oneOf": [{"$ref": "#/components/schemas/Thing"}],
                    "discriminator": {
                        "propertyName": "artifactType",
                        "mapping": {"thing": "#/components/schemas/Thing"},
                    },
                },
                "BaseResource": {"type": "object", "properties": {"id": {"type": "string"}}},
                "Error": {"type": "object", "properties": {"message": {"type": "string"}}},
                "MetadataBoolValue": value,
                "MetadataValue": {
                    "oneOf": [{"$ref": "#/components/schemas/MetadataBoolValue"}],
                    "discriminator": {
                        "propertyName": "metadataType",
                        "mapping": {"MetadataBoolValue": "#/components/schemas/MetadataBoolValue"},
                    },
                },
            },
        },
    }


# -- facts ------------------------------------------------------------------------------------


def test_prose_is_dropped_and_a_field_named_like_prose_is_kept() -> None:
    reduced = facts.facts_of(small())

    assert "prose" not in str(reduced)
    assert reduced["components"]["schemas"]["Thing"]["properties"]["description"] == {
        "type": "string",
        "default": "summary",
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

BOTH = [*corrections.OF_THE_CONTRACT, *corrections.FOR_THE_CLIENT]


@pytest.mark.parametrize("correction", BOTH, ids=lambda correction: correction.__name__)
def test_a_correction_applies_once_and_then_says_that_it_is_obsolete(correction: corrections.Correction) -> None:
    document = facts.facts_of(small())

    correction(document)

    with pytest.raises(corrections.Obsolete):
        correction(document)


def test_an_obsolete_correction_is_named() -> None:
    document = facts.facts_of(small())
    del document["components"]["schemas"]["Thing"]["properties"]["customProperties"]

    with pytest.raises(corrections.Obsolete, match="'name_custom_properties' no longer applies"):
        corrections.correct(document, corrections.OF_THE_CONTRACT)


def test_a_correction_whose_place_is_gone_is_named() -> None:
    document = facts.facts_of(small())
    del document["components"]["schemas"]["MetadataValue"]

    with pytest.raises(corrections.Obsolete, match="'admit_other_metadata' no longer applies: no 'MetadataValue'"):
        corrections.correct(document, corrections.FOR_THE_CLIENT)


def test_every_correction_gives_its_reason() -> None:
    assert all(correction.__doc__ for correction in BOTH)
    assert PROVENANCE["corrections"] == [correction.__name__ for correction in corrections.OF_THE_CONTRACT]


def test_the_contract_says_what_servers_answer() -> None:
    for operation in bump.operations(CONTRACT).values():
        statuses = set(operation["responses"])
        assert statuses >= {"400", "401", "403", "500", "503"}
        assert "requestBody" not in operation or statuses >= {"409", "422"}
    assert "201" in bump.operations(CONTRACT)["createInferenceService"]["responses"]


# -- bump -------------------------------------------------------------------------------------


def test_a_source_becomes_a_contract_with_its_provenance() -> None:
    source = yaml.safe_dump(small()).encode()

    vendored = bump.vendor(source, "v9.9", "2026-11-20")

    assert vendored.contract["components"]["schemas"]["CustomProperties"]["type"] == "object"
    assert vendored.provenance == {
        "upstream": "kubeflow/model-registry, api/openapi/model-registry.yaml",
        "ref": "v9.9",
        "date": "2026-11-20",
        "sha256": hashlib.sha256(source).hexdigest(),
        "contract": "v9",
        "operations": 2,
        "schemas": 8,
        "corrections": [correction.__name__ for correction in corrections.OF_THE_CONTRACT],
    }


@pytest.fixture
def vendored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands in for what bump-spec writes; the contract there is that of ``small``."""
    (tmp_path / "generated").mkdir()
    for name, place in (("CONTRACT", "contract"), ("PROVENANCE", "provenance"), ("GENERATED", "generated")):
        monkeypatch.setattr(bump, name, tmp_path / place)
    bump.write(bump.vendor(yaml.safe_dump(small()).encode(), "v9.9"))
    return tmp_path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A next version of the contract: an operation and a field more, one field less."""
    document = small()
    document["paths"]["/things"]["patch"] = {"tags": ["Service"], "operationId": "updateThings", "responses": {}}
    document["components"]["schemas"]["Thing"]["properties"]["size"] = {"type": "integer"}
    del document["components"]["schemas"]["Thing"]["properties"]["description"]
    file = tmp_path / "v10.yaml"
    file.write_text(yaml.safe_dump(document))
    return file


def bumped(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["bump-spec", *map(str, arguments)])
    return bump.main()


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_bump_writes_the_contract_and_the_client_and_says_what_changed(
    vendored: Path, source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bumped(monkeypatch, source) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "operations 2 -> 3, schemas 8 -> 8; 3 changes, 1 breaking"
    assert said[1:4] == [
        "BREAKING  field description of Thing: removed",
        "          operation updateThings: added (PATCH /things)",
        "          field size of Thing: added",
    ]
    assert yaml.safe_load((vendored / "provenance").read_text())["ref"] == "v10"
    assert (vendored / "generated/mr_rest/api/service/update_things.py").exists()


def test_a_bump_and_back_leaves_no_trace(
    vendored: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "v9.yaml"
    first.write_text(yaml.safe_dump(small()))
    assert bumped(monkeypatch, first) == 0
    before = snapshot(vendored)

    assert bumped(monkeypatch, source) == 0
    assert snapshot(vendored) != before
    assert bumped(monkeypatch, first) == 0

    assert snapshot(vendored) == before


def test_a_dry_run_says_the_same_and_writes_nothing(
    vendored: Path, source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(vendored)

    assert bumped(monkeypatch, source, "--dry-run") == 0

    assert "3 changes, 1 breaking" in capsys.readouterr().out
    assert snapshot(vendored) == before


@pytest.mark.parametrize("asked", ["{url}/v10.yaml", "v10.0.1"])
def test_a_source_may_be_an_address_or_an_upstream_tag(
    vendored: Path, source: Path, web: WebServer, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    web.content |= {"/v10.yaml": source.read_bytes(), "/v10.0.1/file.yaml": source.read_bytes()}
    monkeypatch.setattr(bump, "UPSTREAM_FILE", web.url + "/{tag}/file.yaml")

    assert bumped(monkeypatch, asked.format(url=web.url), "--ref", "next") == 0

    assert yaml.safe_load((vendored / "provenance").read_text())["ref"] == "next"


def without_tag(document: dict[str, Any]) -> None:
    del document["paths"]["/things"]["get"]["tags"]


def without_id(document: dict[str, Any]) -> None:
    del document["paths"]["/things"]["get"]["operationId"]


def mended(document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["Thing"]["properties"]["customProperties"]


def ungeneratable(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["Thing"]["properties"]["size"] = {"$ref": "#/components/schemas/Nowhere"}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (without_tag, "operations without a tag cannot be generated: getThings."),
        (without_id, "GET /things has no operationId."),
        (mended, "correction 'name_custom_properties' no longer applies"),
        (ungeneratable, "the generator refused the contract"),
    ],
)
def test_a_contract_that_cannot_be_used_is_a_sentence_and_nothing_is_written(
    vendored: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[dict[str, Any]], None],
    says: str,
) -> None:
    document = small()
    spoil(document)
    file = tmp_path / "spoiled.yaml"
    file.write_text(yaml.safe_dump(document))
    before = snapshot(vendored)

    assert bumped(monkeypatch, file) != 0

    said = capsys.readouterr().err
    assert says in said
    assert said.endswith("Nothing was written.\n")
    assert snapshot(vendored) == before


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("[]", "no OpenAPI 3 document"),
        ("openapi: '2.0'", "no OpenAPI 3 document"),
        ("a: [", "it is no YAML"),
        (None, "it is no file, no URL and no upstream tag"),
    ],
)
def test_a_source_that_is_no_contract_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: str | None, says: str
) -> None:
    file = tmp_path / "source.yaml"
    if source is not None:
        file.write_text(source)

    assert bumped(monkeypatch, file) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("asked", ["http://127.0.0.1:9/x.yaml", "v9.9.9"])
def test_an_address_that_fails_is_a_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: str
) -> None:
    monkeypatch.setattr(bump, "UPSTREAM_FILE", "http://127.0.0.1:9/{tag}")

    assert bumped(monkeypatch, asked) == 2

    said = capsys.readouterr().err
    assert f"bump-spec: {asked}: it cannot be read" in said
    assert "Connection refused" in said


# -- generated --------------------------------------------------------------------------------


def test_every_operation_of_the_contract_has_its_function() -> None:
    operations = bump.operations(CONTRACT)
    functions = [path for path in (ROOT / "generated/mr_rest/api").rglob("*.py") if path.name != "__init__.py"]

    assert len(operations) == len(functions) == PROVENANCE["operations"] == 56


def test_the_contract_as_data_is_the_vendored_contract() -> None:
    assert mr_contract.load() == CONTRACT
    assert (PROVENANCE["ref"], PROVENANCE["contract"]) == (mr_contract.REF, mr_contract.VERSION)


@pytest.mark.parametrize("kind", [ModelArtifact, DocArtifact, DataSet, Metric, Parameter])
def test_an_artifact_decodes_as_what_it_is(kind: type[Any]) -> None:
    names = {"DataSet": "dataset-artifact", "Metric": "metric", "Parameter": "parameter"}
    name = names.get(kind.__name__, kind.__name__.replace("Artifact", "-artifact").lower())

    page = ArtifactList.from_dict(
        {"items": [{"artifactType": name, "id": "1"}], "nextPageToken": "", "pageSize": 0, "size": 1}
    )

    assert type(page.items[0]) is kind


def test_one_item_that_only_a_newer_server_knows_does_not_break_a_list() -> None:
    page = ArtifactList.from_dict(
        {
            "items": [
                {"artifactType": "prompt", "id": "1", "customProperties": {"a": {"metadataType": "Date", "date": "x"}}},
                {"artifactType": "model-artifact", "id": "2", "state": "QUARANTINED"},
            ],
            "nextPageToken": "",
            "pageSize": 0,
            "size": 2,
        }
    )

    other, model = page.items
    assert isinstance(other, OtherArtifact)
    assert other.to_dict()["customProperties"] == {"a": {"metadataType": "Date", "date": "x"}}
    assert isinstance(model, ModelArtifact)
    assert model.state == "QUARANTINED"


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
    generate.generate(tmp_path, CONTRACT, "v0.3.8")

    assert generate.differences(tmp_path, ROOT / "generated") == []
    assert all("run scripts/generate" in path.read_text() for path in tmp_path.rglob("*.py"))
    assert {path.parent.name for path in tmp_path.rglob("py.typed")} == {"mr_rest", "mr_contract"}
