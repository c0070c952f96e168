"""What is registered of a model, down to where its files are, in few calls?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mr_client.aliases import aliases_in
from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel, RegistryAPI, properties_of

__all__ = ["Overview", "overview"]


@dataclass(frozen=True, slots=True)
class Overview:
    """A model, with what is below it."""

    model: RegisteredModel
    aliases: Mapping[str, str]
    """Alias → name of the version."""
    versions: tuple[ModelVersion, ...]
    """Those that were made last come first."""
    artifacts: Mapping[str, tuple[ModelArtifact, ...]]
    """Id of a version → where its files are, of the versions that were looked into."""

    def aliases_of(self, version: ModelVersion) -> list[str]:
        """Return which aliases mean a version."""
        return [alias for alias, name in self.aliases.items() if name == version.name]


def overview(api: RegistryAPI, name: str, version: str | None = None, *, newest: int) -> Overview:
    """Return what is below a model: two calls, one for each 500 versions beyond the first, and one for each looked into.

    Args:
        api: the registry.
        name: of the model.
        version: name of the one version that is meant; without it, all.
        newest: how many versions are looked into, where none is named.

    Raises:
        ModelNotFound, VersionNotFound: there is none; the message says which there are.
    """
    model = api.model(name)
    found = sorted(api.versions(model), key=_made, reverse=True) if version is None else [api.version(model, version)]
    artifacts = {each.id or "": tuple(api.artifacts(each)) for each in (found[:newest] if version is None else found)}
    return Overview(model, aliases_in(properties_of(model)), tuple(found), artifacts)


def _made(version: ModelVersion) -> tuple[int, int]:
    made, id = str(version.create_time_since_epoch or ""), str(version.id or "")
    return int(made) if made.isdecimal() else 0, int(id) if id.isdecimal() else 0
