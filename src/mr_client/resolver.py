"""Where are the files that a name means?

RegisteredModel → ModelVersion → ModelArtifact: three calls, with an alias too, which the model
carries. Where no version is named the second is the page of the newest; only if that does not prove
which is the newest that is LIVE (a hundred archived ones, or as many of one millisecond) all versions
are read, five hundred in a call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from mr_client.aliases import aliases_in
from mr_client.choice import check_servable, choose_artifact, newest_if_certain, newest_live, warnings_of
from mr_client.errors import ArtifactNotFound, ModelNotFound, NotAllowed, VersionNotFound
from mr_client.names import offered
from mr_client.properties import DIGEST
from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel, RegistryAPI, properties_of
from mr_client.uri import ModelURI, is_model_uri

__all__ = ["Resolution", "newest_version", "resolve"]

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a model URI means, and where its files are."""

    requested: ModelURI
    registry: str
    """URL of the registry that was asked."""
    model: RegisteredModel
    version: ModelVersion
    artifact: ModelArtifact
    uri: str
    """Storage URI of the files, such as ``s3://bucket/folder``."""
    endpoint: str | None = None
    """Storage endpoint that the registry names: a hint from whoever wrote the artifact, not to be trusted."""
    region: str | None = None
    """Storage region that the registry names: likewise."""
    digest: str | None = None
    """Digest of the files that is recorded with the artifact, as ``sha256:<64 hexadecimal digits>``."""
    warnings: tuple[str, ...] = ()
    """What a person should know, a sentence each."""

    @property
    def alias(self) -> str | None:
        """The alias that was asked for, None where none was."""
        return self.requested.alias


def resolve(uri: ModelURI, registry: RegistryAPI, *, root: str | None = None) -> Resolution:
    """Ask ``registry`` what ``uri`` means.

    Args:
        uri: the name. Its host and namespace have chosen ``registry`` already.
        registry: the server to ask.
        root: URI that an artifact's path is below if it has only a ``storagePath``, such as ``s3://BUCKET``.

    Raises:
        ModelNotFound, VersionNotFound, ArtifactNotFound: there is nothing to serve by that name.
        NotAllowed: the registry refuses, or names a place that it must not name.
        RegistryError: the registry cannot be reached, or fails.
    """
    try:
        model = registry.model(uri.model)
    except ModelNotFound as error:
        if uri.alias is None:
            raise
        name = f"{uri.model}@{uri.alias}"
        raise ModelNotFound(f"{error} (A model that is called {name!r} is written {str(ModelURI(name))!r}.)") from error
    version = _version(registry, model, uri)
    artifact = choose_artifact(registry.artifacts(version), uri, version)
    storage_uri, endpoint, region = _hinted(_place(artifact, root, uri))
    digest, doubts = _recorded_digest(artifact)
    return Resolution(
        requested=uri,
        registry=registry.endpoint.url,
        model=model,
        version=version,
        artifact=artifact,
        uri=storage_uri,
        endpoint=endpoint,
        region=region,
        digest=digest,
        warnings=(*warnings_of(model, version, artifact), *doubts),
    )


def _version(registry: RegistryAPI, model: RegisteredModel, uri: ModelURI) -> ModelVersion:
    if uri.alias is not None:
        return _version_of_alias(registry, model, uri.alias)
    return newest_version(registry, model) if uri.version is None else registry.version(model, uri.version)


def _version_of_alias(registry: RegistryAPI, model: RegisteredModel, alias: str) -> ModelVersion:
    """Return the version that an alias of ``model`` means.

    Raises:
        VersionNotFound: there is no such alias, or no more such version.
    """
    aliases = aliases_in(properties_of(model))
    if alias not in aliases:
        has = offered(alias, [(each, None) for each in aliases], nothing="it has no aliases")
        name = f"{model.name}@{alias}"
        raise VersionNotFound(
            f"Model {model.name!r} has no alias {alias!r} ({has}). (A model that is called {name!r} is written "
            f"{str(ModelURI(name))!r}.)"
        )
    try:
        return registry.version(model, aliases[alias])
    except VersionNotFound as error:
        raise VersionNotFound(f"The alias {alias!r} of model {model.name!r} means no version: {error}") from error


def newest_version(registry: RegistryAPI, model: RegisteredModel) -> ModelVersion:
    """Return the newest version of ``model`` that is LIVE.

    Raises:
        VersionNotFound: there is none, or the model is archived.
    """
    check_servable(model)
    page = registry.newest_versions(model)
    if not page.more:
        return newest_live(model, page.items)
    certain = newest_if_certain(page)
    del page
    return certain or newest_live(model, registry.versions(model))


def _place(artifact: ModelArtifact, root: str | None, uri: ModelURI) -> str:
    """Return the storage URI that is written in an artifact, as it is written.

    Raises:
        ArtifactNotFound: what is written does not say where files are.
        NotAllowed: it is the name of a model.
    """
    whose = f"The artifact {artifact.name or artifact.id or ''!r} of {str(uri)!r}"
    place = (artifact.uri or "").strip()
    path = (artifact.storage_path or "").strip().strip("/")
    if is_model_uri(place):
        raise NotAllowed(f"{whose} points to {place!r}, another name: register the files' own URI.")
    if not place and path and "://" in path:
        raise ArtifactNotFound(f"{whose} has no uri, and its storagePath {path!r} is no path: register it as the uri.")
    if not place and path and root:
        place = f"{root}/{path}"
    if not place:
        mend = (
            f"it has storagePath {path!r} but no bucket is configured: set AWS_S3_BUCKET, or the bucket of STORAGE_CONFIG"
            if path
            else "register the URI of its files"
        )
        raise ArtifactNotFound(f"{whose} has no uri; {mend}.")
    if _CONTROL.search(place):
        raise ArtifactNotFound(f"{whose} has the uri {place!r}, which holds a control character: register it without.")
    if "://" not in place:
        example = f"file://{place}" if place.startswith("/") else f"s3://BUCKET/{place}"
        raise ArtifactNotFound(f"{whose} has the uri {place!r}, which has no scheme: register it as {example!r}.")
    return place


def _hinted(place: str) -> tuple[str, str | None, str | None]:
    """Return a storage URI, and the endpoint and region that stand in its query.

    ``s3://bucket/key?endpoint=…&defaultRegion=…`` is what upstream's UI (encoded) and Python
    client (not encoded) write. A query of other words belongs to the key.
    """
    key, _, query = place.partition("?")
    hints = parse_qs(query, keep_blank_values=True)
    if not place.lower().startswith("s3://") or not hints or not set(hints) <= {"endpoint", "defaultRegion"}:
        return place, None, None
    endpoint = hints.get("endpoint", [""])[0].strip().rstrip("/")
    if endpoint and "://" not in endpoint:
        endpoint = f"https://{endpoint}"
    return key, endpoint or None, hints.get("defaultRegion", [""])[0].strip() or None


def _recorded_digest(artifact: ModelArtifact) -> tuple[str | None, tuple[str, ...]]:
    """Return the digest that is recorded with an artifact, or what to say of one that cannot be checked."""
    recorded = properties_of(artifact).get(DIGEST)
    if recorded is None:
        return None, ()
    if isinstance(recorded, str) and _DIGEST.fullmatch(recorded):
        return recorded, ()
    doubt = (
        f"artifact {artifact.name or artifact.id!r} records the digest {recorded!r}, which cannot be checked: "
        f"{DIGEST} must be sha256:<64 lowercase hexadecimal digits>"
    )
    return None, (doubt,)
