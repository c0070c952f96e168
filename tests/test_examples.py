"""The examples, run as their reader would."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

import mr_client
import mr_registry

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **variables}
    return subprocess.run(
        [sys.executable, *command], env=environ, capture_output=True, text=True, check=False, timeout=120
    )


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
    done = run(ROOT / "scripts" / "notebook.py", tmp_path / "run.ipynb", HOME=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert outputs(tmp_path / "run.ipynb") == outputs(EXAMPLES / "iris.ipynb")


def test_the_kept_notebook_is_small_and_of_no_machine() -> None:
    text = (EXAMPLES / "iris.ipynb").read_text(encoding="utf-8")

    assert len(text) < 40_000
    assert not re.search(r"/tmp/|/home/|/root/|/Users/|127\.0\.0\.1:\d", text)  # noqa: S108
    assert any("image/png" in kinds for cell in outputs(EXAMPLES / "iris.ipynb") for kinds, _ in cell)


def test_a_trained_version_is_registered_and_promoted(registry_url: str, tmp_path: Path) -> None:
    for version, penalty in (("v1", "0.001"), ("v2", "1.0")):
        trained = run(
            EXAMPLES / "train_and_register.py",
            *("--version", version, "--models", tmp_path, "--penalty", penalty),
            MODEL_REGISTRY_BASE_URL=registry_url,
        )
        assert trained.returncode == 0, trained.stderr
    with mr_registry.serve() as production, mr_client.Registry(production) as registry:
        # Its last line, with the names that the job's variables have.
        [job] = yaml.safe_load((EXAMPLES / "promote.yaml").read_text())["jobs"].values()
        program, *command = shlex.split(job["steps"][-1]["run"])
        assert program == "python"
        values = {"$MODEL": "iris", "$STAGING": registry_url, "$PRODUCTION": production}
        assert {f"${name}" for name in job["steps"][-1]["env"]} >= values.keys() | {"$VERSION"}

        def promote(version: str) -> subprocess.CompletedProcess[str]:
            given = [(values | {"$VERSION": version}).get(word, word) for word in command]
            return run(ROOT / given[0], *given[1:])

        refused, promoted = promote("v1"), promote("v2")

        assert (refused.returncode, promoted.returncode) == (1, 0), refused.stderr + promoted.stderr
        assert refused.stdout.endswith("not promoted\n")
        assert [version.name for version in registry.versions("iris")] == ["v2"]
        assert registry.download("iris", to=tmp_path / "served").joinpath("model.joblib").exists()
    with mr_client.Registry(registry_url) as registry:
        assert registry.find_run("iris-training", "v2").metrics()["accuracy"].value > 0.9


def test_every_example_is_on_the_page() -> None:
    named = set(re.findall(r"\]\(([^)/]+)\)", (EXAMPLES / "README.md").read_text()))

    assert named == {each.name for each in EXAMPLES.iterdir() if each.is_file()} - {"README.md"}
