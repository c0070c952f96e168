"""``mr-client resolve`` and ``mr-storage-initializer --dry-run``, as a person runs them beside ``mr-client serve``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import mr_client
from end_to_end.conftest import PROGRAMS, Run
from end_to_end.test_serve import served
from mr_client.properties import DIGEST
from servers.web import WebServer

SHA = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture(params=[False, True], ids=["embedded", "like-upstream"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    options = ["--like-upstream"] if request.param else []
    with served(tmp_path / "registry.db", *options) as url, mr_client.Registry(url, environ={}) as registry:
        registry.register("iris", "v1", uri="s3://models/iris/v1", model_format="sklearn")
        registry.register("iris", "v2", uri="s3://models/iris/v2?endpoint=http://minio:9000&defaultRegion=eu")
        registry.register("iris", "v3", uri="s3://models/iris/v3")
        api = registry._api
        api.update_version(registry.version("iris", "v3"), state="ARCHIVED")
        api.update_artifact(registry.resolve("iris", "v2").artifact, properties={DIGEST: SHA})
        # As another client may: ours refuses it.
        api.create_artifact(api.create_version(api.create_model("again"), "v1"), "again", uri="model-registry://iris")
        registry.register("lost", "v1", uri="file:///nowhere/at/all")
        yield url


def resolve(*arguments: str, at: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAMS / "mr-client", "resolve", *arguments],
        env={"MODEL_REGISTRY_BASE_URL": at},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_person_reads_where_the_newest_version_would_come_from(registry: str) -> None:
    run = resolve("model-registry://iris", at=registry)

    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert run.stdout.splitlines() == [
        "asked     model-registry://iris",
        f"registry  {registry}",
        "model     iris (id 1, LIVE)",
        "version   v2 (id 3, LIVE)",
        "artifact  iris (id 2, LIVE)",
        "files     s3://models/iris/v2",
        "endpoint  http://minio:9000",
        "region    eu",
        f"digest    {SHA}",
    ]


def test_a_machine_reads_json_and_warnings_are_in_it_and_on_stderr(registry: str) -> None:
    run = resolve("--json", "model-registry://iris/v3", at=registry)

    found = json.loads(run.stdout)
    assert (found["version"]["name"], found["uri"], found["digest"]) == ("v3", "s3://models/iris/v3", None)
    assert found["warnings"] == ["version 'v3' of model 'iris' is ARCHIVED"]
    assert run.stderr == "Warning: version 'v3' of model 'iris' is ARCHIVED\n"


@pytest.mark.parametrize(
    ("uri", "code", "words"),
    [
        ("iris/v1", 2, "'iris/v1' is no model URI: it does not start with model-registry://"),
        ("s3://models/iris", 2, "is no model URI"),
        ("model-registry://iris/v9", 3, "Version 'v9' not found in model 'iris'"),
        ("model-registry://iris?artifact=onnx", 3, "it has: 'iris'."),
        ("model-registry://again", 4, "points to 'model-registry://iris', another name"),
    ],
)
def test_an_error_is_one_sentence_and_the_exit_code_of_the_pod(registry: str, uri: str, code: int, words: str) -> None:
    run = resolve(uri, at=registry)

    assert run.returncode == code
    assert run.stdout == ""
    assert words in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_a_registry_that_is_away_is_exit_code_5() -> None:
    run = resolve("model-registry://iris", at="http://127.0.0.1:9")

    assert run.returncode == 5
    assert "cannot be reached" in run.stderr.splitlines()[-1]


@pytest.mark.parametrize("option", [[], ["--dry-run"]], ids=["in earnest", "dry"])
@pytest.mark.parametrize(
    ("uri", "code", "words"),
    [
        ("model-registry://iris/", 2, "it has a trailing slash"),
        ("model-registry://iris/v9", 3, "Version 'v9' not found"),
        ("model-registry://lost", 3, "nowhere"),
        ("model-registry://again", 4, "another name"),
    ],
)
def test_a_name_that_is_refused_leaves_nothing_in_the_destination(
    initialize: Run, registry: str, target: Path, option: list[str], uri: str, code: int, words: str
) -> None:
    run = initialize(*option, uri, target, MODEL_REGISTRY_BASE_URL=registry)

    assert run.returncode == code, run.stderr
    assert words in run.stderr.splitlines()[-1]
    assert not target.parent.exists()


def test_a_dry_run_says_what_would_be_copied_and_copies_nothing(
    initialize: Run, registry: str, target: Path, tmp_path: Path
) -> None:
    stored = tmp_path / "stored"
    (stored / "sub").mkdir(parents=True)
    (stored / "model.joblib").write_bytes(b"x" * 5827)
    (stored / "sub" / "notes").write_bytes(b"hi")
    with mr_client.Registry(registry, environ={}) as client:
        client.register("local", "v1", uri=stored.as_uri())

    run = initialize("--dry-run", "model-registry://local", target, MODEL_REGISTRY_BASE_URL=registry)

    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[0] == "asked     model-registry://local"
    assert run.stdout.splitlines()[-5:] == [
        f"files     {stored.as_uri()}",
        f"to        {target}",
        f"5827  model.joblib -> {target}/model.joblib",
        f"   2  sub/notes -> {target}/sub/notes",
        "2 files, 5829 bytes in all; nothing was written.",
    ]
    assert not target.parent.exists()


def test_a_dry_run_of_a_web_address_shows_no_signature_and_asks_for_no_content(
    initialize: Run, web: WebServer, target: Path
) -> None:
    web.content["/model.bin"] = b"trained"

    run = initialize("--dry-run", f"{web.url}/model.bin?signature=hunter2", target)

    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "1 file, 7 bytes in all; nothing was written."
    assert "hunter2" not in run.stdout + run.stderr
    assert not target.parent.exists()
