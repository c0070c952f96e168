"""Which calls do we make of a registry?"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from itertools import islice
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx

from mr_client.errors import ModelNotFound, NotFound, VersionNotFound
from mr_client.properties import to_wire
from mr_client.registry.answers import no_answer
from mr_client.registry.connection import Connection, Operation, Patience
from mr_client.registry.fields import NAMES_SHOWN, Properties, changed, given, id_of, quoted
from mr_client.settings import Endpoint
from mr_rest.api.model_registry_service import (
    create_model_version,
    create_registered_model,
    find_model_version,
    find_registered_model,
    get_model_version_artifacts,
    get_registered_model_versions,
    get_registered_models,
    update_artifact,
    update_model_version,
    update_registered_model,
    upsert_model_version_artifact,
)
from mr_rest.models import (
    ArtifactList,
    CustomProperties,
    ModelArtifact,
    ModelArtifactUpdate,
    ModelVersion,
    ModelVersionCreate,
    ModelVersionList,
    ModelVersionUpdate,
    RegisteredModel,
    RegisteredModelCreate,
    RegisteredModelList,
    RegisteredModelUpdate,
)
from mr_rest.types import UNSET, Unset

__all__ = ["ModelArtifact", "ModelVersion", "RegisteredModel", "RegistryAPI"]

PageT = TypeVar("PageT", RegisteredModelList, ModelVersionList, ArtifactList)
NamedT = TypeVar("NamedT", RegisteredModel, ModelVersion)

_PAGE_SIZE = "100"
"""Asked for explicitly: without it new servers answer with everything, old ones with 20."""
_NAMES_COMPARED = 1000
"""How many names are searched for the nearest."""


class RegistryAPI:
    """The calls of a registry that this project makes, on one pool of connections.

    Nothing is sent before the first call. Safe to share between threads. Reading raises
    ``RegistryError`` where the registry cannot be reached or fails, and ``NotAllowed`` where it
    refuses, beside what is said at each method.

    Args:
        endpoint: the server, and what is shown to it.
        patience: how often a call is tried.
        transport: stands in for the network, for tests.

    Raises:
        InvalidSettings: the file of certificates holds none, or the token's file cannot be read.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        patience: Patience = Patience(),
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._connection = Connection(endpoint, patience, transport)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def ping(self) -> None:
        """Return if a registry answers.

        Raises:
            RegistryError, NotAllowed: none does, or it refuses.
        """
        self._connection.call(RegisteredModelList, get_registered_models.sync_detailed, page_size="1")

    # -- reading ------------------------------------------------------------------------------

    def model(self, name: str) -> RegisteredModel:
        """Return the registered model of exactly this name.

        Raises:
            ModelNotFound: there is none; the message offers the nearest names.
        """
        found = self._exactly(
            name,
            lambda: self._connection.call(RegisteredModel, find_registered_model.sync_detailed, name=name),
            self.models,
        )
        if found is None:
            known = [model.name for model in islice(self.models(), _NAMES_COMPARED)]
            nearest = difflib.get_close_matches(name, known, n=3)
            hint = f"nearest: {quoted(nearest)}" if nearest else f"it has: {quoted(known) or 'no models'}"
            raise ModelNotFound(f"Registered model {name!r} not found at {self.endpoint.url} ({hint}).")
        return found

    def version(self, model: RegisteredModel, name: str) -> ModelVersion:
        """Return the version of ``model`` of exactly this name.

        Raises:
            VersionNotFound: there is none; the message says which there are.
        """
        found = self._exactly(
            name,
            lambda: self._connection.call(
                ModelVersion,
                find_model_version.sync_detailed,
                name=name,
                parent_resource_id=id_of(model, self.endpoint.url),
            ),
            lambda: self.versions(model),
        )
        if found is None:
            known = [version.name for version in islice(self.versions(model), NAMES_SHOWN + 1)]
            hint = f"it has: {quoted(known)}" if known else "it has no versions"
            raise VersionNotFound(
                f"Version {name!r} not found in model {model.name!r} at {self.endpoint.url} ({hint})."
            )
        return found

    def models(self) -> Iterator[RegisteredModel]:
        """Yield all registered models by id, fetching pages as needed."""
        return self._pages(RegisteredModelList, get_registered_models.sync_detailed)

    def versions(self, model: RegisteredModel) -> Iterator[ModelVersion]:
        """Yield all versions of ``model`` by id, fetching pages as needed."""
        return self._pages(
            ModelVersionList, get_registered_model_versions.sync_detailed, id_of(model, self.endpoint.url)
        )

    def artifacts(self, version: ModelVersion) -> Iterator[ModelArtifact]:
        """Yield the model artifacts of ``version`` by id; artifacts of other kinds are left out."""
        pages = self._pages(
            ArtifactList,
            get_model_version_artifacts.sync_detailed,
            id_of(version, self.endpoint.url),
            artifact_type="model-artifact",
        )
        # Servers before v0.3.0 ignore artifactType.
        return (artifact for artifact in pages if isinstance(artifact, ModelArtifact))

    # -- writing ------------------------------------------------------------------------------

    def create_model(self, name: str, *, description: str | None = None, owner: str | None = None) -> RegisteredModel:
        """Create a registered model.

        Raises:
            AlreadyExists: there is one of this name.
        """
        body = RegisteredModelCreate(name=name, description=given(description), owner=given(owner), state="LIVE")
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
            UsageError: a property is no JSON value.
        """
        body = ModelVersionCreate(
            name=name,
            registered_model_id=id_of(model, self.endpoint.url),
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
        uri: str,
        model_format: str | None = None,
        model_format_version: str | None = None,
    ) -> ModelArtifact:
        """Record where the files of ``version`` are.

        Raises:
            AlreadyExists: the version has an artifact of this name.
        """
        body = ModelArtifact(
            name=name,
            uri=uri,
            model_format_name=given(model_format),
            model_format_version=given(model_format_version),
            state="LIVE",
        )
        return self._connection.call(
            ModelArtifact,
            upsert_model_version_artifact.sync_detailed,
            id_of(version, self.endpoint.url),
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
        properties: Properties | None = None,
    ) -> RegisteredModel:
        """Change what is given of a registered model, and keep the rest.

        Args:
            model: as it was read last: a change that was made since to its state or to a
                property is overwritten.
            description: empty for none.
            owner: likewise.
            state: ARCHIVED takes it out of use.
            properties: set or replaced one by one; those not named are kept.

        Raises:
            UsageError: a property is no JSON value.
        """
        body = RegisteredModelUpdate(
            description=given(description),
            owner=given(owner),
            # Servers reset a state that is not sent to LIVE, which brings back what was archived.
            state=state or model.state,
            custom_properties=changed(model, properties),
        )
        return self._connection.call(
            RegisteredModel, update_registered_model.sync_detailed, id_of(model, self.endpoint.url), body=body
        )

    def update_version(
        self,
        version: ModelVersion,
        *,
        description: str | None = None,
        author: str | None = None,
        state: Literal["LIVE", "ARCHIVED"] | None = None,
        properties: Properties | None = None,
    ) -> ModelVersion:
        """Change what is given of a version, and keep the rest; see ``update_model``."""
        body = ModelVersionUpdate(
            description=given(description),
            author=given(author),
            state=state or version.state,
            custom_properties=changed(version, properties),
        )
        return self._connection.call(
            ModelVersion, update_model_version.sync_detailed, id_of(version, self.endpoint.url), body=body
        )

    def update_artifact(
        self,
        artifact: ModelArtifact,
        *,
        uri: str | None = None,
        description: str | None = None,
        state: str | None = None,
        properties: Properties | None = None,
    ) -> ModelArtifact:
        """Change what is given of a model artifact, and keep the rest; see ``update_model``."""
        body = ModelArtifactUpdate(
            uri=given(uri),
            description=given(description),
            # Not at /model_artifacts, where a state that is not sent is reset, and none can be kept.
            state=state or artifact.state,
            custom_properties=changed(artifact, properties),
        )
        return self._connection.call(
            ModelArtifact, update_artifact.sync_detailed, id_of(artifact, self.endpoint.url), body=body
        )

    # -- how ------------------------------------------------------------------------------------

    def _exactly(
        self, name: str, find: Callable[[], NamedT], everything: Callable[[], Iterator[NamedT]]
    ) -> NamedT | None:
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

    def _pages(self, kind: type[PageT], operation: Operation, *arguments: str, **parameters: Any) -> Iterator[Any]:
        token: str | Unset = UNSET
        seen: set[str] = set()
        while True:
            # By ID: other orders have ties, and servers skip or repeat rows between pages of those.
            page = self._connection.call(
                kind,
                operation,
                *arguments,
                page_size=_PAGE_SIZE,
                order_by="ID",
                next_page_token=token,
                **parameters,
            )
            yield from page.items
            token = page.next_page_token
            if not token:
                return
            if token in seen:
                raise no_answer(self.endpoint.url, f"its page token {token!r} leads in a circle")
            seen.add(token)
