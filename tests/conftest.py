"""Fixtures that tests of several packages share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from hypothesis import settings

import mr_registry
from servers.azurite import Azurite, azurite
from servers.gcs import GCSServer, gcs_emulator, gcs_server
from servers.pod import hardened
from servers.s3 import S3Server, s3_server
from servers.web import WebServer, web_server

pytest_plugins = ["protocols.page"]

# How long an example takes is the machine's affair, and it may have much else to do.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_report_header() -> str:
    """Say how far the program can be run here as a pod would."""
    how = "a user of its own and a read-only root" if hardened() else "this user and this root, for want of rights"
    return f"pods: the program gets {how}"


@pytest.fixture(autouse=True)
def no_ambient_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the machine's own environment would add."""
    for name in ("AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def s3_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the S3 server keeps its data."""
    return tmp_path_factory.mktemp("s3")


@pytest.fixture(scope="session")
def s3(s3_folder: Path) -> Iterator[S3Server]:
    """A real S3 server, one for the whole run; tests make buckets of their own."""
    with s3_server(s3_folder) as server:
        yield server


@pytest.fixture(scope="session")
def emulated_gcs() -> Iterator[str]:
    """An emulator of Google Cloud Storage, one for the whole run; tests make buckets of their own."""
    with gcs_emulator() as url:
        yield url


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """A real server of Azure Blob Storage, one for the whole run; tests make containers of their own."""
    with azurite(tmp_path_factory.mktemp("azurite")) as server:
        yield server


@pytest.fixture
def gcs(emulated_gcs: str) -> Iterator[GCSServer]:
    """What the emulator holds, behind a server of this test's own."""
    with gcs_server(emulated_gcs) as server:
        yield server


@pytest.fixture
def registry_url() -> Iterator[str]:
    """An embedded registry of this test's own."""
    with mr_registry.serve() as url:
        yield url


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A web server of this test's own."""
    with web_server() as server:
        yield server


@pytest.fixture
def memory() -> Iterator[Any]:
    """fsspec's file system in memory, empty."""
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    filesystem.pseudo_dirs[:] = [""]
    yield filesystem
    filesystem.store.clear()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A destination folder that is not there yet."""
    return tmp_path / "mnt" / "models"
