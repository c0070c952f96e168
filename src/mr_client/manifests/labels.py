"""Which name does an object of Kubernetes have, and what may be a namespace, a secret's key, a label's value?"""

from __future__ import annotations

import hashlib
import re

from mr_client.errors import UsageError

__all__ = ["LONGEST", "checked_key", "checked_name", "checked_namespace", "dns_label", "is_label_value"]

LONGEST = 47
"""Characters of a name that is made: KServe adds ``-predictor`` and Knative ``-00001``, and 63 are the most."""

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1035 label: what KServe's webhook asks of an InferenceService, and the narrowest of all that are rendered."""
_DOTTED = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_DOTTED = 253
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_KEY = re.compile(r"(?!\.\.?$)[-._a-zA-Z0-9]{1,253}")
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


def dns_label(text: str) -> str:
    """Return the name of an object for the name of a model.

    Lower case; each run of anything but ``a-z`` and ``0-9`` is one ``-``, none at an end; one that does not begin with
    a letter has ``m-`` before it. A name that is too long is cut, and one of which nothing is left is ``model``: both
    end in eight digits of the SHA-256 of the whole, so that two of them differ.
    """
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    if not name:
        return f"model-{mark}"
    if not name[0].isalpha():
        name = f"m-{name}"
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 9].rstrip('-')}-{mark}"


def checked_name(name: str, *, dots: bool = False) -> str:
    """Return a name that somebody chose.

    Args:
        name: of an object.
        dots: whether it may have them, as a runtime's may.

    Raises:
        UsageError: Kubernetes or KServe would refuse it.
    """
    if not (_DOTTED if dots and len(name) <= _LONGEST_DOTTED else _NAME).fullmatch(name):
        raise UsageError(
            f"{name!r} is no name for an object of KServe: a-z, 0-9 and '-', at most 63, beginning with a letter; "
            f"{dns_label(name)!r} would be one."
        )
    return name


def checked_namespace(name: str) -> str:
    """Return a namespace that somebody chose: an RFC 1123 label, which may begin with a digit.

    Raises:
        UsageError: Kubernetes would refuse it.
    """
    if not _NAMESPACE.fullmatch(name):
        raise UsageError(f"{name!r} is no namespace: a-z, 0-9 and '-', at most 63, with no '-' at an end.")
    return name


def checked_key(key: str) -> str:
    """Return the key of a secret that somebody chose.

    Raises:
        UsageError: no secret has one of that name.
    """
    if not _KEY.fullmatch(key):
        raise UsageError(
            f"{key!r} is no key of a secret: a-z, A-Z, 0-9, '-', '_' and '.', at most 253: correct it, or the artifact."
        )
    return key


def is_label_value(text: str) -> bool:
    """Return whether Kubernetes takes ``text`` as the value of a label: 63 characters, a-z, A-Z, 0-9, '-', '_', '.'."""
    return _VALUE.fullmatch(text) is not None
