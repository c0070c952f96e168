"""How is what is registered changed?

A change is read, made and written: three calls for a version. The API writes without a condition, so
a change that somebody else makes within those milliseconds is lost; one that was made since a person
looked is noticed with ``if_unchanged``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar, overload

from mr_client.errors import Changed, UsageError
from mr_client.inputs import checked_name
from mr_client.properties import PropertyChange, to_wire
from mr_client.registry import ModelVersion, RegisteredModel, RegistryAPI

__all__ = ["Changing"]

ResourceT = TypeVar("ResourceT", RegisteredModel, ModelVersion)
_State = Literal["LIVE", "ARCHIVED"]


class Changing:
    """What changes a registry."""

    _api: RegistryAPI

    @overload
    def update(
        self,
        name: str,
        version: None = None,
        *,
        description: str | None = None,
        owner: str | None = None,
        properties: Mapping[str, PropertyChange] | None = None,
        replace_properties: bool = False,
        if_unchanged: RegisteredModel | None = None,
    ) -> RegisteredModel: ...

    @overload
    def update(
        self,
        name: str,
        version: str,
        *,
        description: str | None = None,
        author: str | None = None,
        properties: Mapping[str, PropertyChange] | None = None,
        replace_properties: bool = False,
        if_unchanged: ModelVersion | None = None,
    ) -> ModelVersion: ...

    def update(
        self,
        name: str,
        version: str | None = None,
        *,
        description: str | None = None,
        author: str | None = None,
        owner: str | None = None,
        properties: Mapping[str, PropertyChange] | None = None,
        replace_properties: bool = False,
        if_unchanged: RegisteredModel | ModelVersion | None = None,
    ) -> RegisteredModel | ModelVersion:
        """Change what is given of a version, or of the model where no version is named; the rest stays.

        Args:
            name: name of the model.
            version: name of the version.
            description: empty for none.
            author: of a version; likewise.
            owner: of a model; likewise.
            properties: set one by one, the others stay; None removes one.
            replace_properties: whether the others are removed instead. Aliases, and what else begins with
                ``mr_client:``, stay unless they are named.
            if_unchanged: what is to be changed, as it was read: refuses if somebody has changed it since.

        Returns:
            It, as it is now.

        Raises:
            ModelNotFound, VersionNotFound: there is none.
            Changed: it is not what ``if_unchanged`` was; nothing was written.
            UsageError: nothing is to be changed, or a property is no JSON value; nothing was sent.
        """
        checked_name("model", name)
        if version is not None:
            checked_name("version", version)
        if author is not None and version is None:
            raise UsageError(f"author={author!r} is of a version: name one, or give the owner of model {name!r}.")
        if owner is not None and version is not None:
            raise UsageError(f"owner={owner!r} is of a model: leave version {version!r} out, or give its author.")
        if (description, author, owner, properties) == (None, None, None, None):
            raise UsageError(f"Nothing of {_said(name, version)} is to be changed: give description or properties.")
        if replace_properties and properties is None:
            raise UsageError("replace_properties says nothing without properties: give them, {} for none.")
        to_wire({key: value for key, value in (properties or {}).items() if value is not None})
        model = self._api.model(name)
        if version is None:
            return self._api.update_model(
                _unchanged(model, if_unchanged),
                description=description,
                owner=owner,
                properties=properties,
                replace_properties=replace_properties,
            )
        return self._api.update_version(
            _unchanged(self._api.version(model, version), if_unchanged),
            description=description,
            author=author,
            properties=properties,
            replace_properties=replace_properties,
        )

    @overload
    def archive(
        self, name: str, version: None = None, *, if_unchanged: RegisteredModel | None = None
    ) -> RegisteredModel: ...

    @overload
    def archive(self, name: str, version: str, *, if_unchanged: ModelVersion | None = None) -> ModelVersion: ...

    def archive(
        self, name: str, version: str | None = None, *, if_unchanged: RegisteredModel | ModelVersion | None = None
    ) -> RegisteredModel | ModelVersion:
        """Take a version, or the model where none is named, out of use. Nothing is deleted; ``restore`` brings it back.

        Of an archived version nothing is found by the model's name alone. Its own name, and an alias, still find it,
        with a warning. Versions of an archived model stay as they are.

        Raises:
            ModelNotFound, VersionNotFound: there is none.
            Changed: it is not what ``if_unchanged`` was; nothing was written.
        """
        return self._turned(name, version, "ARCHIVED", if_unchanged)

    @overload
    def restore(
        self, name: str, version: None = None, *, if_unchanged: RegisteredModel | None = None
    ) -> RegisteredModel: ...

    @overload
    def restore(self, name: str, version: str, *, if_unchanged: ModelVersion | None = None) -> ModelVersion: ...

    def restore(
        self, name: str, version: str | None = None, *, if_unchanged: RegisteredModel | ModelVersion | None = None
    ) -> RegisteredModel | ModelVersion:
        """Bring an archived version, or the model where none is named, back into use; see ``archive``."""
        return self._turned(name, version, "LIVE", if_unchanged)

    def _turned(
        self, name: str, version: str | None, state: _State, read: RegisteredModel | ModelVersion | None
    ) -> RegisteredModel | ModelVersion:
        model = self._api.model(name)
        if version is None:
            model = _unchanged(model, read)
            return model if model.state == state else self._api.update_model(model, state=state)
        found = _unchanged(self._api.version(model, version), read)
        return found if found.state == state else self._api.update_version(found, state=state)


def _unchanged(now: ResourceT, read: RegisteredModel | ModelVersion | None) -> ResourceT:
    """Return what there is now, if it is what was read.

    Raises:
        Changed: it was changed since.
        UsageError: what was read is another.
    """
    if read is None:
        return now
    if type(read) is not type(now) or read.id != now.id:
        raise UsageError(
            f"if_unchanged is {read.name!r} (id {read.id!r}), not {now.name!r} (id {now.id!r}): give that."
        )
    if read.last_update_time_since_epoch != now.last_update_time_since_epoch:
        raise Changed(
            f"{now.name!r} was changed since it was read (at {now.last_update_time_since_epoch or 'an unknown time'}, in "
            f"ms since 1970; it was read as of {read.last_update_time_since_epoch or 'an unknown time'}): read it again."
        )
    return now


def _said(name: str, version: str | None) -> str:
    return f"model {name!r}" if version is None else f"version {version!r} of model {name!r}"
