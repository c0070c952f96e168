"""What is to be done next for a model? Nothing is done here.

Each step is decided anew, from what is wanted and what is there: a wish that changes, or a program that
dies between two steps, leaves nothing that the next look would not put right.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Action", "Standing", "next_action", "wait_before"]


class Action(Enum):
    """A step for one model."""

    BRING = "bring"
    """Fetch its files beside what is there, and put them in its place."""
    ASK = "ask"
    """Ask the server whether it still has what it loaded before this program began."""
    LOAD = "load"
    UNLOAD = "unload"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is of a model."""

    there: str | None = None
    """The URI whose files are in its folder, whole."""
    loaded: str | None = None
    """The URI whose files the server has loaded."""
    asked: bool = True
    """Whether ``loaded`` is known to be so. Not, at first, for what an earlier run left."""
    begun: bool = False
    """Whether files of it were begun to be fetched, or are waiting to be deleted."""


def next_action(wanted: str | None, standing: Standing) -> Action | None:
    """Return the next step towards ``wanted``; None where all is as it should be.

    A model that goes is unloaded before its files are deleted: a server may read them until then.

    Args:
        wanted: the URI whose files are to be served; None for a model that is to go.
        standing: what there is.
    """
    if wanted is None:
        if standing.loaded is not None or not standing.asked:
            return Action.UNLOAD
        return Action.DELETE if standing.there is not None or standing.begun else None
    if standing.there != wanted:
        return Action.BRING
    if not standing.asked:
        return Action.ASK
    return Action.LOAD if standing.loaded != wanted else None


def wait_before(attempt: int, *, longest: float) -> float:
    """Return the seconds to wait before a step is tried again: half a second, doubled each time.

    Args:
        attempt: how often in a row it has failed, from 1.
        longest: seconds that are never exceeded.
    """
    return min(longest, 0.5 * 2.0 ** min(attempt - 1, 30))
