"""Which calls read a registry, and what do we believe of its answers?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from mr_client.errors import ModelNotFound, NotFound, UsageError, VersionNotFound
from mr_client.names import NAMES_COMPARED, Named, offered
from mr_client.registry.connection import Connection, Operation
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
from mr_rest.types import UNSET, Unset

__all__ = ["Reading", "exactly"]

_NO_FILTER = "("

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
        found = self.find_model(name)
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

    def find_model(self, name: str) -> RegisteredModel | None:
        """Return the registered model of exactly this name, None where there is none. One call, as a rule."""
        return exactly(
            name,
            lambda: self._connection.call(RegisteredModel, find_registered_model.sync_detailed, name=name),
            self.models,
        )

    def version(self, model: RegisteredModel, name: str) -> ModelVersion:
        """Return the version of ``model`` of exactly this name.

        Raises:
            VersionNotFound: there is none; the message offers the nearest and the newest. It takes one more call to say so.
        """
        url = self._connection.endpoint.url
        found = self.find_version(model, name)
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

    def find_version(self, model: RegisteredModel, name: str) -> ModelVersion | None:
        """Return the version of ``model`` of exactly this name, None where there is none. One call, as a rule."""
        parent = id_of(model, self._connection.endpoint.url)
        return exactly(
            name,
            lambda: self._connection.call(
                ModelVersion, find_model_version.sync_detailed, name=name, parent_resource_id=parent
            ),
            lambda: self.versions(model),
        )

    def models(self, *, filter_query: str | None = None, descending: bool = False) -> Iterator[RegisteredModel]:
        """Yield all registered models by id, fetching pages as needed.

        Args:
            filter_query: sent along; servers before 0.3.0 do not heed it, see ``heeds_filters``.
            descending: from the last to the first.
        """
        return walk(
            self._connection,
            RegisteredModelList,
            get_registered_models.sync_detailed,
            descending=descending,
            filter_query=_sent(filter_query),
        )

    def versions(
        self, model: RegisteredModel, *, filter_query: str | None = None, descending: bool = False
    ) -> Iterator[ModelVersion]:
        """Yield all versions of ``model`` by id, fetching pages as needed; see ``models``."""
        return walk(
            self._connection,
            ModelVersionList,
            get_registered_model_versions.sync_detailed,
            id_of(model, self._connection.endpoint.url),
            descending=descending,
            filter_query=_sent(filter_query),
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

    def artifacts(
        self, version: ModelVersion, *, filter_query: str | None = None, descending: bool = False
    ) -> Iterator[ModelArtifact]:
        """Yield the model artifacts of ``version`` by id; artifacts of other kinds are left out. See ``models``."""
        artifacts = walk(
            self._connection,
            ArtifactList,
            get_model_version_artifacts.sync_detailed,
            id_of(version, self._connection.endpoint.url),
            artifact_type="model-artifact",
            descending=descending,
            filter_query=_sent(filter_query),
        )
        # Servers before v0.3.0 ignore artifactType.
        return (artifact for artifact in artifacts if isinstance(artifact, ModelArtifact))

    def heeds_filters(self, of: RegisteredModel | ModelVersion | None = None) -> bool:
        """Return whether the server reads the filter query of a list. One call, whatever there is in the list.

        Args:
            of: whose list is meant: of versions, of artifacts, or, without, of models. Servers heed filters in one
                list and not in another.
        """
        kind: type[RegisteredModelList] | type[ModelVersionList] | type[ArtifactList]
        operation: Operation
        if of is None:
            kind, operation, arguments = RegisteredModelList, get_registered_models.sync_detailed, []
        elif isinstance(of, RegisteredModel):
            kind, operation = ModelVersionList, get_registered_model_versions.sync_detailed
            arguments = [id_of(of, self._connection.endpoint.url)]
        else:
            kind, operation = ArtifactList, get_model_version_artifacts.sync_detailed
            arguments = [id_of(of, self._connection.endpoint.url)]
        try:
            # What is no filter is refused by whoever reads it.
            self._connection.call(kind, operation, *arguments, page_size="1", filter_query=_NO_FILTER)
        except UsageError as error:
            if error.status == 400:
                return True
            raise
        return False


def _sent(filter_query: str | None) -> str | Unset:
    return UNSET if filter_query is None else filter_query


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
