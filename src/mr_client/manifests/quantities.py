"""How much is a model, as Kubernetes writes amounts?"""

from __future__ import annotations

import re

from mr_client.errors import UsageError
from mr_client.properties import SIZE
from mr_client.registry import properties_of
from mr_client.resolver import Resolution

__all__ = ["checked_quantity", "recorded_size"]

_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?([KMGTPE]i|[numkMGTPE])?")
_MIB = 1 << 20


def checked_quantity(text: str) -> str:
    """Return an amount as Kubernetes writes it.

    Raises:
        UsageError: it is none.
    """
    if not _QUANTITY.fullmatch(text):
        raise UsageError(f"{text!r} is no quantity of Kubernetes: write a number and a unit, such as 512Mi or 20Gi.")
    return text


def recorded_size(resolution: Resolution, option: str) -> str:
    """Return the size that the registry has of the files, in whole ``Mi``, rounded up.

    Args:
        resolution: what was found.
        option: what says it instead, for the message.

    Raises:
        UsageError: none is recorded.
    """
    size = properties_of(resolution.artifact).get(SIZE)
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise UsageError(
            f"The registry does not say how large {str(resolution.requested)!r} is (property {SIZE!r}): say {option}."
        )
    return f"{max(1, -(-size // _MIB))}Mi"
