"""One table of all variables, which cannot lie."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from declared import DECLARED

from mr_client.cache.settings import CacheSettings
from mr_client.confidential import refuse_confidential
from mr_client.pod import PodSettings
from mr_client.settings import Settings
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate
from mr_client.storage.storage_path import storage_root
from mr_client.storage.wanted import Wanted
from mr_client.variables import Variable, table

ROOT = Path(__file__).parents[2]
NAMES = [variable.name for variable in DECLARED]


class Recorded(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, **values: str) -> None:
        self.values_ = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("variables are read by their names")

    def __len__(self) -> int:
        return len(self.values_)


def test_what_is_read_is_what_the_table_says_no_more_and_no_less() -> None:
    asked: set[str] = set()
    azure = Recorded(AZURE_CLIENT_ID="a", AZURE_TENANT_ID="b"), Recorded(AZURE_ACCESS_TOKEN="t")
    for environ in (*azure, Recorded(), Recorded(S3_ENDPOINT="minio:9000"), Recorded(S3_VERIFY_SSL="0")):
        Settings.from_env(environ)
        CopySettings.from_env(environ)
        storage_root(environ)
        refuse_confidential(environ)
        Wanted.from_env(environ)
        CacheSettings.from_env(environ)
        PodSettings.from_env(environ)
        for uri in (
            "s3://b/k",
            "gs://b/k",
            "https://host/file",
            "https://a.blob.core.windows.net/c/k",
            "hf://o/m",
            "webhdfs://h/p",
            "file:///mnt",
            "memory://x",
        ):
            locate(uri, environ)
        asked |= {name.replace("host-", "<host>-") for name in environ.asked}

    assert asked == set(NAMES)
    assert len(NAMES) == len(set(NAMES))


def test_every_name_of_a_variable_in_the_code_is_in_the_table() -> None:
    """Also one that a test does not reach."""
    nodes = [node for path in (ROOT / "src/mr_client").rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))]
    constants = {node.id for node in nodes if isinstance(node, ast.Name)}  # of Python, which __all__ names
    named = {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"(AWS|S3|CA|SSL|HF|HADOOP|GOOGLE|AZURE|AZ|MODEL|ALLOWED|STORAGE|MR)_[A-Z0-9_]+", node.value)
    }

    assert named - constants <= set(NAMES)


def test_a_default_of_the_table_is_the_default() -> None:
    spelled_out = {variable.name: variable.default for variable in DECLARED if variable.default}

    assert Settings.from_env(spelled_out) == Settings.from_env({}) == Settings()
    assert locate("s3://b/k", spelled_out) == locate("s3://b/k", {"S3_VERIFY_SSL": "1"})
    assert locate("s3://b/k", {"S3_ENDPOINT": "minio", **spelled_out}) == locate("s3://b/k", {"S3_ENDPOINT": "minio"})


def test_an_empty_value_counts_as_unset() -> None:
    variable = Variable("NAME", "default", "")

    assert [variable.read(environ) for environ in ({}, {"NAME": " "}, {"NAME": " x "})] == ["default", "default", "x"]


def test_the_table_has_a_row_for_each() -> None:
    assert table([Variable("A", "1", "is one"), Variable("B", "", "is two")]).splitlines()[2:] == [
        "| `A` | `1` | is one |",
        "| `B` |  | is two |",
    ]


def test_readme_has_the_table_as_the_code_has_it() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts/tables.py", "--check"], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr
    assert all(f"| `{name}` |" in (ROOT / "README.md").read_text() for name in NAMES)
