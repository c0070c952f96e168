# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
"""The contract of the model registry's REST API, as data."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def load() -> dict[str, Any]:
    """Return the contract: an OpenAPI 3.0 document."""
    document: dict[str, Any] = json.loads(files(__name__).joinpath("model-registry.json").read_bytes())
    return document
