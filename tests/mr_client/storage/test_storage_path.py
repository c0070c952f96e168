"""What a ``storagePath`` alone means: the table of docs/credentials.md, row by row."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mr_client.storage.storage_path import storage_root

DOCUMENT = (Path(__file__).parents[3] / "docs/credentials.md").read_text(encoding="utf-8")
TABLE = DOCUMENT.partition("<!-- storage path -->")[2].partition("<!-- /storage path -->")[0]
ROWS = {
    kind: row[2]
    for row in re.finditer(r"^\| (.*) \| (`[A-Za-z0-9:]+/[^`]*`|nothing).* \|$", TABLE, re.MULTILINE)
    for kind in re.findall(r"[a-z0-9]+", row[1])
    if kind != "type"
}
ELSEWHERE = {"AWS_S3_BUCKET": "elsewhere", "AZURE_ACCOUNT_NAME": "acc"}
SAID = {"bucket": "BUCKET", "container": "CONTAINER", "url": "https://host/URL/", "name": "volume"}


def test_each_type_has_a_row() -> None:
    assert set(ROWS) == {"none", "s3", "gcs", "azure", "http", "hdfs", "pvc"}


@pytest.mark.parametrize("kind", sorted(set(ROWS) - {"none"}))
def test_the_type_says_what_a_path_means(kind: str) -> None:
    root = storage_root({**ELSEWHERE, "STORAGE_CONFIG": json.dumps({"type": kind, **SAID})})

    expected = ROWS[kind].strip("`").replace("URL", "https://host/URL")
    assert (f"{root}/iris/v1" if root else "nothing") == expected


@pytest.mark.parametrize("kind", ["gcs", "azure"])
def test_a_bucket_has_an_older_name_and_parameters_win(kind: str) -> None:
    environ = {"STORAGE_CONFIG": json.dumps({"type": kind, "default_bucket": "old"})}
    override = {"STORAGE_OVERRIDE_CONFIG": json.dumps({"bucket": "new"})}

    assert (storage_root(environ) or "").partition("://")[2] == "old"
    assert (storage_root(environ | override) or "").partition("://")[2] == "new"


@pytest.mark.parametrize(
    "said",
    [
        {"type": "gcs"},
        {"type": "azure"},
        {"type": "http", "url": "https://host/m?sig=hunter2"},
        {"type": "http", "url": "https://me:hunter2@host/m"},
        {"type": "http", "url": "https://["},
        {"type": "http"},
    ],
)
def test_a_type_without_its_bucket_means_no_other_stores(said: dict[str, str]) -> None:
    assert storage_root({**ELSEWHERE, "STORAGE_CONFIG": json.dumps(said)}) is None


def test_without_a_configuration_it_is_the_bucket_of_s3_or_nothing() -> None:
    assert storage_root({"AWS_S3_BUCKET": "models"}) == "s3://models"
    assert storage_root({}) is None
