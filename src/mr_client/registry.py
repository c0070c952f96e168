"""What does the registry say?

The only module that speaks to the generated REST layer. Its dialects end here: an ``Error``
that is a value, an undocumented status that is ``None``, a login page where JSON should be,
and httpx's exceptions all become errors of our own tree.
"""

from __future__ import annotations

import difflib
import ssl
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from mr_client.errors import (
    AlreadyExists,
    InvalidSettings,
    ModelNotFound,
    MRClientError,
    NotAllowed,
    NotFound,
    RegistryError,
    UsageError,
    VersionNotFound,
)
from mr_client.properties import PropertyValue, from_wire, to_wire
from mr_client.settings import Endpoint
from mr_rest.api.model_registry_service import (
    create_model_version,
    create_registered_model,
    find_model_version,
    find_registered_model,
    get_model_version_artifacts,
    get_registered_model_versions,
    get_registered_models,
    upsert_model_version_artifact,
)
from mr_rest.client import AuthenticatedClient, Client
from mr_rest.models import (
    ArtifactList,
    CustomProperties,
    ModelArtifact,
    ModelVersion,
    ModelVersionCreate,
    ModelVersionList,
    RegisteredModel,
    RegisteredModelCreate,
    RegisteredModelList,
)
from mr_rest.types import UNSET, Response, Unset

__all__ = ["ModelArtifact", "ModelVersion", "RegisteredModel", "RegistryAPI", "properties_of"]

T = TypeVar("T")
PageT = TypeVar("PageT", RegisteredModelList, ModelVersionList, ArtifactList)
NamedT = TypeVar("NamedT", RegisteredModel, ModelVersion)

_PAGE_SIZE = "100"
"""Asked for explicitly: without it new servers answer with everything, old ones with 20."""
_NAMES_SHOWN = 10
"""How many names an error message offers."""
_NAMES_COMPARED = 1000
"""How many names are searched for the nearest."""


_Operation = Callable[..., Response[Any]]
"""``sync_detailed`` of a generated operation; what it returns is checked when it is there."""


class RegistryAPI:
    """The calls of a registry that this project makes, on one pool of connections.

    Nothing is sent before the first call. Safe to share between threads.

    Args:
        endpoint: the server, and what is shown to it.
        transport: stands in for the network, for tests.

    Raises:
        InvalidSettings: the endpoint's file of certificates holds none.
    """

    def __init__(self, endpoint: Endpoint, *, transport: httpx.BaseTransport | None = None) -> None:
        self.endpoint = endpoint
        arguments: dict[str, Any] = {"event_hooks": {"response": [_refuse_errors]}}
        if transport is not None:
            arguments["transport"] = transport
        timeout = httpx.Timeout(endpoint.timeout)
        verify = _trusting(endpoint.ca_file) if endpoint.ca_file else True
        self._client: Client | AuthenticatedClient
        if endpoint.token:
            self._client = AuthenticatedClient(
                endpoint.url, token=endpoint.token, timeout=timeout, verify_ssl=verify, httpx_args=arguments
            )
        else:
            self._client = Client(endpoint.url, timeout=timeout, verify_ssl=verify, httpx_args=arguments)

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
        self._client.get_httpx_client().close()

    # -- reading ------------------------------------------------------------------------------

    def model(self, name: str) -> RegisteredModel:
        """Return the registered model of exactly this name.

        Raises:
            ModelNotFound: there is none; the message offers the nearest names.
        """
        found = self._exactly(
            name, lambda: self._call(RegisteredModel, find_registered_model.sync_detailed, name=name), self.models
        )
        if found is None:
            known = [model.name for model in islice(self.models(), _NAMES_COMPARED)]
            nearest = difflib.get_close_matches(name, known, n=3)
            hint = f"nearest: {_quoted(nearest)}" if nearest else f"it has: {_quoted(known) or 'no models'}"
            raise ModelNotFound(f"Registered model {name!r} not found at {self.endpoint.url} ({hint}).")
        return found

    def version(self, model: RegisteredModel, name: str) -> ModelVersion:
        """Return the version of ``model`` of exactly this name.

        Raises:
            VersionNotFound: there is none; the message says which there are.
        """
        found = self._exactly(
            name,
            lambda: self._call(
                ModelVersion, find_model_version.sync_detailed, name=name, parent_resource_id=_id(model, self.endpoint)
            ),
            lambda: self.versions(model),
        )
        if found is None:
            known = [version.name for version in islice(self.versions(model), _NAMES_SHOWN + 1)]
            hint = f"it has: {_quoted(known)}" if known else "it has no versions"
            raise VersionNotFound(
                f"Version {name!r} not found in model {model.name!r} at {self.endpoint.url} ({hint})."
            )
        return found

    def models(self) -> Iterator[RegisteredModel]:
        """Yield all registered models by id, fetching pages as needed."""
        return self._pages(RegisteredModelList, get_registered_models.sync_detailed)

    def versions(self, model: RegisteredModel) -> Iterator[ModelVersion]:
        """Yield all versions of ``model`` by id, fetching pages as needed."""
        return self._pages(ModelVersionList, get_registered_model_versions.sync_detailed, _id(model, self.endpoint))

    def artifacts(self, version: ModelVersion) -> Iterator[ModelArtifact]:
        """Yield the model artifacts of ``version`` by id; artifacts of other kinds are left out."""
        pages = self._pages(
            ArtifactList,
            get_model_version_artifacts.sync_detailed,
            _id(version, self.endpoint),
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
        body = RegisteredModelCreate(name=name, description=_given(description), owner=_given(owner), state="LIVE")
        return self._call(RegisteredModel, create_registered_model.sync_detailed, body=body)

    def create_version(
        self,
        model: RegisteredModel,
        name: str,
        *,
        description: str | None = None,
        author: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
    ) -> ModelVersion:
        """Create a version of ``model``.

        Raises:
            AlreadyExists: the model has one of this name.
            UsageError: a property is no JSON value.
        """
        body = ModelVersionCreate(
            name=name,
            registered_model_id=_id(model, self.endpoint),
            description=_given(description),
            author=_given(author),
            custom_properties=CustomProperties.from_dict(to_wire(properties or {})),
            state="LIVE",
        )
        return self._call(ModelVersion, create_model_version.sync_detailed, body=body)

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
            model_format_name=_given(model_format),
            model_format_version=_given(model_format_version),
            state="LIVE",
        )
        return self._call(
            ModelArtifact, upsert_model_version_artifact.sync_detailed, _id(version, self.endpoint), body=body
        )

    # -- the dialects -------------------------------------------------------------------------

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

    def _pages(self, kind: type[PageT], operation: _Operation, *arguments: str, **parameters: str) -> Iterator[Any]:
        token: str | Unset = UNSET
        seen: set[str] = set()
        while True:
            page = self._call(
                kind, operation, *arguments, page_size=_PAGE_SIZE, order_by="ID", next_page_token=token, **parameters
            )
            yield from page.items
            token = page.next_page_token
            if not token:
                return
            if token in seen:
                raise _no_answer(self.endpoint.url, f"its page token {token!r} leads in a circle")
            seen.add(token)

    def _call(self, kind: type[T], operation: _Operation, *arguments: Any, **parameters: Any) -> T:
        """Make one call of the generated layer and translate what comes back, which must be a ``kind``."""
        url = self.endpoint.url
        try:
            answer = operation(*arguments, client=self._client, **parameters).parsed
        except MRClientError:
            raise
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            raise RegistryError(
                f"The registry at {url} cannot be reached ({why}): check that it runs, "
                "and the address in MODEL_REGISTRY_BASE_URL.",
                url=url,
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _no_answer(url, f"{type(error).__name__}: {error}") from error
        if not isinstance(answer, kind):
            raise _no_answer(url, f"it answers with no {kind.__name__}")
        return answer


def properties_of(resource: RegisteredModel | ModelVersion | ModelArtifact) -> dict[str, PropertyValue]:
    """Return the custom properties of a resource as plain values."""
    return from_wire(resource.custom_properties.to_dict() if resource.custom_properties else {})


def _trusting(ca_file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise InvalidSettings(
            f"MODEL_REGISTRY_CA_FILE {str(ca_file)!r} cannot be used ({error}): name a file with PEM certificates."
        ) from error


def _refuse_errors(response: httpx.Response) -> None:
    """Turn every status but 2xx into an error, before the generated layer reads the body."""
    status = response.status_code
    if response.is_success:
        return
    response.read()
    url = str(response.request.url.copy_with(query=None))
    said = _message(response)
    match status:
        case 401 | 403:
            raise NotAllowed(
                f"The registry refuses {url} ({status} {said}): set MODEL_REGISTRY_TOKEN to a token it accepts."
            )
        case _ if response.is_redirect:
            raise NotAllowed(
                f"The registry answers {url} with a redirect ({status}), to a login page perhaps: "
                "set MODEL_REGISTRY_TOKEN, and give the address of the API itself."
            )
        case 404 if _is_error(response):
            raise NotFound(f"Not found at {url}: {said}.")
        case 404:
            raise _no_answer(url, f"404 {said}")
        case 409:
            raise AlreadyExists(f"It exists already: {said} ({url}).")
        case 400 | 422:
            raise UsageError(f"The registry refuses {url} as malformed ({status}): {said}.")
        case _:
            raise RegistryError(
                f"The registry failed at {url} ({status} {said}): try again, or look at its log.",
                status=status,
                url=url,
            )


def _is_error(response: httpx.Response) -> bool:
    """Return whether the body is an Error of the contract."""
    try:
        return isinstance(response.json()["message"], str)
    except (ValueError, KeyError, TypeError):
        return False


def _message(response: httpx.Response) -> str:
    """Return what an error body says: an Error's message, or the first words of a text or page."""
    said = response.json()["message"] if _is_error(response) else " ".join(response.text.split())[:200]
    return str(said) or response.reason_phrase


def _no_answer(url: str, why: str) -> RegistryError:
    return RegistryError(
        f"What answers at {url} is no model registry this client understands ({why}): check MODEL_REGISTRY_BASE_URL.",
        url=url,
    )


def _id(resource: RegisteredModel | ModelVersion, endpoint: Endpoint) -> str:
    if not resource.id:
        raise _no_answer(endpoint.url, f"{resource.name!r} came without an id")
    return resource.id


def _given(value: str | None) -> str | Unset:
    return UNSET if value is None else value


def _quoted(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_NAMES_SHOWN])
    return shown + (", …" if len(names) > _NAMES_SHOWN else "")
