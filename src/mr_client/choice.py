"""Which version does a name mean, and which of its artifacts? Pure: of what a registry has answered.

Versions: the newest that is LIVE, by creation time, then by id. Artifacts: the one named, else
LIVE before UNKNOWN, REFERENCE and PENDING, then the newest.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from mr_client.errors import ArtifactNotFound, VersionNotFound
from mr_client.names import NAMES_COMPARED, Named, offered
from mr_client.registry import ModelArtifact, ModelVersion, Page, RegisteredModel
from mr_client.uri import ModelURI

__all__ = ["check_servable", "choose_artifact", "newest_if_certain", "newest_live", "warnings_of"]

_REFUSED = frozenset({"DELETED", "MARKED_FOR_DELETION", "ABANDONED"})
_PREFERRED = ("LIVE", "UNKNOWN", "REFERENCE", "PENDING")
"""States of an artifact, best first; one that a newer server may know comes last."""


def check_servable(model: RegisteredModel) -> None:
    """Return if ``model`` may be served without the name of a version.

    Raises:
        VersionNotFound: it is archived.
    """
    if model.state == "ARCHIVED":
        raise VersionNotFound(
            f"Model {model.name!r} is ARCHIVED: name a version in the URI to have it all the same, or restore the model."
        )


def newest_if_certain(page: Page[ModelVersion]) -> ModelVersion | None:
    """Return the newest LIVE version if the first page, newest first, proves which one it is; else None.

    It does if it is in order, and something older than the version follows it: then no row beyond
    the page can be as new. Rows that are as new as it may be anywhere, since servers order by time alone.
    """
    ages = [_age(version)[0] for version in page.items]
    if any(later > earlier for earlier, later in pairwise(ages)):
        return None  # a server that orders otherwise
    newest = max(filter(_is_live, page.items), key=_age, default=None)
    return newest if newest is not None and ages[-1] < _age(newest)[0] else None


def newest_live(model: RegisteredModel, versions: Iterable[ModelVersion]) -> ModelVersion:
    """Return the newest version that is LIVE, of all that ``model`` has. Holds two of them at most.

    Raises:
        VersionNotFound: there is none.
    """
    newest: ModelVersion | None = None
    passed_over: ModelVersion | None = None
    others = 0
    for version in versions:
        if not _is_live(version):
            others += 1
            passed_over = version if passed_over is None or _age(version) > _age(passed_over) else passed_over
        elif newest is None or _age(version) > _age(newest):
            newest = version
    if newest is None:
        why = (
            f"of the {others} that it has, the newest is {passed_over.name!r} ({passed_over.state}): "
            "name one in the URI, or restore it"
            if passed_over is not None
            else "it has no versions: register one"
        )
        raise VersionNotFound(f"Model {model.name!r} has no LIVE version; {why}.")
    return newest


def choose_artifact(artifacts: Iterable[ModelArtifact], uri: ModelURI, version: ModelVersion) -> ModelArtifact:
    """Return the artifact of ``version`` to serve: the one named, else by state, then the newest.

    Raises:
        ArtifactNotFound: there is none that may be served.
    """
    chosen: ModelArtifact | None = None
    passed_over: list[Named] = []
    for artifact in artifacts:
        if artifact.state in _REFUSED or (uri.artifact is not None and artifact.name != uri.artifact):
            if len(passed_over) < NAMES_COMPARED:
                passed_over.append((artifact.name or "", artifact.state or None))
        elif chosen is None or _rank(artifact) > _rank(chosen):
            chosen = artifact
    if chosen is None:
        named = "" if uri.artifact is None else f" {uri.artifact!r}"
        has = offered(
            uri.artifact,
            passed_over[::-1],
            more=len(passed_over) == NAMES_COMPARED,
            nothing="it has none: register one with the URI of its files",
        )
        raise ArtifactNotFound(
            f"No model artifact{named} to serve in version {version.name!r} of model {uri.model!r}; {has}."
        )
    return chosen


def warnings_of(model: RegisteredModel, version: ModelVersion, artifact: ModelArtifact) -> Iterable[str]:
    """Yield what a person should know of what was chosen, a sentence each."""
    if model.state == "ARCHIVED":
        yield f"model {model.name!r} is ARCHIVED"
    if version.state == "ARCHIVED":
        yield f"version {version.name!r} of model {model.name!r} is ARCHIVED"
    if artifact.state and artifact.state not in _PREFERRED:
        yield f"artifact {artifact.name or artifact.id!r} is {artifact.state!r}, which this version does not know"
    if artifact.state == "PENDING":
        yield f"artifact {artifact.name or artifact.id!r} is PENDING: its files may not be complete"


def _is_live(version: ModelVersion) -> bool:
    return (version.state or "LIVE") == "LIVE"


def _age(resource: ModelVersion | ModelArtifact) -> tuple[int, int]:
    return _number(resource.create_time_since_epoch), _number(resource.id)


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() else 0


def _rank(artifact: ModelArtifact) -> tuple[int, tuple[int, int]]:
    state = artifact.state or "UNKNOWN"
    return -(_PREFERRED.index(state) if state in _PREFERRED else len(_PREFERRED)), _age(artifact)
