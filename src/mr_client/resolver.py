"""Which artifact does a name mean, and where are its files?

RegisteredModel → ModelVersion → ModelArtifact: three calls where a version is named, a listing
of the versions more where it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from mr_client.errors import ArtifactNotFound, NotAllowed, VersionNotFound
from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel, RegistryAPI
from mr_client.uri import ModelURI, is_model_uri

__all__ = ["Resolution", "resolve"]

_REFUSED = frozenset({"DELETED", "MARKED_FOR_DELETION", "ABANDONED"})
_PREFERRED = ("LIVE", "UNKNOWN", "REFERENCE", "PENDING")
"""States of an artifact, best first; one that a newer server may know comes last."""


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
    warnings: tuple[str, ...] = ()
    """What a person should know, a sentence each."""


def resolve(uri: ModelURI, registry: RegistryAPI, *, default_bucket: str | None = None) -> Resolution:
    """Ask ``registry`` what ``uri`` means.

    Args:
        uri: the name. Its host and namespace have chosen ``registry`` already.
        registry: the server to ask.
        default_bucket: S3 bucket for an artifact that has only a ``storagePath``.

    Raises:
        ModelNotFound, VersionNotFound, ArtifactNotFound: there is nothing to serve by that name.
        NotAllowed: the registry refuses, or names a place that it must not name.
        RegistryError: the registry cannot be reached, or fails.
    """
    model = registry.model(uri.model)
    if uri.version is None:
        version = newest_live(model, registry.versions(model))
    else:
        version = registry.version(model, uri.version)
    artifact = choose_artifact(registry.artifacts(version), uri, version)
    storage_uri, endpoint, region = _storage(artifact, default_bucket, uri)
    return Resolution(
        requested=uri,
        registry=registry.endpoint.url,
        model=model,
        version=version,
        artifact=artifact,
        uri=storage_uri,
        endpoint=endpoint,
        region=region,
        warnings=tuple(warnings_of(model, version, artifact)),
    )


def newest_live(model: RegisteredModel, versions: Iterable[ModelVersion]) -> ModelVersion:
    """Return the newest version that is LIVE: by creation time, then by id.

    Raises:
        VersionNotFound: there is none, or the model itself is archived.
    """
    if model.state == "ARCHIVED":
        raise VersionNotFound(
            f"Model {model.name!r} is ARCHIVED: name a version in the URI to have it all the same, or restore the model."
        )
    newest: ModelVersion | None = None
    others = 0
    for version in versions:
        if (version.state or "LIVE") != "LIVE":
            others += 1
        elif newest is None or _age(version) > _age(newest):
            newest = version
    if newest is None:
        why = (
            f"all that it has ({others}) are archived: name one in the URI, or restore it"
            if others
            else "it has no versions: register one"
        )
        raise VersionNotFound(f"Model {model.name!r} has no LIVE version; {why}.")
    return newest


def choose_artifact(artifacts: Iterable[ModelArtifact], uri: ModelURI, version: ModelVersion) -> ModelArtifact:
    """Return the artifact of ``version`` to serve: the one named, else by state, then the newest.

    Raises:
        ArtifactNotFound: there is none that may be served.
    """
    where = f"version {version.name!r} of model {uri.model!r}"
    chosen: ModelArtifact | None = None
    passed_over: list[str] = []
    for artifact in artifacts:
        if uri.artifact is not None and artifact.name != uri.artifact:
            passed_over.append(repr(artifact.name or ""))
        elif artifact.state in _REFUSED:
            passed_over.append(f"{artifact.name or ''!r} ({artifact.state})")
        elif chosen is None or _rank(artifact) > _rank(chosen):
            chosen = artifact
    if chosen is None:
        named = "" if uri.artifact is None else f" {uri.artifact!r}"
        has = (
            f"it has {', '.join(passed_over[:10])}"
            if passed_over
            else "it has none: register one with the URI of its files"
        )
        raise ArtifactNotFound(f"No model artifact{named} to serve in {where}; {has}.")
    return chosen


def _age(resource: ModelVersion | ModelArtifact) -> tuple[int, int]:
    return int(resource.create_time_since_epoch or 0), int(resource.id or 0)


def _rank(artifact: ModelArtifact) -> tuple[int, tuple[int, int]]:
    state = artifact.state or "UNKNOWN"
    return -(_PREFERRED.index(state) if state in _PREFERRED else len(_PREFERRED)), _age(artifact)


def _storage(artifact: ModelArtifact, default_bucket: str | None, uri: ModelURI) -> tuple[str, str | None, str | None]:
    """Return the storage URI of an artifact, and the endpoint and region that stand in its query."""
    place = (artifact.uri or "").strip()
    path = (artifact.storage_path or "").strip("/ ")
    if is_model_uri(place):
        raise NotAllowed(
            f"The artifact of {str(uri)!r} points to {place!r}, another name: register the files' own URI."
        )
    if not place and path and default_bucket:
        place = f"s3://{default_bucket}/{path}"
    if not place:
        mend = (
            f"it has storagePath {path!r} but no bucket is configured: set AWS_S3_BUCKET"
            if path
            else "register the URI of its files"
        )
        raise ArtifactNotFound(f"The artifact of {str(uri)!r} has no uri; {mend}.")
    if not place.startswith("s3://") or "?" not in place:
        return place, None, None
    # s3://bucket/key?endpoint=…&defaultRegion=… is what upstream's UI (encoded) and Python
    # client (not encoded) write. A query of other words belongs to the key.
    key, _, query = place.partition("?")
    hints = parse_qs(query)
    if not hints or not set(hints) <= {"endpoint", "defaultRegion"}:
        return place, None, None
    endpoint = hints.get("endpoint", [""])[0].rstrip("/")
    if endpoint and not urlsplit(endpoint).scheme:
        endpoint = f"https://{endpoint}"
    return key, endpoint or None, hints.get("defaultRegion", [""])[0] or None


def warnings_of(model: RegisteredModel, version: ModelVersion, artifact: ModelArtifact) -> Iterable[str]:
    """Yield what a person should know of what was chosen, a sentence each."""
    if model.state == "ARCHIVED":
        yield f"model {model.name!r} is ARCHIVED"
    if version.state == "ARCHIVED":
        yield f"version {version.name!r} of model {model.name!r} is ARCHIVED"
    if artifact.state and artifact.state not in _PREFERRED:
        yield f"artifact {artifact.name or artifact.id!r} is {artifact.state}, which this version does not know"
    if artifact.state == "PENDING":
        yield f"artifact {artifact.name or artifact.id!r} is PENDING: its files may not be complete"
