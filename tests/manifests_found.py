"""What the registry found, put together without one."""

from __future__ import annotations

from typing import Any

from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel
from mr_client.resolver import Resolution
from mr_client.uri import parse_model_uri

__all__ = ["found"]


def found(
    asked: str = "model-registry://iris/v1",
    *,
    uri: str = "s3://models/iris/v1",
    version: str | None = None,
    registry: str = "http://localhost:8080",
    model_format: str = "sklearn",
    model_format_version: str = "1.3.2",
    ids: tuple[str, str] = ("1", "2"),
    digest: str | None = None,
    endpoint: str | None = None,
    **artifact: Any,
) -> Resolution:
    """Return what ``asked`` resolves to."""
    requested = parse_model_uri(asked)
    version = version or requested.version or "v1"
    return Resolution(
        requested=requested,
        registry=registry,
        model=RegisteredModel(requested.model, id=ids[0]),
        version=ModelVersion(version, ids[0], id=ids[1]),
        artifact=ModelArtifact(
            id="3",
            name=requested.model,
            uri=artifact.pop("written", uri),
            model_format_name=model_format,
            model_format_version=model_format_version,
            **artifact,
        ),
        uri=uri,
        endpoint=endpoint,
        digest=digest,
    )
