"""The fixture that other projects use."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

_TESTS = """
import sys
import urllib.request

PATH = "/api/model_registry/v1alpha3/registered_models"


def test_nothing_is_loaded_before_it_is_used():
    assert not {"starlette", "uvicorn", "mr_registry.api"} & sys.modules.keys()


def _store(url):
    return urllib.request.urlopen(urllib.request.Request(url + PATH, data=b'{"name": "iris"}')).status


def test_a_registry_answers(model_registry):
    assert _store(model_registry) == 201


def test_each_test_has_its_own(model_registry):
    assert _store(model_registry) == 201
"""


def test_a_project_has_a_fresh_registry_for_each_test(tmp_path: Path) -> None:
    """Its URL, without anything to set up; where it is not used, the server is not loaded."""
    (tmp_path / "test_theirs.py").write_text(_TESTS)

    result = _pytest(tmp_path, "-p", "mr_registry.pytest_plugin", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "3 passed" in result.stdout


def test_pytest_finds_the_fixture_by_itself(tmp_path: Path) -> None:
    """By the entry points of the project, here those of a distribution that has nothing else."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    entries = [f"{name} = {value}" for name, value in project["entry-points"]["pytest11"].items()]
    distribution = tmp_path / "site" / "entries-0.dist-info"
    distribution.mkdir(parents=True)
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: entries\nVersion: 0\n")
    (distribution / "entry_points.txt").write_text("\n".join(["[pytest11]", *entries]))
    (tmp_path / "test_theirs.py").write_text(_TESTS)
    paths = [str(tmp_path / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]

    result = _pytest(tmp_path, PYTHONPATH=os.pathsep.join(paths))

    assert "3 passed" in result.stdout, result.stdout + result.stderr


def _pytest(folder: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "test_theirs.py"],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )
