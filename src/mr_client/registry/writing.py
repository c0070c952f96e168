"""Which calls change a registry?"""

from __future__ import annotations

from typing import Literal

from mr_client.inputs import checked_name, room_below
from mr_client.properties import to_wire
from mr_client.registry.connection import Connection
from mr_client.registry.fields import Changes, Properties, changed, given, id_of
from mr_rest.api.model_registry_service import (
    create_model_version,
    create_registered_model,
    update_artifact,
    update_model_version,
    update_registered_model,
    upsert_model_version_artifact,
)
from mr_rest.models import (
    CustomProperties,
    ModelArtifact,
    ModelArtifactUpdate,
    ModelVersion,
    ModelVersionCreate,
    ModelVersionUpdate,
    RegisteredModel,
    RegisteredModelCreate,
    RegisteredModelUpdate,
)
from mr_rest.types import UNSET

__all__ = ["Writing"]


class Writing:
    """The calls that change a registry."""

    _connection: Connection

    def create_model(
        self,
        name: str,
        *,
        owner: str | None = None,
        library: str | None = None,
        license: str | None = None,
    ) -> RegisteredModel:
        """Create a registered model.

        Raises:
            AlreadyExists: there is one of this name.
        """
        body = RegisteredModelCreate(
            name=name,
            owner=given(owner),
            library_name=given(library),
            license_=given(license),
            state="LIVE",
        )
        return self._connection.call(
            RegisteredModel, create_registered_model.sync_detailed, repeatable=False, body=body
        )

    def create_version(
        self,
        model: RegisteredModel,
        name: str,
        *,
        description: str | None = None,
        author: str | None = None,
        properties: Properties | None = None,
    ) -> ModelVersion:
        """Create a version of ``model``.

        Raises:
            AlreadyExists: the model has one of this name.
            UsageError: a property is no JSON value, or there is no room for the name.
        """
        parent = id_of(model, self._connection.endpoint.url)
        body = ModelVersionCreate(
            name=checked_name("version", name, room=room_below(parent)),
            registered_model_id=parent,
            description=given(description),
            author=given(author),
            custom_properties=CustomProperties.from_dict(to_wire(properties or {})),
            state="LIVE",
        )
        return self._connection.call(ModelVersion, create_model_version.sync_detailed, repeatable=False, body=body)

    def create_artifact(
        self,
        version: ModelVersion,
        name: str,
        *,
        uri: str | None,
        model_format: str | None = None,
        model_format_version: str | None = None,
        storage_key: str | None = None,
        storage_path: str | None = None,
        service_account_name: str | None = None,
        properties: Properties | None = None,
    ) -> ModelArtifact:
        """Record where the files of ``version`` are.

        Raises:
            AlreadyExists: the version has an artifact of this name.
            UsageError: there is no room for the name.
        """
        parent = id_of(version, self._connection.endpoint.url)
        body = ModelArtifact(
            name=checked_name("artifact", name, room=room_below(parent)),
            uri=given(uri),
            model_format_name=given(model_format),
            model_format_version=given(model_format_version),
            storage_key=given(storage_key),
            storage_path=given(storage_path),
            service_account_name=given(service_account_name),
            custom_properties=CustomProperties.from_dict(to_wire(properties)) if properties else UNSET,
            state="LIVE",
        )
        return self._connection.call(
            ModelArtifact,
            upsert_model_version_artifact.sync_detailed,
            parent,
            repeatable=False,
            body=body,
        )

    def update_model(
        self,
        model: RegisteredModel,
        *,
        description: str | None = None,
        owner: str | None = None,
        state: Literal["LIVE", "ARCHIVED"] | None = None,
        properties: Changes | None = None,
        replace_properties: bool = False,
    ) -> RegisteredModel:
        """Change what is given of a registered model, and keep the rest.

        Args:
            model: as it was read last: a change that was made since to its state or to a
                property is overwritten.
            description: empty for none.
            owner: likewise.
            state: ARCHIVED takes it out of use.
            properties: set or replaced one by one, or with None removed; those not named are kept.
            replace_properties: whether those not named are removed instead, but for those that this library keeps for
                itself.

        Raises:
            UsageError: a property is no JSON value.
        """
        body = RegisteredModelUpdate(
            description=given(description),
            owner=given(owner),
            # Servers reset a state that is not sent to LIVE, which brings back what was archived.
            state=state or model.state,
            custom_properties=changed(model, properties, replace=replace_properties),
        )
        return self._connection.call(
            RegisteredModel,
            update_registered_model.sync_detailed,
            id_of(model, self._connection.endpoint.url),
            body=body,
        )

    def update_version(
        self,
        version: ModelVersion,
        *,
        description: str | None = None,
        author: str | None = None,
        state: Literal["LIVE", "ARCHIVED"] | None = None,
        properties: Changes | None = None,
        replace_properties: bool = False,
    ) -> ModelVersion:
        """Change what is given of a version, and keep the rest; see ``update_model``."""
        body = ModelVersionUpdate(
            description=given(description),
            author=given(author),
            state=state or version.state,
            custom_properties=changed(version, properties, replace=replace_properties),
        )
        return self._connection.call(
            ModelVersion, update_model_version.sync_detailed, id_of(version, self._connection.endpoint.url), body=body
        )

    def update_artifact(
        self,
        artifact: ModelArtifact,
        *,
        uri: str | None = None,
        properties: Changes | None = None,
    ) -> ModelArtifact:
        """Change what is given of a model artifact, and keep the rest; see ``update_model``."""
        body = ModelArtifactUpdate(
            uri=given(uri),
            # Not at /model_artifacts, where a state that is not sent is reset, and none can be kept.
            state=artifact.state,
            custom_properties=changed(artifact, properties),
        )
        return self._connection.call(
            ModelArtifact, update_artifact.sync_detailed, id_of(artifact, self._connection.endpoint.url), body=body
        )
