"""How is a version given a second name, which may move on to another one?"""

from __future__ import annotations

from mr_client.aliases import aliases_in, check_alias, property_of
from mr_client.errors import VersionNotFound
from mr_client.inputs import checked_name
from mr_client.names import offered
from mr_client.registry import ModelVersion, RegistryAPI, properties_of

__all__ = ["Aliasing"]


class Aliasing:
    """Aliases, by the convention of ``mr_client.aliases``: ``model-registry://iris@champion``."""

    _api: RegistryAPI

    def alias(self, name: str, alias: str, version: str) -> ModelVersion:
        """Let ``alias`` mean this version of a model; if it meant another one, it no longer does.

        Args:
            name: name of the model.
            alias: letters, digits, ``_``, ``.`` and ``-``, 100 at most.
            version: name of the version.

        Raises:
            ModelNotFound, VersionNotFound: there is no such version.
            UsageError: ``alias`` cannot be one; nothing was sent.
        """
        check_alias(alias)
        checked_name("version", version)
        model = self._api.model(name)
        meant = self._api.version(model, version)
        self._api.update_model(model, properties={property_of(alias): meant.name})
        return meant

    def unalias(self, name: str, alias: str) -> None:
        """Take an alias away; the version stays.

        Raises:
            ModelNotFound: there is no such model.
            VersionNotFound: the model has no such alias; the message says which it has.
        """
        check_alias(alias)
        model = self._api.model(name)
        aliases = aliases_in(properties_of(model))
        if alias not in aliases:
            has = offered(alias, [(each, None) for each in aliases], nothing="it has none")
            raise VersionNotFound(f"Model {name!r} has no alias {alias!r} ({has}).")
        self._api.update_model(model, properties={property_of(alias): None})

    def aliases(self, name: str) -> dict[str, str]:
        """Return alias → name of the version, of all aliases that a model has.

        Raises:
            ModelNotFound: there is no such model.
        """
        return aliases_in(properties_of(self._api.model(name)))
