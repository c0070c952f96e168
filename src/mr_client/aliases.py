"""How does a model keep the aliases of its versions?

By our own convention, since the registry knows none: the alias ``champion`` is the custom property
``mr_client:alias:champion`` of the registered model, and its value, a text, is the name of a
version. One property for each, so that other clients show them and a filter finds them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mr_client.errors import UsageError
from mr_client.properties import OURS, PropertyValue

__all__ = ["aliases_in", "check_alias", "property_of"]

_PREFIX = f"{OURS}alias:"
_ALIAS = re.compile(r"\w[\w.-]{0,99}")


def aliases_in(properties: Mapping[str, PropertyValue]) -> dict[str, str]:
    """Return alias → name of the version, sorted, from the properties of a registered model."""
    found = {name.removeprefix(_PREFIX): value for name, value in properties.items() if name.startswith(_PREFIX)}
    return {alias: value for alias, value in sorted(found.items()) if isinstance(value, str) and value}


def property_of(alias: str) -> str:
    """Return the name of the property that keeps an alias."""
    return _PREFIX + alias


def check_alias(alias: object) -> None:
    """Return if ``alias`` may be one.

    Raises:
        UsageError: it is not made of letters, digits, ``_``, ``.`` and ``-``, or is longer than 100 characters.
    """
    if not isinstance(alias, str) or not _ALIAS.fullmatch(alias):
        raise UsageError(
            f"{alias!r} is no alias: give letters, digits, '_', '.' and '-', beginning with none of the last two, "
            "100 at most."
        )
