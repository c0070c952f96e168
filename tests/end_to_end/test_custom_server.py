"""Models through the agent, or the initializer, to a server of many models, which is asked what they predict."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import joblib
import pytest
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.svm import SVC

import mr_client
from servers.agent_pod import until
from servers.config_map import ConfigMap
from servers.custom_server import EXAMPLE, custom_server
from servers.environments import environment
from servers.onnx_file import Layer, network
from servers.s3 import S3Server
from servers.v2 import free_ports, infer, post

PROGRAMS = Path(sys.executable).parent
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
    with (
        (tmp_path / "agent.log").open("a") as log,
        subprocess.Popen(
            [PROGRAMS / "mr-model-agent", *flags, "--server-url", server, "--port", "0", "--admin-port", "0"],
            env={"AWS_EC2_METADATA_DISABLED": "true", **environ},
            stderr=log,
        ) as process,
    ):
        try:
            yield
        finally:
            process.kill()


def iris(server: str, name: str = "iris") -> Any:
    return infer(server, name, "rows", "FP64", ROWS)


def fraud(server: str) -> Any:
    return infer(server, "fraud", "dense_input", "FP32", TRANSACTION)


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
    (tmp_path / "fraud" / "model.onnx").write_bytes(network(Layer([[0.0]] * 7, [0.25], "Identity")))
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=v1)
        registry.register("iris", "v2", uri=f"file://{v2}")
    config, known = ConfigMap(tmp_path / "configs"), {"MODEL_REGISTRY_BASE_URL": registry_url}
    config.models(iris="model-registry://iris/v1", fraud=f"file://{tmp_path}/fraud")
    with agent(tmp_path, server, **known):
        until(lambda: iris(server) == {"predict": [1, 1]})
        until(lambda: fraud(server) == {"dense_3": [0.25]})
        config.models(iris="model-registry://iris/v2", fraud=f"file://{tmp_path}/fraud")
        until(lambda: iris(server) == {"predict": [0, 0]})
    config.models(iris="model-registry://iris/v1")
    with agent(tmp_path, server, **known):
        until(lambda: fraud(server) == 404)
        until(lambda: iris(server) == {"predict": [1, 1]})
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
        post(f"{server}/v2/repository/models/{name}/load", {})

    assert iris(server) == {"predict": ["virginica", "virginica"]}
    assert infer(server, "svc", "rows", "FP64", [[1.0, 2.0]]) == 400


def test_every_command_of_the_readme_does_what_it_says(tmp_path: Path) -> None:
    text = (EXAMPLE / "README.md").read_text()
    install, *commands = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    assert (
        install.split("&& ")[1] == ".venv/bin/pip install --require-hashes -r requirements.txt\n"
    )  # as ``custom_server``
    python = environment("custom-server", EXAMPLE / "requirements.txt")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    (tmp_path / ".venv/bin/python").chmod(0o755)
    ports = free_ports(2)
    here = {
        "/tmp/": f"{tmp_path}/",  # noqa: S108
        "server.py": f"{EXAMPLE}/server.py",
        "8080": str(ports[0]),
        "8085": str(ports[1]),
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


def data_connection(s3: S3Server, bucket: str) -> dict[str, str]:
    """Return the variables of OpenShift AI's data connection."""
    return {
        "AWS_S3_ENDPOINT": s3.endpoint,
        "AWS_S3_BUCKET": bucket,
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def test_a_network_is_uploaded_by_a_data_connection_initialized_and_served(
    tmp_path: Path, server: str, s3: S3Server, registry_url: str, initialize: Callable[..., CompletedProcess[str]]
) -> None:
    bucket = f"fraud-{os.urandom(6).hex()}"
    s3.make_bucket(bucket)
    hidden = Layer(
        [[0.01, -0.02], [0.5, 0.25], [-0.3, 0.4], [0.2, 0.1], [0.7, -0.6], [1.5, 0.3], [-2.0, 1.0]], [0.1, 1.9], "Relu"
    )
    last = Layer([[0.8], [-1.2]], [0.05], "Sigmoid")
    (tmp_path / "fraud").mkdir()
    (tmp_path / "fraud" / "model.onnx").write_bytes(network(hidden, last))
    known = {"MODEL_REGISTRY_BASE_URL": registry_url, **data_connection(s3, bucket)}

    command: list[str | Path] = [
        "upload",
        tmp_path / "fraud",
        f"s3://{bucket}/fraud/v1",
        "--register",
        "fraud/v1",
        "--model-format",
        "onnx",
    ]
    subprocess.run([PROGRAMS / "mr-client", *command], env=known, check=True, timeout=60)
    run = initialize("model-registry://fraud/v1", tmp_path / "models" / "fraud", **known)
    assert run.returncode == 0, run.stderr
    post(f"{server}/v2/repository/models/fraud/load", {})

    between = [max(0.0, dense(TRANSACTION[0], hidden, unit)) for unit in range(2)]
    assert all(between)  # or a layer would go unseen
    by_hand = 1 / (1 + math.exp(-dense(between, last, 0)))
    assert fraud(server) == {"dense_3": [pytest.approx(by_hand, rel=1e-5)]}


def dense(given: Sequence[float], layer: Layer, unit: int) -> float:
    weighted = (value * row[unit] for value, row in zip(given, layer.weights, strict=True))
    return sum(weighted) + layer.bias[unit]


def test_models_in_s3_are_served_with_a_secret_in_modelmeshs_form(
    tmp_path: Path, server: str, s3: S3Server, registry_url: str
) -> None:
    bucket = f"mesh-{os.urandom(6).hex()}"
    s3.make_bucket(bucket)
    trained(tmp_path / "v1")
    s3.filesystem().put_file(str(tmp_path / "v1" / "model.joblib"), f"{bucket}/iris/model.joblib")
    # As ModelMesh's storage-config has it: a JSON text for each key. KServe injects that of one key.
    secret = {
        "localMinIO": json.dumps(
            {
                "type": "s3",
                "access_key_id": s3.access_key,
                "secret_access_key": s3.secret_key,
                "endpoint_url": s3.endpoint,
                "default_bucket": bucket,
                "region": "us-east-1",
            }
        )
    }
    with mr_client.Registry(registry_url, environ={}) as registry:  # an s3:// URI names its bucket, a path does not
        registry.register("iris", "v1", storage_key="localMinIO", storage_path="iris")
    ConfigMap(tmp_path / "configs").models(uri=f"s3://{bucket}/iris", path="model-registry://iris/v1")
    with agent(tmp_path, server, STORAGE_CONFIG=secret["localMinIO"], MODEL_REGISTRY_BASE_URL=registry_url):
        until(lambda: iris(server, "uri") == {"predict": [1, 1]})
        until(lambda: iris(server, "path") == {"predict": [1, 1]})
