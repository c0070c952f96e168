"""Train a model and register it, as a job of a pipeline does.

    python train_and_register.py --version v1 --models models

The files go into a folder below ``--models``, which may be a mounted volume. The registry is that of
MODEL_REGISTRY_BASE_URL. What is registered can be served by its name: model-registry://iris/v1
"""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
import sklearn
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

import mr_client


def main() -> None:
    """Train, keep, register."""
    parser = argparse.ArgumentParser(description="Train a model of iris and register it.")
    parser.add_argument("--version", required=True, help="name of the version; it must be new")
    parser.add_argument("--models", required=True, type=Path, help="folder that models are kept below")
    parser.add_argument(
        "--gamma", type=float, default=0.25, help="how far a row of the training set reaches; less is further"
    )
    arguments = parser.parse_args()

    data, classes = load_iris(return_X_y=True)
    seen, unseen, right, hidden = train_test_split(data, classes, test_size=0.5, random_state=1, stratify=classes)
    model = SVC(gamma=arguments.gamma).fit(seen, right)
    accuracy = float(model.score(unseen, hidden))

    folder = (arguments.models / "iris" / arguments.version).resolve()
    folder.mkdir(parents=True)
    joblib.dump(model, folder / "model.joblib")

    with mr_client.Registry() as registry:
        with registry.run("iris-training", arguments.version) as run:
            run.log_parameters({"gamma": arguments.gamma, "rows": len(seen)})
            run.log({"accuracy": accuracy})
        registry.register(
            "iris",
            arguments.version,
            uri=folder.as_uri(),
            model_format="sklearn",
            model_format_version=sklearn.__version__,
            properties={"accuracy": accuracy},
        )
    print(f"iris {arguments.version}: accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
