"""The examples, run as their reader would."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import mr_client
import mr_registry

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


def outputs(notebook: Path) -> list[list[Any]]:
    """Return what each cell of code shows, as text, but for what differs from run to run; of a picture that there is one."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [
        [
            (sorted(output.get("data", {})), "".join(output.get("text", output.get("data", {}).get("text/plain", []))))
            for output in cell["outputs"]
        ]
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def test_the_notebook_shows_what_it_was_kept_with(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "notebook.py"), str(tmp_path / "run.ipynb")]
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path)}
    run = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)

    assert run.returncode == 0, run.stderr
    assert outputs(tmp_path / "run.ipynb") == outputs(EXAMPLES / "iris.ipynb")


def test_the_kept_notebook_is_small_and_of_no_machine() -> None:
    text = (EXAMPLES / "iris.ipynb").read_text(encoding="utf-8")

    assert len(text) < 40_000
    assert not re.search(r"/tmp/|/home/|/root/|/Users/|127\.0\.0\.1:\d", text)  # noqa: S108
    assert any("image/png" in kinds for cell in outputs(EXAMPLES / "iris.ipynb") for kinds, _ in cell)


def test_a_trained_version_is_registered_and_promoted(
    registry_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(program: str, *arguments: str) -> object:
        """Run a program here, where its libraries are loaded already; return its exit code."""
        monkeypatch.setattr(sys, "argv", [program, *arguments])
        try:
            runpy.run_path(str(ROOT / program), run_name="__main__")
        except SystemExit as end:
            return end.code
        return 0

    # What the job runs, with the variables that the job sets.
    [job] = yaml.safe_load((EXAMPLES / "promote.yaml").read_text())["jobs"].values()
    step = job["steps"][-1]
    python, *command = shlex.split(step["run"])
    assert python == "python"
    assert {word.removeprefix("$") for word in command if word.startswith("$")} <= step["env"].keys()

    monkeypatch.setenv("MODEL_REGISTRY_BASE_URL", registry_url)
    for version, gamma in (("v1", "1000"), ("v2", "0.25")):
        trained = ("--version", version, "--models", str(tmp_path), "--gamma", gamma)
        assert run("examples/train_and_register.py", *trained) == 0

    with mr_registry.serve() as production, mr_client.Registry(production) as registry:
        values = {"$MODEL": "iris", "$STAGING": registry_url, "$PRODUCTION": production}
        codes = [
            run(*[(values | {"$VERSION": version}).get(word, word) for word in command]) for version in ("v1", "v2")
        ]

        assert codes == [1, 0], capsys.readouterr().out
        assert [version.name for version in registry.versions("iris")] == ["v2"]
        assert registry.download("iris", to=tmp_path / "served").joinpath("model.joblib").exists()
    with mr_client.Registry(registry_url) as registry:
        assert registry.find_run("iris-training", "v2").metrics()["accuracy"].value > 0.9


def test_every_example_is_on_the_page() -> None:
    named = set(re.findall(r"\]\(([^)/]+)\)", (EXAMPLES / "README.md").read_text()))

    assert named == {each.name for each in EXAMPLES.iterdir() if each.is_file()} - {"README.md"}
