"""What does a registry say of a URI, and may it say that?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING

from mr_client.connections import Connections
from mr_client.logs import step
from mr_client.settings import Settings
from mr_client.storage.locate import named_endpoint, shown
from mr_client.storage.storage_path import storage_root
from mr_client.trust.allowed import check_allowed
from mr_client.uri import ModelURI, parse_model_uri

if TYPE_CHECKING:
    from mr_client.registry import RegistryAPI
    from mr_client.resolver import Resolution

__all__ = ["ask", "check_places", "resolve_uri"]

logger = logging.getLogger(__name__)


def resolve_uri(
    uri: str,
    *,
    environ: Mapping[str, str],
    settings: Settings | None = None,
    connections: Connections | None = None,
    meanwhile: Callable[[Mapping[str, str]], None] | None = None,
) -> Resolution:
    """Ask the registry that a ``model-registry://`` URI means where its files are.

    Args:
        uri: the name.
        environ: environment variables.
        settings: which registry to ask; without, as ``environ`` says.
        connections: what it shares with other questions; the caller closes them.
        meanwhile: called with ``environ`` before the registry is asked, to begin what may go on while it answers.

    Raises:
        InvalidURI, InvalidSettings: before anything is asked.
        NotFound, NotAllowed, RegistryError: see ``mr_client.resolver.resolve``.
    """
    # Imported here because a plain storage URI needs no HTTP client for the registry.
    # All that asks is loaded before what goes on meanwhile: two threads that load at once wait for each other.
    import mr_client.resolver  # noqa: F401

    settings = settings or Settings.from_env(environ)
    parsed = parse_model_uri(uri, known_host=settings.host, cluster_domain=settings.cluster_domain)
    with nullcontext(connections) if connections is not None else Connections() as shared:
        registry = shared.registry(settings.endpoint(parsed))
        if meanwhile is not None:
            meanwhile(environ)
        resolution = ask(parsed, registry, environ=environ, settings=settings)
    logger.info(
        "resolved %s to %s (model id %s, version %r id %s, artifact id %s)",
        uri,
        shown(resolution.uri),
        resolution.model.id,
        resolution.version.name,
        resolution.version.id,
        resolution.artifact.id,
        extra=step(
            "resolve",
            requested=uri,
            resolved=shown(resolution.uri),
            registered_model_id=resolution.model.id,
            model_version_id=resolution.version.id,
            model_artifact_id=resolution.artifact.id,
        ),
    )
    for warning in resolution.warnings:
        logger.warning("%s: %s", uri, warning)
    return resolution


def ask(uri: ModelURI, registry: RegistryAPI, *, environ: Mapping[str, str], settings: Settings) -> Resolution:
    """Ask ``registry`` what ``uri`` means, and refuse a place that it may not name.

    Whoever asks a registry does it here, so that nobody forgets the lists of what is allowed.

    Args:
        uri: the name.
        registry: the server to ask.
        environ: environment variables, for the bucket and the endpoint that are injected.
        settings: which places a registry may name.

    Raises:
        InvalidURI: it names no version, where the settings ask for one.
        NotAllowed: a list does not admit the place, or the S3 endpoint where only the registry names one.
        NotFound, RegistryError: see ``mr_client.resolver.resolve``.
    """
    from mr_client.resolver import resolve

    settings.check_pinned(uri)
    resolution = resolve(uri, registry, root=storage_root(environ))
    check_places(resolution.uri, resolution.endpoint, environ=environ, settings=settings, named_by=str(uri))
    return resolution


def check_places(
    uri: str, endpoint: str | None, *, environ: Mapping[str, str], settings: Settings, named_by: str
) -> None:
    """Return if a registry may name these places, by the lists of what is allowed.

    Args:
        uri: where the files are.
        endpoint: the S3 endpoint that the registry names.
        environ: environment variables, for the endpoint that is injected.
        settings: with the lists.
        named_by: what led there, for the message.

    Raises:
        NotAllowed: a list does not admit the place, or the S3 endpoint where only the registry names one.
    """
    if not settings.allowed_uris:
        return
    # Whose server it is decides what a bucket holds, so a bucket of the list is not enough.
    for place in (uri, named_endpoint(environ, endpoint)):
        if place is not None:
            check_allowed(place, settings.allowed_uris, shown=shown(place), named_by=named_by)
