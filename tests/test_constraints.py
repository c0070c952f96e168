"""What is pinned, and how."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints"
ELSEWHERE = [*ROOT.glob("tests/servers/*/requirements.txt"), *ROOT.glob("examples/*/requirements.txt")]
"""Of environments of their own."""


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (CONSTRAINTS / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("file", [*CONSTRAINTS.glob("*.txt"), *ELSEWHERE], ids=lambda file: str(file.relative_to(ROOT)))
def test_every_distribution_is_pinned_by_hash_and_no_address_is_named(file: Path) -> None:
    text = file.read_text()
    entries = text.replace("\\\n", " ").splitlines()

    assert entries
    assert all(re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert "://" not in text


@pytest.mark.parametrize("name", ["dev.txt", "runtime.txt"])
def test_fsspec_and_s3fs_are_of_one_release(name: str) -> None:
    pinned = pins(name)

    assert pinned["fsspec"] == pinned["s3fs"]


@pytest.mark.parametrize("name", ["demo.txt", "runtime.txt", "image.txt", "build.txt"])
def test_what_is_tested_is_what_runs(name: str) -> None:
    assert pins(name).items() <= pins("dev.txt").items()


@pytest.mark.parametrize("name", ["tests/servers/mlserver", "examples/custom-model-server"])
def test_a_server_reads_what_the_scikit_learn_writes_that_tests_train_with(name: str) -> None:
    assert pins(f"../{name}/requirements.txt")["scikit-learn"] == pins("dev.txt")["scikit-learn"]


def test_the_site_is_built_with_what_may_stand_beside_the_rest() -> None:
    dev, docs = pins("dev.txt"), pins("docs.txt")

    assert {name: docs[name] for name in dev.keys() & docs.keys()} == {name: dev[name] for name in dev.keys() & docs}


def test_the_image_leaves_out_what_the_program_does_not_load() -> None:
    runs, held = pins("runtime.txt").keys(), pins("image.txt").keys()

    of_a_terminal = {"rich", "markdown-it-py", "mdurl", "pygments"}
    assert {"lark", "starlette", "uvicorn", "pyyaml"} | of_a_terminal == runs - held
    assert not held - runs
    assert not {"gcsfs", "grpcio", "huggingface-hub", "hf-xet"} & runs
    assert {"s3fs", "awscrt", "azure-storage-blob", "azure-identity", "google-auth", "google-crc32c"} <= held
