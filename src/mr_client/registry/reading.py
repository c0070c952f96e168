"""Which calls read a registry, and what do we believe of its answers?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from mr_client.errors import ModelNotFound, NotFound, VersionNotFound
from mr_client.names import NAMES_COMPARED, Named, offered
from mr_client.registry.connection import Connection
from mr_client.registry.fields import id_of
from mr_client.registry.paging import Page, first_page, walk
from mr_rest.api.model_registry_service import (
    find_model_version,
    find_registered_model,
    get_model_version_artifacts,
    get_registered_model_versions,
    get_registered_models,
)
from mr_rest.models import (
    ArtifactList,
    Experiment,
    ExperimentRun,
    ModelArtifact,
    ModelVersion,
    ModelVersionList,
    RegisteredModel,
    RegisteredModelList,
)

__all__ = ["Reading", "exactly"]

NamedT = TypeVar("NamedT", RegisteredModel, ModelVersion)
BearerT = TypeVar("BearerT", RegisteredModel, ModelVersion, Experiment, ExperimentRun)


class Reading:
    """The calls that read a registry."""

    _connection: Connection

    def ping(self) -> None:
        """Return if a registry answers.

        Raises:
            RegistryError, NotAllowed: none does, or it refuses.
        """
        self._connection.call(RegisteredModelList, get_registered_models.sync_detailed, page_size="1")

    def model(self, name: str) -> RegisteredModel:
        """Return the registered model of exactly this name.

        Raises:
            ModelNotFound: there is none; the message offers the nearest names. It takes one more call to say so.
        """
        found = exactly(
            name,
            lambda: self._connection.call(RegisteredModel, find_registered_model.sync_detailed, name=name),
            self.models,
        )
        if found is None:
            page = first_page(
                self._connection,
                RegisteredModelList,
                get_registered_models.sync_detailed,
                size=NAMES_COMPARED,
                order_by="ID",
            )
            hint = offered(name, _named(page), more=page.more, nothing="it has no models")
            raise ModelNotFound(f"Registered model {name!r} not found at {self._connection.endpoint.url} ({hint}).")
        return found

    def version(self, model: RegisteredModel, name: str) -> ModelVersion:
        """Return the version of ``model`` of exactly this name.

        Raises:
            VersionNotFound: there is none; the message offers the nearest and the newest. It takes one more call to say so.
        """
        url = self._connection.endpoint.url
        found = exactly(
            name,
            lambda: self._connection.call(
                ModelVersion, find_model_version.sync_detailed, name=name, parent_resource_id=id_of(model, url)
            ),
            lambda: self.versions(model),
        )
        if found is None:
            page = first_page(
                self._connection,
                ModelVersionList,
                get_registered_model_versions.sync_detailed,
                id_of(model, url),
                size=NAMES_COMPARED,
                order_by="ID",
            )
            hint = offered(name, _named(page), more=page.more, nothing="it has no versions")
            raise VersionNotFound(f"Version {name!r} not found in model {model.name!r} at {url} ({hint}).")
        return found

    def models(self) -> Iterator[RegisteredModel]:
        """Yield all registered models by id, fetching pages as needed."""
        return walk(self._connection, RegisteredModelList, get_registered_models.sync_detailed)

    def versions(self, model: RegisteredModel) -> Iterator[ModelVersion]:
        """Yield all versions of ``model`` by id, fetching pages as needed."""
        return walk(
            self._connection,
            ModelVersionList,
            get_registered_model_versions.sync_detailed,
            id_of(model, self._connection.endpoint.url),
        )

    def newest_versions(self, model: RegisteredModel) -> Page[ModelVersion]:
        """Return the versions of ``model`` that were created last, in one call.

        Newest first, if the server does as it is asked. Versions of one millisecond are in no
        order, also where the page ends.
        """
        return first_page(
            self._connection,
            ModelVersionList,
            get_registered_model_versions.sync_detailed,
            id_of(model, self._connection.endpoint.url),
            order_by="CREATE_TIME",
        )

    def artifacts(self, version: ModelVersion) -> Iterator[ModelArtifact]:
        """Yield the model artifacts of ``version`` by id; artifacts of other kinds are left out."""
        artifacts = walk(
            self._connection,
            ArtifactList,
            get_model_version_artifacts.sync_detailed,
            id_of(version, self._connection.endpoint.url),
            artifact_type="model-artifact",
        )
        # Servers before v0.3.0 ignore artifactType.
        return (artifact for artifact in artifacts if isinstance(artifact, ModelArtifact))


def exactly(name: str, find: Callable[[], BearerT], everything: Callable[[], Iterator[BearerT]]) -> BearerT | None:
    """Find by name. Servers match with SQL LIKE, so compare the answer, and list where it cannot be trusted."""
    if not name:
        return None  # servers take an empty parameter for an absent one
    try:
        answer = find()
    except NotFound as error:
        if "multiple" not in str(error) and "\\" not in name:
            return None
    else:
        if answer.name == name:
            return answer
    return next((candidate for candidate in everything() if candidate.name == name), None)


def _named(page: Page[NamedT]) -> list[Named]:
    return [(each.name, each.state or None) for each in page.items]
