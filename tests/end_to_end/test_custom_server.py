"""Models through the agent to a real server, asked what they predict. Run by ``scripts/test --all``."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
import pytest
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.svm import SVC

import mr_client
from servers.agent_pod import until
from servers.config_map import ConfigMap
from servers.custom_server import EXAMPLE, custom_server, free_port, installed
from servers.onnx_file import linear_model
from servers.s3 import S3Server

pytestmark = pytest.mark.own_environment

ROWS = [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]
TRANSACTION = [[57.87785658389723, 0.3111400080477545, 1.9459399775518593, 1.0, 1.0, 0.0, 0.0]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "models").mkdir()
    with custom_server(tmp_path / "models", tmp_path / "server.log") as url:
        yield url


@contextmanager
def agent(tmp_path: Path, server: str, **environ: str) -> Iterator[None]:
    flags: list[str | Path] = ["--config-dir", tmp_path / "configs", "--model-dir", tmp_path / "models"]
    program = Path(sys.executable).parent / "mr-model-agent"
    with (
        (tmp_path / "agent.log").open("a") as log,
        subprocess.Popen(
            [program, *flags, "--server-url", server, "--port", "0", "--admin-port", "0"],
            env={"AWS_EC2_METADATA_DISABLED": "true", **environ},
            stderr=log,
        ) as process,
    ):
        try:
            yield
        finally:
            process.kill()


def ask(server: str, name: str, label: str, datatype: str, rows: list[list[float]]) -> Any:
    """Return what a model predicts; the status where that is none of 200."""
    tensor = {"name": label, "shape": [len(rows), len(rows[0])], "datatype": datatype, "data": rows}
    request = urllib.request.Request(  # noqa: S310
        f"{server}/v2/models/{name}/infer",
        json.dumps({"inputs": [tensor]}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            (output,) = json.load(answer)["outputs"]
            return output["data"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def post(url: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, b"{}"), timeout=60):  # noqa: S310
        pass


def iris(server: str, name: str = "iris") -> Any:
    return ask(server, name, "rows", "FP64", ROWS)


def fraud(server: str) -> Any:
    return ask(server, "fraud", "dense_input", "FP32", TRANSACTION)


def trained(folder: Path) -> str:
    folder.mkdir()
    features, kinds = load_iris(return_X_y=True)
    joblib.dump(SVC(gamma="scale").fit(features, kinds), folder / "model.joblib")
    return f"file://{folder}"


def test_two_models_are_served_changed_and_removed_with_a_restart_in_between(
    tmp_path: Path, server: str, registry_url: str
) -> None:
    v1, v2 = trained(tmp_path / "v1"), tmp_path / "v2"
    v2.mkdir()
    joblib.dump(DummyClassifier(strategy="constant", constant=0).fit(ROWS, [0, 1]), v2 / "model.joblib")
    (tmp_path / "fraud").mkdir()
    (tmp_path / "fraud" / "model.onnx").write_bytes(linear_model([0.0] * 6 + [1.0], 0.25))
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=v1)
        registry.register("iris", "v2", uri=f"file://{v2}")
    config, known = ConfigMap(tmp_path / "configs"), {"MODEL_REGISTRY_BASE_URL": registry_url}
    config.models(iris="model-registry://iris/v1", fraud=f"file://{tmp_path}/fraud")
    with agent(tmp_path, server, **known):
        until(lambda: iris(server) == [1, 1])
        until(lambda: fraud(server) == [0.25])
        config.models(iris="model-registry://iris/v2", fraud=f"file://{tmp_path}/fraud")
        until(lambda: iris(server) == [0, 0])
    config.models(iris="model-registry://iris/v1")
    with agent(tmp_path, server, **known):
        until(lambda: fraud(server) == 404)
        until(lambda: iris(server) == [1, 1])
        until(lambda: not (tmp_path / "models" / "fraud").exists())


def test_classes_have_names_and_what_a_model_does_not_take_is_the_asker_s_fault(tmp_path: Path, server: str) -> None:
    (tmp_path / "models" / "iris").mkdir()
    joblib.dump(
        DummyClassifier(strategy="constant", constant="virginica").fit(ROWS, ["setosa", "virginica"]),
        tmp_path / "models" / "iris" / "model.joblib",
    )
    (tmp_path / "models" / "svc").mkdir()
    joblib.dump(SVC().fit(ROWS, [0, 1]), tmp_path / "models" / "svc" / "model.joblib")
    for name in ("iris", "svc"):
        post(f"{server}/v2/repository/models/{name}/load")

    assert iris(server) == ["virginica", "virginica"]
    assert ask(server, "svc", "rows", "FP64", [[1.0, 2.0]]) == 400


def test_every_command_of_the_readme_does_what_it_says(tmp_path: Path) -> None:
    text = (EXAMPLE / "README.md").read_text()
    install, *commands = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    assert install.split("&& ")[1] == ".venv/bin/pip install --require-hashes -r requirements.txt\n"  # as ``installed``
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {installed()} "$@"\n')
    (tmp_path / ".venv/bin/python").chmod(0o755)
    here = {
        "/tmp/": f"{tmp_path}/",  # noqa: S108
        "server.py": f"{EXAMPLE}/server.py",
        "8080": str(free_port()),
        "8085": str(free_port()),
        "mr-model-agent": "mr-model-agent --port 0 --admin-port 0",
    }
    assert all(each in "".join(commands) for each in here)
    script = re.sub("|".join(map(re.escape, here)), lambda found: here[found[0]], "".join(commands))
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    with (tmp_path / "said").open("w") as said, (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [shutil.which("bash") or "bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=environ,
            stdout=said,
            stderr=log,
            start_new_session=True,  # so that what it leaves running can be ended
        )
        try:
            assert process.wait(timeout=120) == 0, (tmp_path / "log").read_text()[-3000:]
        finally:
            os.killpg(process.pid, signal.SIGKILL)

    assert '"data":[1,1]' in (tmp_path / "said").read_text()


def test_a_model_in_s3_is_served_with_a_secret_in_modelmeshs_form(tmp_path: Path, server: str, s3: S3Server) -> None:
    bucket = f"mesh-{os.urandom(6).hex()}"
    s3.make_bucket(bucket)
    trained(tmp_path / "v1")
    s3.filesystem().put_file(str(tmp_path / "v1" / "model.joblib"), f"{bucket}/iris/model.joblib")
    known = s3.environ
    secret = {
        "type": "s3",
        "access_key_id": known["AWS_ACCESS_KEY_ID"],
        "secret_access_key": known["AWS_SECRET_ACCESS_KEY"],
        "endpoint_url": known["AWS_ENDPOINT_URL"],
        "region": "us-east-1",
        "default_bucket": bucket,
    }
    ConfigMap(tmp_path / "configs").models(iris=f"s3://{bucket}/iris")
    with agent(tmp_path, server, STORAGE_CONFIG=json.dumps(secret)):
        until(lambda: iris(server) == [1, 1])
