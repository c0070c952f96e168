"""Promote a version: bring it from one registry, try it, and register it in another.

    python promote.py iris v2 --source http://staging:8080 --target http://production:8080 --at-least 0.9

What is promoted is what was tried: the files are brought and verified first, and the other registry gets the
URI that they came from. Where the model is not good enough nothing is registered, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile

import joblib
from sklearn.datasets import load_iris

import mr_client


def main() -> int:
    """Bring, try, register; return the exit code."""
    parser = argparse.ArgumentParser(description="Promote a version from one registry to another.")
    parser.add_argument("model")
    parser.add_argument("version")
    parser.add_argument("--source", required=True, help="URL of the registry that has it")
    parser.add_argument("--target", required=True, help="URL of the registry that gets it")
    parser.add_argument("--at-least", type=float, default=0.9, help="accuracy that it must have")
    arguments = parser.parse_args()

    with (
        mr_client.Registry(arguments.source) as source,
        mr_client.Registry(arguments.target) as target,
        tempfile.TemporaryDirectory() as folder,
    ):
        found = source.resolve(arguments.model, arguments.version)
        brought = source.download(arguments.model, arguments.version, folder)
        data, classes = load_iris(return_X_y=True)
        accuracy = float(joblib.load(brought / "model.joblib").score(data, classes))
        said = f"{arguments.model} {arguments.version}: accuracy {accuracy:.3f}"
        if accuracy < arguments.at_least:
            print(f"{said}, which is less than {arguments.at_least}: not promoted")
            return 1
        target.register(
            arguments.model,
            arguments.version,
            uri=found.uri,
            model_format=found.artifact.model_format_name or None,
            model_format_version=found.artifact.model_format_version or None,
            properties={"accuracy": accuracy, "promoted_from": arguments.source},
        )
        print(f"{said}: promoted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
