"""From a name in the registry to what MLServer predicts, as KServe runs it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import joblib
import pytest
import yaml
from sklearn.datasets import load_iris
from sklearn.svm import SVC

import mr_client
from servers.mlserver import mlserver
from servers.v2 import infer

ROOT = Path(__file__).parents[2]
ROWS = [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]
IMAGE = {"MLSERVER_MODELS_DIR": "/mnt/models"}
"""What MLServer's own image adds to the runtime's variables."""


def runtime(name: str) -> dict[str, str]:
    """Return the variables of the ServingRuntime that is deployed with a model of this name."""
    spec = yaml.safe_load((ROOT / "deploy" / "gitops" / "serving-runtime.yaml").read_text())["spec"]
    [container] = spec["containers"]
    return IMAGE | {each["name"]: each["value"].replace("{{.Name}}", name) for each in container["env"]}


@pytest.mark.skipif(
    sys.version_info >= (3, 14),
    reason="MLSERVER IS NOT TRIED: 1.7, the newest, asks for an event loop that Python no longer makes from 3.14 on",
)
def test_iris_is_registered_initialized_and_served_by_mlserver(
    tmp_path: Path, registry_url: str, initialize: Callable[..., CompletedProcess[str]], target: Path
) -> None:
    features, kinds = load_iris(return_X_y=True)
    (tmp_path / "trained").mkdir()
    joblib.dump(SVC(gamma="scale").fit(features, kinds), tmp_path / "trained" / "model.joblib")
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=f"file://{tmp_path}/trained", model_format="sklearn")

    run = initialize("model-registry://iris/v1", target, MODEL_REGISTRY_BASE_URL=registry_url)
    assert run.returncode == 0, run.stderr

    with mlserver(target, runtime("iris"), tmp_path / "mlserver.log") as server:
        assert infer(server, "iris", "rows", "FP32", ROWS) == {"predict": [1, 1]}
