"""Several sources, each into its folder: what do they share, and what if one of them fails?"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mr_client.connections import Connections
from mr_client.errors import MRClientError, NotAllowed
from mr_client.flow import fetch
from mr_client.pairs import Pair
from mr_client.receipt import Receipt
from mr_client.settings import Settings
from mr_client.storage.copy.progress import NoProgress, Progress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate, shown
from mr_client.storage.wanted import Wanted
from mr_client.uri import is_model_uri, parse_model_uri

__all__ = ["Outcome", "check_sources", "fetch_each"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a pair: it is ready, or it failed."""

    pair: Pair
    receipt: Receipt | None = None
    error: MRClientError | None = None


def check_sources(pairs: Sequence[Pair], *, environ: Mapping[str, str]) -> None:
    """Refuse what can be refused of all pairs before the first of them is asked for.

    Raises:
        InvalidURI: one breaks its grammar, or names no version where it must.
        InvalidSettings: a variable has a value that cannot be used.
    """
    CopySettings.from_env(environ)
    Wanted.from_env(environ)
    names = [pair.source for pair in pairs if is_model_uri(pair.source)]
    if names:
        settings = Settings.from_env(environ)
        for name in names:
            uri = parse_model_uri(name, known_host=settings.host, cluster_domain=settings.cluster_domain)
            settings.check_pinned(uri)
    if len(pairs) > 1:  # one alone is not too late when its turn comes
        for pair in pairs:
            with suppress(NotAllowed):  # of one pair alone, which will say so
                if not is_model_uri(pair.source):
                    locate(pair.source, environ)


def fetch_each(
    pairs: Sequence[Pair], *, environ: Mapping[str, str], progress: Progress = NoProgress()
) -> list[Outcome]:
    """Bring each source into its folder, one after the other, over the same connections.

    Where one fails the others are brought nevertheless, so that the next run finds them there.

    Args:
        pairs: what goes where.
        environ: environment variables, for credentials and settings.
        progress: told of bytes as they arrive.

    Returns:
        What became of each pair, in their order. Nothing of ``mr_client.errors`` is raised.
    """
    outcomes = []
    with Connections() as connections:
        for pair in pairs:
            try:
                receipt = fetch(
                    pair.source, pair.destination, environ=environ, progress=progress, connections=connections
                )
                outcomes.append(Outcome(pair, receipt=receipt))
            except MRClientError as error:
                outcomes.append(Outcome(pair, error=error))
                if pair is not pairs[-1]:
                    logger.error("%s into %s failed, others go on: %s", shown(pair.source), pair.destination, error)
    return outcomes
