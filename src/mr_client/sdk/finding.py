"""How is something found in a registry, alone or in a list?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from mr_client.choice import choose_artifact
from mr_client.errors import NotSupported, UsageError
from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel, RegistryAPI, properties_of
from mr_client.resolver import newest_version
from mr_client.sdk.filters import Condition, Kind, Where, check_text, conditions, holds, narrowing
from mr_client.sdk.listing import Listing
from mr_client.sdk.overview import Overview, overview
from mr_client.uri import ModelURI

__all__ = ["Finding"]

ResourceT = TypeVar("ResourceT", RegisteredModel, ModelVersion, ModelArtifact)

_ORDERS = {
    "id": "id",
    "name": "name",
    "created": "create_time_since_epoch",
    "updated": "last_update_time_since_epoch",
    "CREATE_TIME": "create_time_since_epoch",
    "LAST_UPDATE_TIME": "last_update_time_since_epoch",
    "ID": "id",
}
"""What a list is ordered by, with the API's own words."""


class Finding:
    """What reads a registry.

    Lists take ``where`` and ``order_by``:

    ``where`` as a mapping holds conditions that must all hold, of fields by the API's names (``externalId``) and of
    custom properties: ``{"stage": "prod", "accuracy": (">", 0.9)}``. Operators are ``=``, ``!=``, ``>``, ``>=``, ``<``,
    ``<=``, ``in``, ``like`` and ``ilike``. What comes back holds, whatever the server: each row is looked at here, and
    the server is asked to leave out what it surely can. As a text it is a filter query, in the server's own language and
    meaning (of a version's ``name = 'x'`` it makes a LIKE); a server that does not heed one is found out, by one more
    call for each kind of list.

    ``order_by`` is ``id`` (which is the order in which they were made), ``name``, ``created`` or ``updated``; with
    ``-`` before it, the last comes first. By id, pages are fetched as they are needed. For the others all is read first:
    servers that order by time lose rows of one millisecond between pages.
    """

    _api: RegistryAPI
    _heeding: set[Kind]
    """Lists whose filters the server heeds, as far as that is known."""

    def model(self, name: str) -> RegisteredModel:
        """Return the model of exactly this name.

        Raises:
            ModelNotFound: there is none; the message offers the nearest names.
        """
        return self._api.model(name)

    def version(self, name: str, version: str | None = None) -> ModelVersion:
        """Return a version of a model; without its name, the newest that is LIVE.

        Raises:
            ModelNotFound, VersionNotFound: there is none; the message says which there are.
        """
        model = self._api.model(name)
        return newest_version(self._api, model) if version is None else self._api.version(model, version)

    def artifact(self, name: str, version: str | None = None, artifact: str | None = None) -> ModelArtifact:
        """Return the model artifact of a version that ``resolve`` would choose: where its files are.

        Args:
            name: name of the model.
            version: name of the version; without one, the newest that is LIVE.
            artifact: name of the artifact; without one, by state, then the newest.

        Raises:
            ModelNotFound, VersionNotFound, ArtifactNotFound: there is none; the message says which there are.
        """
        found = self.version(name, version)
        return choose_artifact(self._api.artifacts(found), ModelURI(name, found.name, artifact=artifact), found)

    def overview(self, name: str, version: str | None = None, *, newest: int = 10) -> Overview:
        """Return a model with its aliases, its versions, and where the files of the newest are.

        Two calls, one for each 500 versions beyond the first, and one for each version that is looked into.

        Args:
            name: name of the model.
            version: name of the one version that is meant; without it, all.
            newest: how many versions are looked into, where none is named.

        Raises:
            ModelNotFound, VersionNotFound: there is none; the message says which there are.
        """
        return overview(self._api, name, version, newest=newest)

    def models(self, where: Where | None = None, order_by: str = "id") -> Listing[RegisteredModel]:
        """Return all models, or those that ``where`` says; see ``Finding``. Nothing is asked before the first.

        Raises:
            UsageError: ``where`` or ``order_by`` cannot be read; the server says so only with the first.
            NotSupported: ``where`` is a text, and the server does not heed it; with the first.
        """
        return Listing(self._rows("model", None, self._api.models, where, order_by), RegisteredModel, "models")

    def versions(self, name: str, where: Where | None = None, order_by: str = "id") -> Listing[ModelVersion]:
        """Return all versions of a model, or those that ``where`` says; see ``models``.

        Raises:
            ModelNotFound: there is no such model.
            UsageError, NotSupported: see ``models``.
        """
        _check_list("version", where, order_by)
        model = self._api.model(name)
        rows = self._rows("version", model, partial(self._api.versions, model), where, order_by)
        return Listing(rows, ModelVersion, f"versions of {name!r}")

    def artifacts(
        self, name: str, version: str | None = None, where: Where | None = None, order_by: str = "id"
    ) -> Listing[ModelArtifact]:
        """Return all model artifacts of a version, or those that ``where`` says; see ``models``.

        Raises:
            ModelNotFound, VersionNotFound: there is no such version.
            UsageError, NotSupported: see ``models``.
        """
        _check_list("artifact", where, order_by)
        found = self.version(name, version)
        rows = self._rows("artifact", found, partial(self._api.artifacts, found), where, order_by)
        return Listing(rows, ModelArtifact, f"artifacts of {name!r}, {found.name!r}")

    def _rows(
        self,
        kind: Kind,
        parent: RegisteredModel | ModelVersion | None,
        walk: Callable[..., Iterator[ResourceT]],
        where: Where | None,
        order_by: str,
    ) -> Callable[[], Iterator[ResourceT]]:
        attribute, descending, must_hold = _check_list(kind, where, order_by)
        query = where if isinstance(where, str) else narrowing(must_hold, kind)

        def rows() -> Iterator[ResourceT]:
            if isinstance(where, str):
                self._check_heeded(kind, parent)
            by_id = attribute == "id"
            found = walk(filter_query=query, descending=descending and by_id)
            kept = (each for each in found if _all_hold(must_hold, each))
            if by_id:
                yield from kept
            else:
                yield from sorted(kept, key=lambda each: _key(each, attribute), reverse=descending)

        return rows

    def _check_heeded(self, kind: Kind, parent: RegisteredModel | ModelVersion | None) -> None:
        if kind in self._heeding:
            return
        if not self._api.heeds_filters(parent):
            raise NotSupported(
                f"The registry at {self._api.endpoint.url} ignores filter queries, as those before 0.3.0 do: give where "
                'as a mapping, such as {"name": ("like", "i%")}, which is decided here.'
            )
        self._heeding.add(kind)


def _check_list(kind: Kind, where: Where | None, order_by: str) -> tuple[str, bool, tuple[Condition, ...]]:
    """Return the attribute to order by, whether downwards, and what must hold.

    Raises:
        UsageError: one of the two cannot be read.
    """
    word = order_by.removeprefix("-")
    if word not in _ORDERS:
        raise UsageError(f"order_by is {order_by!r}: give id, name, created or updated, or one of them after '-'.")
    if isinstance(where, str):
        check_text(where)
        return _ORDERS[word], order_by.startswith("-"), ()
    if where is not None and not isinstance(where, Mapping):
        raise UsageError(f"where is {type(where).__name__} {where!r}: give a mapping or a filter query.")
    return _ORDERS[word], order_by.startswith("-"), conditions(where or {}, kind)


def _all_hold(must_hold: tuple[Condition, ...], resource: RegisteredModel | ModelVersion | ModelArtifact) -> bool:
    if not must_hold:
        return True
    properties = properties_of(resource)
    return all(
        holds(each, (getattr(resource, _attribute(each.name)) or None) if each.field else properties.get(each.name))
        for each in must_hold
    )


def _attribute(field: str) -> str:
    snake = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", field)
    return "license_" if snake == "license" else snake


def _key(resource: RegisteredModel | ModelVersion | ModelArtifact, attribute: str) -> tuple[int, str, int]:
    value, id = str(getattr(resource, attribute) or ""), str(resource.id or "")
    return int(value) if value.isdecimal() and attribute != "name" else 0, value, int(id) if id.isdecimal() else 0
