# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
"""The contract of the model registry's REST API, as data."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

REF = "v0.3.8"
"""What the upstream file is the contract of: a release, or what scripts/bump-spec was told."""
VERSION = "v1alpha3"
"""The version of the API, which its paths begin with."""


def load() -> dict[str, Any]:
    """Return the contract: an OpenAPI 3.0 document."""
    document: dict[str, Any] = json.loads(files(__name__).joinpath("model-registry.json").read_bytes())
    return document
