"""``mr-client`` as a person calls it, beside an embedded registry of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import mr_client
from mr_client.cli import main

Call = Callable[..., Result]


@pytest.fixture
def registry(registry_url: str) -> Iterator[mr_client.Registry]:
    """The registry that the commands ask."""
    with mr_client.Registry(registry_url, environ={}) as registry:
        yield registry


@pytest.fixture
def call(registry_url: str, tmp_path: Path) -> Call:
    """Call ``mr-client``; unless ``fails`` names an exit code, it must not fail."""

    def call(*arguments: str | Path, fails: int = 0, **environ: str) -> Result:
        environ = {"MODEL_REGISTRY_BASE_URL": registry_url, "MR_CACHE": str(tmp_path / "cache"), **environ}
        result = CliRunner().invoke(main, [str(each) for each in arguments], env=environ)
        assert result.exit_code == fails, result.output
        return result

    return call


@pytest.fixture
def read(call: Call) -> Callable[..., Any]:
    """Call ``mr-client … --json``, and read what it prints."""

    def read(*arguments: str | Path, fails: int = 0) -> Any:
        return json.loads(call(*arguments, "--json", fails=fails).stdout)

    return read


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A folder with a model."""
    folder = tmp_path / "trained"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"trained")
    (folder / "sub" / "config.json").write_bytes(b"{}")
    return folder
