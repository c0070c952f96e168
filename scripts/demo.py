"""The main job on real input: train, upload, register, initialize as the pod does, load, predict."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.svm import SVC

import mr_client
import mr_registry

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from servers.s3 import s3_server

ROWS = [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]
"""The two rows of KServe's first example; both are class 1, versicolor."""


def say(step: str, text: str) -> None:
    print(f"{step:<12}{text}", flush=True)


def main() -> int:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, mr_registry.serve() as url, s3_server(Path(folder, "s3")) as s3:
        say("registry", f"{url}  (embedded, in memory)")
        say("storage", f"{s3.endpoint}  ({s3.name}, S3 API)")

        data, classes = load_iris(return_X_y=True)
        model = SVC(gamma="scale").fit(data, classes)
        trained = Path(folder, "model.joblib")
        joblib.dump(model, trained)
        say("train", f"scikit-learn {type(model).__name__} on iris, accuracy {model.score(data, classes):.2f}")

        s3.make_bucket("models")
        s3.filesystem().put_file(str(trained), "models/iris/v1/model.joblib")
        say("upload", f"s3://models/iris/v1/model.joblib  ({trained.stat().st_size} bytes)")

        with mr_client.Registry(url) as registry:
            registry.register("iris", "v1", uri="s3://models/iris/v1", model_format="sklearn")
            say("register", f"iris v1 -> {registry.resolve('iris', 'v1').uri}")

        target = Path(folder, "models")
        command = ["mr-storage-initializer", "model-registry://iris/v1", str(target)]
        say("initialize", f"$ {' '.join(command)}")
        # No more of this environment than a pod has: the registry's address, and the credentials KServe injects.
        pod = {"PATH": os.environ["PATH"], "MODEL_REGISTRY_BASE_URL": url, **s3.environ}
        program = Path(sys.executable).with_name(command[0])
        done = subprocess.run([program, *command[1:]], env=pod, stderr=subprocess.PIPE, text=True, check=False)
        say("", done.stderr.splitlines()[-1])
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return done.returncode

        served = joblib.load(target / "model.joblib")
        classes = served.predict(ROWS).tolist()
        say("predict", f"{ROWS} -> {classes}")
    print(f"done in {time.monotonic() - begun:.1f} s", file=sys.stderr)
    return 0 if classes == [1, 1] else 1


if __name__ == "__main__":
    sys.exit(main())
