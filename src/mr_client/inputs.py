"""What is refused of a person's words before anything is sent?"""

from __future__ import annotations

import re

from mr_client.errors import UsageError
from mr_client.uri import is_model_uri

__all__ = ["check_place", "checked_name", "room_below"]

_LONGEST = 255
"""Characters: servers keep ``<id of the parent>:<name>`` in so many, and answer more with 500."""
_BELOW_ANY = 250
"""What is left below a parent whose id nobody knows yet: ids of four digits. Where it is known, ``room_below`` says."""
_NULL = re.compile(r"\x00|\\u0000")
"""Upstream refuses the six characters as well."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")
"""What Python makes of an argument's bytes that are no text."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def checked_name(what: str, name: object, *, room: int = _BELOW_ANY) -> str:
    """Return ``name`` if it may be the name of a resource, of a registry's own or of what an experiment keeps.

    Args:
        what: what bears it, for the message.
        name: what is given.
        room: how many characters it may have.

    Raises:
        UsageError: it is empty, too long, no text, a URI, or holds what cannot be sent.
    """
    if not isinstance(name, str):
        raise UsageError(f"The name of the {what} is {type(name).__name__} {name!r}: give a text.")
    if not name.strip():
        raise UsageError(f"The name of the {what} is {name!r}, which is empty: give it one.")
    if is_model_uri(name):
        raise UsageError(f"{name!r} is a URI: give the name of the {what} alone.")
    if len(name) > room:
        raise UsageError(
            f"The name of the {what} has {len(name)} characters ({name[:20]!r}…): give one of {room} at most."
        )
    if _NULL.search(name):
        raise UsageError(f"The name of the {what}, {name!r}, holds a null byte: give one without.")
    if _SURROGATE.search(name):
        raise UsageError(f"The name of the {what}, {name!r}, holds what is no text in UTF-8: give one without.")
    return name


def room_below(parent_id: str | None) -> int:
    """Return how many characters a name may have below a parent; None for what has none."""
    return _LONGEST if parent_id is None else _LONGEST - len(f"{parent_id}:")


def check_place(uri: object, storage_path: str | None) -> None:
    """Return if files may be registered to be there, so that they can be resolved.

    Raises:
        UsageError: neither ``uri`` nor ``storage_path`` says where, or ``uri`` is no storage URI.
    """
    if uri is None and storage_path is not None and storage_path.strip("/ ") and "://" not in storage_path:
        return
    if not isinstance(uri, str) or not uri.strip():
        raise UsageError(f"The uri is {uri!r}: say where the files are, such as 's3://BUCKET/FOLDER'.")
    if is_model_uri(uri):
        raise UsageError(f"The uri {uri!r} is the name of a model: give the files' own, such as 's3://BUCKET/FOLDER'.")
    if _CONTROL.search(uri):
        raise UsageError(f"The uri {uri!r} holds a control character: give it without.")
    if "://" not in uri:
        example = f"file://{uri}" if uri.startswith("/") else f"s3://BUCKET/{uri}"
        raise UsageError(f"The uri {uri!r} has no scheme: write {example!r}.")
