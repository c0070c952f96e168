"""What is refused of a person's words before anything is sent?"""

from __future__ import annotations

import re

from mr_client.errors import UsageError
from mr_client.uri import is_model_uri

__all__ = ["check_name", "check_place"]

_LONGEST = 250
"""Characters: upstream keeps ``<id of the parent>:<name>`` in 255, and answers more with 500."""
_NULL = re.compile(r"\x00|\\u0000")
"""Upstream refuses the six characters as well."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_name(what: str, name: object) -> None:
    """Return if ``name`` may be the name of a resource.

    Args:
        what: what bears it, for the message.
        name: what is given.

    Raises:
        UsageError: it is empty, too long, no text, or holds a null byte.
    """
    if not isinstance(name, str):
        raise UsageError(f"The name of the {what} is {type(name).__name__} {name!r}: give a text.")
    if not name.strip():
        raise UsageError(f"The name of the {what} is {name!r}, which is empty: give it one.")
    if is_model_uri(name):
        raise UsageError(f"{name!r} is a URI: give the name of the {what} alone.")
    if len(name) > _LONGEST:
        raise UsageError(
            f"The name of the {what} has {len(name)} characters ({name[:20]!r}…): give one of {_LONGEST} at most."
        )
    if _NULL.search(name):
        raise UsageError(f"The name of the {what}, {name!r}, holds a null byte: give one without.")


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
