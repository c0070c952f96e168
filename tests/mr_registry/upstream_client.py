"""What a user of Kubeflow's own client does, on the registry at ``argv[1]``; prints what it saw.

A program of its own, since importing that client patches the event loop and configures logging.
"""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from model_registry import ModelRegistry


def main(url: str) -> dict[str, Any]:
    address = urlsplit(url)
    registry = ModelRegistry(f"http://{address.hostname}", address.port, author="me", is_secure=False)
    for number in range(1, 4):
        registry.register_model(
            "iris",
            f"s3://models/iris/v{number}",
            model_format_name="sklearn",
            model_format_version="1",
            version=f"v{number}",
            metadata={"accuracy": 0.97, "stage": "dev", "epochs": 3, "tuned": True},
        )
    for name in ("b", "c", "d"):
        registry.register_model(name, "s3://x", model_format_name="onnx", model_format_version="1", version="v1")

    model = registry.get_registered_model("iris")
    version = registry.get_model_version("iris", "v2")
    artifact = registry.get_model_artifact("iris", "v2")
    assert model
    assert version
    assert artifact
    registered = dict(version.custom_properties or {})
    model.description = "changed"
    version.custom_properties = {"stage": "prod"}
    registry.update(model)
    registry.update(version)
    changed_model = registry.get_registered_model("iris")
    changed_version = registry.get_model_version("iris", "v2")
    assert changed_model
    assert changed_version
    return {
        "uri": artifact.uri,
        "registered": registered,
        "models": [each.name for each in registry.get_registered_models().page_size(2)],
        "versions": [each.name for each in registry.get_model_versions("iris").page_size(2).order_by_id().descending()],
        "missing": registry.get_registered_model("nothing"),
        "description": changed_model.description,
        "changed": changed_version.custom_properties,
        "state": changed_version.state.value,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))  # noqa: T201 - a program
