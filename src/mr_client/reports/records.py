"""What do machines read of what is registered?

All keys are always there; what is not known is None. Keys may be added; none will be renamed or taken away within
a major version. Times are ISO 8601 in UTC. Web addresses have no password and no query, which may be secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel, properties_of, when
from mr_client.sdk.overview import Overview
from mr_client.storage.locate import shown

__all__ = ["artifact_as_dict", "model_as_dict", "overview_as_dict", "version_as_dict"]


def model_as_dict(model: RegisteredModel) -> dict[str, Any]:
    """Return a model as JSON has it.

    .. code-block:: text

        id, name, state, description, owner, external_id
        properties  {name: value}
        created, updated
    """
    return {**_common(model), "owner": model.owner or None, **_times(model)}


def overview_as_dict(overview: Overview) -> dict[str, Any]:
    """Return a model with what is below it as JSON has it.

    .. code-block:: text

        …         as model_as_dict has it
        aliases   {alias: name of the version}
        versions  [as version_as_dict has them, with aliases, and with artifacts: None where they were not looked
                  for], the newest first
    """
    versions = [
        {
            **version_as_dict(each, aliases=overview.aliases_of(each)),
            "artifacts": _all(overview.artifacts.get(each.id or "")),
        }
        for each in overview.versions
    ]
    return {**model_as_dict(overview.model), "aliases": dict(overview.aliases), "versions": versions}


def version_as_dict(
    version: ModelVersion,
    *,
    artifacts: Sequence[ModelArtifact] | None = None,
    aliases: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return a version as JSON has it.

    .. code-block:: text

        id, name, state, description, author, external_id
        model_id    id of its model
        properties  {name: value}
        created, updated
        aliases     [those that mean it]; where they are given
        artifacts   [as artifact_as_dict has them]; where they are given

    Args:
        version: the version.
        artifacts: where its files are.
        aliases: those that mean it.
    """
    ids = {"author": version.author or None, "model_id": version.registered_model_id or None}
    record: dict[str, Any] = {**_common(version), **ids, **_times(version)}
    if aliases is not None:
        record["aliases"] = list(aliases)
    if artifacts is not None:
        record["artifacts"] = [artifact_as_dict(artifact) for artifact in artifacts]
    return record


def artifact_as_dict(artifact: ModelArtifact) -> dict[str, Any]:
    """Return a model artifact as JSON has it.

    .. code-block:: text

        id, name, state, description, external_id
        uri         where the files are
        model_format, model_format_version, storage_key, storage_path, service_account_name
        properties  {name: value}
        created, updated
    """
    return {
        **_common(artifact),
        "uri": shown(artifact.uri) if artifact.uri else None,
        "model_format": artifact.model_format_name or None,
        "model_format_version": artifact.model_format_version or None,
        "storage_key": artifact.storage_key or None,
        "storage_path": artifact.storage_path or None,
        "service_account_name": artifact.service_account_name or None,
        **_times(artifact),
    }


def _all(artifacts: Sequence[ModelArtifact] | None) -> list[dict[str, Any]] | None:
    return None if artifacts is None else [artifact_as_dict(each) for each in artifacts]


def _common(resource: RegisteredModel | ModelVersion | ModelArtifact) -> dict[str, Any]:
    return {
        "id": resource.id or None,
        "name": resource.name or None,
        "state": None if not resource.state else str(resource.state),
        "description": resource.description or None,
        "external_id": resource.external_id or None,
        "properties": properties_of(resource),
    }


def _times(resource: RegisteredModel | ModelVersion | ModelArtifact) -> dict[str, str | None]:
    found = {
        "created": when(resource.create_time_since_epoch),
        "updated": when(resource.last_update_time_since_epoch),
    }
    return {name: None if moment is None else moment.isoformat() for name, moment in found.items()}
